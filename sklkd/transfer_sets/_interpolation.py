"""Interpolation: a random step towards a near row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from sklkd._validation import COUNT, Interval
from sklkd.transfer_sets._base import TransferSet
from sklkd.transfer_sets._columns import Columns, Draft, Rows
from sklkd.transfer_sets._neighbours import Space


class Interpolation(TransferSet):
    r"""A random step from a row towards one of its nearest neighbours, as in SMOTE.

    .. math:: x \leftarrow x + u\,(x' - x), \qquad u \sim \mathrm{U}(0, 1),

    where :math:`x'` is one of the `n_neighbors` nearest rows [1]_, of any class.
    Categories and dates, and entries of which one is missing, are the neighbour's with
    the probability :math:`u`. New rows stay near the data, and within its hull.

    Parameters
    ----------
    n_neighbors : int, default=5
        At least 1; all other rows where there are fewer.
    size_factor : float, default=5.0
        Rows made for each row of X, above 0.
    max_rows : int, default=50_000
        At most so many rows are made.
    random_state : int, default=0
        The same one gives the same rows in every fit.

    Notes
    -----
    Neighbours are looked for among at most 20 000 random rows, by standardised numbers
    and dates; two different categories are as far apart as two numbers that differ by
    one standard deviation.

    References
    ----------
    .. [1] N. V. Chawla et al., "SMOTE: Synthetic Minority Over-sampling Technique",
       Journal of Artificial Intelligence Research 16, 2002, Sec. 4.2.

    Examples
    --------
    >>> import numpy as np
    >>> from sklkd.transfer_sets import Interpolation
    >>> X = np.array([[0.5], [1.5], [10.5], [11.5]])
    >>> made = Interpolation(n_neighbors=1).synthesise(X)
    >>> bool(((made.X > 1.5) & (made.X < 10.5)).any())
    False
    """

    bounds: ClassVar[Mapping[str, Interval]] = {"n_neighbors": COUNT}
    min_rows = 2

    def __init__(
        self,
        n_neighbors: int = 5,
        *,
        size_factor: float = 5.0,
        max_rows: int = 50_000,
        random_state: int = 0,
    ) -> None:
        self.n_neighbors = n_neighbors
        self.size_factor = size_factor
        self.max_rows = max_rows
        self.random_state = random_state

    def draw(self, columns: Columns, parent: Rows, rng: np.random.Generator) -> Draft:
        """Draw neighbours and steps."""
        near = Space.of(columns, rng).nearest(parent, self.n_neighbors)
        chosen = rng.integers(near.shape[1], size=len(parent))
        partner = near[np.arange(len(parent)), chosen]
        return columns.between(parent, partner, rng.random(len(parent)), rng)
