"""Randomness of our own: a function of the seed, unseen by every global generator."""

import copy
import random
import threading
from contextlib import contextmanager

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from sklearn.ensemble import BaggingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn

from sklkd.training import draw_seed
from sklkd.training._seeds import Randomness, seeded


class Parameter(nn.Module):
    """Weights drawn by the factories that users call."""

    def __init__(self):
        super().__init__()
        self.a = nn.Parameter(torch.randn(2, 3))
        self.b = nn.Parameter(torch.rand(3) / 2)
        self.c = nn.Parameter(torch.normal(0.0, 1.0, (2,)))
        self.d = nn.Parameter(torch.empty(3).uniform_(-1, 1))


LAYERS = {
    "linear": lambda: nn.Linear(4, 3),
    "convolution": lambda: nn.Conv2d(2, 3, 3),
    "transposed": lambda: nn.ConvTranspose1d(2, 3, 3),
    "embedding": lambda: nn.Embedding(5, 3),
    "bilinear": lambda: nn.Bilinear(2, 3, 4),
    "gru": lambda: nn.GRU(3, 4, num_layers=2),
    "lstm": lambda: nn.LSTM(3, 4, bidirectional=True),
    "attention": lambda: nn.MultiheadAttention(4, 2),
    "transformer": lambda: nn.TransformerEncoderLayer(4, 2, 8),
    "normed": lambda: nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3), nn.PReLU()),
    "xavier": lambda: initialised(nn.init.xavier_uniform_),
    "xavier normal": lambda: initialised(nn.init.xavier_normal_),
    "kaiming": lambda: initialised(nn.init.kaiming_normal_),
    "truncated": lambda: initialised(nn.init.trunc_normal_),
    "orthogonal": lambda: initialised(nn.init.orthogonal_),
    "sparse": lambda: initialised(lambda w: nn.init.sparse_(w, 0.5)),
    "uniform": lambda: initialised(nn.init.uniform_),
    "normal": lambda: initialised(nn.init.normal_),
    "parameter": Parameter,
}


def initialised(function):
    layer = nn.Linear(4, 3)
    function(layer.weight)
    return layer


def state(module):
    return torch.cat([v.flatten() for v in module.state_dict().values()])


def built(layer, seed, dtype=torch.float32):
    with Randomness(seed, dtype):
        return state(LAYERS[layer]())


@contextmanager
def untouched():
    """The global generators of torch, numpy and Python stand where they stood."""
    before = torch.get_rng_state(), random.getstate()
    numpy_before = np.random.get_state()[1].copy()  # noqa: NPY002 - the global one
    yield
    assert torch.equal(torch.get_rng_state(), before[0])
    assert random.getstate() == before[1]
    assert np.array_equal(np.random.get_state()[1], numpy_before)  # noqa: NPY002


@contextmanager
def ambient(*, seed=None, dtype=torch.float32):
    """Another state of torch's global generator, and another default type."""
    generator, default = torch.get_rng_state(), torch.get_default_dtype()
    try:
        if seed is not None:
            torch.manual_seed(seed)
        torch.set_default_dtype(dtype)
        yield
    finally:
        torch.set_default_dtype(default)
        torch.set_rng_state(generator)


@pytest.mark.parametrize("layer", LAYERS)
def test_initial_weights_are_a_function_of_the_seed(layer):
    with ambient(seed=1):
        first = built(layer, 0)
    with ambient(seed=2):
        again, other = built(layer, 0), built(layer, 1)

    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@pytest.mark.parametrize("layer", LAYERS)
def test_initialisation_leaves_the_global_generators_alone(layer):
    with untouched():
        built(layer, 0)


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_initial_weights_do_not_depend_on_the_ambient_type(layer, dtype):
    expected = built(layer, 0, dtype)

    with ambient(dtype=torch.float64):
        weights = built(layer, 0, dtype)

    assert weights.dtype is dtype
    assert torch.equal(weights, expected)


def test_without_a_type_the_ambient_one_rules():
    with ambient(dtype=torch.float64), Randomness(0):
        assert nn.Linear(2, 2).weight.dtype is torch.float64


def test_a_type_that_is_named_stays():
    with Randomness(0, torch.float32):
        assert torch.zeros(2, dtype=torch.int64).dtype is torch.int64
        assert torch.rand(2, dtype=torch.float64).dtype is torch.float64


def test_draws_are_those_of_torchs_own_generator():
    generator = torch.Generator().manual_seed(5)
    expected = (
        torch.rand(3, generator=generator),
        torch.randperm(4, generator=generator),
    )

    with Randomness(5):
        drawn = torch.rand(3), torch.randperm(4)

    assert torch.equal(drawn[0], expected[0])
    assert torch.equal(drawn[1], expected[1])


def test_a_generator_that_is_named_is_the_one_drawn_from():
    own = torch.Generator().manual_seed(3)
    expected = torch.rand(2, generator=torch.Generator().manual_seed(3))

    with Randomness(0):
        drawn = torch.rand(2, generator=own)

    assert torch.equal(drawn, expected)


HALF = torch.full((3, 4), 0.5)
DRAWS = {
    "rand": lambda: torch.rand(3),
    "randn": lambda: torch.randn(3),
    "randint": lambda: torch.randint(9, (5,)),
    "randperm": lambda: torch.randperm(9),
    "bernoulli": lambda: torch.bernoulli(HALF),
    "bernoulli method": HALF.bernoulli,
    "multinomial": lambda: torch.multinomial(HALF, 2),
    "normal": lambda: torch.normal(HALF, HALF),
    "poisson": lambda: torch.poisson(9 * HALF),
    "exponential": lambda: torch.empty(3).exponential_(),
    "geometric": lambda: torch.empty(3).geometric_(0.1),
    "cauchy": lambda: torch.empty(3).cauchy_(),
    "log-normal": lambda: torch.empty(3).log_normal_(),
    "random": lambda: torch.empty(3).random_(),
    "distribution": lambda: torch.distributions.Normal(HALF, HALF).sample(),
    "reparametrised": lambda: torch.distributions.Normal(HALF, HALF).rsample(),
    "rand_like": lambda: torch.rand_like(HALF),
    "randn_like": lambda: torch.randn_like(HALF),
    "randint_like": lambda: torch.randint_like(HALF, 9),
    "gumbel": lambda: F.gumbel_softmax(HALF),
    "dropout": lambda: nn.Dropout(0.5)(torch.ones(3, 4)),
    "dropout1d": lambda: nn.Dropout1d(0.5)(torch.ones(3, 4, 2)),
    "dropout2d": lambda: nn.Dropout2d(0.5)(torch.ones(3, 4, 2, 2)),
    "dropout3d": lambda: nn.Dropout3d(0.5)(torch.ones(3, 4, 2, 2, 2)),
}


@pytest.mark.parametrize("draw", DRAWS.values(), ids=DRAWS)
def test_whatever_torch_draws_is_a_function_of_the_seed(draw):
    def drawn(seed):
        with Randomness(seed):
            return torch.cat([draw().flatten() for _ in range(3)])

    with ambient(seed=1):
        first = drawn(0)
    with ambient(seed=2):
        again, other = drawn(0), drawn(1)

    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@pytest.mark.parametrize("draw", DRAWS.values(), ids=DRAWS)
def test_whatever_torch_draws_leaves_the_global_generators_alone(draw):
    with untouched(), Randomness(0):
        draw()


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_dropout_keeps_its_share_and_the_mean(p):
    """400 x 100 coins: the share is off by 0.01 in one of 10 000 seeds at most."""
    with Randomness(0):
        dropped = F.dropout(torch.ones(400, 100), p)

    kept = dropped != 0
    assert dropped[kept].unique().tolist() == pytest.approx([1 / (1 - p)])
    assert kept.double().mean().item() == pytest.approx(1 - p, abs=0.01)
    assert kept.any(dim=0).all()
    assert len(kept.unique(dim=0)) > 300


@pytest.mark.parametrize(("layer", "ndim"), [(nn.Dropout1d, 3), (nn.Dropout2d, 4)])
def test_dropout_of_channels_drops_them_whole(layer, ndim):
    X = torch.ones(6, 50, *(5,) * (ndim - 2))

    with Randomness(0):
        dropped = layer(0.5)(X).flatten(2)

    assert ((dropped == 0).all(2) | (dropped == 2).all(2)).all()
    assert 0.3 < (dropped[:, :, 0] == 0).double().mean() < 0.7


def test_dropout_in_evaluation_is_the_identity():
    X = torch.randn(4, 3, generator=torch.Generator().manual_seed(0))

    with Randomness(0):
        assert nn.Dropout(0.5).eval()(X) is X
        assert F.dropout(X, 0.5, training=False) is X
        assert torch.equal(torch.dropout(X, 0.5, train=False), X)


@pytest.mark.parametrize(("p", "value"), [(0.0, 1.0), (1.0, 0.0)])
def test_dropout_of_nothing_and_of_everything(p, value):
    with Randomness(0):
        dropped = F.dropout(torch.ones(3, 2), p)

    assert dropped.tolist() == [[value] * 2] * 3


def test_dropout_passes_gradients_where_it_passes_values():
    X = torch.ones(20, 5, requires_grad=True)
    with Randomness(0):
        dropped = F.dropout(X, 0.5)

    dropped.sum().backward()

    assert torch.equal(X.grad, dropped.detach())


@given(seed=st.integers(0, 2**31 - 2), n=st.integers(0, 5))
def test_a_state_put_back_goes_on_with_the_same_numbers(seed, n):
    first = Randomness(seed)
    torch.rand(n, generator=first.generator())
    state = copy.deepcopy(first.state())
    expected = torch.rand(4, generator=first.generator())

    second = Randomness(0)
    second.restore(state)

    assert torch.equal(torch.rand(4, generator=second.generator()), expected)


def test_a_device_has_one_generator():
    randomness = Randomness(0)

    assert randomness.generator("cpu") is randomness.generator(torch.device("cpu"))
    assert randomness.generator() is randomness.generator("cpu")


def test_nothing_drawn_is_no_state():
    assert Randomness(0).state() == {}


def test_entering_again_goes_on():
    randomness = Randomness(0)
    with randomness:
        first = torch.rand(2)
    with randomness:
        second = torch.rand(2)

    with Randomness(0):
        both = torch.rand(2), torch.rand(2)

    assert torch.equal(first, both[0])
    assert torch.equal(second, both[1])


def test_other_threads_notice_nothing():
    drawn = []

    def other():
        drawn.append(torch.rand(3, generator=torch.Generator().manual_seed(9)))
        before = torch.get_rng_state()
        torch.rand(3)
        drawn.append(not torch.equal(torch.get_rng_state(), before))

    with ambient(), Randomness(0):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        mine = torch.rand(3)

    expected = torch.rand(3, generator=torch.Generator().manual_seed(0))
    assert torch.equal(mine, expected)
    assert drawn[1]


@pytest.mark.parametrize("random_state", [0, 7, np.int64(7)])
def test_an_integer_draws_one_seed(random_state):
    expected = np.random.RandomState(random_state).randint(2**31 - 1)

    assert draw_seed(random_state) == draw_seed(random_state) == expected
    assert type(draw_seed(random_state)) is int


def test_a_generator_draws_one_seed_after_the_other():
    stream, twin = (np.random.RandomState(3) for _ in range(2))

    assert [draw_seed(stream), draw_seed(stream)] == [
        twin.randint(2**31 - 1),
        twin.randint(2**31 - 1),
    ]


@given(random_state=st.integers(0, 2**32 - 1))
def test_a_seed_is_one_for_every_library(random_state):
    seed = draw_seed(random_state)

    assert 0 <= seed < 2**31 - 1
    torch.Generator().manual_seed(seed)
    np.random.RandomState(seed)


def test_unset_random_states_are_set_nested_ones_too():
    estimator = make_pipeline(
        StandardScaler(),
        BaggingClassifier(RandomForestClassifier(), random_state=3),
    )

    params = seeded(estimator, 11).get_params()

    assert params["baggingclassifier__random_state"] == 3
    assert params["baggingclassifier__estimator__random_state"] == 11


def test_what_has_no_random_state_stays():
    estimator = GaussianNB()

    assert seeded(estimator, 11) is estimator
    assert seeded(LogisticRegression(random_state=0), 11).random_state == 0
