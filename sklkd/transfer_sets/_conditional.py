"""Conditional: some columns redrawn given the others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from sklkd._validation import COUNT, Interval
from sklkd.transfer_sets._base import TransferSet
from sklkd.transfer_sets._columns import Columns, Draft, Rows
from sklkd.transfer_sets._neighbours import Space


class Conditional(TransferSet):
    r"""Rows some columns of which are redrawn given the others: one step of Gibbs.

    The columns are dealt into blocks at random. In each new row, one block is redrawn
    from its distribution given all other columns,

    .. math:: x_B \sim p(x_B \mid x_{-B}),

    for which the blocks of the `n_neighbors` rows that are nearest in the other columns
    stand, each as likely as any other: a hot deck [2]_. Steps of this kind, chained,
    sample from the joint distribution, as Fakoor et al. [1]_ do to augment tables for
    distillation; they learn the conditionals with a network of self-attention, where
    here neighbours stand for them, and one step keeps rows near the data.

    Parameters
    ----------
    redraw_fraction : float, default=0.25
        Share of the columns that a block has, in (0, 1], at least one column.
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
    All values are copied, of numbers too. Neighbours are looked for among at most
    20 000 random rows, by standardised numbers and dates; two different categories are
    as far apart as two numbers that differ by one standard deviation.

    References
    ----------
    .. [1] R. Fakoor et al., "Fast, Accurate, and Simple Models for Tabular Data via
       Augmented Distillation", NeurIPS 2020. arXiv:2006.14284
    .. [2] R. R. Andridge, R. J. A. Little, "A Review of Hot Deck Imputation for Survey
       Non-response", International Statistical Review 78(1), 2010.

    Examples
    --------
    >>> import numpy as np
    >>> from sklkd.transfer_sets import Conditional
    >>> X = np.array([[0.1, 0], [0.2, 0], [9.1, 1], [9.2, 1]])
    >>> made = Conditional(redraw_fraction=0.5, n_neighbors=1).synthesise(X)
    >>> np.array_equal(made.X[:, 0] > 5, made.X[:, 1])
    True
    """

    bounds: ClassVar[Mapping[str, Interval]] = {
        "redraw_fraction": Interval(0, 1, closed="right"),
        "n_neighbors": COUNT,
    }
    min_rows = 2

    def __init__(
        self,
        redraw_fraction: float = 0.25,
        *,
        n_neighbors: int = 5,
        size_factor: float = 5.0,
        max_rows: int = 50_000,
        random_state: int = 0,
    ) -> None:
        self.redraw_fraction = redraw_fraction
        self.n_neighbors = n_neighbors
        self.size_factor = size_factor
        self.max_rows = max_rows
        self.random_state = random_state

    def draw(self, columns: Columns, parent: Rows, rng: np.random.Generator) -> Draft:
        """Redraw one block of columns in each row."""
        space = Space.of(columns, rng)
        size = max(1, round(self.redraw_fraction * columns.n_columns))
        order = rng.permutation(columns.n_columns)
        blocks = np.array_split(order, -(-columns.n_columns // size))
        which = rng.integers(len(blocks), size=len(parent))
        source = np.repeat(parent[:, np.newaxis], columns.n_columns, axis=1)
        for i, block in enumerate(blocks):
            rows = np.flatnonzero(which == i)
            if len(rows):
                near = space.nearest(parent[rows], self.n_neighbors, without=block)
                chosen = rng.integers(near.shape[1], size=len(rows))
                source[np.ix_(rows, block)] = near[np.arange(len(rows)), chosen, None]
        return columns.copies(source)
