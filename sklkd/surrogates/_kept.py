"""A fitted surrogate, which predicts as a student does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from sklkd.readable import ReadableModel
from sklkd.surrogates._evidence import Floats, Indices
from sklkd.surrogates._reading import Reading
from sklkd.training import TrainedEstimator

TINY = np.finfo(np.float64).tiny


@dataclass(frozen=True, slots=True)
class Kept:
    """A fitted surrogate: how X is read, which columns it sees, and the model.

    Attributes
    ----------
    who : str
        The estimator; errors start with it.
    reading : Reading
        Of all columns.
    columns : ndarray of int, shape (n_kept,)
        Those that the model sees.
    model : ReadableModel or TrainedEstimator
        What predicts.
    scale : ndarray of shape (n_kept,)
        Standard deviations of the columns: units of changes.
    """

    who: str
    reading: Reading
    columns: Indices
    model: ReadableModel | TrainedEstimator
    scale: Floats

    def rows(self, X: Any) -> Floats:
        """Return X as the model sees it: (n, n_kept)."""
        Z: Floats = self.reading.of(self.who, X)[:, self.columns]
        return Z

    def answers(self, X: Any) -> Floats:
        """Return probabilities or values of rows: (n, n_outputs)."""
        return answers(self.model, self.rows(X))

    def outputs(self, X: Any) -> torch.Tensor:
        """Return logarithms of probabilities, or values: (n, n_outputs)."""
        Z = self.rows(X)
        if not isinstance(self.model, ReadableModel):
            return self.model.outputs(Z)
        outputs = self.model.outputs(Z)
        if self.model.classes is not None:
            outputs = np.log(np.maximum(outputs, TINY))
        return torch.from_numpy(outputs)

    @property
    def sees_original(self) -> bool:
        """True: it reads X as the user passed it."""
        return True

    @property
    def takes_any_shape(self) -> bool:
        """False: it reads columns."""
        return False

    @property
    def net(self) -> None:
        """None: there is no network."""

    def history(self) -> list[dict[str, float]]:
        """No record: there are no epochs."""
        return []

    def trim(self) -> None:
        """Drop nothing."""


def answers(model: ReadableModel | TrainedEstimator, Z: Floats) -> Floats:
    """Return probabilities or values: (n, n_kept) -> (n, n_outputs)."""
    if isinstance(model, ReadableModel):
        return model.outputs(Z)
    outputs = model.outputs(Z)
    if model.columns is not None:
        outputs = outputs.softmax(dim=1)
    found: Floats = outputs.numpy()
    return found
