"""Logit matching as an objective."""

import pytest
import torch
from hypothesis import given
from sklearn.base import clone
from strategies import batches

from sklkd.objectives import Batch, LogitMatching, SoftTargets


@given(batch=batches())
def test_loss_is_half_the_variance_of_the_gap(batch):
    student, teacher, target = batch

    loss = LogitMatching(weight=7.0).loss(Batch(student, teacher, target))

    torch.testing.assert_close(loss, (student - teacher).var(1, correction=0) / 2)


@given(batch=batches())
def test_is_exchangeable_with_soft_targets_at_a_high_temperature(batch):
    batch = Batch(*batch)

    loss = LogitMatching().loss(batch)

    torch.testing.assert_close(
        loss, SoftTargets(temperature=1e4).loss(batch), rtol=2e-2, atol=1e-4
    )


def test_default_and_clone():
    assert LogitMatching().get_params() == {"weight": 1.0}
    assert clone(LogitMatching(weight=0.5)).weight == 0.5


def test_check_refuses_a_negative_weight():
    with pytest.raises(ValueError, match="weight") as caught:
        LogitMatching(weight=-2).check()

    assert str(caught.value) == (
        "LogitMatching: weight must be a real number in [0, inf), got -2."
    )


def test_it_is_for_classification():
    assert LogitMatching.tasks == {"classification"}
