"""Training time of a student: against a hand-written loop, and against plain skorch.

The same network, loss, optimiser, batches and number of steps; the teacher's
probabilities are given. Prints ratios of whole fits, measured in turn.
"""

from __future__ import annotations

import argparse

import numpy as np
import torch
import torch.nn.functional as F
from skorch import NeuralNet
from timing import paired_seconds, ratio, start

from sklkd import DistilledClassifier, SoftTargets, StudentNet
from sklkd.nn import MLP

N_FEATURES, N_CLASSES, BATCH, TEMPERATURE = 30, 5, 128, 2.0
EPOCHS = {1_800: 60, 20_000: 8, 200_000: 2}


def make_data(n):
    """Rows, labels, and a teacher's probabilities."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, N_FEATURES)).astype(np.float32)
    logits = X @ rng.normal(size=(N_FEATURES, N_CLASSES))
    proba = np.exp(logits - logits.max(axis=1, keepdims=True))
    proba = proba / proba.sum(axis=1, keepdims=True)
    return X, proba.argmax(axis=1), proba


def fit_sklkd(X, y, proba, epochs, hidden):
    student = StudentNet(
        max_epochs=epochs,
        batch_size=BATCH,
        hidden=hidden,
        weight_decay=1.0,
        device="cpu",
    )
    return DistilledClassifier(
        "precomputed",
        student,
        objective=SoftTargets(TEMPERATURE),
        soft_weight=0.5,
        random_state=0,
    ).fit(X, y, teacher_proba=proba)


def distillation_loss(output, target, teacher_logits):
    """What everybody writes by hand."""
    soft = F.kl_div(
        F.log_softmax(output / TEMPERATURE, dim=1),
        F.softmax(teacher_logits / TEMPERATURE, dim=1),
        reduction="batchmean",
    )
    hard = F.cross_entropy(output, target)
    return 0.5 * hard + 0.5 * TEMPERATURE**2 * soft


def fit_by_hand(X, y, proba, epochs, hidden):
    X = torch.from_numpy((X - X.mean(axis=0)) / X.std(axis=0))
    y = torch.from_numpy(y)
    teacher = torch.from_numpy(np.log(proba.clip(1e-4)).astype(np.float32))
    module = MLP(N_FEATURES, N_CLASSES, hidden)
    optimizer = torch.optim.AdamW(
        module.parameters(), lr=3e-3, weight_decay=1.0, fused=True
    )
    for _ in range(epochs):
        for rows in torch.randperm(len(X)).split(BATCH):
            optimizer.zero_grad()
            loss = distillation_loss(module(X[rows]), y[rows], teacher[rows])
            loss.backward()
            optimizer.step()
    return module


class SkorchLoss(torch.nn.Module):
    """The same loss in skorch's terms: the label is the first column of y."""

    def forward(self, output, y):
        return distillation_loss(output, y[:, 0].long(), y[:, 1:])


def fit_skorch(X, y, proba, epochs, hidden):
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    columns = np.column_stack([y, np.log(proba.clip(1e-4))]).astype(np.float32)
    net = NeuralNet(
        MLP,
        SkorchLoss,
        module__n_features=N_FEATURES,
        module__n_outputs=N_CLASSES,
        module__hidden=hidden,
        optimizer=torch.optim.AdamW,
        optimizer__weight_decay=1.0,
        optimizer__fused=True,
        lr=3e-3,
        max_epochs=epochs,
        batch_size=BATCH,
        iterator_train__shuffle=True,
        train_split=None,
        verbose=0,
    )
    return net.fit(X, columns)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--rows", type=int, nargs="*", default=list(EPOCHS))
    parser.add_argument("--hidden", type=int, nargs="*", default=[128, 128])
    options = parser.parse_args()
    start()
    hidden = tuple(options.hidden)
    print(f"hidden layers {hidden}")
    print("rows     sklkd / loop by hand        skorch default / sklkd")
    for n in options.rows:
        data = (*make_data(n), EPOCHS[n], hidden)
        seconds = paired_seconds(
            {
                "sklkd": lambda data=data: fit_sklkd(*data),
                "loop": lambda data=data: fit_by_hand(*data),
                "skorch": lambda data=data: fit_skorch(*data),
            },
            options.repeats,
        )
        by_hand = ratio(seconds["sklkd"], seconds["loop"])
        skorch = ratio(seconds["skorch"], seconds["sklkd"])
        print(f"{n:<8} {by_hand:<27} {skorch}")


if __name__ == "__main__":
    main()
