"""Scripts of papers, as modules that find each other."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch

FOLDER = Path(__file__).parents[2] / "examples" / "papers"
SHARED = ["runs", "tabular_study"]  # what scripts import from each other


@pytest.fixture
def papers(monkeypatch):
    """The folder of scripts on the path; none of them stays imported."""
    monkeypatch.syspath_prepend(FOLDER)
    monkeypatch.setattr(torch, "set_num_threads", lambda _: None)
    before = set(sys.modules)
    yield FOLDER
    for name in set(sys.modules) - before:
        if (FOLDER / f"{name}.py").exists():
            del sys.modules[name]


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
