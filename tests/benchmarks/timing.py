"""Timing side by side: what is compared runs in turn, so that noise hits both."""

from __future__ import annotations

import platform
import statistics
import sys
import time
from collections.abc import Callable

import sklearn
import skorch
import torch


def paired_seconds(
    functions: dict[str, Callable[[], object]], repeats: int
) -> dict[str, list[float]]:
    """Seconds of each function in each round; one round before is not counted."""
    seconds: dict[str, list[float]] = {name: [] for name in functions}
    for round_ in range(repeats + 1):
        for name, function in functions.items():
            start = time.perf_counter()
            function()
            if round_:
                seconds[name].append(time.perf_counter() - start)
    return seconds


def ratio(numerator: list[float], denominator: list[float]) -> str:
    """Median of the rounds' ratios, and their range."""
    ratios = [a / b for a, b in zip(numerator, denominator, strict=True)]
    middle = statistics.median(ratios)
    return f"{middle:.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


def start() -> None:
    """One thread, and a line that says on what this ran."""
    torch.set_num_threads(1)
    print(
        f"{platform.machine()}, 1 thread, Python {platform.python_version()}, "
        f"torch {torch.__version__}, scikit-learn {sklearn.__version__}, "
        f"skorch {skorch.__version__}",
        file=sys.stdout,
    )
