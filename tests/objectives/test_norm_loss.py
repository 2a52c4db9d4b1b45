"""Norm loss: by hand, its radial slope, which layers count, and who is refused."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from torch import nn

from sklkd.nn import MLP
from sklkd.objectives import Batch, NormLoss


def value(module, n=2, **params):
    """The loss of `n` rows: (n,)."""
    zeros = torch.zeros(n, 2, dtype=next(module.parameters()).dtype)
    batch = Batch(
        student=zeros, teacher=zeros, target=torch.zeros(n, dtype=int), module=module
    )
    return NormLoss(**params).loss(batch)


def setting(module):
    """What it looks at of a Setting."""
    return SimpleNamespace(who="Student", module=module)


def linear(*rows):
    """A linear layer with these weights, one row an output."""
    weights = torch.tensor(rows)
    layer = nn.Linear(weights.shape[1], len(weights), dtype=weights.dtype)
    layer.weight = nn.Parameter(weights)
    return layer


@st.composite
def layers(draw):
    """A linear layer in float64, of any size."""
    n_in, n_out, seed = (draw(st.integers(1, 5)) for _ in range(3))
    weights = np.random.default_rng(seed).normal(size=(n_out, n_in))
    return linear(*weights.tolist()).double()


def test_value_by_hand():
    # Lengths 5 and 2, then 3: (1 - 5)² + (1 - 2)² + (1 - 3)².
    module = nn.Sequential(linear([3.0, 4.0], [0.0, 2.0]), linear([3.0, 0.0]))

    assert value(module, last_layer=True, weight=7.0).tolist() == [21.0, 21.0]
    assert value(module).tolist() == [17.0, 17.0]


def test_the_value_is_the_same_for_every_row():
    assert value(MLP(3, 2), n=5).unique().numel() == 1
    assert value(MLP(3, 2), n=5).shape == (5,)


@pytest.mark.parametrize(
    ("layer", "lengths"),
    [
        (nn.Conv1d(2, 3, 4), 3),
        (nn.Conv2d(2, 5, 3), 5),
        (nn.Conv3d(2, 2, 2), 2),
        (nn.Conv2d(4, 6, 3, groups=2), 6),
    ],
)
def test_a_kernel_is_the_weight_vector_of_its_output(layer, lengths):
    nn.init.ones_(layer.weight)
    size = layer.weight[0].numel()

    found = value(layer, last_layer=True)

    assert found[0].item() == pytest.approx(lengths * (1 - size**0.5) ** 2)


@given(layer=layers())
def test_it_is_zero_for_vectors_of_length_one(layer):
    unit = layer.weight.detach() / layer.weight.detach().norm(dim=1, keepdim=True)
    layer.weight = nn.Parameter(unit)

    found = value(layer, last_layer=True)

    torch.testing.assert_close(found, torch.zeros_like(found), atol=1e-12, rtol=0)


@given(layer=layers())
def test_slope_is_the_papers_formula(layer):
    """2 (1 - 1 / |w|) w, along w."""
    w = layer.weight.detach()
    lengths = w.norm(dim=1, keepdim=True)

    value(layer, n=1, last_layer=True).sum().backward()

    expected = 2 * (1 - 1 / lengths) * w
    torch.testing.assert_close(layer.weight.grad, expected)


@given(layer=layers(), seed=st.integers(0, 9))
def test_turning_the_inputs_changes_nothing(layer, seed):
    n_in = layer.in_features
    square = torch.from_numpy(np.random.default_rng(seed).normal(size=(n_in, n_in)))
    before = value(layer, last_layer=True)

    layer.weight = nn.Parameter(layer.weight.detach() @ torch.linalg.qr(square).Q)

    torch.testing.assert_close(value(layer, last_layer=True), before)


def test_before_a_normalisation_a_step_leaves_the_function_as_it_is():
    draws = np.random.default_rng(0)
    body = linear(*draws.normal(size=(3, 4)).tolist()).double()
    norm = nn.BatchNorm1d(3, affine=False, eps=1e-15, dtype=torch.float64)
    X = torch.from_numpy(draws.normal(size=(20, 4)))
    before = norm(body(X))

    value(body, last_layer=True)[0].backward()
    with torch.no_grad():
        body.weight -= 0.1 * body.weight.grad

    torch.testing.assert_close(norm(body(X)), before)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("size", [0.0, 1e-30, 1e-10, 1e10])
def test_vectors_of_any_length_have_a_finite_slope(size, dtype):
    layer = nn.Linear(3, 2, dtype=dtype)
    nn.init.constant_(layer.weight, size)

    found = value(layer, last_layer=True)
    found.sum().backward()

    assert found.isfinite().all()
    assert layer.weight.grad.isfinite().all()


def test_the_value_has_the_type_of_the_outputs():
    """Else it could not be weighed by rows."""
    zeros = torch.zeros(2, 2)
    module = nn.Linear(3, 2, dtype=torch.float64)
    batch = Batch(student=zeros, teacher=zeros, target=zeros, module=module)

    assert NormLoss(last_layer=True).loss(batch).dtype == torch.float32


def test_only_linear_and_convolutional_weights_count():
    module = nn.Sequential(
        linear([3.0, 4.0]), nn.BatchNorm1d(1), nn.GRU(1, 4), linear([1.0])
    )

    value(module, n=1).sum().backward()

    counted = [name for name, p in module.named_parameters() if p.grad is not None]
    assert counted == ["0.weight"]


def test_a_layer_that_is_used_twice_counts_once():
    layer = linear([3.0, 4.0])

    found = value(nn.Sequential(layer, layer), last_layer=True)

    assert found[0].item() == 16.0


@pytest.mark.parametrize(
    ("module", "last_layer"),
    [(MLP(3, 2), False), (MLP(3, 2, hidden=()), True), (nn.Linear(3, 2), True)],
)
def test_a_network_with_a_layer_that_counts_is_taken(module, last_layer):
    objective = NormLoss(last_layer)

    assert objective.bound(setting(module)) is objective


def test_a_network_without_one_is_refused():
    with pytest.raises(ValueError, match="NormLoss") as caught:
        NormLoss(last_layer=True).bound(setting(nn.ReLU()))

    assert str(caught.value) == (
        "Student: NormLoss needs a linear or convolutional layer, and ReLU has none. "
        "Leave NormLoss out."
    )


def test_a_linear_model_is_refused_whose_only_layer_does_not_count():
    with pytest.raises(ValueError, match="NormLoss") as caught:
        NormLoss().bound(setting(MLP(3, 2, hidden=())))

    assert str(caught.value) == (
        "Student: NormLoss needs a linear or convolutional layer before the last one, "
        "and MLP has none. Leave NormLoss out, or pass last_layer=True."
    )


def test_defaults_and_clone():
    assert NormLoss().get_params() == {"last_layer": False, "weight": 0.01}
    assert clone(NormLoss(last_layer=True)).last_layer is True


@pytest.mark.parametrize("last_layer", ["yes", 1, None])
def test_check_refuses_what_is_neither_true_nor_false(last_layer):
    with pytest.raises(TypeError) as caught:
        NormLoss(last_layer).check()

    assert str(caught.value) == (
        f"NormLoss: last_layer must be True or False, got {last_layer!r}."
    )


def test_it_is_for_networks_of_either_task_and_not_for_validation():
    assert NormLoss.tasks == {"classification", "regression"}
    assert NormLoss.needs == frozenset()
    assert NormLoss.in_validation is False
