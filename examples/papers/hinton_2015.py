"""Distil a regularised network into a plain one on MNIST, as Hinton et al. did.

Run ``python examples/papers/hinton_2015.py``. Three networks are trained for each seed:

teacher      784-1200-1200-10, with dropout, incoming weights of bounded norm, and
             images shifted by up to 2 pixels, anew in every epoch
hard labels  784-800-800-10, nothing of that, trained on the labels
distilled    the same, trained on the teacher's logits for the training images as they
             are, softened by a temperature of 20

Progress goes to standard error, the table to standard output and to ``report.md`` in
``--out``. There, too, each finished network leaves its record, so that a killed run,
started again, goes on with the next one. ``--quick`` takes 12 000 training rows and one
seed; its errors are not to be compared with the paper's.

What was chosen, and on what
----------------------------
`RECIPE` was chosen on training rows: ``--choose`` holds out 10 000 of the 60 000, once.
With one seed, and candidates that were added as the first results came in, it gave

    arm          errors log-loss seconds  settings
    teacher         114   0.0362     217  epochs 25
    hard labels     201   0.0727      41  epochs 10, lr 0.001
    hard labels     187   0.0856      90  epochs 20, lr 0.001
    hard labels     177   0.1034      84  epochs 20, lr 0.003
    hard labels     165   0.1282     231  epochs 50, lr 0.003
    distilled       130   0.0423     111  epochs 25, lr 0.001
    distilled       127   0.0433     105  epochs 25, lr 0.001, temperature 4.0
    distilled       125   0.0426     108  epochs 25, lr 0.001, temperature 8.0
    distilled       128   0.0408     111  epochs 25, lr 0.001, soft_weight 0.9
    distilled       125   0.0415     113  epochs 25, lr 0.003
    distilled       124   0.0413     218  epochs 50, lr 0.003
    distilled       125   0.0415     269  epochs 40, lr 0.001, batch_size 64

where seconds are the processor's. One seed cannot tell the temperatures and soft
weights apart, so the paper's temperature and pure soft targets stayed. The student on
hard labels has the settings that gave it the fewest errors, although its log-loss grows
with the epochs; the distilled one has the same epochs and learning rate: neither longer
training nor smaller batches told. Not compared were the teacher's dropout, norm and 30
epochs.

References
----------
G. Hinton, O. Vinyals, J. Dean, "Distilling the Knowledge in a Neural Network", 2015,
Sec. 3. arXiv:1503.02531
"""

from __future__ import annotations

import argparse
import json
import pickle
import platform
import sys
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import runs
import sklearn
import skorch
import torch
import torch.nn.functional as F
from sklearn.metrics import log_loss
from skorch.callbacks import Callback
from torch import nn

import sklkd
from sklkd import DistilledClassifier, SoftTargets, StudentNet
from sklkd.inspection import expected_calibration_error
from sklkd.nn import MLP

SIDE = 28  # pixels
PAPER = {"teacher": 67, "hard labels": 146, "distilled": 74}  # errors of 10 000


@dataclass(frozen=True)
class Settings:
    """How one network is trained; all of it chosen on held-out training rows."""

    epochs: int
    lr: float = 1e-3
    batch_size: int = 256
    dropout: float = 0.0
    max_norm: float = float("inf")
    temperature: float = 20.0
    soft_weight: float = 0.0


RECIPE = {
    "teacher": Settings(epochs=30, dropout=0.3, max_norm=2.0),
    "hard labels": Settings(epochs=50, lr=3e-3),
    "distilled": Settings(epochs=50, lr=3e-3, soft_weight=1.0),
}

# What `--choose` compares; its first is the teacher of the others.
SHORT = {"epochs": 25}
CANDIDATES = [
    ("teacher", SHORT),
    ("hard labels", {"epochs": 10, "lr": 1e-3}),
    ("hard labels", {"epochs": 20, "lr": 1e-3}),
    ("hard labels", {"epochs": 20, "lr": 3e-3}),
    ("hard labels", {"epochs": 50, "lr": 3e-3}),
    ("distilled", SHORT | {"lr": 1e-3}),
    ("distilled", SHORT | {"lr": 1e-3, "temperature": 4.0}),
    ("distilled", SHORT | {"lr": 1e-3, "temperature": 8.0}),
    ("distilled", SHORT | {"lr": 1e-3, "soft_weight": 0.9}),
    ("distilled", SHORT | {"lr": 3e-3}),
    ("distilled", {"epochs": 50, "lr": 3e-3}),
    ("distilled", {"epochs": 40, "lr": 1e-3, "batch_size": 64}),
]


class Jitter(nn.Module):
    """Shift each image by whole pixels, in training only; what is left free is black.

    Parameters
    ----------
    reach : int, default=2
        The largest shift, in pixels, up or down and left or right.
    """

    def __init__(self, reach=2):
        super().__init__()
        self.reach = reach

    def forward(self, X):
        """(n, 784) -> (n, 784)."""
        if not self.training:
            return X
        reach, n = self.reach, len(X)
        padded = F.pad(X.view(n, SIDE, SIDE), [reach] * 4)
        # A view of all shifts of all images; only those that are drawn are copied.
        shifts = padded.unfold(1, SIDE, 1).unfold(2, SIDE, 1)
        across, down = torch.randint(2 * reach + 1, (2, n), device=X.device)
        rows = torch.arange(n, device=X.device)
        return shifts[rows, down, across].reshape(n, -1)


class Dropout(nn.Module):
    """Dropout whose share is a whole number of 256ths: eight units from one draw.

    torch draws a number a unit, which on a CPU takes as long as half of the matrix
    products of this network.

    Parameters
    ----------
    share : float
        Of the units that are left out, in [0, 1).
    """

    def __init__(self, share):
        super().__init__()
        self.dropped = round(256 * share)

    def forward(self, X):
        """(n, k) -> (n, k)."""
        if not self.training or self.dropped == 0:
            return X
        draws = torch.empty(-(-X.numel() // 8), dtype=torch.int64, device=X.device)
        draws.random_(-(2**63), None)
        kept = draws.view(torch.uint8)[: X.numel()].view(X.shape) >= self.dropped
        return X * kept.to(X.dtype).mul_(256 / (256 - self.dropped))


class Teacher(nn.Module):
    """Two wide layers with dropout, on jittered images.

    Parameters
    ----------
    n_features, n_outputs : int
        Pixels and classes.
    hidden : sequence of int, default=(1200, 1200)
        Width of each hidden layer.
    dropout : float, default=0.5
        Share of the hidden units that is left out.
    """

    def __init__(self, n_features, n_outputs, hidden=(1200, 1200), dropout=0.5):
        super().__init__()
        plain = MLP(n_features, n_outputs, hidden=hidden).layers
        parts = [
            [m, Dropout(dropout)] if isinstance(m, nn.ReLU) else [m] for m in plain
        ]
        self.layers = nn.Sequential(Jitter(), *(m for part in parts for m in part))

    def forward(self, X):
        """(n, 784) -> (n, 10)."""
        return self.layers(X)


class MaxNorm(Callback):
    """Shorten the incoming weights of each unit to a largest norm, once an epoch.

    Parameters
    ----------
    largest : float
        Euclidean norm.
    """

    def __init__(self, largest):
        self.largest = largest

    def on_epoch_end(self, net, **_):
        """Project."""
        with torch.no_grad():
            for layer in net.module_.modules():
                if isinstance(layer, nn.Linear):
                    layer.weight.copy_(layer.weight.renorm(2, 0, self.largest))


# --- The three networks ---------------------------------------------------------------


def network(arm, settings, device):
    """The arm's network, and how it is trained."""
    how = {
        "max_epochs": settings.epochs,
        "lr": settings.lr,
        "batch_size": settings.batch_size,
        "device": device,
    }
    if arm != "teacher":
        # Pixels in [0, 1] as they are: standardised, the rarely lit ones would shout.
        return StudentNet(MLP, module__hidden=(800, 800), **how)
    limit = [MaxNorm(settings.max_norm)] if settings.max_norm < float("inf") else None
    return StudentNet(Teacher, module__dropout=settings.dropout, callbacks=limit, **how)


def estimator(arm, settings, teacher, options):
    """An unfitted arm; the teacher is one too, that learns from labels alone.

    The fitted teacher is passed as its module, which speaks in logits. Its
    probabilities would be cut off at `proba_floor`, and at a temperature of 20 that is
    felt.
    """
    listens = settings.soft_weight > 0
    return DistilledClassifier(
        teacher.net_.module_ if listens else "precomputed",
        network(arm, settings, options.device),
        objective=SoftTargets(temperature=settings.temperature),
        soft_weight=settings.soft_weight,
        transfer_set=None,  # the training images themselves, not jittered
        verbose=int(sys.stderr.isatty()),
    )


# --- Fitting and measuring, once ------------------------------------------------------


class Store:
    """Finished fits in a folder: a record of each, and the model where it is needed.

    Parameters
    ----------
    folder : Path
        Where they are.
    options : argparse.Namespace
        Of this run.
    """

    def __init__(self, folder, options):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.options = options

    def fit(self, name, arm, settings, teacher, *, data, seed):
        """Return a fitted model and its record, from the folder if they are there."""
        content = {
            "arm": arm,
            "settings": asdict(settings),
            "teacher": teacher[1]["content"] if settings.soft_weight else None,
            "seed": seed,
            "rows": [len(data[1]), len(data[3])],
            "device": self.options.device,
        }
        kept = self.folder / f"{name}.json"
        if kept.exists():
            record = json.loads(kept.read_text(encoding="utf-8"))
            if record["content"] == content and self._is_whole(name, arm):
                say(f"{name}: {record['errors']} errors, found in {self.folder}")
                return self._model(name, arm), record
        model = estimator(arm, settings, teacher and teacher[0], self.options)
        record = {"content": content} | fit_and_measure(model, data, seed)
        if arm == "teacher":
            self._write(f"{name}.pkl", pickle.dumps(model))
        self._write(kept.name, json.dumps(record, indent=1).encode())
        say(f"{name}: {record['errors']} errors in {record['seconds']:.0f} s")
        return model, record

    def _is_whole(self, name, arm):
        """Whether the model is there, where one is needed."""
        return arm != "teacher" or (self.folder / f"{name}.pkl").exists()

    def _model(self, name, arm):
        """A model of an earlier run; students are not kept."""
        path = self.folder / f"{name}.pkl"
        return pickle.loads(path.read_bytes()) if arm == "teacher" else None

    def _write(self, name, content):
        """Write a file that is whole at every moment."""
        unfinished = self.folder / f"{name}.unfinished"
        unfinished.write_bytes(content)
        unfinished.replace(self.folder / name)


def fit_and_measure(model, data, seed):
    """Fit, and predict once: plain numbers."""
    X, y, X_new, y_new = data
    begin, used = time.perf_counter(), time.process_time()
    model.set_params(random_state=seed).fit(X, y)
    seconds, busy = time.perf_counter() - begin, time.process_time() - used
    begin = time.perf_counter()
    proba = model.predict_proba(X_new)
    rate = len(X_new) / (time.perf_counter() - begin)
    label = model.classes_[proba.argmax(axis=1)]
    return {
        "errors": int((label != y_new).sum()),
        "log_loss": float(log_loss(y_new, proba)),
        "calibration": expected_calibration_error(y_new, proba),
        "seconds": seconds,
        "processor_seconds": busy,
        "rows_per_second": rate,
        "train_loss": model.history_[-1]["train_loss"],
    }


def run_seed(store, data, seed, recipe):
    """The three arms of one seed: a record each."""
    records, teacher = {}, None
    for arm, settings in recipe.items():
        name = f"seed{seed}-{arm.replace(' ', '-')}"
        fitted = store.fit(name, arm, settings, teacher, data=data, seed=seed)
        records[arm] = fitted[1]
        teacher = fitted if arm == "teacher" else teacher
    return records


# --- Choosing, on training rows -------------------------------------------------------


def choose(store, data):
    """Measure `CANDIDATES` on 10 000 training rows that are held out."""
    X, y = data[:2]
    order = np.random.default_rng(0).permutation(len(y))
    n_held_out = len(y) // 6
    held_out, rest = order[:n_held_out], order[n_held_out:]
    parts = X[rest], y[rest], X[held_out], y[held_out]
    found, teacher = [], None
    for arm, changes in CANDIDATES:
        settings = replace(RECIPE[arm], **changes)
        told = ", ".join(f"{k} {v}" for k, v in changes.items())
        name = f"choose-{arm}-{told}".replace(", ", "-").replace(" ", "-")
        fitted = store.fit(name, arm, settings, teacher, data=parts, seed=0)
        teacher = fitted if arm == "teacher" else teacher
        found.append((arm, told, fitted[1]))
    print(f"\nErrors on {n_held_out} training rows that were held out\n")
    print(f"{'arm':12} {'errors':>6} {'log-loss':>8} {'seconds':>7}  settings")
    for arm, told, record in found:
        print(
            f"{arm:12} {record['errors']:6} {record['log_loss']:8.4f} "
            f"{record['processor_seconds']:7.0f}  {told}"
        )


# --- The report -----------------------------------------------------------------------


def report(seeds, n_test):
    """The table, and the share of the gap: a text."""
    head = ["", "errors", "of seeds", "paper", "log-loss", "calibration error"]
    rows = [[*head, "training", "on the processor", "rows a second"]]
    for arm in RECIPE:
        values = {
            key: np.array([seed[arm][key] for seed in seeds])
            for key in seeds[0][arm]
            if key != "content"
        }
        rows.append(
            [
                arm,
                spread(values["errors"], ".1f"),
                " ".join(map(str, values["errors"])),
                str(PAPER[arm]),
                spread(values["log_loss"], ".4f"),
                f"{100 * values['calibration'].mean():.2f} %",
                f"{values['seconds'].mean():.0f} s",
                f"{values['processor_seconds'].mean():.0f} s",
                f"{values['rows_per_second'].mean():.0f}",
            ]
        )
    return f"{table(rows)}\n\n{closed(seeds)} Errors of {n_test} test images."


def closed(seeds):
    """Say how much of the gap to the teacher the soft targets close."""
    errors = np.array([[seed[arm]["errors"] for arm in RECIPE] for seed in seeds])
    teacher, hard, soft = errors.T.astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = 100 * (hard - soft) / (hard - teacher)
    each = ", ".join(f"{share:.0f}" for share in shares)
    paper = 100 * (146 - 74) / (146 - 67)
    return (
        f"Share of the gap that is closed: {spread(shares, '.0f')} % (seeds: {each}; "
        f"paper: {paper:.0f})."
    )


def spread(values, form):
    """Mean and standard deviation."""
    mean = format(values.mean(), form)
    return f"{mean} ± {format(values.std(ddof=1), form)}" if len(values) > 1 else mean


def table(rows):
    """Cells as a table in Markdown, the first row its head."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "| " + " | ".join(c.rjust(w) for c, w in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
    lines.insert(1, "|" + "|".join("-" * (w + 1) + ":" for w in widths) + "|")
    return "\n".join(lines)


def versions(options):
    parts = [sklkd, sklearn, torch, skorch, np]
    listed = [f"{part.__name__} {part.__version__}" for part in parts]
    where = "CUDA" if on_cuda(options.device) else f"{options.threads} thread(s)"
    system = f"{platform.system()} {platform.machine()}, Python"
    return ", ".join([where, f"{system} {platform.python_version()}", *listed])


def on_cuda(device):
    return device.startswith("cuda") or (device == "auto" and torch.cuda.is_available())


def say(text):
    print(text, file=sys.stderr, flush=True)


# --- Data and options -----------------------------------------------------------------


def load(folder, n_rows):
    """Training and test images in [0, 1], and their labels."""
    return runs.mnist("hinton_2015", folder, n_rows)


def parse(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    add = parser.add_argument
    add("--data", type=Path, default=runs.data_folder(), help="of mnist.npz")
    add("--out", type=Path, default=Path("hinton_2015"), help="folder for records")
    add("--seeds", type=int, default=None, help="how many (3; quick: 1)")
    add("--device", default="auto", help="auto, cpu or cuda")
    add("--threads", type=int, default=1, help="of the processor (1)")
    add("--quick", action="store_true", help="12 000 training rows, 1 seed")
    add("--choose", action="store_true", help="compare settings on training rows")
    return parser.parse_args(arguments)


def main(arguments=None):
    options = parse(arguments)
    torch.set_num_threads(options.threads)
    data = load(options.data, 12_000 if options.quick else None)
    store = Store(options.out / "quick" if options.quick else options.out, options)
    if options.choose:
        choose(store, data)
        return
    n_seeds = options.seeds or (1 if options.quick else 3)
    seeds = []
    for seed in range(n_seeds):
        seeds.append(run_seed(store, data, seed, RECIPE))
        text = f"{report(seeds, len(data[3]))}\n\n{versions(options)}"
        (store.folder / "report.md").write_text(f"{text}\n", encoding="utf-8")
        say(f"after seed {seed}: {closed(seeds)}")
    print(f"\nMNIST, {len(data[1])} training rows, {n_seeds} seed(s)\n\n{text}")


if __name__ == "__main__":
    main()
