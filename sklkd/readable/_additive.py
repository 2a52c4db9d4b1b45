"""Sums of curves: linear models, and additive models of splines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import softmax

from sklkd.readable._base import ReadableModel
from sklkd.readable._columns import Feature, Floats


@dataclass(frozen=True, slots=True)
class Curve:
    """A piecewise polynomial of one feature, for each output.

    Piece ``i`` is used for ``breaks[i - 1] < x <= breaks[i]``; the first has no lower
    end and the last no upper one.

    Attributes
    ----------
    feature : Feature
        Of what.
    breaks : tuple of float
        Where pieces meet, ascending: one fewer than pieces, none for a line.
    centers : tuple of float
        What is subtracted from x in each piece.
    coefficients : tuple of tuple of tuple of float
        (n_pieces, degree + 1, n_outputs), the power 0 first.
    """

    feature: Feature
    breaks: tuple[float, ...]
    centers: tuple[float, ...]
    coefficients: tuple[tuple[tuple[float, ...], ...], ...]

    def of(self, Z: Floats) -> Floats:
        """Return its values: (n, n_columns) -> (n, n_outputs)."""
        x = self.feature.of(Z)
        piece = np.searchsorted(np.array(self.breaks), x, side="left")
        offset = (x - np.array(self.centers)[piece])[:, np.newaxis]
        own = np.array(self.coefficients)[piece]
        value: Floats = own[:, -1]
        for power in range(own.shape[1] - 2, -1, -1):  # Horner's rule
            value = value * offset + own[:, power]
        return value


@dataclass(frozen=True, slots=True)
class AdditiveModel(ReadableModel):
    """Scores that are sums of curves; of classes, their softmax.

    Attributes
    ----------
    intercept : tuple of float
        One for each output.
    curves : tuple of Curve
        Those of one column stand together.
    """

    intercept: tuple[float, ...]
    curves: tuple[Curve, ...]

    def scores(self, Z: Floats) -> Floats:
        """Return the sums: (n, n_columns) -> (n, n_outputs)."""
        total = np.tile(np.array(self.intercept, dtype=np.float64), (len(Z), 1))
        for curve in self.curves:
            total += curve.of(Z)
        return total

    def outputs(self, Z: Floats) -> Floats:
        """Return probabilities or values: (n, n_columns) -> (n, n_outputs)."""
        scores = self.scores(Z)
        outputs: Floats = scores if self.classes is None else softmax(scores, axis=1)
        return outputs

    @property
    def complexity(self) -> int:
        """Number of columns that have a curve."""
        return len(self.used)

    @property
    def used(self) -> tuple[int, ...]:
        """The columns that have a curve."""
        return tuple(sorted({curve.feature.column for curve in self.curves}))
