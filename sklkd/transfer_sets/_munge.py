"""Munge: entries redrawn from around a nearest neighbour's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from sklkd._validation import FRACTION, POSITIVE, Interval
from sklkd.transfer_sets._base import TransferSet
from sklkd.transfer_sets._columns import Columns, Draft, Rows
from sklkd.transfer_sets._neighbours import Space


class Munge(TransferSet):
    r"""Entries redrawn from around those of the nearest neighbour.

    With the probability `swap_probability`, an entry :math:`x_j` is redrawn given that
    of the row's nearest neighbour, :math:`x'_j` [1]_: a number from

    .. math:: x_j \sim \mathcal{N}\left(x'_j, \left(|x_j - x'_j| / s\right)^2\right),

    where :math:`s` is `local_variance`; anything else, and where one of the two is
    missing, becomes the neighbour's. Rows near each other are exchanged in parts, so
    that new ones stay close to where the data is.

    Parameters
    ----------
    swap_probability : float, default=0.5
        Probability that an entry is redrawn, in [0, 1].
    local_variance : float, default=1.0
        The paper's :math:`s`, above 0. In spite of its name, which is the paper's,
        larger ones draw closer to the neighbour.
    size_factor : float, default=5.0
        Rows made for each row of X, above 0.
    max_rows : int, default=50_000
        At most so many rows are made.
    random_state : int, default=0
        The same one gives the same rows in every fit.

    Notes
    -----
    The paper changes both rows of a pair in place, one pair after the other; here each
    new row is drawn from the original pair, by itself. Neighbours are looked for among
    at most 20 000 random rows, by standardised numbers and dates; two different
    categories are as far apart as two numbers that differ by one standard deviation.
    The defaults are those of the AutoGluon package.

    References
    ----------
    .. [1] C. Bucila, R. Caruana, A. Niculescu-Mizil, "Model Compression", KDD 2006,
       Sec. 4.3.

    Examples
    --------
    >>> import numpy as np
    >>> from sklkd.transfer_sets import Munge
    >>> X = np.array([[0.5, 0], [1.5, 1], [10.5, 5], [11.5, 5]])
    >>> made = Munge(size_factor=10.0).synthesise(X)
    >>> sorted(set(made.X[made.parent >= 2, 1].tolist()))
    [5.0]
    """

    bounds: ClassVar[Mapping[str, Interval]] = {
        "swap_probability": FRACTION,
        "local_variance": POSITIVE,
    }
    min_rows = 2

    def __init__(
        self,
        swap_probability: float = 0.5,
        *,
        local_variance: float = 1.0,
        size_factor: float = 5.0,
        max_rows: int = 50_000,
        random_state: int = 0,
    ) -> None:
        self.swap_probability = swap_probability
        self.local_variance = local_variance
        self.size_factor = size_factor
        self.max_rows = max_rows
        self.random_state = random_state

    def draw(self, columns: Columns, parent: Rows, rng: np.random.Generator) -> Draft:
        """Swap entries with the nearest neighbour's, and add noise to those."""
        near = Space.of(columns, rng).nearest(parent, 1)
        chance = rng.random((len(parent), columns.n_columns), dtype=np.float32)
        redrawn = chance < self.swap_probability
        draft = columns.copies(np.where(redrawn, near, parent[:, np.newaxis]))
        # Where an entry was not redrawn, the difference is 0.
        spread = np.abs(draft.values - columns.values[parent]) / self.local_variance
        noise = rng.standard_normal(spread.shape, dtype=spread.dtype.type)
        draft.values += np.nan_to_num(spread) * noise
        return draft
