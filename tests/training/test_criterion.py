"""The loss of a batch and the record of an epoch, against formulas of numpy."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import log_softmax, softmax
from torch import nn
from training.classroom import cross_entropy, squared

from sklkd.objectives import (
    LogitMatching,
    Objective,
    Setting,
    SoftTargets,
    SquaredError,
)
from sklkd.training import Signals
from sklkd.training._criterion import DistillationLoss, as_logits
from sklkd.training._rows import Handout

WEIGHTS = st.sampled_from([0.0, 0.3, 1.0, 4.0])


@st.composite
def batches(draw):
    """An output (n, k), signals, and the weights of two terms."""
    n, k = draw(st.tuples(st.integers(1, 6), st.integers(2, 5)))
    rng = np.random.default_rng([draw(st.integers(0, 999)), n, k])
    output, teacher = rng.normal(scale=2.0, size=(2, n, k))
    label_share, teacher_share = rng.uniform(0, 2, size=(2, n))
    shut = draw(st.sampled_from(["none", "one label", "one teacher"]))
    label_share[0] *= shut != "one label"
    teacher_share[0] *= shut != "one teacher"
    arrays = (rng.integers(k, size=n), teacher, label_share, teacher_share)
    signals = Signals(*map(torch.from_numpy, arrays))
    return torch.from_numpy(output), signals, draw(st.tuples(WEIGHTS, WEIGHTS))


def two_terms(weights):
    first, second = weights
    return {
        "soft_targets": SoftTargets(3.0, weight=first),
        "logit_matching": LogitMatching(weight=second),
    }


def criterion(signals, terms, *, uses_labels=True, label_loss=cross_entropy, **options):
    return DistillationLoss(
        label_loss, terms, Handout(signals), uses_labels=uses_labels, **options
    )


def by_numpy(output, signals):
    """Label loss, soft targets at 3 and logit matching of each row: (3, n)."""
    z, v, y = output.numpy(), signals.teacher.numpy(), signals.target.numpy()
    label = -log_softmax(z, axis=1)[np.arange(len(y)), y]
    p, log_p = softmax(v / 3, axis=1), log_softmax(v / 3, axis=1)
    soft = 9 * (p * (log_p - log_softmax(z / 3, axis=1))).sum(axis=1)
    return np.stack([label, soft, (z - v).var(axis=1) / 2])


def loss_by_numpy(output, signals, weights):
    label, soft, match = by_numpy(output, signals)
    taught = weights[0] * soft + weights[1] * match
    shares = signals.label_share.numpy(), signals.teacher_share.numpy()
    return np.mean(shares[0] * label + shares[1] * taught)


@given(batch=batches())
def test_the_loss_is_the_formula(batch):
    output, signals, weights = batch

    loss = criterion(signals, two_terms(weights))(output, signals.target)

    assert loss.item() == pytest.approx(loss_by_numpy(*batch), rel=1e-9, abs=1e-12)


@given(batch=batches())
def test_the_gradient_is_the_formulas(batch):
    """(q - y) for labels, tau (q - p) for soft targets, the centred gap over k."""
    output, signals, weights = batch
    z, v = output.numpy(), signals.teacher.numpy()
    one_hot = np.eye(z.shape[1])[signals.target.numpy()]
    soft = 3 * (softmax(z / 3, axis=1) - softmax(v / 3, axis=1))
    gap = z - v
    match = (gap - gap.mean(axis=1, keepdims=True)) / z.shape[1]
    shares = (
        signals.label_share[:, None].numpy(),
        signals.teacher_share[:, None].numpy(),
    )
    expected = shares[0] * (softmax(z, axis=1) - one_hot)
    expected += shares[1] * (weights[0] * soft + weights[1] * match)
    output = output.clone().requires_grad_()

    criterion(signals, two_terms(weights))(output, signals.target).backward()

    np.testing.assert_allclose(
        output.grad.numpy(), expected / len(z), rtol=1e-8, atol=1e-11
    )


@given(batch=batches())
def test_labels_that_nobody_listens_to_are_not_read(batch):
    output, signals, weights = batch

    def unread(output, target):
        raise AssertionError

    deaf = criterion(signals, two_terms(weights), uses_labels=False, label_loss=unread)

    loss = deaf(output, signals.target)

    hard = np.mean(signals.label_share.numpy() * by_numpy(output, signals)[0])
    expected = loss_by_numpy(*batch) - hard
    assert loss.item() == pytest.approx(expected, rel=1e-9, abs=1e-11)


@given(batch=batches())
def test_without_terms_the_label_loss_is_all(batch):
    output, signals, _ = batch
    expected = np.mean(signals.label_share.numpy() * by_numpy(output, signals)[0])

    loss = criterion(signals, {})(output, signals.target)

    assert loss.item() == pytest.approx(expected, rel=1e-9)


@given(batch=batches())
def test_probabilities_are_read_as_their_logarithms(batch):
    """The loss knows logits up to a constant, which a softmax takes away."""
    output, signals, weights = batch
    expected = loss_by_numpy(*batch)

    loss = criterion(signals, two_terms(weights), probabilities=True)(
        output.softmax(dim=1), signals.target
    )

    assert loss.item() == pytest.approx(expected, rel=1e-8, abs=1e-11)


def test_a_probability_of_zero_costs_much_and_not_infinitely_much():
    signals = Signals(
        torch.tensor([0]), torch.zeros(1, 2), torch.ones(1), torch.zeros(1)
    )
    output = torch.tensor([[0.0, 1.0]], requires_grad=True)

    loss = criterion(signals, {}, probabilities=True)(output, signals.target)
    loss.backward()

    # The smallest normal number of float32 is 2**-126.
    assert loss.item() == pytest.approx(126 * np.log(2))
    assert output.grad.isfinite().all()


@pytest.mark.parametrize("kind", [tuple, list])
def test_the_first_of_several_outputs_counts(kind):
    first, other = torch.zeros(2, 3), torch.ones(2, 3)

    assert as_logits(kind([first, other]), probabilities=False) is first


def test_a_flat_output_is_one_column():
    output = as_logits(torch.tensor([1.0, 2.0]), probabilities=False)

    assert output.tolist() == [[1.0], [2.0]]


def test_a_matrix_stays_itself():
    output = torch.zeros(2, 3)

    assert as_logits(output, probabilities=False) is output


def test_a_flat_regressor_is_not_broadcast_against_its_targets():
    values = torch.tensor([[1.0], [2.0], [4.0]])
    signals = Signals(values, values + 2, torch.ones(3), torch.ones(3))
    loss = criterion(signals, {"squared_error": SquaredError()}, label_loss=squared)

    value = loss(torch.zeros(3), values)

    assert value.item() == pytest.approx((1 + 4 + 16 + 9 + 16 + 36) / 3)


@given(batch=batches(), cut=st.integers(1, 5), training=st.booleans())
def test_an_epochs_record_is_that_of_all_its_rows(batch, cut, training):
    """Whatever the batches: each term's mean is weighted by the rows' shares."""
    output, signals, weights = batch
    loss = criterion(signals, two_terms(weights)).train(training)
    for start in range(0, len(output), cut):
        rows = slice(start, start + cut)
        loss.handout.signals = signals[rows]
        loss(output[rows], signals.target[rows])

    record = loss.take_epoch(signals, training=training)

    label, soft, match = by_numpy(output, signals)
    shares = signals.label_share.numpy(), signals.teacher_share.numpy()

    def mean(values, share):
        return share @ values / share.sum() if share.any() else 0.0

    expected = {
        "loss": loss_by_numpy(*batch),
        "label": mean(label, shares[0]),
        "soft_targets": mean(soft, shares[1]),
        "logit_matching": mean(match, shares[1]),
    }
    assert record == pytest.approx(expected, rel=1e-8, abs=1e-10)
    assert all(type(value) is float for value in record.values())


def test_training_and_validation_are_counted_apart_and_forgotten():
    signals = Signals(
        torch.tensor([0]), torch.zeros(1, 2), torch.ones(1), torch.zeros(1)
    )
    loss = criterion(signals, {}).double()
    for training, logit in [(True, 1.0), (False, 2.0), (True, 3.0)]:
        loss.train(training)
        loss(torch.tensor([[logit, 0.0]]), signals.target)
        record = loss.take_epoch(signals, training=training)

        assert record["loss"] == pytest.approx(np.log1p(np.exp(-logit)))


def test_the_record_keeps_no_graph():
    signals = Signals(
        torch.tensor([0]), torch.zeros(1, 2), torch.ones(1), torch.zeros(1)
    )
    loss = criterion(signals, {})
    output = torch.zeros(1, 2, requires_grad=True)

    loss(output, signals.target)

    assert not any(total.requires_grad for total in loss._sums[True])


# --- What terms are told, and which rows they see -------------------------------------


class Seen(Objective):
    """Note every batch; the loss is each row's first logit."""

    needs = frozenset()

    def __init__(self, *, weight=1.0):
        self.weight = weight
        self.batches = []

    def loss(self, batch):
        self.batches.append(batch)
        return batch.student[:, 0]


class SeesLabels(Seen):
    needs = frozenset({"target"})


class OnlyTrains(Seen):
    in_validation = False


class Counting(nn.Module):
    """A term with a state."""

    def __init__(self, n_rows):
        super().__init__()
        self.register_buffer("count", torch.zeros(n_rows))

    def loss(self, batch):
        self.count[batch.index] += 1
        return batch.student[:, 0]


class Counted(Seen):
    def bound(self, setting):
        return Counting(setting.n_rows)


def few(**more):
    """Three rows of two classes: outputs, and signals."""
    output = torch.tensor([[1.0, 0.0], [2.0, 0.0], [4.0, 0.0]])
    shares = torch.tensor([1.0, 1.0, 2.0])
    target = torch.tensor([0, 1, 0])
    return output, Signals(target, torch.zeros(3, 2), shares, shares, **more)


def test_what_needs_labels_sees_no_row_without_one():
    output, signals = few(labelled=torch.tensor([1.0, 0.0, 1.0]))
    term = SeesLabels()
    loss = criterion(signals, {"seen": term}, uses_labels=False)

    value = loss((output, output + 1), signals.target)

    (batch,) = term.batches
    assert batch.student.tolist() == output[[0, 2]].tolist()
    assert batch.output[1].tolist() == (output + 1)[[0, 2]].tolist()
    assert batch.target.tolist() == [0, 0]
    assert value.item() == (1 * 1 + 2 * 4) / 3
    assert loss.take_epoch(signals, training=True)["seen"] == 9 / 3


def test_a_batch_without_any_label_teaches_nothing_that_needs_one():
    output, signals = few(labelled=torch.zeros(3))
    term = SeesLabels()
    output.requires_grad_()
    loss = criterion(signals, {"seen": term}, uses_labels=False)

    loss(output, signals.target).backward()

    assert term.batches == []
    assert output.grad.tolist() == [[0, 0]] * 3


def test_a_term_is_told_inputs_module_progress_and_which_rows_they_are():
    output, signals = few(index=torch.tensor([5, 6, 7]))
    term, module, inputs = Seen(), nn.Linear(4, 2), torch.zeros(3, 4)
    loss = criterion(signals, {"seen": term})
    loss.handout.inputs, loss.handout.module, loss.handout.done = inputs, module, 0.25

    loss(output, signals.target)

    (batch,) = term.batches
    assert batch.inputs is inputs
    assert batch.module is module
    assert batch.done == 0.25
    assert batch.index.tolist() == [5, 6, 7]
    assert torch.equal(batch.forward(inputs + 1), module(inputs + 1))


def test_what_only_trains_is_no_part_of_the_loss_of_held_out_rows():
    output, signals = few()
    loss = criterion(signals, {"seen": OnlyTrains()}, uses_labels=False)

    trained = loss(output, signals.target)
    loss.eval()
    validated = loss(output, signals.target)

    assert trained.item() == pytest.approx((1 + 2 + 2 * 4) / 3)
    assert validated.item() == 0
    assert loss.take_epoch(signals, training=False) == {"loss": 0.0}


def test_the_state_of_a_bound_term_is_part_of_the_criterions():
    output, signals = few(index=torch.tensor([0, 2, 3]))
    loss = criterion(signals, {"counted": Counted()})
    setting = Setting(
        "Someone", 4, 2, (2,), None, nn.Linear(2, 2), output.device, output.dtype, 0
    )
    loss.bind(setting)

    loss(output, signals.target)

    assert loss.state_dict()["term_counted.count"].tolist() == [1, 0, 1, 1]
