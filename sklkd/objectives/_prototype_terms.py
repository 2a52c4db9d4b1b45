"""What keeps a network of prototypes readable: its codes, and where prototypes lie."""

from __future__ import annotations

from typing import Any, ClassVar

from torch import Tensor

from sklkd.losses import prototypes_to_rows, rows_to_prototypes
from sklkd.objectives._base import Batch, Objective, Setting, Term

PARTS = 4  # of what a `sklkd.nn.PrototypeAutoencoder` puts out


class _OfAutoencoder(Objective):
    """A term of a `sklkd.nn.PrototypeAutoencoder`'s output."""

    needs: ClassVar[frozenset[str]] = frozenset()
    laws: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, *, weight: float = 1.0) -> None:
        self.weight = weight

    def bound(self, setting: Setting) -> Term:
        """Return itself, where the module puts out what is looked at.

        Raises
        ------
        TypeError
            If it is no `sklkd.nn.PrototypeAutoencoder`.
        """
        if not hasattr(setting.module, "decoded"):
            raise TypeError(
                f"{setting.who}: {type(self).__name__} needs a module like "
                "sklkd.nn.PrototypeAutoencoder, which puts out logits, distances, "
                f"reconstructions and codes, got {type(setting.module).__name__}."
            )
        return self


class Reconstruction(_OfAutoencoder):
    r"""Let codes hold what rows are made of: :math:`\|g(f(x)) - x\|^2`.

    The second term of [1]_, the squared gap summed over a row's numbers.

    Parameters
    ----------
    weight : float, default=1.0
        Factor of this term within the objective, at least 0.

    References
    ----------
    .. [1] O. Li, H. Liu, C. Chen and C. Rudin, "Deep Learning for Case-Based Reasoning
       through Prototypes", AAAI 2018, "Cost Function". arXiv:1710.04806

    Examples
    --------
    >>> from sklkd.objectives import Reconstruction
    >>> Reconstruction(weight=0.05)
    Reconstruction(weight=0.05)
    """

    def loss(self, batch: Batch) -> Tensor:
        """Return the squared gap of each row: (n_samples,)."""
        made: Any = batch.output[2]
        gap: Tensor = (made - batch.inputs).square().flatten(1).sum(dim=1)
        return gap


class PrototypesNearRows(_OfAutoencoder):
    r"""Let every prototype look like some row: :math:`\frac1P \sum_k \min_i d_{ik}`.

    The third term of [1]_, over the rows of a batch.

    Parameters
    ----------
    weight : float, default=1.0
        Factor of this term within the objective, at least 0.

    References
    ----------
    .. [1] O. Li, H. Liu, C. Chen and C. Rudin, "Deep Learning for Case-Based Reasoning
       through Prototypes", AAAI 2018, "Cost Function". arXiv:1710.04806

    Examples
    --------
    >>> from sklkd.objectives import PrototypesNearRows
    >>> PrototypesNearRows(weight=0.05)
    PrototypesNearRows(weight=0.05)
    """

    def loss(self, batch: Batch) -> Tensor:
        """Return the batch's value, once for each row: (n_samples,)."""
        value = prototypes_to_rows(batch.output[1])
        return value.expand(len(batch.student))


class RowsNearPrototypes(_OfAutoencoder):
    r"""Let every row have a prototype that it is like: :math:`\min_k d_{ik}`.

    The fourth term of [1]_.

    Parameters
    ----------
    weight : float, default=1.0
        Factor of this term within the objective, at least 0.

    References
    ----------
    .. [1] O. Li, H. Liu, C. Chen and C. Rudin, "Deep Learning for Case-Based Reasoning
       through Prototypes", AAAI 2018, "Cost Function". arXiv:1710.04806

    Examples
    --------
    >>> from sklkd.objectives import RowsNearPrototypes
    >>> RowsNearPrototypes(weight=0.05)
    RowsNearPrototypes(weight=0.05)
    """

    def loss(self, batch: Batch) -> Tensor:
        """Return the distance to the nearest prototype of each row: (n_samples,)."""
        return rows_to_prototypes(batch.output[1])
