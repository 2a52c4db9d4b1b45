"""An embedding, and the mean of each class in it."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from sklkd._validation import COUNT, check_interval
from sklkd.losses import squared_distances
from sklkd.nn._mlp import MLP


class Prototypical(nn.Module):
    r"""Logits that are minus the squared distances of a row's code to class means.

    .. math:: z_k = -\|f(x) - c_k\|^2.

    The means are no parameters: `set_means` takes them from rows.

    Parameters
    ----------
    n_features, n_outputs : int
        Number of columns, and of classes.
    n_latent : int, default=16
        Width of a code.
    hidden : sequence of int, default=(128,)
        Widths of the layers before the code.

    Attributes
    ----------
    means : Tensor of shape (n_outputs, n_latent)
        Class means, a buffer; zeros until they are set.

    References
    ----------
    .. [1] J. Snell, K. Swersky and R. Zemel, "Prototypical Networks for Few-shot
       Learning", NeurIPS 2017, Sec. 2. arXiv:1703.05175

    Examples
    --------
    >>> import torch
    >>> from sklkd.nn import Prototypical
    >>> net = Prototypical(4, 3)
    >>> [tuple(part.shape) for part in net(torch.zeros(2, 4))]
    [(2, 3), (2, 16)]
    """

    means: Tensor

    def __init__(
        self,
        n_features: int,
        n_outputs: int,
        *,
        n_latent: int = 16,
        hidden: Sequence[int] = (128,),
    ) -> None:
        super().__init__()
        check_interval("Prototypical", "n_latent", n_latent, COUNT)
        self.encoder = MLP(n_features, n_latent, hidden)
        self.register_buffer("means", torch.zeros(n_outputs, n_latent))

    def forward(self, X: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits and codes: (n, d) -> (n, n_outputs), (n, n_latent)."""
        codes: Tensor = self.encoder(X)
        return -squared_distances(codes, self.means), codes

    def distances(self, X: Tensor) -> Tensor:
        """Return the squared distances of codes to means: (n, d) -> (n, n_outputs)."""
        return squared_distances(self.encoder(X), self.means)

    @torch.no_grad()
    def set_means(self, codes: Tensor, target: Tensor, weight: Tensor) -> None:
        """Take the weighted mean of each class's codes.

        Parameters
        ----------
        codes : Tensor of shape (n_samples, n_latent)
            Of rows.
        target : LongTensor of shape (n_samples,)
            Their class indices.
        weight : Tensor of shape (n_samples,)
            Non-negative; each class has some.
        """
        members = nn.functional.one_hot(target, len(self.means)).to(codes.dtype)
        members = members * weight.to(codes.dtype).unsqueeze(1)
        self.means.copy_(members.T @ codes / members.sum(dim=0).unsqueeze(1))
