"""Gradients and attention of networks."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from torch import nn

from sklkd.surrogates._informant import Informant
from sklkd.surrogates._probing import attention, gradient
from sklkd.training import Question

VALUES = Question("Test", "regression", 1)
rng = np.random.default_rng(0)
X = rng.normal(size=(50, 3)) * [1.0, 2.0, 3.0]
ONES = np.ones(50)


def informant(module, question=VALUES):
    return Informant(question, {"teacher": module})


def linear(weights):
    module = nn.Linear(3, 1)
    with torch.no_grad():
        module.weight.copy_(torch.tensor([weights]))
    return module


def test_of_a_linear_model_it_is_the_slope_in_standard_deviations():
    found = gradient(informant(linear([3.0, 0.0, -1.0])), X, ONES)
    np.testing.assert_allclose(found, np.abs([3, 0, -1]) * X.std(axis=0), rtol=1e-6)


def test_a_column_without_a_path_has_none():
    module = nn.Sequential(linear([1.0, 0.0, 2.0]), nn.Tanh())
    assert gradient(informant(module), X, ONES)[1] == 0


def test_what_is_no_network_has_no_gradient():
    assert gradient(informant(LogisticRegression()), X, ONES) is None
    assert attention(informant(LogisticRegression()), X, ONES) is None


def test_a_module_is_left_as_it_was():
    module = nn.Sequential(linear([1.0, 2.0, 3.0]), nn.Dropout(0.5)).train()
    gradient(informant(module), X, ONES)
    assert module.training
    assert all(p.grad is None for p in module.parameters())


class Tokens(nn.Module):
    """A token for each column, and perhaps one more in front."""

    def __init__(self, *, front):
        super().__init__()
        torch.manual_seed(0)
        self.front = front
        self.attention = nn.MultiheadAttention(4, 2, batch_first=True)

    def forward(self, rows):
        tokens = torch.stack([rows, rows**2, rows * 0, rows * 0 + 1], dim=-1)
        if self.front:
            tokens = torch.cat([torch.ones_like(tokens[:, :1]), tokens], dim=1)
        return self.attention(tokens, tokens, tokens, need_weights=False)[0].mean(
            dim=(1, 2)
        )[:, None]


@pytest.mark.parametrize("front", [False, True])
def test_attention_is_the_mean_weight_of_each_column(front):
    module = Tokens(front=front)
    found = attention(informant(module), X, ONES)
    assert found.shape == (3,)
    assert (found > 0).all()
    total = found.sum()
    assert total < 1 if front else total == pytest.approx(1, abs=1e-6)
    assert not module.attention._forward_hooks
    assert not module.attention._forward_pre_hooks


def test_a_network_without_attention_has_none():
    assert attention(informant(linear([1.0, 1.0, 1.0])), X, ONES) is None
