"""Which training rows are held out, to say when a student is good enough."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split
from skorch import NeuralNet
from skorch.dataset import Dataset

from sklkd.training._student_net import StudentNet

Split = tuple[NDArray[np.int64], NDArray[np.int64]]


def held_out(
    who: str,
    net: StudentNet | NeuralNet,
    target: NDArray[Any],
    stratify: NDArray[Any] | None,
    seed: int,
    *,
    real: NDArray[np.bool_] | None = None,
) -> Split:
    """Indices to train on and to validate on.

    Parameters
    ----------
    who : str
        The estimator that asks; errors start with it.
    net : StudentNet or skorch.NeuralNet
        Says whether rows are held out, and which.
    target : ndarray of shape (n_rows,) or (n_rows, n_outputs)
        What is learnt.
    stratify : ndarray of shape (n_rows,) or None
        Classes, to be represented among the held-out rows.
    seed : int
        Of the choice.
    real : ndarray of bool, shape (n_rows,), default=None
        Rows that were not made up. Early stopping holds out these only: the others
        resemble rows that are trained on.

    Raises
    ------
    ValueError
        If no row is left to train on, or a skorch net's split brings rows from
        elsewhere.
    """
    everything, nothing = np.arange(len(target)), np.arange(0)
    if isinstance(net, StudentNet):
        if not net.early_stopping:
            return everything, nothing
        if real is None or real.all():
            return _share(who, everything, net.validation_fraction, stratify, seed)
        rows = np.flatnonzero(real)
        classes = None if stratify is None else stratify[rows]
        train, valid = _share(who, rows, net.validation_fraction, classes, seed)
        return np.concatenate([train, np.flatnonzero(~real)]), valid
    if not net.train_split:
        return everything, nothing
    train, valid = net.train_split(Dataset(everything, target), target)
    if valid is None:
        return everything, nothing
    if not (hasattr(train, "indices") and hasattr(valid, "indices")):
        raise ValueError(
            f"{who}: train_split of the student must choose among the "
            "training rows, as skorch.dataset.ValidSplit does; rows from elsewhere "
            "have no teacher targets."
        )
    return np.asarray(train.indices), np.asarray(valid.indices)


def _share(
    who: str,
    rows: NDArray[np.int64],
    fraction: float,
    classes: NDArray[Any] | None,
    seed: int,
) -> Split:
    """A share of the rows, with every class in it where that is possible."""
    n_held_out = max(1, round(fraction * len(rows)))
    if len(rows) < 2 or n_held_out >= len(rows):
        raise ValueError(
            f"{who}: early_stopping holds out {n_held_out} of {len(rows)} "
            "rows and leaves none to train on. Pass more rows, or "
            "early_stopping=False."
        )
    if classes is not None:
        counts = np.unique(classes, return_counts=True)[1]
        if counts.min() < 2 or n_held_out < len(counts):
            classes = None
    train, valid = train_test_split(
        rows, test_size=n_held_out, stratify=classes, random_state=seed
    )
    return train, valid
