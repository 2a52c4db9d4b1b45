"""Noise on the gradients of a deep, narrow, badly started network.

Run ``python examples/papers/gradient_noise.py``. A network of 20 layers of 50 units
learns MNIST (10 000 rows) by plain gradient descent at a constant rate, from a bad
start, with and without noise on its gradients, `GradientNoise`, whose variance in step
t is 0.01 / (1 + t) ** 0.55:

simple  weights are drawn with a standard deviation of 0.1, as in the paper's Table 1
small   with 0.05: what goes in is lost on the way, and so is the gradient
zero    weights are zero, so that nothing ever moves but the last bias

Each is trained with every seed, with and without. Gradients are cut to a norm of 10 in
every arm, which the paper says the start at zero needs.

The paper ([1]_, Table 1: best and mean accuracy of 40 runs, 89.9 and 43.1 % without
noise against 96.7 and 52.7 % with, simple start) trains at two rates; how long, it does
not say. This is 5 seeds at one rate, and as many epochs as ten minutes of one processor
core allow: it asks whether anything is to be seen in such a time, and not whether the
paper is right.

References
----------
.. [1] A. Neelakantan et al., "Adding Gradient Noise Improves Learning for Very Deep
   Networks", 2015, Sec. 4.1. arXiv:1511.06807
"""

from __future__ import annotations

import argparse

import numpy as np
import runs
from skorch.callbacks import GradientNormClipping
from torch import nn
from torch.optim import SGD

from sklkd import StudentNet
from sklkd.nn import MLP
from sklkd.smoothing import RegularizedClassifier
from sklkd.training import GradientNoise

SEEDS = 5
N_ROWS = 10_000
EPOCHS = 60
LEARNT = 0.5  # accuracy above which a network counts as having learnt something
STARTS = {"simple": 0.1, "small": 0.05, "zero": 0.0}  # standard deviation of weights
ETAS = {"without": None, "with noise": 0.01}


class Deep(MLP):
    """Layers of 50 units whose weights are drawn with one deviation, biases zero.

    Parameters
    ----------
    n_features, n_outputs : int
        Pixels and classes.
    deviation : float, default=0.1
        Of every weight.
    depth : int, default=20
        Number of hidden layers.
    """

    def __init__(self, n_features, n_outputs, deviation=0.1, depth=20):
        super().__init__(n_features, n_outputs, hidden=(50,) * depth)
        for layer in self.layers:
            if isinstance(layer, nn.Linear):
                nn.init.normal_(layer.weight, std=deviation)
                nn.init.zeros_(layer.bias)


def estimator(deviation, eta, epochs, seed):
    """An unfitted network."""
    callbacks = [GradientNormClipping(10.0)]
    if eta is not None:
        callbacks.append(GradientNoise(eta=eta))
    net = StudentNet(
        Deep,
        module__deviation=deviation,
        max_epochs=epochs,
        lr=0.1,
        lr_schedule="constant",
        batch_size=100,
        optimizer=SGD,
        callbacks=callbacks,
        device="cpu",
    )
    return RegularizedClassifier(net, random_state=seed)


def measure(start, noise, epochs, data, seed):
    """Fit and measure one network: a dict of numbers."""
    model = estimator(STARTS[start], ETAS[noise], epochs, seed)
    found = runs.fit_and_measure(model, *data)
    last = model.history_[-1]["train_loss"]
    return {"accuracy": 1 - found.pop("error"), "train_loss": last} | found


def report(records, cases):
    """A row a start and arm: a text."""
    head = ["start", "noise", "accuracy, %", "best", f"above {100 * LEARNT:.0f} %"]
    rows = [[*head, "training loss", "seconds"]]
    for start in STARTS:
        for noise in ETAS:
            found = [
                records.find(case)
                for case in cases
                if (case["start"], case["noise"]) == (start, noise)
            ]
            accuracy = 100 * np.array([each["accuracy"] for each in found])
            n_learnt = int((accuracy > 100 * LEARNT).sum())
            rows.append(
                [
                    start,
                    noise,
                    runs.spread(accuracy, ".1f"),
                    f"{accuracy.max():.1f}",
                    f"{n_learnt} of {len(found)}",
                    runs.spread([each["train_loss"] for each in found], ".2f"),
                    f"{np.mean([each['seconds'] for each in found]):.0f}",
                ]
            )
    return runs.table(rows)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    runs.add_common(parser, "gradient_noise", SEEDS)
    parser.add_argument("--epochs", type=int, default=EPOCHS, help=f"({EPOCHS})")
    options = parser.parse_args(arguments)
    folder, seeds = runs.prepare(options, SEEDS)
    n_rows, epochs = (1000, 2) if options.quick else (N_ROWS, options.epochs)
    data = runs.mnist("gradient_noise", options.data, n_rows)
    records = runs.Records(folder / "records.csv")
    cases = []
    for seed in seeds:
        for start in STARTS:
            for noise in ETAS:
                case = {"seed": seed, "start": start, "noise": noise}
                case |= {"epochs": epochs, "rows": len(data[0])}
                cases.append(case)
                records.get(
                    case,
                    lambda s=start, n=noise, k=seed: measure(s, n, epochs, data, k),
                )
        head = f"MNIST, {len(data[0])} rows, {epochs} epochs, {seed + 1} seed(s)"
        text = f"{head}, mean ± 95 %\n\n{report(records, cases)}\n\n{runs.machine()}"
        (folder / "report.md").write_text(f"{text}\n", encoding="utf-8")
    print(f"\n{text}")


if __name__ == "__main__":
    main()
