"""What the scripts in this folder share: data, records, intervals and tables.

A script measures one thing for a list of cases. Each case that is finished becomes a
line of a CSV file; a run that was stopped goes on with the first case that has none.
"""

from __future__ import annotations

import csv
import json
import os
import platform
import sys
import time
from pathlib import Path

import numpy as np
import sklearn
import skorch
import torch
from scipy import stats
from sklearn.metrics import log_loss

import sklkd
from sklkd.inspection import expected_calibration_error

SMALLEST = 1e-12  # probability, in the log-loss of a row


# --- Data -----------------------------------------------------------------------------


def data_folder():
    """Where data are looked for unless a script is told."""
    return Path(os.environ.get("SKLKD_DATA", "~/.cache/sklkd")).expanduser()


def mnist(who, folder, n_rows=None):
    """MNIST's first training rows and its test rows: pixels in [0, 1], and labels."""
    path = folder / "mnist.npz"
    if not path.exists():
        sys.exit(
            f"{who}: {path} must hold MNIST, got no such file. Make it from "
            "sklearn.datasets.fetch_openml('mnist_784', as_frame=False), whose first "
            "60 000 rows are the training images: numpy.savez_compressed('mnist.npz', "
            "X_train=..., y_train=..., X_test=..., y_test=...), with images as uint8 "
            "of shape (n, 28, 28) and labels as integers. Then pass its folder as "
            "--data."
        )
    with np.load(path) as file:
        X, X_test = (scaled(file[name]) for name in ("X_train", "X_test"))
        y, y_test = (file[name].astype(np.int64) for name in ("y_train", "y_test"))
    return X[:n_rows], y[:n_rows], X_test, y_test


def scaled(images):
    """(n, 28, 28) in 0 ... 255 -> (n, 784) in [0, 1]."""
    return images.reshape(len(images), -1).astype(np.float32) / 255


def held_out(y, share=1 / 6, seed=0):
    """Row numbers of the training rows in two parts: to fit on, and to choose by."""
    order = np.random.default_rng(seed).permutation(len(y))
    n_held_out = round(share * len(y))
    return order[n_held_out:], order[:n_held_out]


# --- Measuring ------------------------------------------------------------------------


def measures(y, proba, classes):
    """Errors and what the probabilities are worth, as a dict of numbers.

    Entropy and log-loss are in nats, the error a share of the rows.
    """
    proba = np.clip(proba.astype(np.float64), SMALLEST, None)
    proba /= proba.sum(axis=1, keepdims=True)
    return {
        "error": float(np.mean(classes[proba.argmax(axis=1)] != y)),
        "log_loss": float(log_loss(y, proba, labels=classes)),
        "calibration_error": expected_calibration_error(y, proba, labels=classes),
        "entropy": float(-(proba * np.log(proba)).sum(axis=1).mean()),
    }


def fit_and_measure(model, X, y, X_new, y_new):
    """Fit, and predict once: a dict of numbers, seconds of the processor among them."""
    begin = time.process_time()
    model.fit(X, y)
    seconds = time.process_time() - begin
    found = measures(y_new, model.predict_proba(X_new), model.classes_)
    return found | {"seconds": round(seconds, 1)}


class Records:
    """Finished cases in a CSV file that is whole at every moment.

    Parameters
    ----------
    path : Path
        Of the file; its folder is made.
    """

    def __init__(self, path):
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self.rows = []
        if path.exists():
            with path.open(newline="", encoding="utf-8") as file:
                self.rows = [_parsed(row) for row in csv.DictReader(file)]

    def find(self, case):
        """The record of a case, or None."""
        for row in self.rows:
            if all(row.get(name) == value for name, value in case.items()):
                return row
        return None

    def get(self, case, measure):
        """The record of a case; where there is none, it is measured and kept."""
        found = self.find(case)
        told = " ".join(str(value) for value in case.values())
        if found is None:
            found = case | measure()
            self.rows.append(found)
            self._write()
        else:
            told = f"found in {self.path}: {told}"
        say(f"{told}: {_numbers(found, case)}")
        return found

    def _write(self):
        names = list(dict.fromkeys(name for row in self.rows for name in row))
        unfinished = self.path.with_suffix(".unfinished")
        with unfinished.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(names)
            for row in self.rows:
                writer.writerow([_cell(row.get(name, "")) for name in names])
        unfinished.replace(self.path)


def _cell(value):
    """Text as it is, all else as JSON."""
    return value if isinstance(value, str) else json.dumps(value)


def _parsed(row):
    """Numbers where the cells are numbers; empty cells are left out."""
    return {name: _value(cell) for name, cell in row.items() if cell}


def _value(cell):
    """A number or a truth value if it reads as one, else the text."""
    try:
        value = json.loads(cell)
    except ValueError:
        return cell
    return value if isinstance(value, (int, float)) else cell


def _numbers(record, case):
    """What was measured, short."""
    return ", ".join(
        f"{name} {value:.4g}"
        for name, value in record.items()
        if name not in case and isinstance(value, (int, float))
    )


# --- Telling --------------------------------------------------------------------------


def interval(values):
    """Mean, and half of its 95 % interval by Student's t; nan of a single value."""
    values = np.asarray(values, dtype=float)
    n = len(values)
    if n < 2:
        return float(values.mean()), float("nan")
    half = stats.t.ppf(0.975, n - 1) * values.std(ddof=1) / np.sqrt(n)
    return float(values.mean()), float(half)


def spread(values, form=".2f"):
    """Mean ± half of the 95 % interval."""
    mean, half = interval(values)
    told = format(mean, form)
    return told if np.isnan(half) else f"{told} ± {format(half, form)}"


def table(rows):
    """Cells as a table in Markdown: a head, a first column to the left."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        first, *rest = zip(row, widths, strict=True)
        cells = [first[0].ljust(first[1]), *(c.rjust(w) for c, w in rest)]
        lines.append("| " + " | ".join(cells) + " |")
    rule = "|".join("-" * (width + 1) + ":" for width in widths[1:])
    lines.insert(1, f"|:{'-' * (widths[0] + 1)}|{rule}|")
    return "\n".join(lines)


def machine():
    """What it ran on, in a line."""
    parts = [sklkd, sklearn, torch, skorch, np]
    listed = [f"{part.__name__} {part.__version__}" for part in parts]
    threads = f"{torch.get_num_threads()} thread(s)"
    system = f"{platform.system()} {platform.machine()}"
    return ", ".join([threads, system, f"Python {platform.python_version()}", *listed])


def say(text):
    """Progress, on standard error."""
    print(text, file=sys.stderr, flush=True)


def add_common(parser, out, seeds):
    """Options that all the scripts have."""
    add = parser.add_argument
    add("--data", type=Path, default=data_folder(), help="folder of the data")
    add("--out", type=Path, default=Path(out), help="folder for records")
    add("--seeds", type=int, default=None, help=f"how many ({seeds}; quick: 1)")
    add("--threads", type=int, default=1, help="of the processor (1)")
    add("--quick", action="store_true", help="few rows and one seed, to see it run")


def prepare(options, seeds):
    """Threads, the folder, and the seeds of a run."""
    torch.set_num_threads(options.threads)
    folder = options.out / "quick" if options.quick else options.out
    n_seeds = options.seeds or (1 if options.quick else seeds)
    return folder, range(n_seeds)
