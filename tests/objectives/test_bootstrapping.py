"""Bootstrapping as an objective: how much of a label is believed, and what besides."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from strategies import batches

from sklkd.objectives import Batch, Bootstrapping


@pytest.mark.parametrize("hard", [False, True, np.True_])
@given(batch=batches(), share=st.sampled_from([0.0, 0.8, 1.0]))
def test_loss_is_cross_entropy_to_the_mixture(hard, batch, share):
    student, teacher, target = batch
    p, k = student.softmax(1), student.shape[1]
    own = F.one_hot(p.argmax(1), k) if hard else p
    mixture = share * F.one_hot(target, k) + (1 - share) * own
    batch = Batch(student=student, teacher=teacher, target=target)

    loss = Bootstrapping(share, hard=hard, weight=7.0).loss(batch)

    expected = F.cross_entropy(student, mixture, reduction="none")
    torch.testing.assert_close(loss, expected)


def test_defaults_and_clone():
    assert Bootstrapping().get_params() == {
        "target_share": 0.95,
        "hard": False,
        "weight": 1.0,
    }
    assert clone(Bootstrapping(hard=True)).hard is True


@pytest.mark.parametrize("hard", [False, True, np.False_])
@pytest.mark.parametrize("share", [0, 0.8, 1])
def test_check_lets_pass_what_is_in_range(share, hard):
    Bootstrapping(share, hard=hard).check()


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_check_refuses_a_share_out_of_range(share):
    with pytest.raises(ValueError, match="target_share") as caught:
        Bootstrapping(share).check()

    assert str(caught.value) == (
        f"Bootstrapping: target_share must be a real number in [0, 1], got {share}."
    )


@pytest.mark.parametrize("hard", ["soft", 1, None])
def test_check_refuses_what_is_neither_true_nor_false(hard):
    with pytest.raises(TypeError) as caught:
        Bootstrapping(hard=hard).check()

    assert str(caught.value) == (
        f"Bootstrapping: hard must be True or False, got {hard!r}."
    )


def test_it_is_for_classification_of_rows_with_a_label():
    assert Bootstrapping.tasks == {"classification"}
    assert Bootstrapping.needs == {"target"}
