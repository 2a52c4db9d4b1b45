"""Tensors as arrays, from any device and of any floating-point type."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

KNOWN = (torch.float16, torch.float32, torch.float64)  # to numpy; bfloat16 is not


def untensored(X: Any) -> Any:
    """The values of a tensor as an array, and anything else as it is.

    Numbers of a floating-point type that numpy lacks, such as bfloat16, become float32,
    which holds all of them exactly.
    """
    if not isinstance(X, Tensor):
        return X
    lacks = X.is_floating_point() and X.dtype not in KNOWN
    return (X.float() if lacks else X).numpy(force=True)
