"""Episodes: the loss of each query by numpy, and who is support."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import log_softmax
from torch import nn

from sklkd.nn import Prototypical
from sklkd.objectives import Batch, Episodes, Setting


def batch_of(codes, target, n_classes):
    logits = torch.zeros(len(codes), n_classes, dtype=codes.dtype)
    return Batch(logits, logits, target, (logits, codes))


@st.composite
def episodes(draw):
    """Codes (n, 3), class indices (n,), and the number of classes."""
    n, k = draw(st.integers(2, 12)), draw(st.integers(2, 4))
    generator = torch.Generator().manual_seed(draw(st.integers(0, 999)))
    codes = torch.randn(n, 3, generator=generator, dtype=torch.float64)
    return codes, torch.randint(k, (n,), generator=generator), k


def by_hand(codes, target, n_classes):
    """Loss of each row, by loops over rows and classes."""
    codes, target = codes.numpy(), target.numpy()
    place = np.array([(target[:i] == label).sum() for i, label in enumerate(target)])
    support = place % 2 == 0
    present = np.unique(target)
    means = {c: codes[support & (target == c)].mean(axis=0) for c in present}
    expected = np.zeros(len(codes))
    for i in np.flatnonzero(~support):
        gaps = [-np.square(codes[i] - means[c]).sum() for c in present]
        expected[i] = -log_softmax(gaps)[np.searchsorted(present, target[i])]
    return expected * len(codes) / max(1, (~support).sum())


@given(episodes())
def test_queries_are_told_by_the_means_of_the_support(case):
    codes, target, n_classes = case

    loss = Episodes().loss(batch_of(*case))

    expected = torch.from_numpy(by_hand(codes, target, n_classes))
    torch.testing.assert_close(loss, expected)


def test_a_batch_without_queries_teaches_nothing_and_has_a_gradient():
    codes = torch.randn(3, 2, requires_grad=True)

    loss = Episodes().loss(batch_of(codes, torch.tensor([0, 1, 2]), 3))
    loss.sum().backward()

    assert loss.tolist() == [0, 0, 0]
    assert codes.grad.abs().sum() == 0


@given(episodes(), st.integers(0, 99))
def test_turning_the_codes_changes_nothing(case, seed):
    codes, target, n_classes = case
    generator = torch.Generator().manual_seed(seed)
    matrix = torch.randn(3, 3, generator=generator, dtype=torch.float64)
    turned = codes @ torch.linalg.qr(matrix).Q

    loss = Episodes().loss(batch_of(turned, target, n_classes))

    torch.testing.assert_close(loss, Episodes().loss(batch_of(*case)))


def setting_of(module):
    return Setting(
        "Someone", 9, 3, (4,), None, module, torch.device("cpu"), torch.float32, 0
    )


def test_a_module_without_class_means_is_refused_by_name():
    episodes = Episodes()

    with pytest.raises(TypeError) as caught:
        episodes.bound(setting_of(nn.Linear(4, 3)))

    assert str(caught.value) == (
        "Someone: Episodes needs a module like sklkd.nn.Prototypical, which puts out "
        "logits and codes, got Linear."
    )
    assert episodes.bound(setting_of(Prototypical(4, 3))) is episodes


@given(episodes())
def test_where_all_rows_are_there_each_is_told_by_the_means_of_all(case):
    codes, target, _ = case

    loss = Episodes(whole=True).loss(batch_of(*case))

    present = np.unique(target.numpy())
    means = np.stack([codes[target == c].numpy().mean(axis=0) for c in present])
    gaps = -np.square(codes.numpy()[:, None] - means).sum(axis=2)
    own = np.searchsorted(present, target.numpy())
    expected = -log_softmax(gaps, axis=1)[np.arange(len(codes)), own]
    torch.testing.assert_close(loss, torch.from_numpy(expected))
