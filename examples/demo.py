"""Distil a slow ensemble into a small network, and measure what is won and lost.

Run ``python examples/demo.py``; it takes about three minutes on one core, two on two
cores, and needs nothing but scikit-learn's own handwritten digits. Progress goes to
standard error, the table to standard output, and table and picture to ``--out``.

Three models are compared, on rows that had no part in making them:

teacher      a vote of a support vector machine, 300 randomised trees and neighbours
hard labels  a network of one hidden layer, trained on the labels
distilled    the same network and number of steps, trained on the teacher's out-of-fold
             probabilities as well, and on five synthesised rows for each digit

The rows are split into folds. In each, the other folds' rows make the teacher, and a
grid search among them chooses what the networks are trained with: the learning rate of
both, and for the distilled one how much it listens to the teacher. Then the fold's rows
measure them, once. The architecture, the number of epochs and the teacher were fixed
beforehand, looking at cross-validation within three quarters of the rows.
"""

from __future__ import annotations

import argparse
import platform
import tempfile
import time
from pathlib import Path

import numpy as np
import sklearn
import torch
from joblib import parallel_config
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_digits
from sklearn.ensemble import ExtraTreesClassifier, VotingClassifier
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler
from sklearn.svm import SVC
from threadpoolctl import threadpool_limits
from tqdm import tqdm

import sklkd
from sklkd import DistilledClassifier, StudentNet
from sklkd.inspection import Comparison, ComparisonDisplay, compare
from sklkd.transfer_sets import Spunge

LEARNING_RATES = {"model__student__lr": [3e-3, 1e-2]}
HARD = LEARNING_RATES | {
    "model__soft_weight": [0.0],
    "model__student__max_epochs": [60],
}
# Five rows are made for each of the digits, and so an epoch has six times the steps.
SOFT = LEARNING_RATES | {
    "model__soft_weight": [0.1, 0.5],
    "model__transfer_set": [Spunge()],
    "model__student__max_epochs": [10],
}
QUICK_ROWS = 600


def main(arguments=None):
    options = parse(arguments)
    torch.set_num_threads(1)  # a network this small is slower on several
    start = time.perf_counter()
    with (
        threadpool_limits(1),
        parallel_config("loky", inner_max_num_threads=1),
        tempfile.TemporaryDirectory() as cache,
    ):
        folds = compare_in_folds(options, cache)
    comparison = Comparison.mean(folds)

    print(f"\nDigits, {len(folds)} folds: mean ± standard error\n")
    print(comparison)
    print(f"\n{gain(folds)}")
    print(f"Took {time.perf_counter() - start:.0f} s, {versions()}.")
    save(comparison, options.out)


def compare_in_folds(options, cache):
    """Make and measure the three models in each fold: a `Comparison` a fold."""
    X, y = load_digits(return_X_y=True)
    grids = [HARD, SOFT]
    if options.quick:
        X, y = X[:QUICK_ROWS], y[:QUICK_ROWS]
        grids = [{name: grid[name][:1] for name in grid} for grid in grids]
    student = DistilledClassifier(
        make_teacher(n_trees=30 if options.quick else 300),
        student=StudentNet(hidden=(64,)),
        transfer_set=None,
        memory=cache,  # the search fits the teacher once a fold, not once a candidate
        random_state=0,
    )
    outer = StratifiedKFold(2 if options.quick else 5, shuffle=True, random_state=0)
    n_fits = outer.n_splits * 3 * sum(map(n_candidates, grids))
    comparisons = []
    with tqdm(total=n_fits, desc="search", unit="fit") as bar:
        for train, test in outer.split(X, y):
            models = {
                "teacher": in_pipeline(clone(student.teacher)).fit(X[train], y[train])
            }
            for name, grid in zip(["hard labels", "distilled"], grids, strict=True):
                best = search(
                    in_pipeline(student), grid, X[train], y[train], options.jobs
                )
                bar.update(3 * n_candidates(grid))
                models[name] = best.set_params(model__verbose=1).fit(X[train], y[train])
            comparisons.append(compare(models, X[test], y[test], teacher="teacher"))
    return comparisons


def make_teacher(n_trees):
    """Three models that err differently, each with probabilities; they vote."""
    machine = CalibratedClassifierCV(
        SVC(C=10), method="temperature", ensemble=False, cv=3
    )
    trees = ExtraTreesClassifier(n_trees, random_state=0)
    neighbours = KNeighborsClassifier(3, weights="distance")
    members = [("machine", machine), ("trees", trees), ("neighbours", neighbours)]
    return VotingClassifier(members, voting="soft")


def in_pipeline(model):
    return Pipeline([("scale", MinMaxScaler()), ("model", model)])


def n_candidates(grid):
    return int(np.prod([len(values) for values in grid.values()]))


def search(pipeline, grid, X, y, n_jobs):
    """Return the pipeline with the parameters of the best log-loss in three folds."""
    inner = StratifiedKFold(3, shuffle=True, random_state=0)
    how = {"scoring": "neg_log_loss", "cv": inner, "refit": False, "n_jobs": n_jobs}
    found = GridSearchCV(pipeline, grid, **how).fit(X, y)
    return clone(pipeline).set_params(**found.best_params_)


def gain(folds):
    """Say what distillation won, paired by fold, and what is left to the teacher."""
    scores = np.array([[row.score for row in fold.rows] for fold in folds])
    teacher, hard, distilled = scores.T
    return (
        "Accuracy of the distilled student minus that of the same network on hard "
        f"labels: {difference(distilled - hard)}; minus its teacher's: "
        f"{difference(distilled - teacher)}."
    )


def difference(gaps):
    error = gaps.std(ddof=1) / len(gaps) ** 0.5
    return f"{100 * gaps.mean():+.2f} ± {100 * error:.2f} points"


def versions():
    parts = {"sklkd": sklkd, "scikit-learn": sklearn, "torch": torch, "numpy": np}
    listed = [f"{name} {module.__version__}" for name, module in parts.items()]
    return ", ".join([*listed, f"Python {platform.python_version()}"])


def save(comparison, folder):
    """Write the table and the picture."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "comparison.md").write_text(f"{comparison}\n", encoding="utf-8")
    display = ComparisonDisplay.from_comparison(comparison)
    display.figure_.savefig(folder / "comparison.png", dpi=150)
    print(f"Wrote comparison.md and comparison.png to {folder}.")


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("demo"), help="folder (demo)")
    parser.add_argument("--jobs", type=int, default=-1, help="processes that search")
    parser.add_argument("--quick", action="store_true", help="a smoke test: seconds")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
