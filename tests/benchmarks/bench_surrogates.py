"""What explaining a teacher costs: beside the teacher, a plain tree, and one question.

Run ``python tests/benchmarks/bench_surrogates.py``. It prints tables of processor
seconds and ratios on one thread, measured in turn in one run: of fitting each surrogate
to a boosting that comes fitted, of ranking columns by asking a network, and of what a
fitted surrogate does with a row. ``--part`` prints one of the three, ``--rows`` and
``--columns`` say how large tables are.
"""

from __future__ import annotations

import argparse
import sqlite3
import statistics
import time
import warnings

import numpy as np
import torch
from sklearn.datasets import make_classification
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.tree import DecisionTreeClassifier
from threadpoolctl import threadpool_limits
from timing import ratio, start
from torch import nn

from sklkd import SurrogateClassifier
from sklkd.surrogates import RuleListClassifier, TrepanClassifier
from sklkd.surrogates._informant import Informant
from sklkd.surrogates._ranking import METHODS, Probe, some_rows
from sklkd.training import Question

N_FEATURES = 20
N_HEARD = 20  # columns that a network listens to which does not listen to all
GROWN = {"validation_fraction": 0, "random_state": 0}
PLAIN = GROWN | {"importance": None}
SURROGATES = {
    "tree": lambda teacher: SurrogateClassifier(teacher, "tree", **PLAIN),
    "linear": lambda teacher: SurrogateClassifier(teacher, "linear", **PLAIN),
    "additive": lambda teacher: SurrogateClassifier(teacher, "additive", **PLAIN),
    "prototypes": lambda teacher: SurrogateClassifier(teacher, "prototypes", **PLAIN),
    "trepan": lambda teacher: TrepanClassifier(teacher, **GROWN),
    "rules": lambda teacher: RuleListClassifier(teacher, **GROWN),
}


class Asked:
    """A function that counts its calls, their rows, and the seconds in them."""

    def __init__(self, function):
        self.function = function
        self.forget()

    def forget(self):
        self.n_calls, self.n_rows, self.seconds = 0, 0, 0.0

    def __call__(self, X):
        begin = time.process_time()
        said = self.function(X)
        self.seconds += time.process_time() - begin
        self.n_calls += 1
        self.n_rows += len(X)
        return said


def times(numerator, denominator):
    """Ratio, with its range where there are several rounds."""
    found = ratio(numerator, denominator)
    return found if len(numerator) > 1 else found.partition(" ")[0]


def cpu_seconds(function):
    """Processor seconds of one call, and what it returned."""
    begin = time.process_time()
    found = function()
    return time.process_time() - begin, found


def columns_of(cells):
    """A line of a table."""
    print("| " + " | ".join(map(str, cells)) + " |", flush=True)


# --- Fitting --------------------------------------------------------------------------


def fitted(n_rows, repeats):
    """A line for each surrogate, with ratios to the teacher and to a plain tree."""
    X, y = make_classification(n_rows, N_FEATURES, n_informative=8, random_state=0)
    rounds = [one_round(X, y) for _ in range(repeats)]
    seconds = {name: [own[name] for own in rounds] for name in rounds[0]}
    print(f"\n{n_rows} rows, {N_FEATURES} columns\n")
    columns_of(("", "seconds", "of these asking", "/ teacher's fit", "/ tree's fit"))
    columns_of(("---", "---:", "---:", "---:", "---:"))
    for name, own in seconds.items():
        if name.endswith("asking"):
            continue
        asking = seconds.get(f"{name} asking")
        columns_of(
            (
                name,
                f"{statistics.median(own):.2f}",
                "" if asking is None else f"{statistics.median(asking):.2f}",
                times(own, seconds["teacher"]),
                times(own, seconds["DecisionTreeClassifier"]),
            )
        )


def one_round(X, y):
    """Seconds of the teacher, of a tree of its labels, and of each surrogate."""
    teacher = HistGradientBoostingClassifier(random_state=0)
    found = {"teacher": cpu_seconds(lambda: teacher.fit(X, y))[0]}
    labels, tree = teacher.predict(X), DecisionTreeClassifier(random_state=0)
    found["DecisionTreeClassifier"], _ = cpu_seconds(lambda: tree.fit(X, labels))
    asked = Asked(teacher.predict_proba)
    for name, make in SURROGATES.items():
        asked.forget()
        found[name], _ = cpu_seconds(lambda make=make: make(asked).fit(X, y))
        found[f"{name} asking"] = asked.seconds
    return found


# --- Ranking --------------------------------------------------------------------------


class Network(nn.Module):
    """Two layers, deaf to all columns but some, which counts what it is asked."""

    def __init__(self, n_columns, n_heard):
        super().__init__()
        first = nn.Linear(n_columns, 32)
        with torch.no_grad():
            first.weight[:, torch.randperm(n_columns)[n_heard:]] = 0
        self.layers = nn.Sequential(first, nn.ReLU(), nn.Linear(32, 2))
        self.asked = Asked(self.layers)

    def forward(self, rows):
        return self.asked(rows)


def ranked(n_columns, n_heard, repeats):
    """A line for both ways to rank the columns of a table."""
    torch.manual_seed(0)
    network = Network(n_columns, n_heard).eval()
    rows = some_rows(2_000, n_columns, 0)
    X = np.random.default_rng(0).normal(size=(len(rows), n_columns))
    question = Question("SurrogateClassifier", "classification", 2, np.arange(2), 1e-12)
    informant = Informant(question, {"teacher": network})
    groups = [np.array([j]) for j in range(n_columns)]
    probe = Probe(informant, X, np.ones(len(X)), groups, 0)
    permuting, asking, sloping, by_hand = [], [], [], []
    for _ in range(repeats):
        network.asked.forget()
        permuting.append(cpu_seconds(lambda: METHODS["permutation"](probe))[0])
        asking.append(network.asked.seconds)
        n_asked = network.asked.n_calls
        sloping.append(cpu_seconds(lambda: METHODS["gradient"](probe))[0])
        by_hand.append(cpu_seconds(lambda: slopes(network, X))[0])
    columns_of(
        (
            n_columns,
            min(n_heard, n_columns),
            len(X),
            n_asked,
            f"{statistics.median(permuting):.2f}",
            times(permuting, asking),
            f"{statistics.median(sloping):.3f}",
            times(sloping, by_hand),
        )
    )


def slopes(network, X):
    """Gradients of both outputs, as one would take them by hand."""
    rows = torch.from_numpy(X).float().requires_grad_()
    outputs = network(rows)
    return [
        torch.autograd.grad(outputs[:, k].sum(), rows, retain_graph=True)
        for k in range(outputs.shape[1])
    ]


def rank_head():
    print("\nRanking: a network that listens to some columns\n")
    asked = "columns", "heard", "rows", "questions"
    columns_of(
        (*asked, "permutation, s", "/ network alone", "gradient, s", "/ by hand")
    )
    columns_of(("---:",) * 8)


# --- A row ----------------------------------------------------------------------------


def used(n_rows, repeats):
    """A line for each surrogate: microseconds per row of what it can be asked."""
    X, y = make_classification(2_000, N_FEATURES, n_informative=8, random_state=0)
    teacher = HistGradientBoostingClassifier(random_state=0).fit(X, y)
    rows = X[:n_rows]
    print(f"\nMicroseconds per row, {n_rows} rows at a time\n")
    asked = "`predict_proba`", "one row alone", "Python", "SQL", "`explain_local`"
    columns_of(("", *asked, "one row alone / Python", "SQL / `predict_proba`"))
    columns_of(("---",) + ("---:",) * 7)
    for name, make in SURROGATES.items():
        model = make(teacher.predict_proba).fit(X, y)
        calls = calls_of(model, rows)
        rounds = [
            {key: cpu_seconds(call)[0] / n_rows for key, call in calls.items()}
            for _ in range(repeats + 1)
        ][1:]  # the first warms up
        seconds = {key: [own[key] for own in rounds] for key in calls}
        columns_of(
            (
                name,
                *(f"{1e6 * statistics.median(own):.1f}" for own in seconds.values()),
                times(seconds["alone"], seconds["Python"]),
                times(seconds["SQL"], seconds["proba"]),
            )
        )


def calls_of(model, rows):
    """What can be asked of a fitted surrogate about some rows, by name."""
    module = {}
    exec(model.to_python(), module)
    names = [f"x{j}" for j in range(rows.shape[1])]
    dicts = [dict(zip(names, row, strict=True)) for row in rows.tolist()]
    database = sqlite3.connect(":memory:")
    kinds = ", ".join(f'"{name}" DOUBLE PRECISION' for name in names)
    database.execute(f"CREATE TABLE rows ({kinds})")
    places = ", ".join("?" * len(names))
    database.executemany(f"INSERT INTO rows VALUES ({places})", rows.tolist())
    query = model.to_sql(dialect="sqlite")
    return {
        "proba": lambda: model.predict_proba(rows),
        "alone": lambda: [model.predict_proba(row) for row in rows[:, np.newaxis]],
        "Python": lambda: [module["predict_proba"](row) for row in dicts],
        "SQL": lambda: database.execute(query).fetchall(),
        "explain": lambda: model.explain_local(rows),
    }


def warm_up():
    """Fit each surrogate once to a few rows: what is imported late is imported now."""
    X, y = make_classification(100, 5, random_state=0)
    teacher = DecisionTreeClassifier(max_depth=3).fit(X, y)
    for make in SURROGATES.values():
        make(teacher.predict_proba).fit(X, y)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--part", choices=["fit", "rank", "row"], help="only this")
    parser.add_argument("--rows", type=int, nargs="*", default=[2_000, 20_000])
    parser.add_argument("--columns", type=int, nargs="*", default=[50, 500, 5_000])
    parser.add_argument("--all-up-to", type=int, default=500, help="columns heard")
    parser.add_argument("--explained", type=int, default=200, help="rows at a time")
    parser.add_argument("--repeats", type=int, default=1)
    options = parser.parse_args()
    start()
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warm_up()
        if options.part in (None, "fit"):
            for n_rows in options.rows:
                fitted(n_rows, options.repeats)
        if options.part in (None, "rank"):
            rank_head()
            for n_columns in options.columns:
                ranked(n_columns, N_HEARD, options.repeats)
                if n_columns <= options.all_up_to:
                    ranked(n_columns, n_columns, options.repeats)
        if options.part in (None, "row"):
            used(options.explained, options.repeats)


if __name__ == "__main__":
    main()
