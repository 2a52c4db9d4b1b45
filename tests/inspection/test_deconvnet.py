"""Deconvnet: by hand, against its parts, and a gradient where there is no ReLU."""

from __future__ import annotations

import copy
import re

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_iris
from sklearn.ensemble import HistGradientBoostingClassifier
from torch import nn

from sklkd import DistilledClassifier, StudentNet
from sklkd.inspection._deconvnet import deconvnet

RULES = ("deconvnet", "guided", "gradient")


def conv(weights):
    """A convolution of images of height 1, without bias: one filter a row."""
    weight = torch.tensor(weights)[:, None, None]
    layer = nn.Conv2d(1, len(weight), (1, weight.shape[-1]), bias=False)
    layer.weight.data = weight
    return layer


def convnet(dtype=torch.float64, seed=0):
    """Two convolutions, ReLUs and poolings, and a head."""
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Conv2d(2, 4, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(4, 6, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(6, 3),
    ).to(dtype)


def images(n=5, seed=0):
    return np.random.default_rng(seed).normal(size=(n, 2, 8, 8))


# --- Values ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "expected"),
    [("deconvnet", [2, -2, 0]), ("gradient", [0, -1, 1]), ("guided", [0, 0, 0])],
)
def test_values_by_hand(rule, expected):
    # 1 3 2 -> -2 1 -> 0 1 -> -1, and back 2 -1, of which the ReLU lets through
    # 2 0, or 0 -1 where it was positive, or nothing where both is asked for.
    net = nn.Sequential(conv([[1.0, -1.0]]), nn.ReLU(), conv([[2.0, -1.0]]))

    found = deconvnet(net, [[[[1.0, 3.0, 2.0]]]], "2", rule=rule)

    assert found.maps.tolist() == [[[expected]]]
    assert found.activations.tolist() == [-1.0]
    assert not found.projections.any()  # there was nothing to send back


@given(st.sampled_from(RULES), st.integers(0, 5))
def test_without_a_relu_every_rule_is_the_gradient(rule, seed):
    torch.manual_seed(seed)
    layers = [
        nn.Conv2d(2, 3, 3),
        nn.MaxPool2d(2),
        nn.BatchNorm2d(3),
        nn.Conv2d(3, 4, 2),
    ]
    net = nn.Sequential(*layers).double().eval()
    inputs = torch.from_numpy(images(seed=seed)).requires_grad_()

    found = deconvnet(net, images(seed=seed), "3", (1, 0, 1), rule=rule)

    (expected,) = torch.autograd.grad(net(inputs)[:, 1, 0, 1].sum(), inputs)
    np.testing.assert_allclose(found.maps, expected, rtol=1e-12, atol=1e-15)


@given(st.integers(0, 5))
def test_the_gradient_is_the_gradient_with_relus_too(seed):
    net = convnet(seed=seed)
    inputs = torch.from_numpy(images(seed=seed)).requires_grad_()

    found = deconvnet(net, images(seed=seed), "7", 2, rule="gradient")

    (expected,) = torch.autograd.grad(net(inputs)[:, 2].sum(), inputs)
    np.testing.assert_allclose(found.maps, expected, rtol=1e-12, atol=1e-15)


@given(st.integers(0, 5))
def test_where_all_is_positive_every_rule_is_the_gradient(seed):
    net = convnet(seed=seed)
    for parameter in net.parameters():
        parameter.data.abs_()
    X = np.abs(images(seed=seed))

    maps = [deconvnet(net, X, "7", 0, rule=rule).maps for rule in RULES]

    np.testing.assert_allclose(maps[0], maps[2], rtol=1e-12)
    np.testing.assert_allclose(maps[1], maps[2], rtol=1e-12)


@given(st.integers(0, 20), st.integers(0, 5), st.integers(0, 1), st.integers(0, 1))
def test_it_is_unpooling_relu_and_transposed_convolution(seed, channel, i, j):
    """The paper's three steps, in torch's own words for them."""
    net, inputs = convnet(seed=seed), torch.from_numpy(images(seed=seed))
    pooled, switches = F.max_pool2d(net[:2](inputs), 2, return_indices=True)
    activation = net[3:5](pooled)
    sent = torch.zeros_like(activation)
    sent[:, channel, i, j] = activation[:, channel, i, j]
    back = F.conv_transpose2d(sent.relu(), net[3].weight)
    back = F.max_unpool2d(back, switches, 2).relu()
    back = F.conv_transpose2d(back, net[0].weight, padding=1)

    found = deconvnet(net, images(seed=seed), "4", (channel, i, j))

    expected = back.detach().numpy()
    np.testing.assert_allclose(found.projections, expected, rtol=1e-10, atol=1e-14)


@given(st.integers(0, 3), st.integers(0, 3), st.integers(0, 1), st.sampled_from(RULES))
def test_unpooling_puts_the_maximum_where_it_was(i, j, channel, rule):
    X = images()
    window = X[:, channel, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2].reshape(5, 4)

    found = deconvnet(nn.MaxPool2d(2), np.abs(X), "", (channel, i, j), rule=rule)

    expected = np.zeros_like(X)
    best = np.abs(window).argmax(axis=1)
    rows = np.arange(5)
    expected[rows, channel, 2 * i + best // 2, 2 * j + best % 2] = np.abs(window)[
        rows, best
    ]
    np.testing.assert_array_equal(found.projections, expected)


# --- Units and rows -------------------------------------------------------------------


def test_by_default_it_is_each_rows_strongest_unit():
    net, X = convnet(), images()
    output = net[:4](torch.from_numpy(X)).detach().numpy()

    found = deconvnet(net, X, "3")

    np.testing.assert_allclose(found.activations, output.reshape(5, -1).max(axis=1))
    for row, unit in enumerate(found.units.tolist()):
        assert output[(row, *unit)] == pytest.approx(found.activations[row])


def test_of_a_channel_it_is_the_strongest_position():
    net, X = convnet(), images()
    output = net[:4](torch.from_numpy(X)).detach().numpy()

    found = deconvnet(net, X, "3", 5)

    assert found.units[:, 0].tolist() == [5] * 5
    np.testing.assert_allclose(found.activations, output[:, 5].max(axis=(1, 2)))
    assert found.rows.tolist() == [0, 1, 2, 3, 4]


def test_the_rows_that_excite_a_unit_most_come_first():
    net, X = convnet(), images(20)
    every = deconvnet(net, X, "3", 2)

    found = deconvnet(net, X, "3", 2, top=9)

    assert found.rows.tolist() == np.argsort(-every.activations)[:9].tolist()
    np.testing.assert_allclose(found.maps, every.maps[found.rows], rtol=1e-12)
    np.testing.assert_array_equal(found.units, every.units[found.rows])
    np.testing.assert_array_equal(found.boxes, every.boxes[found.rows])
    assert len(deconvnet(net, X[:3], "3", 2, top=9).rows) == 3


def test_a_layer_of_vectors_has_units_without_a_position():
    found = deconvnet(convnet(), images(), "7")

    assert found.units.shape == (5, 1)
    assert found.maps.shape == (5, 2, 8, 8)


def test_rows_go_through_by_parts(monkeypatch):
    whole = deconvnet(convnet(), images(), "4", 1)
    monkeypatch.setattr("sklkd.inspection._deconvnet.NUMBERS", 300)

    parts = deconvnet(convnet(), images(), "4", 1)

    np.testing.assert_allclose(parts.maps, whole.maps, rtol=1e-12)
    np.testing.assert_array_equal(parts.boxes, whole.boxes)


def test_what_a_unit_does_not_see_is_outside_of_its_box():
    found = deconvnet(convnet(), images(), "4", (3, 1, 0))

    # Rows 1 to 3 of what was pooled, which are 2 to 7, and a pixel to either side.
    assert found.boxes.tolist() == [[1, 0, 8, 7]] * 5
    outside = found.maps.copy()
    for row, (top, left, bottom, right) in enumerate(found.boxes):
        outside[row, :, top:bottom, left:right] = 0
    assert not outside.any()


def test_rows_that_are_no_images_have_no_boxes():
    net = nn.Sequential(nn.Linear(3, 2), nn.ReLU())

    found = deconvnet(net, np.eye(3), "1")

    assert found.boxes is None
    assert found.maps.shape == (3, 3)


# --- The network stays as it was ------------------------------------------------------


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_network_stays_as_it_was(rule, dtype):
    net = nn.Sequential(
        convnet(dtype)[:3], nn.BatchNorm2d(4, dtype=dtype), nn.Dropout()
    )
    net[1].eval()
    net[0][0].weight.requires_grad_(False)
    net[0][0].bias.grad = torch.ones(4, dtype=dtype)
    before, modes = copy.deepcopy(net.state_dict()), [m.training for m in net.modules()]
    X, generator = images(), torch.get_rng_state()
    X.flags.writeable = False

    found = deconvnet(net, X, "2", rule=rule)

    assert found.maps.dtype == np.float64
    assert [m.training for m in net.modules()] == modes
    after = net.state_dict()
    assert all(torch.equal(after[name], value) for name, value in before.items())
    assert [p.requires_grad for p in net.parameters()] == [False, True, True, True]
    assert net[0][0].bias.grad.tolist() == [1.0] * 4
    assert net[0][0].weight.grad is None
    assert not any(m._forward_hooks or m._backward_hooks for m in net.modules())
    assert torch.equal(torch.get_rng_state(), generator)
    assert F.relu.__module__ == "torch.nn.functional"


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float8_e4m3fn])
def test_rows_of_a_type_that_numpy_lacks_are_sent_too(dtype):
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(4, 3), nn.ReLU())
    rows = torch.randn(5, 4, requires_grad=True).to(dtype)

    found = deconvnet(net, rows, "1")

    same = deconvnet(net, rows.detach().float().numpy(), "1")
    np.testing.assert_array_equal(found.maps, same.maps)
    np.testing.assert_array_equal(found.activations, same.activations)


def test_a_caller_without_gradients_gets_the_same():
    net = convnet()
    expected = deconvnet(net, images(), "4", 1)

    with torch.inference_mode():
        within = deconvnet(net, images(), "4", 1)
    with torch.no_grad():
        beside = deconvnet(net, images(), "4", 1)

    np.testing.assert_array_equal(within.maps, expected.maps)
    np.testing.assert_array_equal(beside.maps, expected.maps)


# --- Students -------------------------------------------------------------------------


def numeric_gradient(student, X, output):
    """Central differences of a student's logit, before it is calibrated: (n, p)."""
    step = 1e-4
    columns = []
    for j in range(X.shape[1]):
        shift = step * (np.arange(X.shape[1]) == j)
        high = student.student_.outputs(X + shift)[:, output]
        low = student.student_.outputs(X - shift)[:, output]
        columns.append(((high - low) / (2 * step)).numpy())
    return np.stack(columns, axis=1)


def test_of_a_student_that_standardises_maps_are_in_the_units_of_x():
    X, y = load_iris(return_X_y=True)
    X = np.column_stack([X * [1, 100, 0.01, 1], np.full(len(X), 7.0)])
    X[::9, 0] = np.nan  # so that the network gets a column more
    teacher = HistGradientBoostingClassifier(max_iter=3)
    net = StudentNet(max_epochs=5, dtype="float64")
    model = DistilledClassifier(teacher, net, random_state=0).fit(X, y)
    rows = X[1:9]

    last = [name for name, _ in model.net_.module_.named_modules()][-1]
    found = deconvnet(model, rows, last, 1, rule="gradient")

    assert found.maps.shape == rows.shape
    expected = numeric_gradient(model, rows, 1)
    np.testing.assert_allclose(found.maps, expected, rtol=1e-5, atol=1e-8)
    assert not found.maps[:, 4].any()


# --- Errors ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("params", "message"),
    [
        (
            {"unit": 6},
            (
                "deconvnet: unit must be a channel, or a position of 3 numbers, within"
                " a layer of the shape (6, 1, 1), got 6."
            ),
        ),
        (
            {"unit": (0, 0)},
            (
                "deconvnet: unit must be a channel, or a position of 3 numbers, within"
                " a layer of the shape (6, 1, 1), got (0, 0)."
            ),
        ),
        (
            {"unit": -1},
            (
                "deconvnet: unit must be a channel, or a position of 3 numbers, within"
                " a layer of the shape (6, 1, 1), got -1."
            ),
        ),
        (
            {"rule": "guide"},
            (
                "deconvnet: rule must be one of 'deconvnet', 'guided', 'gradient', got "
                "'guide'. Did you mean 'guided'?"
            ),
        ),
        ({"top": 0}, "deconvnet: top must be an integer in [1, inf), got 0."),
        (
            {"layer": "conv"},
            (
                "deconvnet: layer must be one of '0', '1', '2', '3', '4', '5', '6', "
                "'7', got 'conv'."
            ),
        ),
    ],
)
def test_what_is_wrong_is_said(params, message):
    layer = params.pop("layer", "5")

    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        deconvnet(convnet(), images(), layer, **params)


class Aside(nn.Module):
    """A layer that is not called, and one that puts out two tensors."""

    def __init__(self):
        super().__init__()
        self.unused = nn.Linear(2, 2)
        self.pair = nn.GRU(2, 2, batch_first=True)

    def forward(self, rows):
        return self.pair(rows)[0]


def test_a_layer_that_is_not_called_is_refused():
    message = "deconvnet: layer must take part in a prediction, and this Linear was not"

    with pytest.raises(ValueError, match=message):
        deconvnet(Aside(), np.ones((2, 3, 2)), "unused")


def test_a_layer_of_several_outputs_is_refused():
    message = "deconvnet: layer must put out one tensor with a row for each of X"

    with pytest.raises(TypeError, match=message):
        deconvnet(Aside(), np.ones((2, 3, 2)), "pair")
