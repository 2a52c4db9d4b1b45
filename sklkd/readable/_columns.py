"""What a model that can be read calls the columns of its rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the user's table, and how it stands in the rows of a model.

    A model's rows are arrays of float64, ``Z``: numbers as they are, categories by
    their position in `categories`, and NaN where a value is missing, or is a word that
    ``fit`` never saw.

    Attributes
    ----------
    name : str
        How it is called, in rules and exports.
    position : int
        Which column of X it is, from 0.
    categories : tuple or None
        The words, numbers or truth values that it may hold, in the order of their
        codes; None where it holds numbers.
    whole : bool
        Whether all its numbers are whole; rules about them then say so.
    gaps : bool
        Whether a value may be missing; where none is, rules do not speak of it.
    """

    name: str
    position: int
    categories: tuple[Any, ...] | None = None
    whole: bool = False
    gaps: bool = True


@dataclass(frozen=True, slots=True)
class Feature:
    """A number made of a column: itself without gaps, or whether it is some category.

    Attributes
    ----------
    column : int
        Position in the model's columns.
    code : int or None
        The category that makes it 1, and any other value 0; None for the number itself.
    fill : float
        Stands for a missing number.
    """

    column: int
    code: int | None = None
    fill: float = 0.0

    def of(self, Z: Floats) -> Floats:
        """Return its values: (n, n_columns) -> (n,)."""
        values = Z[:, self.column]
        if self.code is None:
            return np.where(np.isnan(values), self.fill, values)
        return (values == self.code).astype(np.float64)
