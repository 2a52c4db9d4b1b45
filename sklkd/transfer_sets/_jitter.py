"""Jitter: Gaussian noise on what is a number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from sklkd._validation import NON_NEGATIVE, Interval
from sklkd.transfer_sets._base import TransferSet
from sklkd.transfer_sets._columns import Columns, Draft, Rows


class Jitter(TransferSet):
    r"""Copies of rows with Gaussian noise on what is a number.

    .. math:: x_j \leftarrow x_j + \eta\,\sigma_j\,\varepsilon,
        \qquad \varepsilon \sim \mathcal{N}(0, 1),

    where :math:`\eta` is `scale` and :math:`\sigma_j` the column's standard deviation.
    Categories and dates stay those of the parent. Noise on inputs smooths what is
    learnt: to second order it is a penalty on the function's slope [1]_.

    Parameters
    ----------
    scale : float, default=0.1
        Noise in standard deviations of the column, at least 0.
    size_factor : float, default=5.0
        Rows made for each row of X, above 0.
    max_rows : int, default=50_000
        At most so many rows are made.
    random_state : int, default=0
        The same one gives the same rows in every fit.

    References
    ----------
    .. [1] C. M. Bishop, "Training with Noise is Equivalent to Tikhonov Regularization",
       Neural Computation 7(1), 1995, Sec. 2.

    Examples
    --------
    >>> import numpy as np
    >>> from sklkd.transfer_sets import Jitter
    >>> X = np.array([[0.5, 7.0], [1.5, 7.0], [2.5, 7.0]])
    >>> made = Jitter(size_factor=1.0).synthesise(X)
    >>> made.X[:, 1]
    array([7., 7., 7.])
    >>> bool(np.abs(made.X - X).max() < 0.5)
    True
    """

    bounds: ClassVar[Mapping[str, Interval]] = {"scale": NON_NEGATIVE}

    def __init__(
        self,
        scale: float = 0.1,
        *,
        size_factor: float = 5.0,
        max_rows: int = 50_000,
        random_state: int = 0,
    ) -> None:
        self.scale = scale
        self.size_factor = size_factor
        self.max_rows = max_rows
        self.random_state = random_state

    def draw(self, columns: Columns, parent: Rows, rng: np.random.Generator) -> Draft:
        """Copy, and add noise."""
        draft = columns.copies(parent)
        draft.values += columns.noise(rng, len(parent), self.scale)
        return draft
