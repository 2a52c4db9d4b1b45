"""Learning vector quantisation: metrics, nearest prototypes, mixtures, and starts."""

import copy
import math
import pickle

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist
from scipy.stats import multivariate_normal
from sklearn.cluster import KMeans
from sklearn.utils import check_random_state
from training.classroom import blobs

from sklkd.losses import glvq
from sklkd.nn import LVQ
from sklkd.training._seeds import Randomness

METRICS = ["euclidean", "relevance", "matrix", "local"]
LEARNT = METRICS[1:]
SEEDS = st.integers(0, 1000)


def lvq(*args, seed=0, dtype=torch.float64, spread=1.0, **kwargs):
    """One with a metric that is not where it starts."""
    with Randomness(seed, dtype):
        net = LVQ(*args, **kwargs)
        if net.raw_metric is not None:
            net.raw_metric.data += spread * torch.randn(net.raw_metric.shape)
    return net


def rows(n, d, seed=0, dtype=torch.float64):
    return torch.from_numpy(np.random.default_rng(seed).normal(size=(n, d))).to(dtype)


def start(net, X, y, weight=None, seed=0):
    X, y = torch.as_tensor(X), torch.as_tensor(y)
    weight = torch.ones(len(X)) if weight is None else torch.as_tensor(weight)
    net.start_from(X, y, weight, torch.Generator().manual_seed(seed))
    return net


# --- Distances ------------------------------------------------------------------------


@pytest.mark.parametrize("metric", METRICS)
@given(seed=SEEDS)
def test_distances_are_scipys_in_the_metrics_own_space(metric, seed):
    net, X = lvq(3, 2, [2, 1], metric, seed=seed), rows(5, 3, seed)
    omega = net.omega().detach().expand(3, -1, -1).numpy()
    prototypes = net.prototypes.detach().numpy()

    expected = [
        cdist(X.numpy() @ o.T, w[None] @ o.T, "sqeuclidean")
        for o, w in zip(omega, prototypes, strict=True)
    ]

    found = net.distances(X).detach().numpy()
    np.testing.assert_allclose(found, np.hstack(expected), rtol=1e-9, atol=1e-12)


def test_a_matrix_by_hand():
    net = LVQ(2, 1, metric="matrix", rank=1)
    net.prototypes.data = torch.tensor([[1.0, 1.0]])
    net.raw_metric.data = torch.tensor([[3.0, 4.0]])

    # Omega = (0.6, 0.8); x - w = (2, 1)
    assert net.distances(torch.tensor([[3.0, 2.0]])).item() == pytest.approx(4.0)


@pytest.mark.parametrize("metric", LEARNT)
def test_a_metric_starts_as_the_euclidean_one_divided_by_the_columns(metric):
    net, X = lvq(4, 3, 2, metric, spread=0.0), rows(6, 4)
    plain = lvq(4, 3, 2)

    torch.testing.assert_close(net.distances(X), plain.distances(X) / 4)
    assert torch.equal(net(X).argsort(1), plain(X).argsort(1))


@pytest.mark.parametrize("metric", LEARNT)
@pytest.mark.parametrize("optimizer", [torch.optim.SGD, torch.optim.Adam])
def test_the_trace_is_one_after_steps_of_any_size(metric, optimizer):
    net = lvq(4, 3, 2, metric)
    X, y = rows(9, 4), torch.arange(9) % 3
    before = net.omega().detach().clone()
    optimise = optimizer(net.parameters(), lr=5.0)

    for _ in range(5):
        optimise.zero_grad()
        glvq(net(X), target=y).mean().backward()
        optimise.step()

    omega = net.omega()
    trace = (omega.mT @ omega).diagonal(dim1=-2, dim2=-1).sum(-1)
    torch.testing.assert_close(trace, torch.ones_like(trace))
    assert not torch.allclose(omega, before)
    assert (net.relevances() >= 0).all()
    torch.testing.assert_close(net.relevances().sum(-1), torch.ones_like(trace))


@pytest.mark.parametrize("soft", [False, True])
@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_gradients_are_finite_at_a_prototype(metric, soft, dtype):
    net = lvq(3, 2, 2, metric, soft=soft, dtype=dtype)
    net.prototypes.data[1] = net.prototypes.data[0]
    X = net.prototypes.detach().clone().requires_grad_()

    outputs = net(X)
    glvq(outputs, target=torch.tensor([0, 1, 0, 1])).sum().backward()

    assert outputs.dtype == dtype
    for part in (X, *net.parameters()):
        assert part.grad.isfinite().all()


def test_a_weight_of_a_column_may_vanish():
    """A softmax of 0 has a root with an infinite slope: not so here."""
    net = lvq(2, 2, metric="relevance", dtype=torch.float32)
    net.raw_metric.data = torch.tensor([0.0, -300.0])

    net(rows(4, 2, dtype=torch.float32)).sum().backward()

    assert net.relevances().tolist() == [1.0, 0.0]
    assert net.raw_metric.grad.isfinite().all()


@given(SEEDS)
def test_an_offset_of_rows_and_prototypes_does_not_count(seed):
    """In float32, in which whole numbers plus 2**15 are exact, and products are not."""
    net, X = lvq(3, 2, 2, "matrix", seed=seed), (4 * rows(5, 3, seed)).round()
    net.prototypes.data = (4 * net.prototypes.data).round()
    expected, net = net.distances(X), net.float()
    net.prototypes.data += 2**15

    found = net.distances((X + 2**15).float())

    torch.testing.assert_close(found, expected.float(), rtol=1e-5, atol=1e-5)


# --- Outputs --------------------------------------------------------------------------


@pytest.mark.parametrize("metric", METRICS)
@given(seed=SEEDS)
def test_the_prediction_is_the_label_of_the_nearest_prototype(metric, seed):
    net, X = lvq(3, 3, [1, 3, 2], metric, seed=seed), rows(6, 3, seed)

    nearest = net.distances(X).argmin(dim=1)

    assert net.labels.tolist() == [0, 1, 1, 1, 2, 2]
    assert torch.equal(net(X).argmax(dim=1), net.labels[nearest])
    torch.testing.assert_close(net(X).amax(1), -net.distances(X).amin(1))


@given(SEEDS)
def test_soft_outputs_are_scipys_mixtures_of_gaussians(seed):
    net, X = lvq(2, 2, [2, 3], soft=True, sigma=0.7, seed=seed), rows(4, 2, seed)
    densities = np.array(
        [
            multivariate_normal(w.detach().numpy(), 0.7**2).pdf(X.numpy())
            for w in net.prototypes
        ]
    )
    both = np.stack([densities[:2].sum(0), densities[2:].sum(0)], axis=1)

    found = net(X).softmax(1).detach().numpy()

    np.testing.assert_allclose(found, both / both.sum(1, keepdims=True), rtol=1e-9)


def test_soft_outputs_of_rows_that_are_far_away_are_finite():
    net = lvq(2, 2, 2, soft=True, sigma=0.01, dtype=torch.float32)

    outputs = net(torch.full((1, 2), 1e4))

    assert outputs.isfinite().all()
    outputs.sum().backward()
    assert net.prototypes.grad.isfinite().all()


@pytest.mark.parametrize("soft", [False, True])
@pytest.mark.parametrize("metric", METRICS)
def test_the_order_of_prototypes_of_a_class_does_not_matter(metric, soft):
    net, X = lvq(3, 2, [3, 2], metric, soft=soft), rows(6, 3)
    turned, order = copy.deepcopy(net), [2, 0, 1, 4, 3]
    turned.prototypes.data = net.prototypes.data[order]
    if metric == "local":
        turned.raw_metric.data = net.raw_metric.data[order]

    torch.testing.assert_close(turned(X), net(X))


@pytest.mark.parametrize("metric", METRICS)
def test_no_rows_have_no_outputs(metric):
    assert lvq(3, 2, 2, metric)(torch.zeros(0, 3).double()).shape == (0, 2)


# --- Starts ---------------------------------------------------------------------------


def test_one_prototype_starts_at_the_weighted_mean_of_its_class():
    X, y = blobs(40)
    weight = np.random.default_rng(0).integers(0, 4, 40)
    classes = len(np.unique(y))

    net = start(lvq(X.shape[1], classes), X, y, weight)

    for label in range(classes):
        own = y == label
        expected = np.average(X[own], axis=0, weights=weight[own])
        np.testing.assert_allclose(net.prototypes[label].detach(), expected)


def test_more_start_where_k_means_ends():
    X, y = rows(400, 2), torch.arange(400) % 2
    weight = torch.exp(2 * rows(400, 1, seed=1)).squeeze(1)
    net = start(lvq(2, 2, 3), X, y, weight)

    for label in (0, 1):
        own = y == label
        found = net.prototypes[net.labels == label].detach().numpy()
        again = KMeans(3, init=found, n_init=1).fit(X[own], sample_weight=weight[own])
        np.testing.assert_allclose(again.cluster_centers_, found)


@pytest.mark.parametrize("metric", ["euclidean", "matrix"])
@given(seed=SEEDS)
def test_a_weight_is_a_repeated_row_and_the_order_of_rows_does_not_matter(metric, seed):
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(30, 3)), np.arange(30) % 2
    weight = rng.integers(0, 3, 30)
    repeated = rng.permutation(np.repeat(np.arange(30), weight))
    kwargs = {"rank": 2} if metric == "matrix" else {}

    net = start(lvq(3, 2, 2, metric, **kwargs), X, y, weight)
    other = start(lvq(3, 2, 2, metric, **kwargs), X[repeated], y[repeated])

    torch.testing.assert_close(net.state_dict(), other.state_dict())


def test_the_same_seed_gives_the_same_start_and_another_does_not():
    X, y = rows(200, 2), torch.arange(200) % 2
    first, again, other = (start(lvq(2, 2, 9), X, y, seed=s) for s in (1, 1, 2))

    assert torch.equal(first.prototypes, again.prototypes)
    assert not torch.allclose(first.prototypes, other.prototypes)


def test_a_start_reads_no_global_generator():
    before, numpys = torch.get_rng_state(), check_random_state(None).get_state()[1]

    start(lvq(2, 2, 3), rows(50, 2), torch.arange(50) % 2)

    assert torch.equal(torch.get_rng_state(), before)
    assert (check_random_state(None).get_state()[1] == numpys).all()


@pytest.mark.parametrize("metric", ["matrix", "local"])
def test_a_low_rank_starts_along_the_main_axes(metric):
    """Rows vary most along (1, 1, 0), then along (1, -1, 0), and else not at all."""
    a, b = rows(50, 1) * 5, rows(50, 1, seed=1)
    X = torch.cat([a + b, a - b, torch.zeros(50, 1)], dim=1)
    net = start(lvq(3, 2, metric=metric, rank=1), X, torch.arange(50) % 2)

    omega = net.omega().detach().expand(2, 1, 3)

    axis = torch.tensor([math.sqrt(0.5), math.sqrt(0.5), 0.0], dtype=torch.float64)
    torch.testing.assert_close(omega, axis.expand(2, 1, 3), rtol=0, atol=0.05)


@pytest.mark.parametrize("metric", LEARNT)
def test_a_metric_of_full_rank_starts_with_all_columns_alike(metric):
    net = start(lvq(3, 2, metric=metric), rows(20, 3), torch.arange(20) % 2)

    relevances = net.relevances()

    torch.testing.assert_close(relevances, torch.full_like(relevances, 1 / 3))


@pytest.mark.parametrize(("y", "weight"), [([0, 0, 0], None), ([0, 1, 0], [1, 0, 1])])
def test_a_class_without_rows_that_count_is_refused(y, weight):
    with pytest.raises(ValueError, match="index 1") as caught:
        start(lvq(2, 2), rows(3, 2), y, weight)

    assert str(caught.value) == (
        "LVQ: the class with index 1 has no rows with a weight, from which its "
        "prototypes could start. Pass rows of it."
    )


def test_a_class_of_too_few_distinct_rows_is_refused():
    X, y = torch.zeros(6, 2), torch.arange(6) % 2
    X[::2] = rows(3, 2)

    with pytest.raises(ValueError, match="distinct") as caught:
        start(lvq(2, 2, 3), X, y)

    assert str(caught.value) == (
        "LVQ: 3 prototypes need as many distinct rows of the class with index 1, got "
        "1. Pass fewer prototypes, or more rows."
    )


def test_as_many_prototypes_as_distinct_rows_are_these_rows():
    X = rows(3, 2).repeat(2, 1)

    net = start(lvq(2, 1, 3), X, torch.zeros(6).long())

    assert (net.distances(X).amin(1) == 0).all()


# --- The module -----------------------------------------------------------------------


@pytest.mark.parametrize("metric", METRICS)
def test_pickles_and_state_dicts_keep_everything(metric):
    net, X = lvq(3, 2, [2, 1], metric), rows(4, 3)
    other = lvq(3, 2, [2, 1], metric, seed=1)

    other.load_state_dict(net.state_dict())

    assert torch.equal(other(X), net(X))
    assert torch.equal(pickle.loads(pickle.dumps(net))(X), net(X))
    assert "labels" in net.state_dict()


@pytest.mark.parametrize(
    ("kwargs", "error", "message"),
    [
        ({"n_prototypes": 0}, ValueError, "n_prototypes must be an integer"),
        ({"n_prototypes": 1.5}, ValueError, "n_prototypes must be an integer"),
        ({"n_prototypes": "2"}, TypeError, "n_prototypes must be an integer"),
        ({"n_prototypes": None}, TypeError, "n_prototypes must be an integer"),
        ({"n_prototypes": [1, 2, 3]}, ValueError, "one for each of the 2 classes"),
        ({"metric": "matrx"}, ValueError, "Did you mean 'matrix'"),
        ({"rank": 2}, ValueError, "rank is that of metric='matrix' or 'local'"),
        ({"metric": "matrix", "rank": 4}, ValueError, "rank must be an integer"),
        ({"sigma": 0.0}, ValueError, "sigma must be a real number"),
        ({"soft": "yes"}, TypeError, "soft must be True or False"),
    ],
)
def test_wrong_parameters_are_told(kwargs, error, message):
    with pytest.raises(error, match=message):
        LVQ(3, 2, **kwargs)


def test_images_are_refused():
    with pytest.raises(ValueError, match="flat") as caught:
        LVQ(784, 2)(torch.zeros(5, 1, 28, 28))

    assert str(caught.value) == (
        "LVQ: rows must be flat, of shape (n_samples, 784), got (5, 1, 28, 28). "
        "Flatten what is no vector, such as an image."
    )
