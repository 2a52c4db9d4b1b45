"""The fence: what is seen to change, and that all of it is put back."""

import logging
import os
import random
import warnings

import numpy as np
import pytest
import sklearn
import torch

from sklkd.testing._fence import changes, fenced, global_randomness, global_settings


def draw_from_python():
    random.random()


def draw_from_numpy():
    np.random.rand()  # noqa: NPY002


def draw_from_torch():
    torch.rand(1)


RANDOM = {
    "random": draw_from_python,
    "numpy.random": draw_from_numpy,
    "torch": draw_from_torch,
}
SETTINGS = {
    "numpy's errstate": lambda: np.seterr(all="ignore"),
    "numpy's print options": lambda: np.set_printoptions(precision=1),
    "the warnings filters": lambda: warnings.simplefilter("always"),
    "the environment": lambda: os.environ.update(SKLKD_TEST="1"),
    "the working directory": lambda: os.chdir("/"),
    "the root logger": lambda: logging.getLogger().addHandler(logging.NullHandler()),
    "scikit-learn's configuration": lambda: sklearn.set_config(assume_finite=True),
    "torch's default dtype": lambda: torch.set_default_dtype(torch.float64),
    "torch's default device": lambda: torch.set_default_device("meta"),
    "torch's gradient mode": lambda: torch.set_grad_enabled(False),
    "torch's threads": lambda: torch.set_num_threads(2),
    "torch's deterministic mode": lambda: torch.use_deterministic_algorithms(True),
    "torch's precision of products": lambda: torch.set_float32_matmul_precision("high"),
    "cuDNN's flags": lambda: setattr(torch.backends.cudnn, "deterministic", True),
}


def state():
    return {**global_randomness(), **global_settings()}


@pytest.mark.parametrize(("name", "change"), {**RANDOM, **SETTINGS}.items())
def test_a_change_is_seen_by_its_name_and_put_back(name, change):
    before = state()

    with fenced():
        inside = state()
        change()
        changed = changes(inside, state())

    # What torch imports for its deterministic mode changes more, the first time.
    assert name in changed
    assert changes(before, state()) == []


@pytest.mark.parametrize("change", [*RANDOM.values(), *SETTINGS.values()])
def test_it_is_put_back_after_an_error(change):
    before = state()

    def fail():
        with fenced():
            change()
            raise KeyError

    with pytest.raises(KeyError):
        fail()

    assert changes(before, state()) == []


def test_everything_that_is_seen_is_tried_here():
    assert {*RANDOM, *SETTINGS, "torch's inference mode"} == set(state())


def test_a_variable_that_was_deleted_is_there_again(monkeypatch):
    monkeypatch.setenv("SKLKD_TEST", "1")

    with fenced():
        del os.environ["SKLKD_TEST"]

    assert os.environ["SKLKD_TEST"] == "1"


def test_whether_only_a_warning_is_given_is_kept():
    torch.use_deterministic_algorithms(True, warn_only=True)
    try:
        with fenced():
            torch.use_deterministic_algorithms(False)
        assert torch.is_deterministic_algorithms_warn_only_enabled()
    finally:
        torch.use_deterministic_algorithms(False)


def test_fences_stand_in_fences():
    with fenced():
        torch.set_default_dtype(torch.float64)
        with fenced():
            torch.set_default_dtype(torch.float16)
        assert torch.get_default_dtype() is torch.float64
    assert torch.get_default_dtype() is torch.float32


def test_warnings_are_ignored_inside():
    with fenced():
        warnings.warn("unheard", stacklevel=1)

    with pytest.warns(UserWarning, match="heard"):
        warnings.warn("heard", stacklevel=1)


def test_nothing_is_seeded_or_drawn_by_looking():
    before = global_randomness()

    state()

    assert changes(before, global_randomness()) == []
