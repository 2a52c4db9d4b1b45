"""Rows without labels, made from those of fit, on which the teacher is asked."""

from sklkd.plugins import TRANSFER_SETS
from sklkd.transfer_sets._base import Synthesised, TransferSet, as_transfer_set
from sklkd.transfer_sets._columns import Columns, Draft, as_container, recombined
from sklkd.transfer_sets._conditional import Conditional
from sklkd.transfer_sets._interpolation import Interpolation
from sklkd.transfer_sets._jitter import Jitter
from sklkd.transfer_sets._mixup import Mixup
from sklkd.transfer_sets._munge import Munge
from sklkd.transfer_sets._spunge import Spunge

__all__ = [
    "TRANSFER_SETS",
    "Columns",
    "Conditional",
    "Draft",
    "Interpolation",
    "Jitter",
    "Mixup",
    "Munge",
    "Spunge",
    "Synthesised",
    "TransferSet",
    "as_container",
    "as_transfer_set",
    "recombined",
]
