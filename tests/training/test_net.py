"""The lean epoch trains as skorch's own does, and callbacks get what they listen to."""

import inspect

import pytest
import torch
from skorch import NeuralNet
from skorch.callbacks import Callback, EarlyStopping, LRScheduler
from torch import nn
from training.classroom import Linear, blobs, trained, weights

from sklkd import StudentNet
from sklkd.training._net import PER_BATCH, Net

X, Y = blobs(41)


class Noisy(nn.Module):
    """Everything that has a state or draws: batch normalisation and dropout."""

    def __init__(self, n_features, n_outputs):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(n_features, 6),
            nn.BatchNorm1d(6),
            nn.ReLU(),
            nn.Dropout(0.3),
            nn.Linear(6, n_outputs),
        )

    def forward(self, X):
        return self.layers(X)


class Batches(Callback):
    """Listen to one thing that happens in every batch."""

    def initialize(self):
        self.seen_ = []
        return self

    def on_batch_end(self, net, batch=None, training=None, **_):
        self.seen_.append((training, len(batch[0]), len(batch[1])))


class Gradients(Callback):
    """Note the size of the gradient of each batch."""

    def initialize(self):
        self.norms_ = []
        return self

    def on_grad_computed(self, net, named_parameters, **_):
        self.norms_.append(sum(p.grad.norm().item() for _, p in named_parameters))


class Begins(Callback):
    def on_batch_begin(self, net, batch=None, training=None, **_):
        pass


NETS = {
    "default": {"hidden": (5,)},
    "full batch": {"hidden": (5,), "batch_size": None},
    "dropout": {"hidden": (5,), "dropout": 0.4},
    "noisy": {"module": Noisy},
    "early stopping": {"module": Noisy, "early_stopping": True, "lr": 0.1},
    "plain descent": {"module": Linear, "optimizer": torch.optim.SGD},
    "schedule": {"hidden": (5,), "lr_schedule": "linear", "lr": 0.05},
    "closure": {
        "module": Linear,
        "optimizer": torch.optim.LBFGS,
        "optimizer__max_iter": 3,
        "lr": 0.1,
    },
}


@pytest.mark.parametrize("listener", [Batches, Gradients, Begins])
@pytest.mark.parametrize("name", NETS)
def test_the_lean_epoch_is_skorchs_epoch_to_the_bit(name, listener):
    options = {"batch_size": 8, "max_epochs": 4} | NETS[name]
    lean = trained(StudentNet(**options), X, Y)

    skorchs = trained(StudentNet(callbacks=[listener()], **options), X, Y)

    assert torch.equal(weights(skorchs), weights(lean))
    for own, theirs in zip(lean.history(), skorchs.history(), strict=True):
        assert own.items() <= theirs.items()


def listener_of(student, kind):
    return next(c for _, c in student.net.callbacks_ if isinstance(c, kind))


def test_a_callback_that_listens_sees_every_batch():
    net = StudentNet(
        hidden=(3,),
        batch_size=10,
        max_epochs=2,
        early_stopping=True,
        validation_fraction=0.2,
        callbacks=[Batches()],
    )

    seen = listener_of(trained(net, X, Y), Batches).seen_

    # 41 rows less 8 held out are 33: a rest of 3.
    epoch = [(True, n, n) for n in (10, 10, 10, 3)] + [(False, 8, 8)]
    assert seen == 2 * epoch


def test_a_callback_that_listens_to_gradients_gets_them():
    net = StudentNet(hidden=(3,), batch_size=10, max_epochs=2, callbacks=[Gradients()])

    norms = listener_of(trained(net, X, Y), Gradients).norms_

    # 41 rows are batches of 10, 10, 10 and 11.
    assert len(norms) == 8
    assert all(norm > 0 for norm in norms)


def test_a_callback_may_change_gradients():
    class Freeze(Callback):
        def on_grad_computed(self, net, named_parameters, **_):
            for _, parameter in named_parameters:
                parameter.grad.zero_()

    options = {"module": Linear, "optimizer": torch.optim.SGD, "lr": 0.5}
    start = trained(StudentNet(**options | {"lr": 1e-30}, max_epochs=1), X, Y)

    frozen = trained(StudentNet(callbacks=[Freeze()], max_epochs=3, **options), X, Y)

    assert torch.equal(weights(frozen), weights(start))


@pytest.mark.parametrize("callback", [None, Callback(), EarlyStopping("train_loss")])
def test_nobody_listens_to_batches_by_default(callback):
    net = StudentNet(hidden=(3,), max_epochs=1, callbacks=callback and [callback])

    assert "train_batch_count" not in trained(net, X, Y).history()[0]


@pytest.mark.parametrize("kind", [Batches, Gradients, Begins])
def test_listening_is_overriding_a_method(kind):
    net = StudentNet(hidden=(3,), max_epochs=1, callbacks=[kind()])

    assert trained(net, X, Y).history()[0]["train_batch_count"] == 1


def test_what_happens_per_batch_is_what_skorch_says():
    """A hook that a later skorch adds must be heard too."""
    hooks = {name for name, _ in inspect.getmembers(Callback) if name.startswith("on_")}
    per_epoch = {f"on_{what}_{when}" for what in ("train", "epoch") for when in BOTH}

    assert hooks - per_epoch == set(PER_BATCH)


BOTH = ("begin", "end")


def test_a_scheduler_steps_in_every_batch_where_it_is_told_to():
    """Half the learning rate after each of 5 batches, in 2 epochs."""
    halve = LRScheduler("StepLR", step_size=1, gamma=0.5, step_every="batch")
    net = StudentNet(
        hidden=(3,),
        batch_size=9,
        max_epochs=2,
        lr=1.0,
        lr_schedule="constant",
        callbacks=[halve],
    )

    student = trained(net, X, Y)

    assert student.net.optimizer_.param_groups[0]["lr"] == pytest.approx(0.5**10)


class Stops(Callback):
    """Stop the training, as skorch's callbacks do, at the end of an epoch."""

    def __init__(self, epoch):
        self.epoch = epoch

    def on_epoch_end(self, net, **_):
        if len(net.history) == self.epoch:
            raise KeyboardInterrupt


def test_a_callback_may_stop_the_training():
    net = StudentNet(hidden=(3,), max_epochs=6, callbacks=[Stops(2)])

    student = trained(net, X, Y)

    assert len(student.history()) == 2
    assert student.net.stopped_early_


def test_a_training_that_nobody_stops_is_not_stopped():
    assert not trained(StudentNet(hidden=(3,), max_epochs=2), X, Y).net.stopped_early_


def test_validation_changes_neither_weights_nor_running_means():
    """With all but one row held out of the record, the weights are those without."""

    class Watch(Callback):
        def initialize(self):
            self.means_ = []
            return self

        def on_epoch_end(self, net, **_):
            self.means_.append(net.module_.layers[1].running_mean.clone())
            self.tracked_ = int(net.module_.layers[1].num_batches_tracked)

    net = StudentNet(
        Noisy,
        batch_size=8,
        max_epochs=3,
        early_stopping=True,
        validation_fraction=0.25,
        callbacks=[Watch()],
    )

    watch = listener_of(trained(net, X, Y), Watch)

    # 41 rows less 10 held out are 31: four batches an epoch.
    assert watch.tracked_ == 3 * 4


def test_validation_keeps_no_graph():
    class Graph(Linear):
        def forward(self, X):
            modes.add((self.training, torch.is_grad_enabled()))
            return super().forward(X)

    modes = set()

    trained(StudentNet(Graph, max_epochs=2, early_stopping=True), X, Y)

    assert modes == {(True, True), (False, False)}


def test_it_is_a_skorch_net_without_default_callbacks():
    net = trained(StudentNet(hidden=(3,), max_epochs=1), X, Y).net

    assert isinstance(net, Net)
    assert isinstance(net, NeuralNet)
    assert net.get_default_callbacks() == []


def test_dropout_draws_from_the_fits_own_generator():
    state = torch.get_rng_state()

    trained(StudentNet(Noisy, max_epochs=2, batch_size=8), X, Y)

    assert torch.equal(torch.get_rng_state(), state)
