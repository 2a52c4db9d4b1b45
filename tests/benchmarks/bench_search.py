"""A grid search over student and objective, with the teacher cache and without.

50 candidates, 5 folds, a forest of 200 trees. The candidates are 50 searches' worth of
teacher fits without the cache, and one with it; students are small, as they are in a
first search over many.
"""

from __future__ import annotations

import argparse
import tempfile
import time

from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import GridSearchCV
from timing import start

from sklkd import DistilledClassifier, SoftTargets, StudentNet

GRID = {
    "objective__temperature": [1.0, 1.5, 2.0, 3.0, 4.0],
    "soft_weight": [0.25, 0.5, 0.75, 0.9, 1.0],
    "student__lr": [3e-3, 1e-2],
}


def seconds(memory, n_candidates, n_jobs, epochs):
    """Time of a search, and its best score."""
    grid = dict(GRID)
    if n_candidates < 50:
        grid = {"objective__temperature": GRID["objective__temperature"][:n_candidates]}
    estimator = DistilledClassifier(
        RandomForestClassifier(200, random_state=0),
        StudentNet(hidden=(32,), max_epochs=epochs, batch_size=256, device="cpu"),
        objective=SoftTargets(),
        transfer_set=None,
        memory=memory,
        random_state=0,
    )
    begin = time.perf_counter()
    X, y = load_digits(return_X_y=True)
    search = GridSearchCV(estimator, grid, cv=5, n_jobs=n_jobs).fit(X, y)
    return time.perf_counter() - begin, search.best_score_


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--candidates", type=int, default=50)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--n-jobs", type=int, default=None)
    options = parser.parse_args()
    start()
    shared = (options.candidates, options.n_jobs, options.epochs)
    with tempfile.TemporaryDirectory() as folder:
        cached, score = seconds(folder, *shared)
        warm, _ = seconds(folder, *shared)
    plain, plain_score = seconds(None, *shared)
    assert score == plain_score, "the cache must not change the result"
    print(f"{options.candidates} candidates, 5 folds, {options.epochs} epochs each")
    print(f"without memory= {plain:.1f} s, with {cached:.1f} s, again {warm:.1f} s")
    print(f"ratio {plain / cached:.1f}, with a warm cache {plain / warm:.1f}")


if __name__ == "__main__":
    main()
