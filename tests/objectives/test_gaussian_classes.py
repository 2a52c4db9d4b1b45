"""Gaussian classes as an objective: its numbers reach the loss, and have bounds."""

import pytest
import torch
from hypothesis import given
from sklearn.base import clone
from strategies import batches

from sklkd.losses import gaussian_classes
from sklkd.objectives import Batch, GaussianClasses

OTHERS = {"margin": 3.0, "sigma": 2.0, "kurtosis_weight": 0.7, "ridge": 0.1}


def test_one_row_by_hand():
    # The corner is (6, 0): a gap of (0, 3), over a sigma of 2.
    batch = Batch(
        student=torch.tensor([[6.0, 3.0]]),
        teacher=torch.zeros(1, 2),
        target=torch.tensor([0]),
    )

    loss = GaussianClasses(6.0, 2.0, weight=7.0).loss(batch)

    assert loss.tolist() == [9 / 4]


@pytest.mark.parametrize("name", OTHERS)
@given(batch=batches())
def test_each_number_reaches_the_loss(name, batch):
    student, teacher, target = batch
    batch = Batch(student=student, teacher=teacher, target=target)

    loss = GaussianClasses(**{name: OTHERS[name]}).loss(batch)

    expected = gaussian_classes(student, target=target, **{name: OTHERS[name]})
    assert torch.equal(loss, expected)


def test_the_value_can_be_weighed_by_rows():
    """As the criterion does, by a dot product with their weights."""
    batch = Batch(
        student=torch.zeros(4, 2),
        teacher=torch.zeros(4, 2),
        target=torch.tensor([0, 1, 1, 1]),
    )
    loss = GaussianClasses().loss(batch)

    weighed = torch.dot(torch.tensor([1.0, 0.0, 2.0, 0.5]), loss)

    assert weighed.item() == pytest.approx(3.5 * loss[0].item())


def test_defaults_and_clone():
    assert GaussianClasses().get_params() == {
        "margin": 10.0,
        "sigma": 1.0,
        "kurtosis_weight": 0.2,
        "ridge": 1e-3,
        "weight": 1.0,
    }
    assert clone(GaussianClasses(**OTHERS)).get_params() == OTHERS | {"weight": 1.0}


@pytest.mark.parametrize(
    ("name", "value", "interval"),
    [
        ("margin", 0, "(0, inf)"),
        ("sigma", 0, "(0, inf)"),
        ("sigma", -1.0, "(0, inf)"),
        ("ridge", 0, "(0, inf)"),
        ("kurtosis_weight", -0.1, "[0, inf)"),
    ],
)
def test_check_refuses_a_number_out_of_range(name, value, interval):
    with pytest.raises(ValueError, match=name) as caught:
        GaussianClasses(**{name: value}).check()

    assert str(caught.value) == (
        f"GaussianClasses: {name} must be a real number in {interval}, got {value}."
    )


def test_check_lets_pass_what_is_in_range():
    GaussianClasses(kurtosis_weight=0).check()


def test_it_is_for_classification_of_rows_with_a_label():
    assert GaussianClasses.tasks == {"classification"}
    assert GaussianClasses.needs == {"target"}
