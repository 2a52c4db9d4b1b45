"""The orthogonal loss as an objective: of a network whose last layer is a basis."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from strategies import batches

from sklkd.nn import FixedBasisHead
from sklkd.objectives import Batch, Orthogonal


@given(batch=batches(), scale=st.sampled_from([0.5, 10.0]))
def test_loss_is_what_is_missing_of_the_cosine(batch, scale):
    features, teacher, target = batch
    k = features.shape[1]
    head = FixedBasisHead(k, k, "orthogonal", scale).double()
    cosine = torch.cosine_similarity(features, head.basis[target], dim=1)
    batch = Batch(student=head(features), teacher=teacher, target=target)

    loss = Orthogonal(scale, weight=7.0).loss(batch)

    torch.testing.assert_close(loss, 1 - cosine)


def test_by_default_it_fits_the_head_as_it_comes():
    head = FixedBasisHead(2, 2)
    batch = Batch(
        student=head(torch.tensor([[0.0, 3.0]])),
        teacher=torch.zeros(1, 2),
        target=torch.tensor([1]),
    )

    assert Orthogonal().loss(batch).item() == pytest.approx(0.0)


def test_defaults_and_clone():
    assert Orthogonal().get_params() == {"scale": 10.0, "weight": 1.0}
    assert clone(Orthogonal(3.0)).scale == 3.0


@pytest.mark.parametrize("scale", [0, -1.0])
def test_check_refuses_a_scale_out_of_range(scale):
    with pytest.raises(ValueError, match="scale") as caught:
        Orthogonal(scale).check()

    assert str(caught.value) == (
        f"Orthogonal: scale must be a real number in (0, inf), got {scale}."
    )


def test_it_is_for_classification_of_rows_with_a_label():
    assert Orthogonal.tasks == {"classification"}
    assert Orthogonal.needs == {"target"}
