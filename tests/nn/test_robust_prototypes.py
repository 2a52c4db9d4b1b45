"""Robust prototypes: no move inside the certified radius changes a prediction."""

import copy
import math
import pickle

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.optimize import brentq

from sklkd.losses import components_margin
from sklkd.nn import RobustPrototypes, _robust_prototypes, certified_radii
from sklkd.training._seeds import Randomness

SEEDS = st.integers(0, 1000)
SHARES = st.floats(0.0, 1.0)


def robust(*args, seed=0, dtype=torch.float64, spread=2.0, **kwargs):
    """One whose evidence is anywhere."""
    with Randomness(seed, dtype):
        net = RobustPrototypes(*args, **kwargs)
        net.evidence.data += spread * torch.randn(net.evidence.shape)
    return net


def rows(n, d, seed=0, dtype=torch.float64):
    return torch.from_numpy(np.random.default_rng(seed).normal(size=(n, d))).to(dtype)


def start(net, X, y, weight=None, seed=0):
    X, y = torch.as_tensor(X), torch.as_tensor(y)
    weight = torch.ones(len(X)) if weight is None else torch.as_tensor(weight)
    net.start_from(X, y, weight, torch.Generator().manual_seed(seed))
    return net


# --- Scores ---------------------------------------------------------------------------


def test_scores_by_hand():
    net = RobustPrototypes(2, 1, 2, sigma=5.0)
    net.prototypes.data = torch.tensor([[0.0, 0.0], [3.0, 4.0]])
    net.evidence.data = torch.tensor([[[0.4], [0.3]], [[0.2], [0.1]]]).log()

    # 0 and 5 away, so that d = (1, 1/e)
    d = math.exp(-1.0)
    expected = 0.4 + 0.3 * d + 0.1 * (1 - d)
    assert net(torch.zeros(1, 2)).exp().item() == pytest.approx(expected)
    assert net.detections(torch.zeros(1, 2)).tolist() == [[1.0, pytest.approx(d)]]


@given(SEEDS)
def test_scores_and_detections_are_between_zero_and_one(seed):
    net, X = robust(3, 2, 4, seed=seed), 3 * rows(5, 3, seed)

    detected, scores = net.detections(X), net(X).exp()

    assert ((detected >= 0) & (detected <= 1)).all()
    assert ((scores >= 0) & (scores <= 1)).all()
    torch.testing.assert_close(
        net.reasoning().sum((0, 1)), torch.ones(2, dtype=torch.float64)
    )


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("size", [0.0, 1.0, 1e4])
@pytest.mark.parametrize("spread", [1.0, 300.0])
def test_values_and_gradients_are_finite_anywhere(dtype, size, spread):
    """On a prototype, on two at once, far away, and with evidence of one only."""
    net = robust(3, 2, 4, dtype=dtype, spread=spread, sigma=1.0)
    net.prototypes.data[1] = net.prototypes.data[0]
    X = (size * net.prototypes.detach()).requires_grad_()
    y = torch.tensor([0, 1, 0, 1])

    outputs, radii = net(X), net.certified_radius(X, y, lowest=-1.0)
    lacking = (1.0 - radii).relu() + components_margin(outputs, target=y)
    lacking.sum().backward()

    assert outputs.isfinite().all()
    assert (radii >= -1.0).all()
    for part in (X, *net.parameters()):
        assert part.grad.isfinite().all()


# --- The certificate ------------------------------------------------------------------


def moves(net, X, classes, radii, seed):
    """Rows moved by 0.999 of their radii, in every way that might help: (m, n, d)."""
    generator = torch.Generator().manual_seed(seed)
    size = (60, *X.shape)
    ways = [torch.randn(size, generator=generator, dtype=X.dtype)]
    to_prototypes = net.prototypes.detach().unsqueeze(1) - X
    ways += [to_prototypes, -to_prototypes]
    directions = torch.cat(ways)
    length = directions.norm(dim=2, keepdim=True).clamp_min(1e-300)
    moved = X + 0.999 * radii.unsqueeze(1) * directions / length
    return torch.cat([moved, ascent(net, X, classes, radii).unsqueeze(0)])


def ascent(net, X, classes, radii, n_steps=15):
    """Rows moved up the slope of the best other class, within the ball: (n, d)."""
    moved = X.clone()
    for _ in range(n_steps):
        moved.requires_grad_()
        loss = components_margin(net(moved), target=classes, margin=2.0)
        (up,) = torch.autograd.grad(loss.sum(), moved)
        up = up / up.norm(dim=1, keepdim=True).clamp_min(1e-300)
        step = (moved + 0.3 * radii.unsqueeze(1) * up - X).detach()
        length = step.norm(dim=1).clamp_min(1e-300)
        moved = X + step * (0.999 * radii / length).clamp_max(1.0).unsqueeze(1)
    return moved


@given(
    seed=SEEDS,
    sizes=st.tuples(st.integers(1, 4), st.integers(2, 4), st.integers(1, 6)),
    sigma=st.sampled_from([0.1, 1.0, 10.0]),
    spread=st.sampled_from([0.5, 3.0, 20.0]),
)
def test_no_move_inside_the_radius_changes_a_prediction(seed, sizes, sigma, spread):
    net = robust(*sizes, seed=seed, sigma=sigma, spread=spread)
    X = 2 * rows(6, sizes[0], seed)
    classes = net(X).argmax(1)
    radii = net.certified_radius(X).detach()

    moved = moves(net, X, classes, radii.clamp_max(100 * sigma), seed)

    predicted = net(moved.flatten(0, 1)).argmax(1).view(-1, len(X))
    assert (radii >= 0).all()
    assert (predicted == classes).all()


@given(seed=SEEDS)
def test_a_class_that_does_not_win_is_at_least_as_far_from_it_as_is_said(seed):
    net, X = robust(2, 3, 4, seed=seed, sigma=1.0), rows(6, 2, seed)
    scores = net(X)
    losers = scores.argmin(1)
    far = -net.certified_radius(X, losers, lowest=-5.0).detach()

    moved = moves(net, X, scores.argmax(1), far, seed)

    predicted = net(moved.flatten(0, 1)).argmax(1).view(-1, len(X))
    assert (far > 0).all()
    assert (predicted != losers).all()


@given(SEEDS)
def test_it_is_positive_exactly_where_the_class_is_right(seed):
    net, X = robust(2, 3, 4, seed=seed), rows(6, 2, seed)
    y = torch.arange(6) % 3

    radii = net.certified_radius(X, y)

    assert torch.equal(radii > 0, net(X).argmax(1) == y)


@given(SEEDS)
def test_it_is_the_formula_as_it_is_written(seed):
    """Of a, B, P and N in plain arithmetic, where nothing is too small."""
    net, X = robust(3, 3, 5, seed=seed, sigma=0.8), rows(4, 3, seed)
    classes = net(X).argmax(1)
    d = net.detections(X).detach().numpy()
    positive, negative = net.reasoning().detach().numpy()
    expected = []
    for i, y in enumerate(classes.tolist()):
        bounds = []
        for c in {0, 1, 2} - {y}:
            a = (positive - negative)[:, y] - (positive - negative)[:, c]
            B = (negative[:, y] - negative[:, c]).sum()
            P, N = (np.clip(sign * a, 0, None) @ d[i] for sign in (1, -1))
            bounds.append(0.8 * np.log((B + np.sqrt(B**2 + 4 * N * P)) / (2 * N)))
        expected.append(min(bounds))

    found = net.certified_radius(X).detach().numpy()

    np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-9)


@given(
    for_class=st.tuples(SHARES, SHARES),
    x=st.floats(0.0, 4.0),
    sigma=st.sampled_from([0.3, 1.0, 5.0]),
)
def test_between_two_prototypes_on_a_line_it_is_exact(for_class, x, sigma):
    """All that speaks for the class is left, and all else approached, to the right."""
    (a, b) = for_class
    positive = torch.tensor([[a, 0.0], [0.0, b]], dtype=torch.float64)
    negative = torch.tensor([[0.0, 1 - b], [1 - a, 0.0]], dtype=torch.float64)

    def advantage(t):
        d = np.exp(-np.abs(np.array([0.0, 4.0]) - (x + t)) / sigma)
        p = d @ positive.numpy() + (1 - d) @ negative.numpy()
        return p[0] - p[1]

    assume(advantage(0.0) > 1e-9 and advantage(4.0 - x) < -1e-9)
    expected = brentq(advantage, 0.0, 4.0 - x, xtol=1e-13)
    log_d = -torch.tensor([[x, 4.0 - x]], dtype=torch.float64) / sigma

    found = certified_radii(log_d, torch.tensor([0]), positive, negative, sigma=sigma)

    assert found.item() == pytest.approx(expected, abs=1e-9)


def one(positive, negative, gaps, **kwargs):
    """The radius of class 0 of two, by shares and distances of each prototype."""
    table = [torch.tensor(part, dtype=torch.float64) for part in (positive, negative)]
    log_d = -torch.tensor([gaps], dtype=torch.float64)
    radii = certified_radii(log_d, torch.tensor([0]), *table, sigma=1.0, **kwargs)
    return radii.item()


NONE = [[0.0, 0.0], [0.0, 0.0]]


@pytest.mark.parametrize(
    ("positive", "negative", "gaps", "expected"),
    [
        ([[1, 0], [0, 1]], NONE, [1.0, 4.0], 1.5),  # half way
        ([[1, 0], [0, 1]], NONE, [2.0, 2.0], 0.0),  # on the boundary
        ([[1, 0], [0, 1]], NONE, [4.0, 1.0], 0.0),  # of the other class
        ([[1, 0]], [[0, 1]], [0.1], math.log(2) - 0.1),  # d against 1 - d: N = 0, B < 0
        ([[0, 1]], [[1, 0]], [3.0], 3.0 - math.log(2)),  # P = 0: until d = 1/2
        ([[1, 0]], [[0, 0]], [9.0], math.inf),  # d against nothing: N = 0, B = 0
        ([[0, 0]], [[0, 0]], [9.0], 0.0),  # nothing against nothing
        ([[0, 0]], [[0, 1]], [9.0], 0.0),  # nothing against 1 - d: P = 0 and B < 0
        # a = (0.1, -0.1), B = 0.1 and P = N = 0.1 / e: both signs, and a part absent
        (
            [[0.6, 0.5], [0, 0]],
            [[0, 0], [0.4, 0.3]],
            [1.0, 1.0],
            math.log((math.e + math.sqrt(math.e**2 + 4)) / 2),
        ),
    ],
)
def test_limits_by_hand(positive, negative, gaps, expected):
    assert one(positive, negative, gaps) == pytest.approx(expected, abs=1e-12)


def test_without_a_negative_part_more_that_is_absent_makes_it_infinite():
    """N = 0 and B > 0: the other class wants everything less, wherever the row is."""
    assert one([[0.8, 0.5]], [[0.2, 0.1]], [9.0]) == math.inf


def test_a_negative_part_that_vanishes_leads_to_its_limit():
    def bound(small, absent):
        positive, negative = [[1, 0], [0, small]], [[0, absent], [0, 0]]
        return one(positive, negative, [0.1, 1.0])

    assert bound(1e-12, 0.5) == pytest.approx(bound(0.0, 0.5), abs=1e-9)
    assert bound(1e-300, 0.0) > 300.0
    assert bound(0.0, 0.0) == math.inf


def test_a_detection_too_small_for_the_type_can_still_grow():
    """exp(-2000) is 0 in any type; half way to where both are as far is 500."""
    assert one([[1, 0], [0, 1]], NONE, [1000.0, 2000.0]) == pytest.approx(500.0)


def test_scores_that_differ_by_rounding_only_have_no_radius():
    """Both want the same, up to 1e-18, by which the first wins without an end."""
    net = robust(2, 2, 1, sigma=1.0)
    net.evidence.data = torch.tensor([[[0.0, 0.0]], [[-41.0, -42.0]]]).double()
    X = rows(50, 2)

    exact = certified_radii(
        net.log_detections(X), torch.zeros(50).long(), *net.reasoning(), sigma=1.0
    )

    assert (exact == math.inf).all()
    assert (net.certified_radius(X) == 0).all()


def test_a_slack_is_the_advantage_that_is_left():
    """With (1 - s, s) on the rim instead of (1/2, 1/2), for one wanted or not."""
    found = one([[1, 0]], [[0, 1]], [0.1], slack=0.2)

    assert math.exp(-(0.1 + found)) == pytest.approx(0.6)  # 0.6 - 0.4


def test_it_shrinks_to_zero_at_the_boundary():
    gaps = [1.0, 1.9, 1.999, 2 - 1e-9, 2.0]

    found = [one([[1, 0], [0, 1]], NONE, [gap, 4 - gap]) for gap in gaps]

    assert found == pytest.approx([2 - gap for gap in gaps], abs=1e-12)


def test_a_negative_radius_is_as_far_as_the_lowest():
    eye = [[1, 0], [0, 1]]

    assert one(eye, NONE, [4.0, 1.0], lowest=-2.0) == pytest.approx(-1.5)
    assert one(eye, NONE, [4.0, 1.0], lowest=-1.0) == -1.0
    assert one([[0, 0]], [[0, 1]], [9.0], lowest=-1.0) == -1.0


def test_a_single_class_stays():
    net = robust(2, 1, 3)

    assert (net.certified_radius(rows(4, 2)) == math.inf).all()
    net.certified_radius(rows(4, 2)).clamp_max(1.0).sum().backward()
    assert net.log_sigma.grad.item() == 0.0


def test_gradients_are_those_of_finite_differences():
    net, X = robust(2, 3, 4), rows(3, 2)
    y = net(X).argmax(1)
    positive, negative = (part.detach().requires_grad_() for part in net.reasoning())
    log_d = net.log_detections(X).detach().requires_grad_()

    def radii(log_d, positive, negative):
        return certified_radii(log_d, y, positive, negative, sigma=0.5)

    assert torch.autograd.gradcheck(radii, (log_d, positive, negative))


def test_rows_are_certified_in_parts(monkeypatch):
    net, X = robust(2, 3, 4), rows(7, 2)
    together = net.certified_radius(X)
    monkeypatch.setattr(_robust_prototypes, "LARGE", 1)

    assert torch.equal(net.certified_radius(X), together)
    assert net.certified_radius(X[:0]).shape == (0,)


# --- Starts and the module ------------------------------------------------------------


def test_a_start_by_hand():
    """Two clusters of two rows, 1 from their centres; the first is of both classes."""
    X = torch.tensor([[-1.0], [1.0], [9.0], [11.0]], dtype=torch.float64)
    net = start(robust(1, 2, 2), X, torch.tensor([0, 1, 1, 1]))

    order = net.prototypes.detach().squeeze(1).argsort()

    assert net.prototypes[order].squeeze(1).tolist() == [0.0, 10.0]
    assert net.log_sigma.exp().item() == pytest.approx(1.0)
    shares = torch.tensor([[0.5, 0.5], [0.05, 0.95]], dtype=torch.float64)
    torch.testing.assert_close(net.reasoning()[0, order], shares / 2)
    torch.testing.assert_close(net.reasoning()[1, order], (1 - shares) / 2)


@given(seed=SEEDS)
def test_a_weight_is_a_repeated_row_and_the_order_of_rows_does_not_matter(seed):
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(30, 3)), rng.integers(0, 2, 30)
    weight = rng.integers(0, 3, 30)
    repeated = rng.permutation(np.repeat(np.arange(30), weight))

    net = start(robust(3, 2, 4), X, y, weight)
    other = start(robust(3, 2, 4), X[repeated], y[repeated])

    torch.testing.assert_close(net.state_dict(), other.state_dict())


def test_the_order_of_prototypes_does_not_matter():
    net, X = robust(3, 2, 4), rows(5, 3)
    turned, order = copy.deepcopy(net), [2, 0, 3, 1]
    turned.prototypes.data = net.prototypes.data[order]
    turned.evidence.data = net.evidence.data[:, order]

    torch.testing.assert_close(turned(X), net(X))
    torch.testing.assert_close(turned.certified_radius(X), net.certified_radius(X))


def test_pickles_and_state_dicts_keep_everything():
    net, X = robust(3, 2, 4, sigma=0.5), rows(4, 3)
    other = robust(3, 2, 4, sigma=2.0, seed=1)

    other.load_state_dict(net.state_dict())

    assert torch.equal(other(X), net(X))
    assert torch.equal(pickle.loads(pickle.dumps(net))(X), net(X))


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"n_components": 0}, "n_components must be an integer"),
        ({"sigma": -1.0}, "sigma must be a real number"),
    ],
)
def test_wrong_parameters_are_told(kwargs, message):
    with pytest.raises(ValueError, match=f"RobustPrototypes: {message}"):
        RobustPrototypes(3, 2, **kwargs)


def test_images_are_refused():
    with pytest.raises(ValueError, match="RobustPrototypes: rows must be flat"):
        RobustPrototypes(784, 2)(torch.zeros(5, 1, 28, 28))
