"""Ground floor: losses as pure functions of tensors, one value per sample, no state."""

from sklkd.losses._base import LOSSES, kl_divergence
from sklkd.losses._logit_matching import logit_matching
from sklkd.losses._pinball import pinball
from sklkd.losses._soft_targets import soft_targets
from sklkd.losses._squared_error import squared_error

__all__ = [
    "LOSSES",
    "kl_divergence",
    "logit_matching",
    "pinball",
    "soft_targets",
    "squared_error",
]
