"""Classification by components: scores by hand, reasoning, symmetries, and starts."""

import copy
import math
import pickle

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from sklkd.losses import components_margin
from sklkd.nn import Components
from sklkd.training._seeds import Randomness

KINDS = ["rbf", "cosine"]
SEEDS = st.integers(0, 1000)


def components(*args, seed=0, dtype=torch.float64, **kwargs):
    """One whose reasoning is anywhere."""
    with Randomness(seed, dtype):
        net = Components(*args, **kwargs)
        net.sticks.data += 2 * torch.randn(net.sticks.shape)
    return net


def rows(n, d, seed=0, dtype=torch.float64):
    return torch.from_numpy(np.random.default_rng(seed).normal(size=(n, d))).to(dtype)


def start(net, X, y, weight=None, seed=0):
    X, y = torch.as_tensor(X), torch.as_tensor(y)
    weight = torch.ones(len(X)) if weight is None else torch.as_tensor(weight)
    net.start_from(X, y, weight, torch.Generator().manual_seed(seed))
    return net


def test_scores_by_hand():
    net = Components(1, 1, 2, sigma=1.0)
    net.prototypes.data = torch.tensor([[0.0], [2.0]])
    # r+ = (3/4, 1/2), of the rest 1/5 and 1/2 are r-: 1/20 and 1/4.
    net.sticks.data = torch.tensor([[[3.0], [1.0]], [[1 / 4], [1.0]]]).log()  # odds

    d = math.exp(-2.0)  # of the second; the first is there
    expected = (0.75 + 0.5 * d + 0.25 * (1 - d)) / (0.75 + 0.05 + 0.5 + 0.25)
    assert net(torch.zeros(1, 1)).exp().item() == pytest.approx(expected)
    torch.testing.assert_close(
        net.reasoning()[:, :, 0].T,
        torch.tensor([[0.75, 0.05, 0.2], [0.5, 0.25, 0.25]]),
    )


@pytest.mark.parametrize("kind", KINDS)
@given(seed=SEEDS)
def test_detections_and_scores_are_between_zero_and_one(kind, seed):
    net, X = components(3, 2, 4, kind, seed=seed), 3 * rows(5, 3, seed)

    detected, scores = net.detections(X), net(X).exp()

    assert ((detected >= 0) & (detected <= 1)).all()
    assert ((scores >= 0) & (scores <= 1)).all()
    torch.testing.assert_close(net(X).softmax(1), scores / scores.sum(1, keepdim=True))


@given(SEEDS)
def test_cosine_detections_are_torchs(seed):
    net, X = components(3, 2, 4, "cosine", seed=seed), rows(5, 3, seed)

    expected = F.cosine_similarity(X[:, None], net.prototypes[None], dim=2).relu()

    torch.testing.assert_close(net.detections(X), expected)
    torch.testing.assert_close(net.detections(1e4 * X), expected)


@given(SEEDS)
def test_reasoning_is_a_distribution(seed):
    reasoning = components(3, 2, 4, seed=seed).reasoning()

    assert (reasoning >= 0).all()
    torch.testing.assert_close(reasoning.sum(0), torch.ones(4, 2, dtype=torch.float64))


def test_a_component_that_nobody_minds_has_no_effect():
    net, X = components(3, 2, 4), rows(5, 3)
    net.sticks.data[:, 1] = -800.0  # r0 = 1
    other = copy.deepcopy(net)
    other.prototypes.data[1] += 5.0

    assert (net.reasoning()[2, 1] == 1).all()
    assert torch.equal(other(X), net(X))


def test_with_positive_reasoning_only_a_score_is_the_weighted_mean_of_detections():
    net, X = components(3, 2, 4), rows(5, 3)
    net.sticks.data[1] = -800.0  # r- = 0
    weights = net.reasoning()[0].detach().numpy()
    detected = net.detections(X).detach().numpy()

    expected = [np.average(detected, axis=1, weights=w) for w in weights.T]

    np.testing.assert_allclose(net(X).exp().detach(), np.stack(expected, 1))


@given(SEEDS)
def test_what_is_missing_counts_as_what_is_there_with_the_signs_swapped(seed):
    """With 1 - d for d, r+ and r- change places: one component, and its mirror."""
    net = components(1, 2, 1, sigma=1.0, seed=seed)
    net.prototypes.data[:] = 0.0
    swapped = copy.deepcopy(net)
    positive, negative, rest = net.reasoning().detach()
    swapped.sticks.data[0] = negative.logit()
    swapped.sticks.data[1] = (positive / (positive + rest)).logit()
    d = torch.tensor([[0.2], [0.9]], dtype=torch.float64)
    there, missing = (-2 * d.log()).sqrt(), (-2 * (1 - d).log()).sqrt()

    torch.testing.assert_close(swapped(missing), net(there))


@pytest.mark.parametrize("kind", KINDS)
def test_the_order_of_components_does_not_matter(kind):
    net, X = components(3, 2, 4, kind), rows(5, 3)
    turned, order = copy.deepcopy(net), [2, 0, 3, 1]
    turned.prototypes.data = net.prototypes.data[order]
    turned.sticks.data = net.sticks.data[:, order]

    torch.testing.assert_close(turned(X), net(X))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("size", [0.0, 1.0, 1e4])
def test_values_and_gradients_are_finite_anywhere(kind, dtype, size):
    """On a component, at zero, where nothing is detected, and without any reason."""
    net = components(3, 2, 4, kind, dtype=dtype)
    net.sticks.data[:, :, 1] = -800.0
    X = size * torch.cat([net.prototypes.detach(), torch.zeros(1, 3).to(dtype)])
    X.requires_grad_()

    outputs = net(X)
    components_margin(outputs, target=torch.tensor([0, 1, 0, 1, 0])).sum().backward()

    assert outputs.dtype == dtype
    assert outputs.isfinite().all()
    assert (outputs <= 0).all()
    for part in (X, *net.parameters()):
        assert part.grad.isfinite().all()


def test_a_row_of_zeros_has_no_direction():
    net = components(3, 2, 4, "cosine")

    assert (net.detections(torch.zeros(1, 3).double()) == 0).all()


# --- The width ------------------------------------------------------------------------


def test_a_width_that_is_given_is_not_learnt():
    fixed, free = components(3, 2, sigma=0.5), components(3, 2)

    assert "log_sigma" not in dict(fixed.named_parameters())
    assert "log_sigma" in dict(free.named_parameters())
    assert fixed.state_dict()["log_sigma"].exp().item() == pytest.approx(0.5)
    start(fixed, rows(30, 3), torch.arange(30) % 2)
    assert fixed.log_sigma.exp().item() == pytest.approx(0.5)


def test_a_cosine_has_no_width_to_learn():
    net = components(3, 2, detection="cosine")

    net(rows(4, 3)).sum().backward()

    assert all(part.grad is not None for part in net.parameters())


# --- Starts ---------------------------------------------------------------------------


def test_a_start_by_hand():
    """Two clusters of two rows, at 0 and at 10; the first holds one row of each class.

    All rows are 1 from their centre, which is the width; 10 is of class 1 only.
    """
    X = torch.tensor([[-1.0], [1.0], [9.0], [11.0]], dtype=torch.float64)
    net = start(components(1, 2, 2), X, torch.tensor([0, 1, 1, 1]))

    order = net.prototypes.detach().squeeze(1).argsort()

    assert net.prototypes[order].squeeze(1).tolist() == [0.0, 10.0]
    assert net.log_sigma.exp().item() == pytest.approx(1.0)
    shares = torch.tensor([[0.5, 0.5], [0.05, 0.95]], dtype=torch.float64)
    torch.testing.assert_close(net.reasoning()[0, order], shares)
    torch.testing.assert_close(net.reasoning()[1, order], (1 - shares) / 2)


@pytest.mark.parametrize("kind", KINDS)
@given(seed=SEEDS)
def test_a_weight_is_a_repeated_row_and_the_order_of_rows_does_not_matter(kind, seed):
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(30, 3)), rng.integers(0, 2, 30)
    weight = rng.integers(0, 3, 30)
    repeated = rng.permutation(np.repeat(np.arange(30), weight))

    net = start(components(3, 2, 4, kind), X, y, weight)
    other = start(components(3, 2, 4, kind), X[repeated], y[repeated])

    torch.testing.assert_close(net.state_dict(), other.state_dict())


def test_classes_without_rows_and_rows_of_zeros_do_not_matter():
    """Two directions and zero, which were three clusters."""
    axes = torch.eye(3, dtype=torch.float64)[torch.arange(20) % 2]
    X = torch.cat([axes + 0.1 * rows(20, 3), torch.zeros(5, 3)])

    net = start(components(3, 4, 3, "cosine"), X, torch.arange(25) % 2)

    assert net(X).isfinite().all()
    assert (net.prototypes.norm(dim=1) > 0.5).all()


def test_rows_that_all_lie_on_components_leave_the_width_as_it_was():
    X = rows(3, 2).repeat(2, 1)

    net = start(components(2, 2, 3), X, torch.arange(6) % 2)

    assert net.log_sigma.exp().item() == pytest.approx(math.sqrt(2))
    assert net(X).isfinite().all()


def test_fewer_distinct_rows_than_components_are_refused():
    with pytest.raises(ValueError, match="distinct") as caught:
        start(components(2, 2, 3), torch.zeros(9, 2), torch.arange(9) % 2)

    assert str(caught.value) == (
        "Components: 3 prototypes need as many distinct rows, got 1. Pass fewer "
        "prototypes, or more rows."
    )


def test_minus_zero_is_zero():
    X = torch.tensor([[0.0], [-0.0]])

    with pytest.raises(ValueError, match="got 1"):
        start(components(1, 2, 2), X, torch.tensor([0, 1]))


# --- The module -----------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_pickles_and_state_dicts_keep_everything(kind):
    net, X = components(3, 2, 4, kind, sigma=0.5), rows(4, 3)
    other = components(3, 2, 4, kind, sigma=2.0, seed=1)

    other.load_state_dict(net.state_dict())

    assert torch.equal(other(X), net(X))
    assert torch.equal(pickle.loads(pickle.dumps(net))(X), net(X))


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"n_components": 0}, "n_components must be an integer"),
        ({"detection": "rfb"}, "Did you mean 'rbf'"),
        ({"sigma": 0.0}, "sigma must be a real number"),
    ],
)
def test_wrong_parameters_are_told(kwargs, message):
    with pytest.raises(ValueError, match=f"Components: .*{message}"):
        Components(3, 2, **kwargs)


def test_images_are_refused():
    with pytest.raises(ValueError, match="Components: rows must be flat"):
        Components(784, 2)(torch.zeros(5, 1, 28, 28))
