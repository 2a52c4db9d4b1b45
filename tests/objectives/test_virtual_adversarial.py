"""Virtual adversarial training: its direction, its traces, and rows without labels."""

import copy

import numpy as np
import pytest
import torch
from distillation.doubles import Pictures, Small, Softmaxed, blobs, outputs, quick
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.datasets import make_moons
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from skorch import NeuralNetClassifier
from torch import nn
from training.classroom import KillSwitch, crash_at

from sklkd import RegularizedClassifier, StudentNet
from sklkd.losses import kl_divergence
from sklkd.objectives import Batch, LabelSmoothing, Setting, VirtualAdversarial


class Asked(nn.Module):
    """A network that keeps the inputs that it was asked about, and its mode."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner
        self.inputs, self.modes = [], []

    def forward(self, X):
        self.inputs.append(X.detach())
        self.modes.append([part.training for part in self.inner.modules()])
        return self.inner(X)


def linear(seed=0, n_features=4, n_outputs=3, size=1.0):
    """A linear softmax in float64."""
    draws = torch.Generator().manual_seed(seed)
    layer = nn.Linear(n_features, n_outputs, dtype=torch.float64)
    with torch.no_grad():
        layer.weight.copy_(size * torch.randn(n_outputs, n_features, generator=draws))
        layer.bias.copy_(torch.randn(n_outputs, generator=draws))
    return layer


def bent(seed=0):
    """A small network with a bend, in float64."""
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 3)).double()


def rows(n=6, seed=0, shape=(4,)):
    draws = torch.Generator().manual_seed(seed + 100)
    return torch.randn(n, *shape, generator=draws, dtype=torch.float64)


def batch_of(module, inputs):
    logits = module(inputs)
    return Batch(logits, logits, torch.zeros(len(inputs)), None, inputs, module, module)


def term_of(module, inputs, seed=0, **params):
    """The term of one training."""
    setting = Setting(
        "Student",
        len(inputs),
        3,
        tuple(inputs.shape[1:]),
        None,
        module,
        torch.device("cpu"),
        inputs.dtype,
        seed,
    )
    return VirtualAdversarial(**params).bound(setting)


def moved(module, inputs, **params):
    """By how much the inputs were moved for the loss: (n, ...)."""
    asked = Asked(module)
    term_of(module, inputs, **params).loss(batch_of(asked, inputs))
    return asked.inputs[-1] - inputs


# --- The number and the direction -----------------------------------------------------


@given(seed=st.integers(0, 50), steps=st.integers(1, 3))
def test_without_a_step_there_is_no_loss(seed, steps):
    module, inputs = bent(seed), rows(seed=seed)
    term = term_of(module, inputs, epsilon=0, n_power_iterations=steps)

    loss = term.loss(batch_of(module, inputs))

    torch.testing.assert_close(loss, torch.zeros_like(loss), atol=1e-14, rtol=0)


@given(
    seed=st.integers(0, 50),
    epsilon=st.sampled_from([1e-3, 0.5, 5.0]),
    xi=st.sampled_from([1e-6, 0.1, 10.0]),
)
def test_it_is_not_negative_and_the_step_is_as_long_as_asked_for(seed, epsilon, xi):
    module, inputs = bent(seed), rows(seed=seed)
    asked = Asked(module)

    loss = term_of(module, inputs, epsilon=epsilon, xi=xi).loss(batch_of(asked, inputs))

    assert (loss >= -1e-15).all()
    length = (asked.inputs[-1] - inputs).norm(dim=1)
    torch.testing.assert_close(length, torch.full_like(length, epsilon))


@given(seed=st.integers(0, 50))
def test_the_value_is_the_divergence_at_the_moved_inputs(seed):
    module, inputs = bent(seed), rows(seed=seed)
    asked = Asked(module)

    loss = term_of(module, inputs).loss(batch_of(asked, inputs))

    log_p, log_q = (module(x).log_softmax(1) for x in (inputs, asked.inputs[-1]))
    torch.testing.assert_close(loss, (log_p.exp() * (log_p - log_q)).sum(1))


@given(seed=st.integers(0, 20), mask=st.lists(st.booleans(), min_size=4, max_size=4))
def test_only_columns_that_may_be_moved_are(seed, mask):
    if not any(mask):
        mask = [True, False, False, False]
    module, inputs = bent(seed), rows(seed=seed)

    by_mask = moved(module, inputs, columns=mask)
    by_index = moved(module, inputs, columns=np.flatnonzero(mask).tolist())

    assert by_mask[:, ~np.array(mask)].abs().max() <= 0 if not all(mask) else True
    torch.testing.assert_close(by_mask.norm(dim=1), torch.ones(6, dtype=torch.float64))
    assert torch.equal(by_mask, by_index)


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int32, np.int64])
def test_indices_of_columns_may_be_whole_numbers_of_any_type(dtype):
    module, inputs = bent(), rows()

    found = moved(module, inputs, columns=np.array([1, 3], dtype=dtype))

    assert torch.equal(found, moved(module, inputs, columns=[1, 3]))


def test_a_step_of_the_power_iteration_beats_random_directions():
    """And further steps beat the first."""
    module, inputs = bent(1), rows(200)
    term = term_of(module, inputs, epsilon=0.5)
    values = [
        term_of(module, inputs, epsilon=0.5, n_power_iterations=k)
        .loss(batch_of(module, inputs))
        .mean()
        .item()
        for k in (1, 8)
    ]
    chance = rows(200, seed=5)
    chance = 0.5 * chance / chance.norm(dim=1, keepdim=True)

    random = kl_divergence(module(inputs + chance), module(inputs)).mean().item()

    assert values[0] > 1.2 * random
    assert values[1] >= values[0]
    assert term.n_steps == 1


@pytest.mark.parametrize("seed", range(5))
def test_to_second_order_it_is_the_greatest_eigenvalue_of_the_fisher_information(seed):
    """Of a linear softmax: W' (diag(p) - p p') W, times epsilon² / 2."""
    module, inputs, epsilon = linear(seed), rows(seed=seed), 1e-3
    term = term_of(module, inputs, epsilon=epsilon, xi=1e-3, n_power_iterations=60)

    loss = term.loss(batch_of(module, inputs))

    p, W = module(inputs).softmax(1), module.weight
    inner = torch.diag_embed(p) - p[:, :, None] * p[:, None, :]
    greatest = torch.linalg.eigvalsh(W.T @ inner @ W)[:, -1]
    torch.testing.assert_close(loss, epsilon**2 / 2 * greatest, rtol=1e-2, atol=0)


def test_in_float32_a_small_xi_still_finds_a_direction():
    """The gradient is asked for where it is not smaller by xi."""
    module, inputs = linear().float(), rows(50).float()
    chance = rows(50, seed=9).float()
    chance = chance / chance.norm(dim=1, keepdim=True)

    small = term_of(module, inputs, xi=1e-3).loss(batch_of(module, inputs))

    random = kl_divergence(module(inputs + chance), module(inputs))
    assert small.mean() > 1.2 * random.mean()


def test_where_nothing_bends_nothing_is_lost():
    """A flat network has no direction, and a slope of zero is not divided by."""
    module, inputs = linear(size=0.0), rows()

    loss = term_of(module, inputs).loss(batch_of(module, inputs))
    loss.sum().backward()

    assert loss.abs().max() <= 1e-15
    assert module.weight.grad.isfinite().all()


@pytest.mark.parametrize("size", [1e-8, 1e4])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_flat_and_steep_networks_have_finite_slopes(size, dtype):
    module, inputs = linear(size=size).to(dtype), rows().to(dtype)

    loss = term_of(module, inputs).loss(batch_of(module, inputs))
    loss.sum().backward()

    assert loss.isfinite().all()
    assert module.weight.grad.isfinite().all()


@pytest.mark.parametrize("shape", [(1, 6, 6), (3, 5)])
def test_rows_of_any_shape_are_moved_as_a_whole(shape):
    inputs = rows(shape=shape)
    module = nn.Sequential(nn.Flatten(), linear(n_features=int(np.prod(shape))))

    step = moved(module, inputs, epsilon=2.0)

    torch.testing.assert_close(
        step.flatten(1).norm(dim=1), torch.full((6,), 2.0, dtype=torch.float64)
    )


def test_of_images_columns_are_columns():
    module, inputs = Pictures(3).double(), rows(shape=(1, 6, 6))

    step = moved(module, inputs, columns=[0, 5])

    assert step[..., 1:5].abs().max() == 0
    assert step[..., [0, 5]].abs().max() > 0


def test_no_gradient_flows_through_what_the_student_says_of_the_rows():
    """p(x) counts as given: the slope is that of the second argument alone."""
    module, inputs = bent(), rows()
    asked = Asked(module)
    term_of(module, inputs).loss(batch_of(asked, inputs)).sum().backward()
    found = [p.grad.clone() for p in module.parameters()]

    module.zero_grad()
    clean = module(inputs).detach()
    kl_divergence(module(asked.inputs[-1]), clean).sum().backward()

    for one, other in zip(found, module.parameters(), strict=True):
        torch.testing.assert_close(one, other.grad)


def test_directions_are_drawn_anew_and_by_seed():
    module, inputs = bent(), rows()
    batch = batch_of(module, inputs)
    term, same = term_of(module, inputs, 3), term_of(module, inputs, 3)

    first, second = term.loss(batch), term.loss(batch)

    assert not torch.equal(first, second)
    assert torch.equal(same.loss(batch), first)
    assert not torch.equal(term_of(module, inputs, 4).loss(batch), first)


# --- No traces ------------------------------------------------------------------------


def noisy():
    """All that remembers or draws."""
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Linear(4, 6),
        nn.BatchNorm1d(6),
        nn.Dropout(0.5),
        nn.Sequential(nn.BatchNorm1d(6, track_running_stats=False), nn.Linear(6, 3)),
    ).double()


def test_the_search_leaves_no_trace_in_the_module():
    module, inputs = noisy().train(), rows()
    module[3].eval()  # and what is not in training stays so
    batch = batch_of(module, inputs)
    before, drawn = copy.deepcopy(module.state_dict()), torch.get_rng_state()
    modes = [part.training for part in module.modules()]

    term_of(module, inputs).loss(batch).sum().backward()

    after = module.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert torch.equal(torch.get_rng_state(), drawn)
    assert [part.training for part in module.modules()] == modes
    assert module[1].track_running_stats is True
    assert module[3][0].track_running_stats is False
    module(inputs)
    assert not torch.equal(module[1].running_mean, before["1.running_mean"])


def test_inside_dropout_is_off_and_batches_are_normalised_by_themselves():
    module, inputs = noisy().train(), rows()
    asked = Asked(module)
    batch = batch_of(asked, inputs)

    term_of(module, inputs, epsilon=0.0).loss(batch)

    names = [type(part).__name__ for part in module.modules()]
    training = dict(zip(names, asked.modes[-1], strict=True))
    assert training["Dropout"] is False
    assert training["BatchNorm1d"] is True
    torch.testing.assert_close(asked.inputs[-1], inputs)


def test_an_error_in_the_search_leaves_no_trace_either():
    module, inputs = noisy().train(), rows()

    def refuse(X):
        raise RuntimeError("no")

    batch = batch_of(module, inputs)
    batch.forward = refuse
    with pytest.raises(RuntimeError, match="no"):
        term_of(module, inputs).loss(batch)

    assert all(part.training for part in module.modules())
    assert module[1].track_running_stats is True


# --- In a training --------------------------------------------------------------------


def fitted(student, X=None, y=None, objective=None, **options):
    X, y = blobs() if X is None else (X, y)
    objective = VirtualAdversarial(0.5) if objective is None else objective
    model = RegularizedClassifier(student, objective=objective, random_state=0)
    return model.set_params(**options).fit(X, y)


@pytest.mark.parametrize(
    "student",
    [
        quick(),
        quick(dropout=0.3, batch_size=16),
        StudentNet(Small, max_epochs=3),
        StudentNet(noisy(), max_epochs=3, dtype="float64"),
    ],
    ids=["default", "dropout", "class", "batch normalisation"],
)
def test_with_a_weight_of_zero_it_is_not_there(student):
    X, y = blobs()

    without = RegularizedClassifier(student, random_state=0).fit(X, y)

    with_it = fitted(student, X, y, VirtualAdversarial(weight=0.0))
    assert np.array_equal(outputs(with_it, X), outputs(without, X))


def skorch_net(module, criterion):
    return NeuralNetClassifier(
        module,
        criterion=criterion,
        module__n_features=4,
        module__n_outputs=3,
        max_epochs=4,
        lr=0.05,
        verbose=0,
        train_split=None,
    )


def test_a_network_with_a_softmax_inside_is_read_by_its_logarithms():
    X, y = blobs()
    X = X.astype(np.float32)

    plain = fitted(skorch_net(Small, nn.CrossEntropyLoss), X, y)
    inside = fitted(skorch_net(Softmaxed, nn.NLLLoss), X, y)

    np.testing.assert_allclose(
        inside.predict_proba(X), plain.predict_proba(X), rtol=1e-3, atol=1e-5
    )
    assert inside.history_[-1]["virtual_adversarial"] == pytest.approx(
        plain.history_[-1]["virtual_adversarial"], rel=1e-2
    )


def test_behind_a_pipeline_the_networks_inputs_are_moved():
    """Columns are counted behind the transformers."""
    X, y = blobs()
    X = X.astype(np.float32)
    student = make_pipeline(StandardScaler(), skorch_net(Small, nn.CrossEntropyLoss))

    model = fitted(student, 1000 * X, y)
    behind = fitted(
        skorch_net(Small, nn.CrossEntropyLoss), StandardScaler().fit_transform(X), y
    )

    np.testing.assert_allclose(
        [e["virtual_adversarial"] for e in model.history_],
        [e["virtual_adversarial"] for e in behind.history_],
        rtol=1e-3,
    )


def test_a_network_of_images_is_trained():
    draws = np.random.default_rng(0)
    X = draws.normal(size=(30, 1, 6, 6))
    y = (X.mean((1, 2, 3)) > 0).astype(int)

    model = fitted(StudentNet(Pictures, max_epochs=3), X, y)

    assert all(e["virtual_adversarial"] > 0 for e in model.history_)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_it_works_in_the_type_of_the_network(dtype):
    model = fitted(quick(dtype=dtype), objective=VirtualAdversarial(columns=[0, 2]))

    assert model.history_[-1]["virtual_adversarial"] > 0


def test_it_is_not_asked_about_held_out_rows():
    model = fitted(quick(early_stopping=True))

    assert "virtual_adversarial" in model.history_[0]
    assert "valid_virtual_adversarial" not in model.history_[0]


def test_rows_without_a_label_take_part():
    X, y = blobs()
    some = np.where(np.arange(60) < 30, y, -1)

    partly = fitted(quick(), X, some, unlabeled=-1)

    alone = fitted(quick(), X[:30], y[:30])
    assert not np.allclose(outputs(partly, X), outputs(alone, X))


def test_two_moons_with_four_labels_each_are_told_apart():
    X, y = make_moons(300, noise=0.06, random_state=1)
    draws = np.random.default_rng(1)
    known = np.full(300, -1)
    for label in (0, 1):
        known[draws.choice(np.flatnonzero(y == label), 4, replace=False)] = label
    labelled = known != -1
    student = StudentNet(
        hidden=(64, 64), max_epochs=100, lr=0.01, batch_size=100, weight_decay=1e-3
    )
    plain = RegularizedClassifier(student, random_state=0)
    objective = VirtualAdversarial(0.3, n_power_iterations=2)

    with_it = fitted(student, X, known, objective, unlabeled=-1)

    assert with_it.score(X, y) > 0.97
    assert plain.fit(X[labelled], y[labelled]).score(X, y) < 0.9


@pytest.mark.parametrize("batch_size", [60, 16])
def test_a_training_that_was_cut_off_goes_on_to_the_same_bits(tmp_path, batch_size):
    X, y = blobs()
    options = {"max_epochs": 6, "batch_size": batch_size, "callbacks": [KillSwitch()]}
    objective = VirtualAdversarial() + LabelSmoothing(weight=0.1)
    student = quick(**options)
    kept = quick(**options, checkpoint=tmp_path)

    with crash_at(4), pytest.raises(RuntimeError, match="crash"):
        fitted(kept, X, y, objective)
    resumed = fitted(kept, X, y, objective)

    whole = fitted(student, X, y, objective)
    assert np.array_equal(outputs(resumed, X), outputs(whole, X))
    assert resumed.history_ == whole.history_


# --- What is refused ------------------------------------------------------------------


@pytest.mark.parametrize(
    "columns",
    [[4], [0, 9], [-5], [], [0.5], ["a"], [True, False], [False] * 4, [[0], [0, 1]]],
    ids=str,
)
def test_columns_that_are_not_there_are_refused(columns):
    X, y = blobs()
    model = RegularizedClassifier(
        quick(), objective=VirtualAdversarial(columns=columns)
    )

    with pytest.raises(ValueError, match="columns") as caught:
        model.fit(X, y)

    assert str(caught.value) == (
        "RegularizedClassifier: columns of VirtualAdversarial must be indices below 4, "
        "the number of the network's inputs, or a mask of as many, and name one at "
        f"least, got {columns!r}."
    )


@pytest.mark.parametrize(
    ("name", "value", "interval"),
    [
        ("epsilon", -1.0, "a real number in [0, inf)"),
        ("epsilon", float("inf"), "a real number in [0, inf)"),
        ("xi", 0, "a real number in (0, inf)"),
        ("n_power_iterations", 0, "an integer in [1, inf)"),
        ("weight", -0.5, "a real number in [0, inf)"),
    ],
)
def test_check_refuses_a_number_out_of_range(name, value, interval):
    with pytest.raises(ValueError, match=name) as caught:
        VirtualAdversarial(**{name: value}).check()

    assert str(caught.value) == (
        f"VirtualAdversarial: {name} must be {interval}, got {value!r}."
    )


def test_defaults_and_clone():
    assert VirtualAdversarial().get_params() == {
        "epsilon": 1.0,
        "xi": 0.1,
        "n_power_iterations": 1,
        "columns": None,
        "weight": 1.0,
    }
    assert clone(VirtualAdversarial(0.5, columns=[0])).columns == [0]


def test_it_needs_neither_teacher_nor_label():
    assert VirtualAdversarial.tasks == {"classification"}
    assert VirtualAdversarial.needs == frozenset()
    assert VirtualAdversarial.in_validation is False
