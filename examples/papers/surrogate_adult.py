"""Adult, from raw columns: what boosting learnt about incomes, as rules to read.

The published split: 32 561 people to learn from, 16 281 to measure on, once. The
teacher is boosting of scikit-learn with its defaults, which takes the DataFrame with
numbers, categories and missing values as it is. Then it is explained three times, each
by at most eight leaves or rules: a tree that is fitted to its probabilities, TREPAN,
and a list of rules. They are printed as text, with fidelity (the share of people on
whom model and teacher agree) and accuracy on the people of the other part.

Last come three of these: the first whom the soft tree says earns little, the first whom
it says earns much, and the first about whom it disagrees with the teacher; by which
rule, because of which columns, and what would have to change, where nobody gets
another age, sex, race or country of birth.

Run ``python examples/papers/surrogate_adult.py --data DIR``; README.md in this folder
says where the data are from. A run takes about a minute of one core.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import adult
import numpy as np
import runs
import torch
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.frozen import FrozenEstimator

from sklkd import SurrogateClassifier
from sklkd.surrogates import RuleListClassifier, SoftTree, TrepanClassifier

N_LEAVES = 8
SEED = 0
FIXED = ["age", "sex", "race", "native-country"]
N_TOP = 3  # columns that are told of a person


def models(teacher):
    """Names to what explains a fitted teacher, unfitted."""
    frozen = FrozenEstimator(teacher)
    common = {"validation_fraction": 0, "random_state": SEED}
    tree = SoftTree(max_leaves=N_LEAVES)
    return {
        "soft tree": SurrogateClassifier(frozen, tree, importance=None, **common),
        "TREPAN": TrepanClassifier(frozen, max_leaves=N_LEAVES, **common),
        "rule list": RuleListClassifier(frozen, max_rules=N_LEAVES - 1, **common),
    }


# --- The report -----------------------------------------------------------------------


def explained(teacher, data, new):
    """Fitted models by name, and what was measured as rows of a table."""
    X, y = data
    X_new, y_new = new
    told = teacher.predict(X_new)
    rows = [["", "fidelity", "accuracy", "leaves", "seconds"]]
    rows.append(["teacher", "", percent(told == y_new), "", ""])
    fitted = {}
    for name, model in models(teacher).items():
        begin = time.process_time()
        fitted[name] = model.fit(X, y)
        seconds = time.process_time() - begin
        own = model.predict(X_new)
        numbers = [percent(own == told), percent(own == y_new)]
        size = str(model.surrogate_.complexity)
        rows.append([name, *numbers, size, f"{seconds:.1f}"])
    return fitted, rows


def percent(hits):
    return f"{100 * np.mean(hits):.1f} %"


def chosen(model, teacher, X):
    """Positions of the three people, as far as there are such people."""
    own, said = model.predict(X), teacher.predict(X)
    wanted = [own == label for label in model.classes_] + [own != said]
    return [int(np.flatnonzero(hits)[0]) for hits in wanted if hits.any()]


def people(model, teacher, X):
    """Why the model says what it says of three people: a text."""
    X = X.iloc[chosen(model, teacher, X)]
    known = set(model.get_feature_names_out().tolist())
    fixed = [name for name in FIXED if name in known]
    found = model.explain_local(X, immutable=fixed).to_dicts()
    said = teacher.predict(X)
    return "\n\n".join(
        person(position, row, own, label)
        for (position, row), own, label in zip(X.iterrows(), found, said, strict=True)
    )


def person(position, row, found, said):
    """One of them: a text."""
    label = found["predicted"]
    by_column = {name: own[label] for name, own in found["contributions"].items()}
    top = sorted(by_column, key=lambda name: -abs(by_column[name]))[:N_TOP]
    parts = [f"{name} = {row[name]} ({by_column[name]:+.2f})" for name in top]
    other = found["counterfactual"]
    own, change = found["outputs"][label], "nothing that may change"
    lines = [
        f"person {position}: {label}, with {own:.2f}; the teacher says {said}",
        f"  rule: {found['rule']}",
        f"  because: {found['baseline'][label]:.2f} of all, {', '.join(parts)}",
        f"  otherwise: {change if other is None else other['text']}",
    ]
    return "\n".join(lines)


def report(teacher, data, new):
    """Rules, numbers and people: a text."""
    fitted, rows = explained(teacher, data, new)
    parts = [runs.table(rows)]
    for name, model in fitted.items():
        parts.append(f"### {name}\n\n{block(model.to_text())}")
    told = people(fitted["soft tree"], teacher, new[0])
    return "\n\n".join([*parts, f"### Three people, by the soft tree\n\n{block(told)}"])


def block(text):
    return f"```text\n{text.rstrip()}\n```"


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    add = parser.add_argument
    add("--data", type=Path, default=runs.data_folder(), help="folder of the data")
    add("--rows", type=int, default=None, help="to learn from (all)")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    data, new = adult.load(options.data)
    data = tuple(part[: options.rows] for part in data)
    teacher = HistGradientBoostingClassifier(
        categorical_features="from_dtype", random_state=SEED
    )
    teacher.fit(*data)
    told = report(teacher, data, new)
    print(f"{len(data[1])} people, {len(new[1])} others\n\n{told}\n\n{runs.machine()}")


if __name__ == "__main__":
    main()
