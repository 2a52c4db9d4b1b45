"""What belongs to the process, as it was before: random states, modes and settings."""

from __future__ import annotations

import contextlib
import logging
import os
import random
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import sklearn
import torch

# A setting of torch's: what it is called, how it is read, and how it is put back.
_TorchSetting = tuple[str, Callable[[], Any], Callable[[Any], Any]]


def _set_cudnn(flags: tuple[bool, bool, bool]) -> None:
    cudnn = torch.backends.cudnn
    cudnn.enabled, cudnn.benchmark, cudnn.deterministic = flags


def _cudnn() -> tuple[bool, bool, bool]:
    cudnn = torch.backends.cudnn
    return cudnn.enabled, cudnn.benchmark, cudnn.deterministic


def _set_device(device: torch.device) -> None:
    """Set it; none is the processor, too, and costs nothing."""
    torch.set_default_device(None if device.type == "cpu" else device)


_OF_TORCH: tuple[_TorchSetting, ...] = (
    ("torch's default dtype", torch.get_default_dtype, torch.set_default_dtype),
    ("torch's default device", torch.get_default_device, _set_device),
    ("torch's gradient mode", torch.is_grad_enabled, torch.set_grad_enabled),
    ("torch's threads", torch.get_num_threads, torch.set_num_threads),
    (
        "torch's deterministic mode",
        torch.get_deterministic_debug_mode,
        torch.set_deterministic_debug_mode,
    ),
    (
        "torch's precision of products",
        torch.get_float32_matmul_precision,
        torch.set_float32_matmul_precision,
    ),
    ("cuDNN's flags", _cudnn, _set_cudnn),
)


def global_randomness() -> dict[str, Any]:
    """The states of Python's, numpy's and torch's global generators, by name."""
    _, keys, *rest = np.random.get_state(legacy=True)  # noqa: NPY002
    states = {
        "random": random.getstate(),
        "numpy.random": (np.asarray(keys).tobytes(), *rest),
        "torch": torch.get_rng_state().numpy().tobytes(),
    }
    if _cuda_is_used():
        states["torch.cuda"] = tuple(s.numpy().tobytes() for s in _cuda_states())
    return states


def global_settings() -> dict[str, Any]:
    """Everything else that a fit could leave changed for others, by name."""
    root = logging.getLogger()
    return {
        "numpy's errstate": np.geterr(),
        "numpy's print options": repr(np.get_printoptions()),
        "the warnings filters": [repr(f) for f in warnings.filters],
        "the environment": dict(os.environ),
        "the working directory": os.getcwd(),
        "the root logger": (root.level, root.disabled, len(root.handlers)),
        "scikit-learn's configuration": sklearn.get_config(),
        "torch's inference mode": torch.is_inference_mode_enabled(),
        **{name: read() for name, read, _ in _OF_TORCH},
    }


def changes(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Names of what differs."""
    return [name for name in before if before[name] != after.get(name)]


@contextlib.contextmanager
def fenced() -> Iterator[None]:
    """Run a block, and put everything back that belongs to the process.

    Warnings are ignored inside.

    Examples
    --------
    >>> import torch
    >>> from sklkd.testing._fence import fenced
    >>> with fenced():
    ...     torch.set_default_dtype(torch.float64)
    >>> torch.get_default_dtype()
    torch.float32
    """
    # What is entered first is put back last.
    with (
        _process_kept(),
        _logging_kept(),
        _torch_kept(),
        _randomness_kept(),
        warnings.catch_warnings(),
        sklearn.config_context(),
        np.printoptions(),
        np.errstate(),
    ):
        warnings.simplefilter("ignore")
        yield


@contextlib.contextmanager
def _randomness_kept() -> Iterator[None]:
    python = random.getstate()
    of_numpy = np.random.get_state()  # noqa: NPY002
    of_torch = torch.get_rng_state()
    of_cuda = _cuda_states() if _cuda_is_used() else None
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(of_numpy)  # noqa: NPY002
        torch.set_rng_state(of_torch)
        if of_cuda is not None:
            torch.cuda.set_rng_state_all(of_cuda)


@contextlib.contextmanager
def _torch_kept() -> Iterator[None]:
    before = [read() for _, read, _ in _OF_TORCH]
    try:
        yield
    finally:
        for value, (_, read, put_back) in zip(before, _OF_TORCH, strict=True):
            # Not without need: some are slow to set, or cannot be set twice.
            if read() != value:
                put_back(value)


@contextlib.contextmanager
def _process_kept() -> Iterator[None]:
    environment, folder = dict(os.environ), os.getcwd()
    try:
        yield
    finally:
        if dict(os.environ) != environment:
            os.environ.clear()
            os.environ.update(environment)
        os.chdir(folder)


@contextlib.contextmanager
def _logging_kept() -> Iterator[None]:
    root = logging.getLogger()
    level, is_disabled, handlers = root.level, root.disabled, list(root.handlers)
    try:
        yield
    finally:
        root.setLevel(level)
        root.disabled, root.handlers[:] = is_disabled, handlers


def _cuda_is_used() -> bool:
    return torch.cuda.is_available() and torch.cuda.is_initialized()


def _cuda_states() -> list[Any]:
    return list(torch.cuda.get_rng_state_all())
