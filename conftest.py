"""What every test and doctest runs under.

One thread, Hypothesis without chance or clock, and no figure of the test before.
"""

import os
import sys

# Before numpy loads its linear algebra, which reads it once.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import pytest
import torch
from hypothesis import settings

# More threads than cores make small tensors slower, and results depend on the number.
torch.set_num_threads(1)

# A run that fails fails again: no random seed, no database, no deadline on busy cores.
settings.register_profile(
    "sklkd", deadline=None, derandomize=True, database=None, max_examples=25
)
settings.load_profile("sklkd")

# What runs whole estimators many times over is not traced, which would take as long
# again: other tests are to reach every line.
BATTERIES = ("_contracts", "_docs", "_sklearn")


@pytest.fixture(autouse=True)
def _figures_closed():
    """Close what pyplot keeps open, as a display leaves it to whoever looks at it."""
    yield
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")


def pytest_collection_modifyitems(items):
    """Leave batteries out of the coverage."""
    for item in items:
        if item.path.stem.endswith(BATTERIES):
            item.add_marker(pytest.mark.no_cover)
