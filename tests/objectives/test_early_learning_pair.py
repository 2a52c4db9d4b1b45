"""ELR+: one batch by hand, whose memory is whose, and what is drawn where."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from distillation.doubles import blobs, outputs
from sklearn.base import clone

from sklkd import RegularizedClassifier, StudentNet
from sklkd.losses import clamped_probabilities, early_learning
from sklkd.nn import MLP, AveragedPair
from sklkd.objectives import Batch, ConfidencePenalty, EarlyLearningPair, Setting

N, K = 6, 3


def lesson(done=0.5, **params):
    """A pair, its term in training, and a batch of rows 1 to 6 of seven."""
    generator = torch.Generator().manual_seed(0)
    torch.manual_seed(0)
    pair = AveragedPair(MLP, n_features=4, n_outputs=K, hidden=(5,)).double()
    inputs = torch.randn(N, 4, dtype=torch.float64, generator=generator)
    target = torch.randint(K, (N,), generator=generator)
    cpu = torch.device("cpu")
    setting = Setting("Student", 7, K, (4,), None, pair, cpu, torch.float64, 5)
    term = EarlyLearningPair(**params).bound(setting)
    output = pair(inputs)
    batch = Batch(
        output[0],
        output[0],
        target,
        output,
        inputs,
        pair,
        index=torch.arange(1, 7),
        done=done,
    )
    return pair, term, batch


def drawn(seed=5, n_rows=N):
    """How much is kept, and the partners, in the first batch of a seed."""
    generator = torch.Generator().manual_seed(seed)
    share = float(torch.rand((), dtype=torch.float64, generator=generator))
    return max(share, 1 - share), torch.randperm(n_rows, generator=generator)


def by_hand(pair, batch, strength, momentum=0.7):
    """The loss of each row of the first batch."""
    kept, other = drawn()
    mixed = kept * batch.inputs + (1 - kept) * batch.inputs[other]
    hot = F.one_hot(batch.target, K).double()
    label = kept * hot + (1 - kept) * hot[other]
    total = 0
    for i, j in ((0, 1), (1, 0)):
        said = clamped_probabilities(pair.averages[j](batch.inputs)).detach()
        own = (1 - momentum) * said
        logits = pair.members[i](mixed)
        total = total - (label * logits.log_softmax(1)).sum(1)
        memory = kept * own + (1 - kept) * own[other]
        total = total + strength * early_learning(logits, memory)
    return total


def test_the_first_batch_by_hand():
    """After a quarter of the training the regularisation has all of its strength."""
    pair, term, batch = lesson(done=0.5, strength=2.0)

    found = term.loss(batch)

    torch.testing.assert_close(found, by_hand(pair, batch, 2.0))


@pytest.mark.parametrize("done", [0.0, 0.1, 0.2, 0.25, 0.9])
def test_the_strength_rises_over_the_first_quarter(done):
    pair, term, batch = lesson(done=done, strength=2.0)

    found = term.loss(batch)

    left = max(0.0, 1 - 4 * done)
    expected = by_hand(pair, batch, 2.0 * math.exp(-5 * left * left))
    torch.testing.assert_close(found, expected)


def test_each_network_remembers_what_the_others_average_said():
    pair, term, batch = lesson(momentum=0.9)

    term.loss(batch)

    assert not torch.equal(term.memory[0], term.memory[1])
    for own, other in zip(term.memory, reversed(pair.averages), strict=True):
        said = clamped_probabilities(other(batch.inputs))
        torch.testing.assert_close(own[1:], 0.1 * said)
        assert own[0].tolist() == [0.0] * K


def test_averages_have_no_gradient_and_members_have():
    pair, term, batch = lesson()

    term.loss(batch).sum().backward()

    assert all(p.grad is not None for p in pair.members.parameters())
    assert all(p.grad is None for p in pair.averages.parameters())


def test_the_averages_follow_once_a_batch():
    pair, term, batch = lesson()

    term.loss(batch)
    term.loss(batch)

    assert [int(average.n_averaged) for average in pair.averages] == [1, 1]


def test_an_optimizer_that_asks_again_is_asked_about_the_same_mixture():
    _, term, batch = lesson()
    first = term.loss(batch)
    memory = term.memory.clone()

    again = term.loss(batch)

    assert torch.equal(again, first)
    assert torch.equal(term.memory, memory)


def test_the_next_batch_is_mixed_anew():
    _, term, batch = lesson(strength=0.0)
    first = term.loss(batch)
    batch.index = batch.index.clone()

    assert not torch.equal(term.loss(batch), first)


def test_held_out_rows_are_judged_by_the_averages():
    _, term, batch = lesson()
    term.eval()

    found = term.loss(batch)

    label = F.cross_entropy(batch.student, batch.target, reduction="none")
    assert torch.equal(found, label)
    assert term.memory.abs().sum() == 0


def test_the_ambient_type_of_numbers_is_no_matter():
    _, term, batch = lesson()
    _, other, same = lesson()
    same.module = batch.module
    before = torch.get_default_dtype()

    try:
        torch.set_default_dtype(torch.float64)
        inside = term.loss(batch)
    finally:
        torch.set_default_dtype(before)

    assert torch.equal(inside, other.loss(same))


def test_where_its_draws_stand_is_part_of_its_state():
    pair, term, batch = lesson()
    term.loss(batch)
    _, other, _ = lesson()

    other.load_state_dict(term.state_dict())

    batch.index, batch.module = batch.index.clone(), pair
    assert torch.equal(other.loss(batch), term.loss(batch))


def test_in_a_training_of_ones_own():
    X, y = blobs()
    student = StudentNet(AveragedPair, module__make=MLP, max_epochs=3, batch_size=20)
    # The sizes are not among the parameters of `AveragedPair`.
    student = student.set_params(module__n_features=4, module__n_outputs=3)
    some = np.where(np.arange(60) % 2, y, -1)
    model = RegularizedClassifier(
        student,
        objective=EarlyLearningPair() + ConfidencePenalty(weight=0.0),
        label_weight=0.0,
        unlabeled=-1,
        warm_start=True,  # which keeps what only training needs
        random_state=0,
    )

    partly = model.fit(X, some)

    memory = partly.net_.criterion_.terms["early_learning_pair"].memory
    seen = memory.sum(dim=(0, 2)) > 0
    assert seen.tolist() == (some != -1).tolist()
    assert np.isfinite(outputs(partly, X)).all()


def test_another_module_is_refused():
    X, y = blobs()
    model = RegularizedClassifier(
        StudentNet(max_epochs=1), objective=EarlyLearningPair(), label_weight=0.0
    )

    with pytest.raises(TypeError) as caught:
        model.fit(X, y)

    assert str(caught.value) == (
        "RegularizedClassifier: EarlyLearningPair needs a sklkd.nn.AveragedPair as "
        "module of the student, got MLP."
    )


@pytest.mark.parametrize(
    ("name", "value", "interval"),
    [("momentum", 1.0, "[0, 1)"), ("strength", -1.0, "[0, inf)")],
)
def test_check_refuses_a_number_out_of_range(name, value, interval):
    with pytest.raises(ValueError, match=name) as caught:
        EarlyLearningPair(**{name: value}).check()

    assert str(caught.value) == (
        f"EarlyLearningPair: {name} must be a real number in {interval}, got {value}."
    )


def test_defaults_and_clone():
    assert EarlyLearningPair().get_params() == {
        "momentum": 0.7,
        "ramp": 0.25,
        "strength": 3.0,
        "weight": 1.0,
    }
    assert clone(EarlyLearningPair(strength=1.0)).strength == 1.0


def test_it_needs_labels_and_to_know_which_row_is_which():
    assert EarlyLearningPair.tasks == {"classification"}
    assert EarlyLearningPair.needs == {"index", "target"}
    assert EarlyLearningPair.in_validation is True
