"""Mixup: random means of two random rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from sklkd._validation import POSITIVE, Interval
from sklkd.transfer_sets._base import TransferSet
from sklkd.transfer_sets._columns import Columns, Draft, Rows


class Mixup(TransferSet):
    r"""Random means of two random rows, without their labels.

    .. math:: x \leftarrow \lambda x + (1 - \lambda) x',
        \qquad \lambda = \max(\beta, 1 - \beta),
        \quad \beta \sim \mathrm{Beta}(\alpha, \alpha),

    where :math:`x` is the parent, which has the larger share, and :math:`x'` any row
    [1]_. Categories and dates, and entries of which one is missing, are the parent's
    with the probability :math:`\lambda`. Where mixup proper mixes the labels too, here
    the teacher says what the mean is.

    Parameters
    ----------
    alpha : float, default=1.0
        Above 0. At 1 all shares are equally likely, near 0 nearly all rows are copies,
        and large ones give the middle of two rows.
    size_factor : float, default=5.0
        Rows made for each row of X, above 0.
    max_rows : int, default=50_000
        At most so many rows are made.
    random_state : int, default=0
        The same one gives the same rows in every fit.

    References
    ----------
    .. [1] H. Zhang et al., "mixup: Beyond Empirical Risk Minimization", ICLR 2018,
       Sec. 2. arXiv:1710.09412

    Examples
    --------
    >>> import numpy as np
    >>> from sklkd.transfer_sets import Mixup
    >>> X = np.array([[0.5, 1.5], [1.5, 4.5]])
    >>> made = Mixup().synthesise(X)
    >>> np.allclose(made.X[:, 1], 3 * made.X[:, 0])
    True
    """

    bounds: ClassVar[Mapping[str, Interval]] = {"alpha": POSITIVE}
    min_rows = 2

    def __init__(
        self,
        alpha: float = 1.0,
        *,
        size_factor: float = 5.0,
        max_rows: int = 50_000,
        random_state: int = 0,
    ) -> None:
        self.alpha = alpha
        self.size_factor = size_factor
        self.max_rows = max_rows
        self.random_state = random_state

    def draw(self, columns: Columns, parent: Rows, rng: np.random.Generator) -> Draft:
        """Draw partners and shares."""
        share = rng.beta(self.alpha, self.alpha, size=len(parent))
        partner = columns.draw_rows(rng, len(parent))
        return columns.between(parent, partner, np.maximum(share, 1 - share), rng)
