"""Dropout of what is largest: a layer that silences the most active units."""

from __future__ import annotations

from torch import Tensor, nn

from sklkd._validation import FRACTION, check_interval


class MaxDropout(nn.Module):
    r"""Leave out, in training, the values that are nearest to the largest.

    A value :math:`x` is set to zero where

    .. math:: \frac{x - \min}{\max - \min} > 1 - p,

    that is, in the upper share `p` of the *range* [1]_. It draws nothing at random. In
    evaluation, and with ``p=0``, nothing is left out.

    Parameters
    ----------
    p : float, default=0.3
        Share of the range of values, in [0, 1]. With 1 only the least values stay.
    dim : None or "row", default=None
        What the range is measured over: the whole tensor, as in the paper, where a row
        then depends on the others of its batch; or each row by itself.

    Notes
    -----
    `p` is no probability: how many values are left out depends on how they lie, and
    the largest always is one of them. What is kept is not scaled up, so that the mean
    is another in training than in evaluation. Where all values are the same, none is
    largest, and all are kept.

    References
    ----------
    .. [1] C. F. G. do Santos, D. Colombo, M. Roder and J. P. Papa, "MaxDropout: Deep
       Neural Network Regularization Based on Maximum Output Values", ICPR 2020, Sec.
       III. arXiv:2007.13723

    Examples
    --------
    >>> import torch
    >>> from sklkd.nn import MaxDropout
    >>> X = torch.tensor([[0.0, 1.0, 2.0], [0.0, 5.0, 10.0]])
    >>> MaxDropout(0.3)(X)
    tensor([[0., 1., 2.],
            [0., 5., 0.]])
    >>> MaxDropout(0.3, dim="row")(X)
    tensor([[0., 1., 0.],
            [0., 5., 0.]])
    """

    def __init__(self, p: float = 0.3, dim: str | None = None) -> None:
        super().__init__()
        check_interval("MaxDropout", "p", p, FRACTION)
        if dim is not None and dim != "row":
            raise ValueError(
                f"MaxDropout: dim must be None or 'row', got {dim!r}. None measures "
                "the whole tensor, and 'row' each row by itself."
            )
        self.p = p
        self.dim = dim

    def forward(self, X: Tensor) -> Tensor:
        """Set the largest to zero, in training: (n_samples, ...), and returns that."""
        if not self.training or self.p == 0 or X.numel() == 0:
            return X
        return X.masked_fill(self._is_large(X.detach()), 0.0)

    def extra_repr(self) -> str:
        """Return what `repr` shows between the brackets."""
        return f"p={self.p}, dim={self.dim!r}"

    def _is_large(self, X: Tensor) -> Tensor:
        """Which values are left out, of any shape."""
        # Halved: the range of what a type can just hold would be infinite in it.
        rows = X.reshape(1 if self.dim is None else len(X), -1) / 2
        low, high = rows.amin(1, keepdim=True), rows.amax(1, keepdim=True)
        # From above, so that the largest is at 0 whatever is rounded. A range of zero
        # gives 0 / 0, which is below nothing.
        return ((high - rows) / (high - low) < self.p).view(X.shape)
