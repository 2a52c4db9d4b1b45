"""Where a student trains, and in which floating-point type."""

from __future__ import annotations

from typing import Any

import torch

from sklkd._validation import check_choice

DTYPES = {"float32": torch.float32, "float64": torch.float64}


def check_device(who: str, device: Any) -> torch.device:
    """Turn ``device=`` into a device that exists.

    Parameters
    ----------
    who : str
        The object that asks; errors start with it.
    device : "auto", str or torch.device
        "auto" takes CUDA, then MPS, then the CPU.

    Raises
    ------
    ValueError
        If it is no device, or not there; nothing falls back in silence.
    """
    if device == "auto":
        return torch.device(next(name for name in ("cuda", "mps", "cpu") if _has(name)))
    try:
        found = torch.device(device)
    except (RuntimeError, TypeError) as error:
        raise ValueError(
            f"{who}: device must be 'auto', 'cpu', 'cuda', 'cuda:N' or 'mps', got "
            f"{device!r}."
        ) from error
    if not _has(found.type) or (found.index or 0) >= max(1, torch.cuda.device_count()):
        raise ValueError(
            f"{who}: device={str(device)!r} was asked for, but torch sees no such "
            "device. Pass device='cpu', or 'auto' to take what there is."
        )
    return found


def check_dtype(who: str, dtype: Any, *, exact: bool) -> torch.dtype:
    """Turn ``dtype=`` into torch's; "auto" is float64 where `exact`, else float32."""
    check_choice(who, "dtype", dtype, ["auto", *DTYPES])
    if dtype == "auto":
        return torch.float64 if exact else torch.float32
    return DTYPES[dtype]


def _has(kind: str) -> bool:
    """Whether torch can compute on this kind of device here."""
    if kind == "cuda":
        return torch.cuda.is_available()
    if kind == "mps":
        return torch.backends.mps.is_available()
    return kind == "cpu"
