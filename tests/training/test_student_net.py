"""StudentNet: parameters that can be searched, sizes from the data, errors in words."""

import copy
import math
import pickle
import re

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from skorch.callbacks import Callback, EarlyStopping
from torch import nn
from training.classroom import Linear, blobs, trained, weights

from sklkd import StudentNet
from sklkd.nn import MLP
from sklkd.training import StudentNet as Floors
from sklkd.training._criterion import DistillationLoss
from sklkd.training._rows import Handout
from sklkd.training._seeds import Randomness

X, Y = blobs(30)


class Sized(nn.Module):
    """Takes its sizes from the data, and one parameter of its own."""

    def __init__(self, n_features, n_outputs, width=2):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(n_features, width), nn.Linear(width, n_outputs)
        )

    def forward(self, X):
        return self.layers(X)


class Fixed(nn.Module):
    """Asks for nothing."""

    def __init__(self, width=3):
        super().__init__()
        self.layer = nn.Linear(3, width)

    def forward(self, X):
        return self.layer(X)


def build(student, *, n_features=3, n_outputs=5, n_rows=60, verbose=0):
    """The net, initialised."""
    loss = DistillationLoss(lambda o, t: o, {}, Handout(), uses_labels=True)
    net = student.build(
        n_features, n_outputs, n_rows, loss, Randomness(0), label="x", verbose=verbose
    )
    return net.initialize()


def shapes(net):
    return [tuple(p.shape) for p in net.module_.parameters()]


def test_it_stands_at_the_front_door():
    assert StudentNet is Floors


def test_parameters_of_module_and_optimizer_are_parameters():
    student = StudentNet(Sized, lr=0.1, module__width=7, optimizer__weight_decay=0.2)

    params = student.get_params()

    assert params["module__width"] == 7
    assert params["optimizer__weight_decay"] == 0.2
    assert params["lr"] == 0.1
    assert params["module"] is Sized


def test_parameters_of_module_and_optimizer_may_be_set_later():
    student = StudentNet(Sized)

    same = student.set_params(module__width=7, optimizer__eps=1e-3, max_epochs=4)

    assert same is student
    assert (student.max_epochs, student.get_params()["module__width"]) == (4, 7)
    assert student.get_params()["optimizer__eps"] == 1e-3


def test_a_clone_has_the_same_parameters():
    student = StudentNet(
        Sized, hidden=(3, 2), module__width=7, optimizer__betas=(0.5, 0.9), verbose=1
    )

    assert clone(student).get_params() == student.get_params()


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda s: pickle.loads(pickle.dumps(s))]
)
def test_copies_have_the_same_parameters(copied):
    student = StudentNet(module__activation="tanh", optimizer__weight_decay=0.1)

    assert copied(student).get_params() == student.get_params()


def test_its_representation_shows_what_was_set():
    assert repr(StudentNet(hidden=(8,), lr=0.1)) == "StudentNet(hidden=(8,), lr=0.1)"


def test_an_unknown_parameter_is_refused_when_passed():
    sentence = (
        "StudentNet: unexpected parameter 'modul__width'. Parameters of the module and "
        "the optimizer are module__* and optimizer__*."
    )

    with pytest.raises(TypeError, match=f"^{re.escape(sentence)}$"):
        StudentNet(modul__width=3)


def test_an_unknown_parameter_is_refused_when_set():
    with pytest.raises(ValueError, match="Invalid parameter 'learning_rate'"):
        StudentNet().set_params(learning_rate=3)


@pytest.mark.parametrize(
    ("name", "value", "error", "sentence"),
    [
        (
            "dropout",
            1.0,
            ValueError,
            "dropout must be a real number in [0, 1), got 1.0.",
        ),
        (
            "dropout",
            -0.1,
            ValueError,
            "dropout must be a real number in [0, 1), got -0.1.",
        ),
        (
            "dropout",
            "a",
            TypeError,
            "dropout must be a real number in [0, 1), got 'a'.",
        ),
        ("lr", 0, ValueError, "lr must be a real number in (0, inf), got 0."),
        ("lr", None, TypeError, "lr must be a real number in (0, inf), got None."),
        ("lr", math.inf, ValueError, "lr must be a real number in (0, inf), got inf."),
        ("lr", math.nan, ValueError, "lr must be a real number in (0, inf), got nan."),
        (
            "validation_fraction",
            0.0,
            ValueError,
            "validation_fraction must be a real number in (0, 1), got 0.0.",
        ),
        (
            "validation_fraction",
            1,
            ValueError,
            "validation_fraction must be a real number in (0, 1), got 1.",
        ),
        (
            "n_iter_no_change",
            0,
            ValueError,
            "n_iter_no_change must be an integer in [1, inf), got 0.",
        ),
        (
            "tol",
            -1e-3,
            ValueError,
            "tol must be a real number in [0, inf), got -0.001.",
        ),
        (
            "weight_decay",
            -1.0,
            ValueError,
            "weight_decay must be a real number in [0, inf), got -1.0.",
        ),
        (
            "max_epochs",
            0,
            ValueError,
            "max_epochs must be an integer in [1, inf), got 0.",
        ),
        (
            "max_epochs",
            True,
            TypeError,
            "max_epochs must be an integer in [1, inf), got True.",
        ),
        (
            "batch_size",
            2.5,
            ValueError,
            "batch_size must be an integer in [1, inf), got 2.5.",
        ),
        (
            "hidden",
            (3, 0),
            ValueError,
            "each width in hidden must be an integer in [1, inf), got 0.",
        ),
        (
            "lr_schedule",
            "cosin",
            ValueError,
            (
                "lr_schedule must be one of 'constant', 'cosine', 'linear', got "
                "'cosin'. Did you mean 'cosine'?"
            ),
        ),
        (
            "module",
            3,
            TypeError,
            "module must be a torch.nn.Module, a class of them or None, got 3.",
        ),
        (
            "module",
            int,
            TypeError,
            (
                "module must be a torch.nn.Module, a class of them or None, got "
                "<class 'int'>."
            ),
        ),
    ],
)
def test_a_parameter_out_of_range_is_refused_in_a_sentence(
    name, value, error, sentence
):
    with pytest.raises(error, match=f"^{re.escape(f'StudentNet: {sentence}')}$"):
        StudentNet(**{name: value}).check()


@pytest.mark.parametrize("hidden", [8, 8.5, "ab"])
def test_hidden_is_a_sequence_of_widths(hidden):
    with pytest.raises((TypeError, ValueError), match=r"^StudentNet: .*hidden"):
        StudentNet(hidden=hidden).check()


def test_parameters_of_a_module_that_is_built_already_are_refused():
    sentence = (
        "StudentNet: module__* parameters build a class, but module is an instance of "
        "Fixed. Pass the class."
    )

    with pytest.raises(TypeError, match=f"^{re.escape(sentence)}$"):
        StudentNet(Fixed(), module__width=3).check()


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"hidden": ()},
        {"hidden": [np.int64(4)]},
        {"dropout": 0, "lr": 1, "tol": 0, "max_epochs": 1, "batch_size": 1},
        pytest.param({"lr_schedule": lambda done: 1.0}, id="any schedule"),
        {"module": Fixed},
        {"module": Fixed()},
    ],
    ids=str,
)
def test_sound_parameters_pass(params):
    StudentNet(**params).check()


def test_nothing_is_checked_when_it_is_passed():
    assert StudentNet(lr="fast").lr == "fast"


@pytest.mark.parametrize(
    ("n_rows", "size"),
    [
        (1, 1),
        (100, 100),
        (101, 32),  # 2 is about 2**1, and 32 is the least
        (500, 32),
        (501, 32),  # 501 / 50 is about 2**3.3, below the least
        (2500, 64),  # 50 is about 2**5.6
        (5000, 128),  # 100 is about 2**6.6
        (10_000, 256),
        (1_000_000, 256),
    ],
)
def test_a_batch_is_all_rows_or_a_fiftieth(n_rows, size):
    assert StudentNet().rows_in_batch(n_rows) == size


@given(n_rows=st.integers(1, 10**6), size=st.integers(1, 10**4))
def test_a_batch_is_no_larger_than_the_data(n_rows, size):
    assert StudentNet(batch_size=size).rows_in_batch(n_rows) == min(size, n_rows)


@pytest.mark.parametrize(
    ("n_rows", "epochs"),
    [
        (100, 300),  # a step each: 1 500 would be too many
        (1000, 47),  # 32 steps of 32
        (50_000, 20),  # 196 steps of 256
        (18_000, 21),  # 71 steps of 256
    ],
)
def test_epochs_make_about_fifteen_hundred_steps(n_rows, epochs):
    assert StudentNet().epochs(n_rows) == epochs


def test_epochs_that_are_given_stay():
    assert StudentNet(max_epochs=7).epochs(10**6) == 7


@pytest.mark.parametrize(
    ("student", "n_rows", "dtype"),
    [
        (StudentNet(device="cpu"), 100, torch.float64),
        (StudentNet(device="cpu"), 501, torch.float32),
        (StudentNet(device="cpu", batch_size=50), 100, torch.float32),
        (StudentNet(device="cpu", batch_size=2000), 1000, torch.float64),
        (StudentNet(Fixed, device="cpu"), 100, torch.float32),
        (StudentNet(Fixed, device="cpu", dtype="float64"), 100, torch.float64),
        (StudentNet(device="cpu", dtype="float32"), 100, torch.float32),
    ],
)
def test_small_default_networks_are_exact(student, n_rows, dtype):
    assert student.placement(n_rows) == (torch.device("cpu"), dtype)


def test_an_unknown_device_is_refused_by_name():
    sentence = (
        "StudentNet: device must be 'auto', 'cpu', 'cuda', 'cuda:N' or 'mps', got "
        "'gpu'."
    )

    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        StudentNet(device="gpu").placement(10)


@pytest.mark.parametrize(
    ("module", "standardize", "scales"),
    [
        (None, None, True),
        (None, False, False),
        (Fixed, None, False),
        (Fixed, True, True),
    ],
)
def test_the_default_network_alone_scales_unasked(module, standardize, scales):
    assert StudentNet(module, standardize=standardize).scales is scales


@pytest.mark.parametrize(
    ("n_rows", "width"), [(100, 128), (5000, 128), (5001, 256), (50_000, 256)]
)
def test_the_default_network_grows_with_the_data(n_rows, width):
    net = build(StudentNet(), n_rows=n_rows)

    assert isinstance(net.module_, MLP)
    assert shapes(net)[::2] == [(width, 3), (width, width), (5, width)]


def test_widths_dropout_and_activation_reach_the_default_network():
    net = build(StudentNet(hidden=[4], dropout=0.25, module__activation="tanh"))

    kinds = [type(layer) for layer in net.module_.layers]
    assert kinds == [nn.Linear, nn.Tanh, nn.Dropout, nn.Linear]
    assert net.module_.layers[2].p == 0.25
    assert shapes(net)[0] == (4, 3)


def test_a_class_gets_the_sizes_that_it_asks_for():
    assert shapes(build(StudentNet(Sized)))[::2] == [(2, 3), (5, 2)]
    assert shapes(build(StudentNet(Fixed)))[0] == (3, 3)


def test_a_class_gets_the_parameters_that_are_given():
    net = build(StudentNet(Sized, module__width=7, module__n_outputs=4))

    assert shapes(net)[::2] == [(7, 3), (4, 7)]


def test_an_instance_is_copied_with_its_weights():
    module = Fixed()
    before = copy.deepcopy(module.state_dict())

    net = build(StudentNet(module))

    assert net.module_ is not module
    assert all(torch.equal(net.module_.state_dict()[k], v) for k, v in before.items())


def test_an_instance_is_not_changed_by_training():
    module = Fixed().train()
    before = copy.deepcopy(module.state_dict())
    student = StudentNet(module, max_epochs=2, lr=0.1, dtype="float64")

    learnt = trained(student, X, Y)

    assert all(torch.equal(module.state_dict()[k], v) for k, v in before.items())
    assert module.training
    assert module.layer.weight.dtype is torch.float32
    assert all(p.grad is None for p in module.parameters())
    assert not torch.equal(learnt.net.module_.layer.weight, before["layer.weight"])


def test_training_changes_no_parameter():
    student = StudentNet(Linear, max_epochs=2, optimizer__weight_decay=0.1)
    before = student.get_params()

    trained(student, X, Y)

    assert student.get_params() == before
    assert vars(student) == vars(
        StudentNet(Linear, max_epochs=2, optimizer__weight_decay=0.1)
    )


@pytest.mark.parametrize(
    ("student", "decay"),
    [
        (StudentNet(), 5.0),
        (StudentNet(hidden=(64, 256)), 2.5),
        (StudentNet(hidden=()), 0.0),
        (StudentNet(Fixed), 0.0),
        (StudentNet(Fixed, weight_decay=0.5), 0.5),
        (StudentNet(weight_decay=0), 0),
        (StudentNet(weight_decay=0.5, optimizer__weight_decay=0.25), 0.25),
    ],
)
def test_the_default_network_alone_decays_unasked(student, decay):
    group = build(student.set_params(device="cpu")).optimizer_.param_groups[0]

    assert group["weight_decay"] == decay


@pytest.mark.parametrize(
    ("n_rows", "decay"),
    [(200, 5.0), (201, 3.0), (2500, 3.0), (5000, 1.5), (250_000, 0.03)],
)
def test_the_more_rows_the_less_weights_decay(n_rows, decay):
    assert StudentNet().decay(n_rows) == pytest.approx(decay)


def test_an_optimizer_of_the_users_own_decays_by_its_own_parameter():
    net = build(StudentNet(optimizer=torch.optim.SGD, weight_decay=0.5))

    assert net.optimizer_.param_groups[0]["weight_decay"] == 0


def test_the_optimizer_is_fused_adam_with_the_parameters_given():
    net = build(StudentNet(lr=0.02, device="cpu", optimizer__weight_decay=0.1))

    group = net.optimizer_.param_groups[0]
    assert type(net.optimizer_) is torch.optim.AdamW
    assert (group["lr"], group["weight_decay"], group["fused"]) == (0.02, 0.1, True)


def test_an_optimizer_of_the_users_own_gets_the_learning_rate():
    net = build(StudentNet(optimizer=torch.optim.SGD, lr=0.5, optimizer__momentum=0.9))

    group = net.optimizer_.param_groups[0]
    assert type(net.optimizer_) is torch.optim.SGD
    assert (group["lr"], group["momentum"]) == (0.5, 0.9)


def test_one_step_of_gradient_descent_by_hand():
    """From 0 it goes to -lr · g, with g the mean over rows of (softmax - one-hot) x."""
    module = nn.Linear(3, 3, bias=False)
    nn.init.zeros_(module.weight)
    student = StudentNet(
        module, optimizer=torch.optim.SGD, lr=0.5, max_epochs=1, dtype="float64"
    )

    learnt = trained(student, X, Y, soft=0.0)

    gradient = (np.full((30, 3), 1 / 3) - np.eye(3)[Y]).T @ X / 30
    np.testing.assert_allclose(weights(learnt).reshape(3, 3), -0.5 * gradient)


def test_early_stopping_watches_the_held_out_loss():
    student = StudentNet(early_stopping=True, n_iter_no_change=4, tol=0.25)

    (stopping,) = [
        callback
        for _, callback in build(student).callbacks_
        if isinstance(callback, EarlyStopping)
    ]

    assert (stopping.patience, stopping.threshold, stopping.load_best) == (
        4,
        0.25,
        True,
    )
    assert (stopping.monitor, stopping.lower_is_better) == ("valid_loss", True)


def test_the_users_callbacks_are_called_along():
    class Mine(Callback):
        pass

    callbacks = [type(c) for _, c in build(StudentNet(callbacks=[Mine()])).callbacks_]

    assert callbacks.count(Mine) == 1


@pytest.mark.parametrize(
    ("own", "estimators", "bars"), [(0, 0, 0), (1, 0, 1), (0, 1, 1)]
)
def test_either_verbose_shows_one_bar(own, estimators, bars):
    net = build(StudentNet(verbose=own), verbose=estimators)

    names = [type(callback).__name__ for _, callback in net.callbacks_]

    assert names.count("EpochBar") == bars
    assert net.verbose == 0
