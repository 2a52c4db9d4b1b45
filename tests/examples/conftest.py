"""Scripts of papers as modules that find each other, and data in the shape of MNIST."""

import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
import torch

FOLDER = Path(__file__).parents[2] / "examples" / "papers"


@pytest.fixture(autouse=True)
def on_the_path(monkeypatch):
    """Scripts import each other; none of them stays imported."""
    monkeypatch.syspath_prepend(FOLDER)
    monkeypatch.setattr(torch, "set_num_threads", lambda _: None)
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if (FOLDER / f"{name}.py").exists():
            sys.modules.pop(name)


@pytest.fixture
def imported():
    """From a script's name to the script."""
    return import_module


@pytest.fixture
def mnist(tmp_path):
    """A folder with a file in the shape of MNIST; its digits are bright stripes."""
    rng = np.random.default_rng(0)
    arrays = {}
    for part, n_rows in [("train", 240), ("test", 60)]:
        labels = np.arange(n_rows) % 10
        images = rng.integers(0, 50, (n_rows, 28, 28), dtype=np.uint8)
        images[np.arange(n_rows), 4 + 2 * labels, 4:24] = 255
        arrays |= {f"X_{part}": images, f"y_{part}": labels.astype(np.uint8)}
    np.savez(tmp_path / "mnist.npz", **arrays)
    return tmp_path


@pytest.fixture
def told(mnist):
    """From further options to the command line of a script that reads MNIST."""
    folder = ["--data", str(mnist), "--out", str(mnist / "out")]
    return lambda *more: [*folder, *more]
