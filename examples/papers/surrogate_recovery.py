"""Which columns tell? Ten of 500, or of 5 000, to be found by asking a teacher.

`make_classification` with its defaults but for the number of columns: 10 are
informative, none is redundant, all others are noise. A teacher is fitted to 2 000
rows:

network      one layer of 64 units, with weight decay, by skorch: it has gradients
perceptron   the same by scikit-learn: it has none
boosting     `HistGradientBoostingClassifier`, a fifth of the columns for each split
svm          `SVC`, calibrated; of 500 columns only, since it takes hours to be asked
             about 5 000
linear svm   `LinearSVC`, calibrated

Then `SurrogateClassifier` ranks the columns by permutation, by leaving one out and by
gradients, where there are any. The first table counts the informative columns among
the first k; "all" is the mean of the ranks. A teacher that has not learnt from a column
cannot be made to tell of it, so look at its accuracy first.

The second table has the fidelity of a `SoftTree` of 15 leaves that sees the first k
columns by all methods, on 2 000 new rows. It is grown from the same rows as with
``n_features=k``; here the ranking is made once for all k.

Run ``python examples/papers/surrogate_recovery.py --out DIR``. Each finished teacher is
a line of ``DIR/records.csv``; a run that was stopped goes on.
"""

from __future__ import annotations

import argparse
import time
import warnings
from dataclasses import replace

import numpy as np
import runs
import torch
from scipy.stats import rankdata
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import make_classification
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.frozen import FrozenEstimator
from sklearn.neural_network import MLPClassifier
from sklearn.svm import SVC, LinearSVC
from skorch import NeuralNetClassifier
from torch import nn

from sklkd import SurrogateClassifier
from sklkd.surrogates import SoftTree, Surrogate

N_ROWS = 2000
N_INFORMATIVE = 10
N_LEAVES = 15
SEEDS = {500: 3, 5000: 2}  # by number of columns
TOP = (5, 10, 20, 50)
METHODS = ("permutation", "leave_one_out", "gradient")
ALL = "all"
TEACHERS = ("network", "perceptron", "boosting", "svm", "linear svm")
GRADIENTS = ("network",)
SLOW = {5000: ("svm",)}


# --- Data and teachers ----------------------------------------------------------------


def data(n_columns, seed, class_sep=1.0):
    """Rows to learn from and new ones, each with labels, and informative columns."""
    X, y = make_classification(
        2 * N_ROWS,
        n_columns,
        n_informative=N_INFORMATIVE,
        n_redundant=0,
        class_sep=class_sep,
        shuffle=False,
        random_state=seed,
    )
    rng = np.random.default_rng(seed)
    rows, columns = rng.permutation(len(X)), rng.permutation(n_columns)
    X, y = X[rows][:, columns].astype(np.float32), y[rows]
    informative = np.flatnonzero(columns < N_INFORMATIVE)
    return (X[:N_ROWS], y[:N_ROWS]), (X[N_ROWS:], y[N_ROWS:]), informative


def teacher(name, n_columns, seed):
    """An unfitted teacher."""
    if name == "network":
        torch.manual_seed(seed)
        layers = [nn.Linear(n_columns, 64), nn.ReLU(), nn.Linear(64, 2)]
        return NeuralNetClassifier(
            nn.Sequential(*layers),
            criterion=nn.CrossEntropyLoss,
            optimizer=torch.optim.Adam,
            optimizer__weight_decay=0.05,
            lr=0.001,
            max_epochs=40,
            batch_size=200,
            train_split=None,
            verbose=0,
        )
    if name == "perceptron":
        return MLPClassifier((64,), alpha=10.0, max_iter=40, random_state=seed)
    if name == "boosting":
        return HistGradientBoostingClassifier(max_features=0.2, random_state=seed)
    machine = SVC() if name == "svm" else LinearSVC(C=0.001, random_state=seed)
    return CalibratedClassifierCV(machine, ensemble=False, cv=3)


# --- Measuring ------------------------------------------------------------------------


class OfColumns(Surrogate):
    """A tree that sees some columns; the others are the same for all rows."""

    def __init__(self, columns=None):
        self.columns = columns

    def grow(self, evidence):
        seen = np.zeros_like(evidence.Z)
        seen[:, self.columns] = evidence.Z[:, self.columns]
        return SoftTree(max_leaves=N_LEAVES).grow(replace(evidence, Z=seen))


class Explained:
    """A fitted teacher and what it is asked about.

    Parameters
    ----------
    frozen : FrozenEstimator
        The teacher.
    X, y : ndarray
        The rows that it was fitted on.
    seed : int
        Of the surrogates.
    """

    def __init__(self, frozen, X, y, seed):
        self.frozen, self.X, self.y, self.seed = frozen, X, y, seed

    def fit(self, surrogate, **params):
        """Return a fitted surrogate, and the seconds that it took."""
        model = SurrogateClassifier(
            self.frozen,
            surrogate,
            validation_fraction=0,
            random_state=self.seed,
            **params,
        )
        begin = time.process_time()
        model.fit(self.X, self.y)
        return model, time.process_time() - begin

    def ranks(self, method):
        """Rank of each column, 1 for the first, and seconds of the ranking alone."""
        smallest = SoftTree(max_leaves=2)
        _, without = self.fit(smallest, importance=None, queries=None)
        model, seconds = self.fit(smallest, importance=method, queries=None)
        return model.ranking_.mean_rank, max(seconds - without, 0.0)

    def tree(self, columns):
        """A tree that sees some columns."""
        return self.fit(OfColumns(columns), importance=None)[0]


def measure(teacher_name, n_columns, seed, class_sep):
    """Rank, grow trees of the first columns, ask about new rows: a dict of numbers."""
    (X, y), (X_new, y_new), informative = data(n_columns, seed, class_sep)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # 40 epochs are meant
        model = teacher(teacher_name, n_columns, seed).fit(X, y)
    told = model.predict(X_new)
    explained = Explained(FrozenEstimator(model), X, y, seed)
    found, ranks = {"accuracy": float(np.mean(told == y_new))}, {}
    for method in methods(teacher_name):
        ranks[method], seconds = explained.ranks(method)
        found[f"{method} seconds"] = round(seconds, 2)
    ranks[ALL] = rankdata(np.mean(list(ranks.values()), axis=0))
    for method, own in ranks.items():
        found |= recalled(method, own, informative)
    order = np.argsort(ranks[ALL], kind="stable")
    for k in (*TOP, n_columns):
        own = explained.tree(np.sort(order[:k])).predict(X_new)
        found[f"fidelity {k_of(k, n_columns)}"] = float(np.mean(own == told))
    return found


def methods(teacher_name):
    """The methods that a teacher has an answer to."""
    return METHODS if teacher_name in GRADIENTS else METHODS[:2]


def recalled(method, ranks, informative):
    """How many informative columns are among the first k: a dict of numbers."""
    order = np.argsort(ranks, kind="stable")
    return {f"{method} {k}": int(np.isin(informative, order[:k]).sum()) for k in TOP}


def k_of(k, n_columns):
    return "all" if k == n_columns else k


# --- The report -----------------------------------------------------------------------


class Found:
    """What is in the records of one number of columns.

    Parameters
    ----------
    records : runs.Records
        Of this run.
    case : dict
        What all its records share.
    seeds : list of int
        Those that are done.
    """

    def __init__(self, records, case, seeds):
        self.records, self.case, self.seeds = records, case, seeds

    def values(self, teacher_name, number):
        """One number a seed; none where it was not measured."""
        cases = [
            {**self.case, "seed": seed, "teacher": teacher_name} for seed in self.seeds
        ]
        rows = [self.records.find(case) for case in cases]
        return [row[number] for row in rows if row is not None and number in row]


def report(found, teacher_names):
    """Both tables: a text."""
    parts = ["Informative columns among the first k, of 10"]
    parts += [recall_table(found, teacher_names)]
    parts += [f"Fidelity of {N_LEAVES} leaves that see the first k columns, %"]
    parts += [fidelity_table(found, teacher_names)]
    return "\n\n".join(parts)


def recall_table(found, teacher_names):
    rows = [["", "accuracy", *(f"k = {k}" for k in TOP), "seconds"]]
    for name in teacher_names:
        accuracy = f"{100 * np.mean(found.values(name, 'accuracy')):.1f} %"
        for method in (*methods(name), ALL):
            cells = [f"{np.mean(found.values(name, f'{method} {k}')):.1f}" for k in TOP]
            seconds = found.values(name, f"{method} seconds")
            told = f"{np.mean(seconds):.1f}" if seconds else ""
            rows.append([f"{name}: {method}", accuracy, *cells, told])
    return runs.table(rows)


def fidelity_table(found, teacher_names):
    rows = [["", *(f"k = {k}" for k in TOP), "all"]]
    for name in teacher_names:
        values = [found.values(name, f"fidelity {k}") for k in (*TOP, "all")]
        rows.append([name, *(of_rows(own) for own in values)])
    return runs.table(rows)


def of_rows(shares):
    """Mean of shares of the new rows, in percent, ± half of its 95 % interval.

    The interval is that of other rows for the same teachers and trees.
    """
    shares = np.asarray(shares)
    variance = np.mean(shares * (1 - shares)) / (N_ROWS * len(shares))
    return f"{100 * shares.mean():.1f} ± {196 * np.sqrt(variance):.1f}"


# --- The run --------------------------------------------------------------------------


def work(records, case, seeds, names):
    """Every teacher of every seed."""
    n_columns, class_sep = case["columns"], case["separation"]
    for seed in seeds:
        for name in names:
            records.get(
                {**case, "seed": seed, "teacher": name},
                lambda n=name, s=seed: measure(n, n_columns, s, class_sep),
            )


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    runs.add_common(parser, "surrogate_recovery", "500 columns: 3, 5 000: 2")
    add = parser.add_argument
    add("--columns", type=int, nargs="+", default=None, help="(500 5000)")
    add("--teachers", nargs="+", choices=TEACHERS, default=TEACHERS, help="(all)")
    add("--separation", type=float, default=1.0, help="of the classes (1)")
    options = parser.parse_args(arguments)
    counts = options.columns or ([100] if options.quick else list(SEEDS))
    parts = []
    for n_columns in counts:
        folder, seeds = runs.prepare(options, SEEDS.get(n_columns, 3))
        records = runs.Records(folder / "records.csv")
        slow = SLOW.get(n_columns, ())
        names = [name for name in options.teachers if name not in slow]
        case = {"columns": n_columns, "separation": options.separation}
        work(records, case, seeds, names)
        told = report(Found(records, case, seeds), names)
        head = f"### {n_columns} columns, {len(seeds)} seed(s)"
        parts.append(f"{head}\n\n{told}")
        text = "\n\n".join([*parts, runs.machine()])
        (folder / "report.md").write_text(f"{text}\n", encoding="utf-8")
    print(f"\n{text}")


if __name__ == "__main__":
    main()
