"""What goes backwards: every kind of ReLU is gated, and a field is what can be seen."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from sklkd.inspection._deconvnet_rules import (
    NeverCalledError,
    activations,
    field_of,
    outputs_of,
    signal_of,
)

ORIGIN = torch.tensor([[0, 0, 0]])


class Relu(nn.Module):
    """A ReLU written in one of many ways."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, rows):
        return self.function(rows)


class Residual(nn.Module):
    """What a ReLU does in place is seen on the way around it too."""

    def __init__(self, relu):
        super().__init__()
        self.conv, self.relu = nn.Conv2d(2, 2, 1), relu

    def forward(self, rows):
        before = self.conv(rows)
        return self.relu(before) - 0.3 * before


WAYS = {
    "module": nn.ReLU(),
    "in place": nn.ReLU(inplace=True),
    "function": Relu(F.relu),
    "function in place": Relu(lambda rows: F.relu(rows, True)),
    "of torch": Relu(torch.relu),
    "of torch in place": Relu(torch.relu_),
    "method": Relu(lambda rows: rows.relu()),
    "method in place": Relu(lambda rows: rows.relu_()),
    "by name": Relu(lambda rows: F.relu(input=rows)),
}


def net_with(relu, build=nn.Sequential):
    torch.manual_seed(0)
    first = nn.Conv2d(2, 3, 2)
    return build(first, relu, nn.Conv2d(3, 2, 2)).double()


def rows(n=4, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(n, 2, 5, 5, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("rule", ["deconvnet", "guided", "gradient"])
@pytest.mark.parametrize("way", WAYS)
def test_a_relu_is_gated_however_it_is_written(way, rule):
    units = torch.tensor([[1, 0, 2]] * 4)
    plain, other = net_with(nn.ReLU()), net_with(WAYS[way])
    weight = plain[0].weight
    inputs, sent = rows(), torch.zeros(4, 2, 3, 3, dtype=torch.float64)
    sent[:, 1, 0, 2] = 1.0
    on = plain[0](inputs) > 0

    signal = signal_of(other, other[2], inputs, units, rule)

    back = F.conv_transpose2d(sent, plain[2].weight)
    back = back if rule == "gradient" else back.relu()
    back = back if rule == "deconvnet" else back * on
    expected = F.conv_transpose2d(back, weight).detach()
    torch.testing.assert_close(signal, expected)


@pytest.mark.parametrize("way", WAYS)
def test_what_goes_forwards_is_what_the_network_does(way):
    torch.manual_seed(0)
    net = Residual(WAYS[way]).double()
    with torch.no_grad():
        expected = net(rows())

    units = torch.zeros(4, 3, dtype=torch.int64)
    kept = []
    handle = net.register_forward_hook(lambda *call: kept.append(call[2].detach()))
    signal_of(net, net, rows(), units, "deconvnet")
    handle.remove()

    torch.testing.assert_close(kept[0], expected)


def test_a_layer_is_seen_before_the_next_overwrites_it():
    net = net_with(nn.ReLU(inplace=True))

    seen = activations(net, net[0], rows())

    torch.testing.assert_close(seen, net[0](rows()).detach())
    assert (seen < 0).any()


def test_rows_are_not_overwritten():
    inputs = rows()
    net = nn.Sequential(nn.ReLU(inplace=True), nn.Conv2d(2, 1, 1).double())

    activations(net, net[1], inputs)

    torch.testing.assert_close(inputs, rows(), rtol=0, atol=0)


def test_what_does_not_look_at_the_rows_gets_nothing_back():
    net = Relu(lambda rows: rows.detach() + torch.ones_like(rows))

    signal = signal_of(net, net, rows(), ORIGIN.repeat(4, 1), "deconvnet")

    assert not signal.any()


def test_a_module_is_free_of_hooks_after_an_error():
    net = nn.Sequential(nn.Conv2d(2, 2, 1), nn.Linear(7, 7)).double()

    with pytest.raises(RuntimeError):
        outputs_of(net, net[0], rows())

    assert not net[0]._forward_hooks


def test_a_layer_that_is_not_called_is_told_from_one_that_is():
    with pytest.raises(NeverCalledError):
        outputs_of(nn.Identity(), nn.Identity(), rows())


# --- What a unit can see --------------------------------------------------------------


def seen_by(position, geometry, size):
    """Pixels along one axis that one position of a layer looks at."""
    kernel, stride, padding, dilation = geometry
    first = position * stride - padding
    looked = {first + k * dilation for k in range(kernel)}
    return {pixel for pixel in looked if 0 <= pixel < size}


geometries = st.tuples(
    st.integers(1, 3), st.integers(1, 3), st.integers(0, 1), st.integers(1, 2)
).filter(lambda g: g[2] <= g[0] // 2)  # kernel, stride, padding, dilation


@given(geometries, geometries, st.booleans(), st.data())
def test_a_field_is_what_convolution_and_pooling_look_at(first, second, ceil, data):
    size = 20
    kernel, stride, padding, dilation = second
    torch.manual_seed(0)
    net = nn.Sequential(
        nn.Conv2d(2, 3, *first[:3], dilation=first[3]),
        nn.ReLU(),
        nn.MaxPool2d(kernel, stride, padding, dilation, ceil_mode=ceil),
    )
    net[0].weight.data[:, :, 0] = 0  # a weight of nothing is a weight
    inputs = torch.randn(1, 2, size, size)
    between, sizes = net[0](inputs).shape[2], net(inputs).shape[2:]
    i, j = (data.draw(st.integers(0, n - 1)) for n in sizes)

    field = field_of(net, net[2], inputs, torch.tensor([[1, i, j]]))

    axes = [
        set().union(*(seen_by(m, first, size) for m in seen_by(place, second, between)))
        for place in (i, j)
    ]
    expected = torch.zeros(size, size, dtype=torch.bool)
    for row, column in itertools.product(*axes):
        expected[row, column] = True
    assert torch.equal(field[0, 0], expected)
    assert torch.equal(field[0, 1], expected)


@pytest.mark.parametrize(
    ("pool", "expected"),
    [
        (nn.AdaptiveMaxPool2d(2), [[0, 0], [2, 2]]),
        (nn.MaxPool2d(2, return_indices=False), [[0, 0], [1, 1]]),
        (Relu(lambda rows: torch.max_pool2d(rows, 3)), [[0, 0], [2, 2]]),
        (Relu(lambda rows: F.max_pool2d(rows, (1, 2))), [[0, 0], [0, 1]]),
        (nn.AvgPool2d(2), [[0, 0], [1, 1]]),
    ],
)
def test_a_field_of_other_poolings(pool, expected):
    field = field_of(pool, pool, rows(1), ORIGIN)[0, 0].nonzero()

    bounds = [field.min(dim=0).values.tolist(), field.max(dim=0).values.tolist()]
    assert bounds == expected


@pytest.mark.parametrize(
    ("pool", "n_axes"), [(nn.MaxPool1d(2), 1), (nn.MaxPool3d(2), 3)]
)
def test_a_field_of_a_line_or_a_block(pool, n_axes):
    inputs = torch.randn(1, 2, *[4] * n_axes)

    field = field_of(pool, pool, inputs, torch.zeros(1, n_axes + 1, dtype=torch.int64))

    assert field.sum() == 2**n_axes


def test_a_field_of_switches_is_that_of_the_maximum():
    net = Relu(lambda rows: F.max_pool2d(rows, 2, return_indices=True)[0])

    assert field_of(net, net, rows(1), ORIGIN).sum() == 1


def test_a_field_is_the_union_of_all_ways():
    net = Residual(nn.ReLU()).double()
    wide = nn.Sequential(net, nn.Conv2d(2, 1, 3).double())

    field = field_of(wide, wide[1], rows(1), ORIGIN)

    assert field[0].all(dim=0).nonzero().max() == 2
    assert np.asarray(field).sum() == 2 * 9
