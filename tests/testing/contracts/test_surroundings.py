"""The process around: what is heard and seen, and what is put back after a contract."""

import os
import sys
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
import torch
from sklearn.linear_model import SGDClassifier
from testing.reference import NetworkRegressor

from sklkd.testing import ContractTags, check_contracts
from sklkd.testing.contracts._surroundings import _in_empty_folder, _listening


@pytest.mark.parametrize(
    "say",
    [
        lambda: sys.stdout.write("word"),
        lambda: sys.stderr.write("word"),
        lambda: os.write(1, b"word"),
        lambda: os.write(2, b"word"),
    ],
)
def test_whatever_is_printed_is_heard(say):
    with _listening() as heard:
        say()

    assert heard == ["word"]


def test_silence_is_heard_as_nothing(capfd):
    with _listening() as heard:
        pass
    sys.stdout.write("after")

    assert heard == []
    assert capfd.readouterr().out == "after"


def test_what_is_printed_does_not_reach_the_screen(capfd):
    with _listening():
        os.write(1, b"word")
        sys.stdout.write("word")

    assert capfd.readouterr().out == ""


def test_descriptors_are_put_back_after_an_error(capfd):
    with pytest.raises(KeyError), _listening():
        raise KeyError
    os.write(1, b"after")

    assert capfd.readouterr().out == "after"


def test_the_empty_folder_goes_with_its_files():
    before = Path.cwd()

    with _in_empty_folder() as folder:
        Path("file").touch()
        inside = sorted(folder.iterdir())

    assert [path.name for path in inside] == ["file"]
    assert not folder.exists()
    assert Path.cwd() == before


def test_one_that_is_asked_to_talk_may():
    report = check_contracts(SGDClassifier(verbose=1), include=["C04"], profile="quick")

    assert report.counts == {"passed": 1}


def test_what_happens_at_the_first_fit_alone_is_not_counted():
    class ImportsLate(NetworkRegressor):
        done: ClassVar[list[bool]] = []

        def fit(self, X, y, sample_weight=None):
            if not self.done:
                np.seterr(all="ignore")
                self.done.append(True)
            return super().fit(X, y, sample_weight)

    report = check_contracts(ImportsLate(), include=["C04"], profile="quick")

    assert report.counts == {"passed": 1}


def test_modes_are_put_back_where_a_fit_fails_in_them():
    class FailsInside(NetworkRegressor):
        def fit(self, X, y, sample_weight=None):
            if torch.get_default_dtype() is torch.float64:
                raise RuntimeError("not here")
            return super().fit(X, y, sample_weight)

    report = check_contracts(FailsInside(), include=["C05"], on_fail=None)

    assert report.counts == {"failed": 1}
    assert torch.get_default_dtype() is torch.float32


def test_a_claim_to_be_quiet_is_checked_where_it_is_made():
    class Modest(NetworkRegressor):
        def __sklkd_contracts__(self):
            return ContractTags()

    assert check_contracts(Modest(), include=["C16"]).counts == {"not_applicable": 1}
