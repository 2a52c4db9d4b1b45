"""Latency of one row: a distilled student's `predict_proba` against its bare module."""

from __future__ import annotations

import argparse
import statistics
import time

import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from timing import start

from sklkd import DistilledClassifier, StudentNet


def microseconds(function, n_calls=300):
    begin = time.perf_counter()
    for _ in range(n_calls):
        function()
    return (time.perf_counter() - begin) / n_calls * 1e6


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=15)
    options = parser.parse_args()
    start()
    X, y = load_digits(return_X_y=True)
    student = DistilledClassifier(
        LogisticRegression(max_iter=200),
        StudentNet(max_epochs=5, device="cpu"),
        soft_weight=0.5,
        transfer_set=None,
        random_state=0,
    ).fit(X, y)
    module = student.net_.module_
    dtype = np.float32

    def bare(rows):
        with torch.inference_mode():
            return module(torch.from_numpy(rows.astype(dtype))).softmax(dim=1).numpy()

    for n_rows in (1, 1000):
        rows = np.ascontiguousarray(X[:n_rows])
        measured = [
            (
                microseconds(lambda rows=rows: student.predict_proba(rows)),
                microseconds(lambda rows=rows: bare(rows)),
            )
            for _ in range(options.repeats)
        ]
        columns = zip(*measured, strict=True)
        ours, theirs = (statistics.median(times) for times in columns)
        ratio = statistics.median(a / b for a, b in measured)
        print(
            f"{n_rows:>5} rows: predict_proba {ours:.0f} us, bare module {theirs:.0f} "
            f"us, ratio {ratio:.2f}"
        )


if __name__ == "__main__":
    main()
