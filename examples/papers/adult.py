"""Adult, from its raw columns: a forest of 500 trees and boosting, and their students.

The published split: 32 561 people to learn from, 16 281 to measure on, once. The same
DataFrame, with numbers, categories and missing values, goes to teacher and student. The
student is the default one, `DistilledClassifier(teacher)` with nothing else set but the
seed. Beside it stands the same network on labels alone.

Run ``python examples/papers/adult.py --data DIR``; README.md in this folder says where
the data are from. A run takes about half an hour on one core.
"""

from __future__ import annotations

import argparse
import os
import pickle
import platform
import time
from pathlib import Path

import numpy as np
import pandas as pd
import sklearn
import torch
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.metrics import log_loss
from sklearn.pipeline import make_pipeline
from skrub import TableVectorizer
from threadpoolctl import threadpool_limits

import sklkd
from sklkd import DistilledClassifier
from sklkd.inspection import expected_calibration_error

HOW_TO_GET = (
    "adult.csv.gz is not in {}. Save sklearn.datasets.fetch_openml('adult', version=2) "
    "as a CSV of its 14 columns, 'income', and 'split', which is 'train' or 'test'."
)


def main():
    options = parse()
    torch.set_num_threads(1)
    train, test = load(options.data)
    print(
        f"sklkd {sklkd.__version__}, scikit-learn {sklearn.__version__}, torch "
        f"{torch.__version__}, one thread of {platform.machine()}\n"
    )
    print(
        "| model | accuracy | log-loss | calibration error | fit | 1000 rows | size |"
    )
    print("|:--|--:|--:|--:|--:|--:|--:|")
    with threadpool_limits(1):
        for name, teacher in teachers().items():
            show(name, teacher, train, test)
            for seed in options.seeds:
                student = DistilledClassifier(teacher, random_state=seed)
                show(f"its student, seed {seed}", student, train, test)
                if options.why:
                    print(student.policy_)
        for seed in options.seeds:
            alone = DistilledClassifier(
                teacher, soft_weight=0, transfer_set=None, random_state=seed
            )
            show(f"labels alone, seed {seed}", alone, train, test)


def teachers():
    forest = RandomForestClassifier(500, min_samples_leaf=2, random_state=0)
    return {
        "forest of 500": make_pipeline(TableVectorizer(), SimpleImputer(), forest),
        "boosting": HistGradientBoostingClassifier(
            categorical_features="from_dtype", random_state=0
        ),
    }


def load(folder):
    """The published halves; words become categories, of which some are missing."""
    path = folder / "adult.csv.gz"
    if not path.exists():
        raise SystemExit(HOW_TO_GET.format(folder))
    frame = pd.read_csv(path)
    words = frame.columns[frame.dtypes != "int64"].drop(["income", "split"])
    frame = frame.astype(dict.fromkeys(words, "category"))
    y = frame["income"].to_numpy(dtype=str)
    test = (frame["split"] == "test").to_numpy()
    X = frame.drop(columns=["income", "split"])
    return (X[~test], y[~test]), (X[test], y[test])


def show(name, model, train, test):
    """Fit, measure, and print a row of the table."""
    X_test, y_test = test
    start = time.perf_counter()
    model.fit(*train)
    fitted = time.perf_counter() - start
    proba = model.predict_proba(X_test)
    start = time.perf_counter()
    model.predict_proba(X_test[:1000])
    asked = time.perf_counter() - start
    said = model.classes_[proba.argmax(axis=1)]
    shipped = model.without_teacher() if hasattr(model, "without_teacher") else model
    print(
        f"| {name} | {100 * np.mean(said == y_test):.2f} % | "
        f"{log_loss(y_test, proba):.4f} | "
        f"{100 * expected_calibration_error(y_test, proba):.1f} % | {fitted:.0f} s | "
        f"{1000 * asked:.0f} ms | {len(pickle.dumps(shipped)) / 1e6:.2f} |",
        flush=True,
    )


def parse():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    default = os.environ.get("SKLKD_DATA", Path.home() / ".cache" / "sklkd")
    parser.add_argument("--data", type=Path, default=Path(default))
    parser.add_argument("--seeds", type=int, nargs="*", default=[0])
    parser.add_argument("--why", action="store_true", help="print what was chosen")
    return parser.parse_args()


if __name__ == "__main__":
    main()
