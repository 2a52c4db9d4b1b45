"""Prototypes: a row is as the nearest of some typical ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import softmax

from sklkd.readable._base import ReadableModel
from sklkd.readable._columns import Feature, Floats


@dataclass(frozen=True, slots=True)
class NearestModel(ReadableModel):
    r"""Labelled prototypes; the score of a class is minus the distance to its nearest.

    The distance of a row ``x`` to the prototype ``w`` is
    :math:`\sum_r (\sum_j \Omega_{rj} (x_j - w_j))^2`, where the matrix
    :math:`\Omega` holds what columns are divided by, too. Probabilities are the softmax
    of the scores.

    Attributes
    ----------
    features : tuple of Feature
        What a prototype consists of.
    prototypes : tuple of tuple of float
        (n_prototypes, n_features), in the units of the features.
    owners : tuple of int
        The class of each prototype, as a position in `classes`; each class has one.
    metrics : tuple of tuple of tuple of float
        The matrix, (rank, n_features): one for all prototypes, or one for each.
    """

    features: tuple[Feature, ...]
    prototypes: tuple[tuple[float, ...], ...]
    owners: tuple[int, ...]
    metrics: tuple[tuple[tuple[float, ...], ...], ...]

    def distances(self, Z: Floats) -> Floats:
        """Return squared distances: (n, n_columns) -> (n, n_prototypes)."""
        rows = np.stack([feature.of(Z) for feature in self.features], axis=1)
        metrics = np.array(self.metrics)
        found = np.empty((len(rows), len(self.prototypes)))
        for i, prototype in enumerate(np.array(self.prototypes)):
            metric = metrics[i if len(metrics) > 1 else 0]
            found[:, i] = np.square((rows - prototype) @ metric.T).sum(axis=1)
        return found

    def outputs(self, Z: Floats) -> Floats:
        """Return probabilities: (n, n_columns) -> (n, n_classes)."""
        distances, owners = self.distances(Z), np.array(self.owners)
        nearest = [
            distances[:, owners == k].min(axis=1) for k in range(len(self.targets))
        ]
        outputs: Floats = softmax(-np.stack(nearest, axis=1), axis=1)
        return outputs

    @property
    def complexity(self) -> int:
        """Number of prototypes."""
        return len(self.prototypes)

    @property
    def used(self) -> tuple[int, ...]:
        """The columns that enter a distance."""
        weight = np.abs(np.array(self.metrics)).sum(axis=(0, 1))
        pairs = zip(self.features, weight, strict=True)
        return tuple(sorted({f.column for f, size in pairs if size > 0}))
