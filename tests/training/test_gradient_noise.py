"""Noise on gradients: its variance, whose seed it follows, and what it leaves alone."""

import math
import pickle

import numpy as np
import pytest
import torch
from scipy import stats
from sklearn.base import clone
from skorch.callbacks import Callback, GradientNormClipping
from torch import nn
from training.classroom import (
    KillSwitch,
    Linear,
    blobs,
    classifier,
    crash_at,
    trained,
    weights,
)

from sklkd.training import StudentNet
from sklkd.training._gradient_noise import GradientNoise
from sklkd.training._seeds import Randomness, draw_seed

X, Y = blobs(40)
WIDE, WIDE_Y = blobs(32, n_features=2000)
N = 3 * 2001  # gradients of a linear model on these


class Note(Callback):
    """Write down each step's gradients, one after the other, into a list."""

    def __init__(self, steps):
        self.steps = steps

    def __sklearn_clone__(self):
        return self  # the list is the test's

    def on_grad_computed(self, net, named_parameters, **_):
        parts = [p.grad.flatten() for _, p in named_parameters if p.grad is not None]
        self.steps.append(torch.cat(parts).to(torch.float64))


class NoteBefore(Note):
    """Under another name: callbacks of one name are put side by side by skorch."""


def noise_of(*callbacks, seed=0, data=(WIDE, WIDE_Y), **options):
    """What callbacks add to the gradients of a linear model: (n_steps, n_numbers)."""
    before, after = [], []
    options = {"batch_size": 8, "max_epochs": 3, "dtype": "float64"} | options
    options = {"optimizer": torch.optim.SGD, "lr": 1e-4} | options
    callbacks = [NoteBefore(before), *callbacks, Note(after)]
    trained(StudentNet(Linear, callbacks=callbacks, **options), *data, seed=seed)
    return torch.stack(after) - torch.stack(before)


# --- What is added --------------------------------------------------------------------


@pytest.mark.parametrize(("eta", "gamma"), [(0.01, 0.55), (0.3, 0.55), (1.0, 0.0)])
def test_its_variance_follows_the_schedule(eta, gamma):
    """Twelve steps; a variance of N numbers has the relative error sqrt(2 / N)."""
    noise = noise_of(GradientNoise(eta, gamma))

    found = noise.var(dim=1)
    expected = eta / (1 + torch.arange(12.0, dtype=torch.float64)) ** gamma
    torch.testing.assert_close(
        found / expected,
        torch.ones(12, dtype=torch.float64),
        rtol=0,
        atol=4.5 * math.sqrt(2 / N),
    )


def test_it_is_normal_around_zero():
    noise = noise_of(GradientNoise(0.04, gamma=0.0))

    standardised = noise.flatten().numpy() / 0.2

    assert stats.kstest(standardised, "norm").pvalue > 0.01
    assert abs(standardised.mean()) < 4 / math.sqrt(standardised.size)


def test_steps_parameters_and_numbers_have_noise_of_their_own():
    noise = noise_of(GradientNoise(1.0, gamma=0.0))

    correlation = torch.corrcoef(noise) - torch.eye(12)
    neighbours = torch.corrcoef(torch.stack([noise[0, :-1], noise[0, 1:]]))[0, 1]

    assert correlation.abs().max() < 4.5 / math.sqrt(N)
    assert abs(neighbours) < 4 / math.sqrt(N)
    assert len(noise[0].unique()) == N


def test_steps_are_counted_over_all_epochs_and_not_in_validation():
    """32 rows, a quarter held out, batches of 8: three steps an epoch."""
    net = StudentNet(
        Linear,
        batch_size=8,
        max_epochs=4,
        early_stopping=True,
        n_iter_no_change=9,
        validation_fraction=0.25,
        callbacks=[GradientNoise(1e-6)],
    )

    student = trained(net, WIDE, WIDE_Y)

    assert dict(student.net.callbacks_)["GradientNoise"].noise_step_ == 12


def test_an_optimizer_that_asks_again_in_a_step_gets_the_same_noise():
    noise = noise_of(
        GradientNoise(1e-4),
        optimizer=torch.optim.LBFGS,
        optimizer__max_iter=3,
        lr=1e-3,
        batch_size=32,
        max_epochs=2,
    )

    distinct = {tuple(step.mul(1e10).round()[:5].tolist()) for step in noise}

    assert len(noise) > 2
    assert len(distinct) == 2


def test_a_variance_that_vanishes_is_no_noise():
    noise = noise_of(GradientNoise(1.0, gamma=5000.0))

    assert noise[0].abs().max() > 0
    assert not noise[1:].any()


def test_weights_that_are_not_trained_stay():
    class Half(nn.Module):
        def __init__(self, n_features, n_outputs):
            super().__init__()
            self.frozen = nn.Linear(n_features, 4).requires_grad_(False)
            self.unused = nn.Linear(2, 2)
            self.layer = nn.Linear(4, n_outputs)

        def forward(self, X):
            return self.layer(self.frozen(X))

    options = {"max_epochs": 3, "optimizer": torch.optim.SGD}
    net = StudentNet(Half, callbacks=[GradientNoise(1.0)], **options)
    start = trained(StudentNet(Half, **options | {"lr": 1e-30}), X, Y)

    found = trained(net, X, Y).net.module_.state_dict()

    for name, value in start.net.module_.state_dict().items():
        assert torch.equal(found[name], value) != name.startswith("layer")


# --- Beside other callbacks -----------------------------------------------------------


def test_after_clipping_the_noise_is_whole():
    clip, noise = GradientNormClipping(1e-9), GradientNoise(0.25, gamma=0.0)

    after = noise_of(clip, noise)  # less the gradient itself, which is clipped away
    before = noise_of(noise, clip)

    alone = noise_of(noise)
    gradient = noise_of(clip)  # minus the gradient
    torch.testing.assert_close(after[0] - gradient[0], alone[0])
    assert (before[0] - gradient[0]).norm() < 1e-8


# --- Whose seed it follows ------------------------------------------------------------


def test_the_same_seed_is_the_same_noise():
    first, again = (noise_of(GradientNoise(random_state=1)) for _ in range(2))

    assert torch.equal(first, again)
    assert not torch.equal(first, noise_of(GradientNoise(random_state=2)))


def test_without_a_seed_it_follows_the_fits():
    first, again, other = (noise_of(GradientNoise(), seed=s) for s in (0, 0, 1))

    assert torch.equal(first, again)
    assert not torch.allclose(first[0], other[0])


def test_with_a_seed_it_is_the_same_in_every_fit():
    first, other = (noise_of(GradientNoise(random_state=3), seed=s) for s in (0, 1))

    torch.testing.assert_close(first[0], other[0])


def test_a_random_state_is_drawn_from_and_the_users_is_not():
    state = np.random.RandomState(5)
    callback = GradientNoise(random_state=state)

    noise = noise_of(callback)

    torch.testing.assert_close(noise, noise_of(callback))
    assert state.randint(1000) == np.random.RandomState(5).randint(1000)


@pytest.mark.parametrize("random_state", [None, 0])
def test_it_is_not_the_stream_that_weights_and_batches_come_from(random_state):
    """The fit is given the seed that the callback would draw from its own, too."""
    seed = draw_seed(0)
    noise = noise_of(GradientNoise(random_state=random_state), seed=seed)[0]

    for s in (0, seed):
        drawn = torch.empty(N, dtype=torch.float64)
        for fill in ("uniform_", "normal_"):
            getattr(drawn, fill)(generator=Randomness(s).generator())
            correlation = torch.corrcoef(torch.stack([drawn, noise]))[0, 1]
            assert abs(correlation) < 4.5 / math.sqrt(N)


def test_no_global_generator_is_touched():
    before = torch.get_rng_state()
    numpy_before = np.random.mtrand._rand.get_state()[1].tolist()

    noise_of(GradientNoise(), GradientNoise(random_state=1))

    assert torch.equal(torch.get_rng_state(), before)
    assert np.random.mtrand._rand.get_state()[1].tolist() == numpy_before


# --- What stays as it was -------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [{}, {"dropout": 0.3, "hidden": (4,)}, {"early_stopping": True}],
    ids=["plain", "dropout", "early_stopping"],
)
def test_without_variance_the_training_is_the_same_to_the_bit(options):
    options = {"batch_size": 16, "max_epochs": 4} | options
    without = trained(StudentNet(**options), X, Y)

    student = trained(StudentNet(callbacks=[GradientNoise(0)], **options), X, Y)

    assert torch.equal(weights(student), weights(without))
    losses = [
        [epoch["train_loss"] for epoch in s.history()] for s in (student, without)
    ]
    assert losses[0] == losses[1]


def test_the_weights_change_and_their_names_do_not():
    options = {"hidden": (4,), "max_epochs": 3}
    without = trained(StudentNet(**options), X, Y)

    student = trained(StudentNet(callbacks=[GradientNoise(0.3)], **options), X, Y)

    states = [s.net.module_.state_dict() for s in (student, without)]
    assert list(states[0]) == list(states[1])
    assert not torch.equal(weights(student), weights(without))


def test_the_users_callback_is_not_changed():
    callback = GradientNoise(0.1, 0.5, 3)
    net = StudentNet(hidden=(4,), max_epochs=2, callbacks=[callback])

    trained(net, X, Y)

    assert vars(callback) == {"eta": 0.1, "gamma": 0.5, "random_state": 3}
    assert net.callbacks == [callback]
    assert clone(net).callbacks[0].get_params() == callback.get_params()


def test_a_trained_student_can_be_pickled():
    net = StudentNet(hidden=(4,), max_epochs=2, callbacks=[GradientNoise()])
    student = trained(net, X, Y)

    copied = pickle.loads(pickle.dumps(student))

    assert torch.equal(copied.outputs(X), student.outputs(X))


# --- Checkpoints, warm starts, and nets of skorch's -----------------------------------


@pytest.mark.parametrize("random_state", [None, 7])
@pytest.mark.parametrize("epoch", [1, 2, 5])
def test_a_killed_training_goes_on_to_the_same_bits(tmp_path, random_state, epoch):
    options = {
        "hidden": (4,),
        "max_epochs": 5,
        "batch_size": 16,
        "callbacks": [GradientNoise(0.3, random_state=random_state), KillSwitch()],
    }
    whole = trained(StudentNet(**options), X, Y)
    net = StudentNet(checkpoint=tmp_path, **options)
    with crash_at(epoch), pytest.raises(RuntimeError, match=r"^crash$"):
        trained(net, X, Y)

    resumed = trained(net, X, Y)

    assert torch.equal(weights(resumed), weights(whole))
    assert dict(resumed.net.callbacks_)["GradientNoise"].noise_step_ == 15


def test_a_warm_start_counts_from_zero():
    net = StudentNet(
        hidden=(4,), max_epochs=2, batch_size=16, callbacks=[GradientNoise()]
    )

    second = trained(net, X, Y, previous=trained(net, X, Y))

    assert dict(second.net.callbacks_)["GradientNoise"].noise_step_ == 6


def test_a_skorch_net_of_the_users_gets_the_noise_of_the_fit():
    steps = {seed: [] for seed in (0, 1)}
    for seed, noted in steps.items():
        net = classifier(callbacks=[GradientNoise(1e6, 0.0), Note(noted)])
        trained(net, X.astype(np.float32), Y, seed=seed)

    # A million is so much more than the gradients that these do not count.
    first, other = (noted[0] for noted in steps.values())
    assert first.std().item() == pytest.approx(1000, rel=0.5)
    assert not torch.allclose(first, other, rtol=0.01)


def alone(eta):
    """A skorch net trained twice, its weights, and where that leaves torch."""
    torch.manual_seed(0)
    options = {"max_epochs": 2, "batch_size": 20, "module": nn.Linear(3, 3)}
    net = classifier(callbacks=[GradientNoise(eta)], **options)
    for name in ("module__in_features", "module__out_features"):
        delattr(net, name)
    rows, labels = torch.from_numpy(X).float(), torch.from_numpy(Y)
    net.initialize().partial_fit(rows, labels).partial_fit(rows, labels)
    return net, net.module_.weight.detach(), torch.get_rng_state()


def test_a_skorch_net_by_itself_counts_on_and_draws_no_global_number():
    with torch.random.fork_rng():
        runs = [alone(eta) for eta in (0.1, 0.1, 0)]

    nets, found, states = zip(*runs, strict=True)
    assert dict(nets[0].callbacks_)["GradientNoise"].noise_step_ == 8
    assert torch.equal(found[0], found[1])
    assert not torch.equal(found[0], found[2])
    assert torch.equal(states[0], states[2])


# --- What is refused ------------------------------------------------------------------


@pytest.mark.parametrize("name", ["eta", "gamma"])
@pytest.mark.parametrize("value", [-0.1, math.inf, math.nan])
def test_numbers_out_of_range_are_refused_before_training(name, value):
    net = StudentNet(hidden=(4,), callbacks=[GradientNoise(**{name: value})])

    with pytest.raises(ValueError, match=name) as caught:
        trained(net, X, Y)

    assert str(caught.value) == (
        f"GradientNoise: {name} must be a real number in [0, inf), got {value}."
    )


@pytest.mark.parametrize("name", ["eta", "gamma"])
@pytest.mark.parametrize("value", ["0.1", None, True])
def test_what_is_no_number_is_refused(name, value):
    with pytest.raises(TypeError, match=rf"^GradientNoise: {name} must be"):
        GradientNoise(**{name: value}).initialize()


def test_what_is_no_random_state_is_refused():
    with pytest.raises(ValueError, match="seed"):
        GradientNoise(random_state="seven").initialize()
