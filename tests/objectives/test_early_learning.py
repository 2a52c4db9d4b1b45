"""Early-learning regularisation: a memory for every row, whatever the batches."""

import copy
import math

import numpy as np
import pytest
import torch
from distillation.doubles import blobs, quick
from sklearn.base import clone
from skorch.callbacks import Callback

from sklkd import RegularizedClassifier
from sklkd.exceptions import DivergedError
from sklkd.losses import clamped_probabilities, early_learning
from sklkd.objectives import (
    Batch,
    EarlyLearning,
    EarlyLearningMemory,
    VirtualAdversarial,
)
from sklkd.objectives._early_learning import ramped

BATCHES = {"one batch": None, "batches of 7": 7, "batches of 59": 59}


class Recorder(EarlyLearningMemory):
    """Beside the memory, all that was said of each row, in order."""

    def __init__(self, memory, momentum):
        super().__init__(memory, momentum)
        self.said = [[] for _ in memory]

    def loss(self, batch):
        said = clamped_probabilities(batch.student.detach())
        for row, own in zip(batch.index.tolist(), said, strict=True):
            self.said[row].append(own)
        return super().loss(batch)


class Recorded(EarlyLearning):
    """Early-learning regularisation that is watched."""

    def bound(self, setting):
        memory = torch.zeros(setting.n_rows, setting.n_outputs, dtype=setting.dtype)
        return Recorder(memory, self.momentum)


def fitted(objective, student=None, X=None, y=None, **options):
    rows = blobs() if X is None else (X, y)
    model = RegularizedClassifier(
        quick() if student is None else student,
        objective=objective,
        warm_start=True,  # which keeps what only training needs
        random_state=0,
    )
    return model.set_params(**options).fit(*rows)


def term_of(model):
    """The one term of a fitted model."""
    (term,) = model.net_.criterion_.terms.values()
    return term


def batch_of(logits, index):
    return Batch(logits, logits, torch.zeros(len(logits)), index=index)


def test_memory_and_loss_by_hand():
    """T = 0.7 t + 0.3 p, and log(1 - <p, t>) with the new memory."""
    term = EarlyLearningMemory(torch.zeros(4, 2, dtype=torch.float64), 0.7)
    half = torch.zeros(1, 2, dtype=torch.float64)

    first = term.loss(batch_of(half, torch.tensor([2])))
    second = term.loss(batch_of(half, torch.tensor([2])))

    assert first.item() == pytest.approx(math.log(1 - 0.15))
    assert second.item() == pytest.approx(math.log(1 - 0.255))
    assert term.memory[2].tolist() == pytest.approx([0.255, 0.255])
    assert term.memory[[0, 1, 3]].abs().sum() == 0


def test_the_slope_is_that_of_the_loss_with_the_memory_as_it_is():
    draws = np.random.default_rng(0)
    logits = torch.from_numpy(draws.normal(size=(5, 3))).requires_grad_()
    before = torch.from_numpy(draws.dirichlet(np.ones(3), size=5))
    term = EarlyLearningMemory(before.clone(), 0.9)

    term.loss(batch_of(logits, torch.arange(5))).sum().backward()

    p = logits.detach().softmax(1)
    t = 0.9 * before + 0.1 * p
    inner = (t * p).sum(1, keepdim=True)
    by_hand = p / (1 - inner) * (inner - t)
    torch.testing.assert_close(logits.grad, by_hand)


def test_an_optimizer_that_asks_again_about_a_batch_changes_nothing():
    term = EarlyLearningMemory(torch.zeros(4, 2), 0.7)
    batch = batch_of(torch.zeros(2, 2), torch.tensor([0, 3]))
    term.loss(batch)
    memory = term.memory.clone()

    batch.student = torch.ones(2, 2)
    again = term.loss(batch)

    assert torch.equal(term.memory, memory)
    torch.testing.assert_close(again, early_learning(batch.student, memory[[0, 3]]))


def test_lbfgs_remembers_once_a_step():
    """It asks up to twenty times about the one batch of an epoch."""
    student = quick(optimizer=torch.optim.LBFGS, lr=0.1, max_epochs=3)
    model = fitted(Recorded(0.5, weight=0.1), student)
    term = term_of(model)

    assert len(term.said[0]) > 3
    firsts = [said[0] for said in term.said]
    assert not torch.equal(term.memory, torch.stack(firsts) / 2)
    largest = term.memory.sum(1)
    torch.testing.assert_close(largest, torch.full_like(largest, 1 - 0.5**3))


@pytest.mark.parametrize("batch_size", BATCHES.values(), ids=BATCHES)
@pytest.mark.parametrize("momentum", [0.0, 0.7])
def test_the_memory_is_the_average_of_what_was_said_of_each_row(batch_size, momentum):
    model = fitted(Recorded(momentum), quick(batch_size=batch_size))
    term = term_of(model)

    assert {len(said) for said in term.said} == {5}
    weight = [(1 - momentum) * momentum ** (4 - i) for i in range(5)]
    for own, said in zip(term.memory, term.said, strict=True):
        by_hand = sum(w * p for w, p in zip(weight, said, strict=True))
        torch.testing.assert_close(own, by_hand)


class Outputs(Callback):
    """What the module says of all rows where each epoch begins."""

    def __init__(self, rows=None):
        self.rows = rows

    def initialize(self):
        self.said_ = []
        return self

    def on_epoch_begin(self, net, **_):
        with torch.no_grad():
            self.said_.append(net.module_(self.rows.to(torch.float64)))


def test_the_memory_of_a_row_is_what_the_module_said_of_that_row():
    """In one batch an epoch, from outside: the index is not taken at its word."""
    X, y = blobs()
    rows = torch.from_numpy((X - X.mean(0)) / X.std(0))
    student = quick(callbacks=[Outputs(rows)])

    model = fitted(EarlyLearning(0.7), student, X, y)

    by_hand = torch.zeros(60, 3, dtype=torch.float64)
    for logits in dict(model.net_.callbacks_)["Outputs"].said_:
        p = logits.softmax(1).clamp(1e-4, 1 - 1e-4)
        by_hand = 0.7 * by_hand + 0.3 * p / p.sum(1, keepdim=True)
    torch.testing.assert_close(term_of(model).memory, by_hand, rtol=1e-9, atol=1e-9)


def test_rows_in_another_order_are_remembered_each_as_its_own():
    X, y = blobs()
    order = np.random.default_rng(0).permutation(60)

    straight = term_of(fitted(EarlyLearning(), None, X, y)).memory
    mixed = term_of(fitted(EarlyLearning(), None, X[order], y[order])).memory

    torch.testing.assert_close(mixed, straight[order], rtol=1e-9, atol=1e-9)


def test_rows_without_a_label_are_remembered_too():
    X, y = blobs()
    some = np.where(np.arange(60) % 2, y, -1)

    model = fitted(EarlyLearning(), None, X, some, unlabeled=-1)

    memory = term_of(model).memory
    torch.testing.assert_close(memory.sum(1), torch.full_like(memory[:, 0], 1 - 0.7**5))


def test_held_out_rows_are_not_remembered_and_judged_without():
    student = quick(early_stopping=True, validation_fraction=0.25)

    model = fitted(EarlyLearning(), student)

    memory = term_of(model).memory
    assert (memory.sum(1) == 0).sum() == 15
    assert {"early_learning", "valid_label"} <= set(model.history_[0])
    assert "valid_early_learning" not in model.history_[0]


def test_a_further_fit_begins_with_an_empty_memory():
    X, y = blobs()
    model = fitted(EarlyLearning(), quick(max_epochs=1), X, y)

    model.fit(X, y)

    memory = term_of(model).memory
    torch.testing.assert_close(memory.sum(1), torch.full_like(memory[:, 0], 0.3))


def test_unbound_it_is_worth_nothing():
    batch = batch_of(torch.ones(3, 2), None)

    assert EarlyLearning().loss(batch).tolist() == [0.0, 0.0, 0.0]


def test_two_terms_have_a_memory_each():
    objective = EarlyLearning(0.5) + EarlyLearning(0.9) + VirtualAdversarial(weight=0)

    model = fitted(objective)

    terms = model.net_.criterion_.terms
    fast, slow = (terms[n].memory for n in ("early_learning", "early_learning_2"))
    torch.testing.assert_close(fast.sum(1), torch.full_like(fast[:, 0], 1 - 0.5**5))
    torch.testing.assert_close(slow.sum(1), torch.full_like(slow[:, 0], 1 - 0.9**5))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_memory_has_the_type_of_the_network(dtype):
    model = fitted(EarlyLearning(), quick(dtype=str(dtype).removeprefix("torch.")))

    assert term_of(model).memory.dtype == dtype


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_perfect_agreement_for_ever_stays_finite(dtype):
    term = EarlyLearningMemory(torch.zeros(1, 2, dtype=dtype), 0.0)
    logits = torch.tensor([[1e4, 0.0]], dtype=dtype, requires_grad=True)

    loss = term.loss(batch_of(logits, torch.tensor([0])))
    loss.sum().backward()

    assert loss.isfinite().all()
    assert logits.grad.isfinite().all()


def test_a_copy_remembers():
    term = EarlyLearningMemory(torch.zeros(2, 2), 0.7)
    term.loss(batch_of(torch.zeros(2, 2), torch.arange(2)))

    assert torch.equal(copy.deepcopy(term).memory, term.memory)
    assert list(term.state_dict()) == ["memory"]


def test_a_training_that_diverges_says_so():
    with pytest.raises(DivergedError):
        fitted(EarlyLearning(), quick(optimizer=torch.optim.SGD, lr=1e300))


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({"momentum": 1}, ValueError),
        ({"momentum": -0.1}, ValueError),
        ({"momentum": math.nan}, ValueError),
        ({"momentum": "slow"}, TypeError),
        ({"weight": -1}, ValueError),
    ],
)
def test_check_refuses_what_is_out_of_range(params, error):
    ((name, value),) = params.items()
    interval = "[0, 1)" if name == "momentum" else "[0, inf)"

    with pytest.raises(error) as caught:
        EarlyLearning(**params).check()

    assert str(caught.value) == (
        f"EarlyLearning: {name} must be a real number in {interval}, got {value!r}."
    )


def test_defaults_and_clone():
    assert EarlyLearning().get_params() == {
        "momentum": 0.7,
        "ramp": 0.0,
        "weight": 3.0,
    }
    assert clone(EarlyLearning(0.9, weight=1.0)).momentum == 0.9


def test_it_needs_to_know_which_row_is_which():
    assert EarlyLearning.tasks == {"classification"}
    assert EarlyLearning.needs == {"index"}
    assert EarlyLearning.in_validation is False


@pytest.mark.parametrize(
    ("done", "ramp", "expected"),
    [
        (0.0, 0.0, 1.0),
        (0.0, 0.5, math.exp(-5)),
        (0.25, 0.5, math.exp(-1.25)),
        (0.5, 0.5, 1.0),
        (0.9, 0.5, 1.0),
    ],
)
def test_the_ramp_rises_to_one_over_its_share(done, ramp, expected):
    assert ramped(done, ramp) == pytest.approx(expected)
