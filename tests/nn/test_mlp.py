"""The multilayer perceptron: its layers, its formula, and how many numbers it holds."""

import copy
import functools
import pickle

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from sklkd.nn import MLP

X = torch.linspace(-2, 2, 12).view(3, 4)


@pytest.mark.parametrize(
    ("hidden", "n_parameters"),
    [
        ((), 4 * 3 + 3),
        ((8,), (4 * 8 + 8) + (8 * 3 + 3)),
        ([8, 5], (4 * 8 + 8) + (8 * 5 + 5) + (5 * 3 + 3)),
    ],
)
def test_number_of_parameters_by_hand(hidden, n_parameters):
    net = MLP(4, 3, hidden=hidden)

    assert sum(p.numel() for p in net.parameters()) == n_parameters
    assert net(X).shape == (3, 3)


def test_default_has_two_hidden_layers_of_128():
    net = MLP(4, 3)

    assert [tuple(p.shape) for p in net.parameters()] == [
        (128, 4),
        (128,),
        (128, 128),
        (128,),
        (3, 128),
        (3,),
    ]


def test_without_hidden_layers_it_is_a_linear_model():
    net = MLP(4, 3, hidden=())
    weight, bias = net.parameters()

    torch.testing.assert_close(net(X), X @ weight.T + bias)


@pytest.mark.parametrize(
    ("activation", "function"),
    [("relu", F.relu), ("gelu", F.gelu), ("silu", F.silu), ("tanh", torch.tanh)],
)
def test_outputs_are_the_formula(activation, function):
    net = MLP(4, 3, hidden=(6, 5), activation=activation)
    w1, b1, w2, b2, w3, b3 = net.parameters()
    first = function(X @ w1.T + b1)
    second = function(first @ w2.T + b2)

    torch.testing.assert_close(net(X), second @ w3.T + b3)


def test_the_output_has_no_activation():
    """Logits and standardised values may be negative and large."""
    net = MLP(4, 1, hidden=(6,))
    with torch.no_grad():
        net.layers[-1].weight.zero_()
        net.layers[-1].bias.fill_(-7.0)

    assert net(X).flatten().tolist() == [-7.0, -7.0, -7.0]


def test_dropout_follows_each_hidden_layer():
    layers = MLP(4, 3, hidden=(6, 5), dropout=0.2).layers

    assert [type(layer) for layer in layers] == [
        *[nn.Linear, nn.ReLU, nn.Dropout],
        *[nn.Linear, nn.ReLU, nn.Dropout],
        nn.Linear,
    ]
    assert [layer.p for layer in layers if isinstance(layer, nn.Dropout)] == [0.2, 0.2]


def test_dropout_acts_in_training_only():
    rows, net = torch.ones(64, 4), MLP(4, 3, hidden=(32,), dropout=0.5)

    trained, evaluated = net.train()(rows), net.eval()(rows)

    assert len(trained.unique(dim=0)) > 1
    assert torch.equal(evaluated, evaluated[:1].expand(64, 3))


def test_no_dropout_is_no_layer():
    assert not any(isinstance(m, nn.Dropout) for m in MLP(4, 3).modules())


class Halve(nn.Module):
    """A layer of somebody's own, in the place of dropout."""

    def __init__(self, p):
        super().__init__()
        self.p = p

    def forward(self, X):
        return X / 2


@pytest.mark.parametrize("make", [Halve, functools.partial(Halve)])
def test_another_layer_takes_the_place_of_dropout(make):
    net = MLP(4, 3, hidden=(6,), dropout=0.2, dropout_layer=make)
    w1, b1, w2, b2 = net.parameters()

    torch.testing.assert_close(net(X), F.relu(X @ w1.T + b1) / 2 @ w2.T + b2)
    assert net.layers[2].p == 0.2


def test_another_layer_is_not_made_where_nothing_is_left_out():
    net = MLP(4, 3, dropout_layer=Halve)

    assert not any(isinstance(m, Halve) for m in net.modules())


def test_saying_the_usual_layer_changes_nothing():
    nets = []
    for options in ({}, {"dropout_layer": nn.Dropout}):
        torch.manual_seed(0)
        nets.append(MLP(4, 3, hidden=(6,), dropout=0.5, **options))
    outputs = []
    for net in nets:
        torch.manual_seed(1)
        outputs.append(net(X))

    assert list(nets[0].state_dict()) == list(nets[1].state_dict())
    assert torch.equal(*outputs)


@pytest.mark.parametrize("layer", [nn.Dropout(0.3), "max", None])
def test_what_makes_no_layers_is_refused(layer):
    with pytest.raises(TypeError) as caught:
        MLP(4, 3, dropout_layer=layer)

    assert str(caught.value) == (
        "MLP: dropout_layer must be a class of modules, or a function, that takes the "
        f"dropout, got {layer!r}. For instance: torch.nn.Dropout."
    )


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))]
)
def test_a_copy_puts_out_the_same_and_shares_nothing(copied):
    net = MLP(4, 3, hidden=(8,))
    expected = net(X)

    other = copied(net)

    assert torch.equal(other(X), expected)
    assert {p.data_ptr() for p in net.parameters()}.isdisjoint(
        p.data_ptr() for p in other.parameters()
    )


def test_an_unknown_activation_is_refused_by_name():
    with pytest.raises(ValueError, match=r"activation must be one of") as caught:
        MLP(4, 3, activation="relo")

    assert str(caught.value) == (
        "MLP: activation must be one of 'relu', 'gelu', 'silu', 'tanh', got 'relo'. "
        "Did you mean 'relu'?"
    )


@pytest.mark.parametrize("dropout", [-0.1, 1.0, 1.5])
def test_dropout_outside_its_documented_range_is_refused(dropout):
    with pytest.raises(ValueError, match="dropout"):
        MLP(4, 3, dropout=dropout)
