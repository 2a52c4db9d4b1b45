"""The certified radius as an objective: rows that nobody can push over a border."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from torch import Tensor

from sklkd._validation import POSITIVE, Interval
from sklkd.objectives._base import Batch, Objective, Setting, Term


class CertifiedRadius(Objective):
    r"""Give every row a radius in which no move changes its class.

    .. math:: \max(0, \gamma - r(x, y)),

    with the radius :math:`r` of the label's class by the module's
    ``certified_radius(inputs, classes, lowest=-1)``, which
    :class:`sklkd.nn.RobustPrototypes` has.

    Parameters
    ----------
    gamma : float, default=0.5
        The radius that is wanted, above 0, in units of the network's inputs: standard
        deviations of the columns where they are standardised.
    weight : float, default=1.0
        Factor of this term within the objective, at least 0.

    References
    ----------
    .. [1] S. Saralajew, A. Rana, T. Villmann and A. Shaker, "A Robust Prototype-Based
       Network with Interpretable RBF Classifier Foundations", AAAI 2025.
       arXiv:2412.15499

    Examples
    --------
    >>> from sklkd.objectives import CertifiedRadius
    >>> CertifiedRadius(gamma=0.2)
    CertifiedRadius(gamma=0.2)
    """

    bounds: ClassVar[Mapping[str, Interval]] = {"gamma": POSITIVE}
    needs: ClassVar[frozenset[str]] = frozenset({"target"})

    def __init__(self, gamma: float = 0.5, *, weight: float = 1.0) -> None:
        self.gamma = gamma
        self.weight = weight

    def bound(self, setting: Setting) -> Term:
        """Return itself, where the module has a certificate.

        Raises
        ------
        TypeError
            If it has none.
        """
        if not hasattr(setting.module, "certified_radius"):
            raise TypeError(
                f"{setting.who}: CertifiedRadius needs a module with certified_radius, "
                f"as sklkd.nn.RobustPrototypes has, got "
                f"{type(setting.module).__name__}."
            )
        return self

    def loss(self, batch: Batch) -> Tensor:
        """Return what each row lacks of the radius: (n_samples,)."""
        module: Any = batch.module
        radius = module.certified_radius(batch.inputs, batch.target, lowest=-1.0)
        lack: Tensor = (self.gamma - radius).relu()
        return lack
