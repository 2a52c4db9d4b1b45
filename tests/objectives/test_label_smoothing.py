"""Label smoothing as an objective: its priors, and which numbers are none."""

import numpy as np
import pytest
import torch
from distillation.doubles import blobs, outputs, quick
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from strategies import batches, slope

from sklkd import RegularizedClassifier
from sklkd.objectives import Batch, LabelSmoothing, Setting, class_prior


def setting(class_share, n_outputs=3, dtype=torch.float64):
    """What a training says of itself."""
    return Setting(
        "Student",
        10,
        n_outputs,
        (4,),
        None if class_share is None else np.asarray(class_share),
        torch.nn.Linear(4, n_outputs),
        torch.device("cpu"),
        dtype,
        0,
    )


def divergence(prior, logits):
    """KL(prior || p) in numpy; 0 log 0 is 0."""
    logits = logits.numpy()
    log_p = logits - np.log(np.exp(logits).sum(1, keepdims=True))
    log_u = np.log(np.where(prior > 0, prior, 1))
    return (prior * (log_u - log_p)).sum(1)


@given(batch=batches(), seed=st.integers(0, 99))
def test_the_value_is_the_divergence_from_the_prior(batch, seed):
    student, teacher, target = batch
    k = student.shape[1]
    prior = np.random.default_rng(seed).dirichlet(np.ones(k))

    term = LabelSmoothing(prior).bound(setting(None, k))
    found = term.loss(Batch(student, teacher, target))

    np.testing.assert_allclose(found.numpy(), divergence(prior, student), atol=1e-10)


@given(batch=batches())
def test_the_slope_is_the_prediction_less_the_prior(batch):
    student, teacher, target = batch
    k = student.shape[1]
    prior = np.arange(1, k + 1) / np.arange(1, k + 1).sum()
    term = LabelSmoothing(prior).bound(setting(None, k))

    found = slope(lambda z: term.loss(Batch(z, teacher, target)), student)

    expected = student.softmax(1) - torch.from_numpy(prior)
    torch.testing.assert_close(found, expected)


@given(batch=batches())
def test_unbound_it_knows_the_uniform_prior(batch):
    student, *rest = batch
    k = student.shape[1]

    free = LabelSmoothing().loss(Batch(student, *rest))
    bound = LabelSmoothing().bound(setting(None, k)).loss(Batch(student, *rest))

    torch.testing.assert_close(free, bound)


def test_the_unigram_prior_is_the_share_of_each_class():
    share = [0.5, 0.3, 0.2]

    assert LabelSmoothing("unigram").bound(setting(share)).prior.tolist() == share


def test_without_classes_the_unigram_prior_is_uniform():
    term = LabelSmoothing("unigram").bound(setting(None))

    assert term.prior.tolist() == pytest.approx([1 / 3] * 3)


def test_the_prior_is_in_the_type_of_the_network():
    term = LabelSmoothing().bound(setting(None, dtype=torch.float32))

    assert term.prior.dtype == torch.float32


@pytest.mark.parametrize("prior", ["uniform", "unigram"])
def test_a_training_on_balanced_classes_does_not_tell_the_words_apart(prior):
    X, y = blobs()

    model = RegularizedClassifier(
        quick(), objective=LabelSmoothing(prior), random_state=0
    ).fit(X, y)

    named = RegularizedClassifier(
        quick(), objective=LabelSmoothing([1 / 3] * 3), random_state=0
    ).fit(X, y)
    assert np.array_equal(outputs(model, X), outputs(named, X))


@pytest.mark.parametrize("convert", [list, tuple, np.array, np.float32])
def test_a_prior_may_be_any_sequence_of_numbers(convert):
    found = class_prior("Test", convert([0.25, 0.75]), np.array([0.9, 0.1]))

    assert found.tolist() == [0.25, 0.75]
    assert found.dtype == np.float64


@pytest.mark.parametrize(
    "prior",
    [
        [0.5, 0.5],
        [0.5, 0.5, 0.5],
        [-0.5, 0.5, 1.0],
        [np.nan, 0.5, 0.5],
        [np.inf, 0.0, 0.0],
        [[0.2, 0.3, 0.5]],
        [],
        ["a", "b", "c"],
        [[0.5], [0.25, 0.25]],
        None,
        1.0,
        {0: 1.0},
    ],
    ids=str,
)
def test_what_is_no_probability_of_each_class_is_refused(prior):
    with pytest.raises(ValueError, match="prior") as caught:
        class_prior("Test", prior, np.full(3, 1 / 3))

    assert str(caught.value) == (
        "Test: prior must be 'uniform', 'unigram', or 3 probabilities, one for each "
        f"class in sorted order, with the sum 1, got {prior!r}."
    )


def test_an_unknown_word_is_answered_with_the_nearest():
    with pytest.raises(ValueError, match="prior") as caught:
        LabelSmoothing("unigramm").check()

    assert str(caught.value) == (
        "LabelSmoothing: prior must be one of 'uniform', 'unigram', got 'unigramm'. "
        "Did you mean 'unigram'?"
    )


def test_a_prior_that_does_not_fit_the_classes_is_refused_before_the_training():
    X, y = blobs()
    model = RegularizedClassifier(quick(), objective=LabelSmoothing([0.5, 0.5]))

    with pytest.raises(ValueError, match="3 probabilities"):
        model.fit(X, y)

    assert not hasattr(model, "classes_")


def test_defaults_and_clone():
    assert LabelSmoothing().get_params() == {"prior": "uniform", "weight": 1.0}
    assert clone(LabelSmoothing([0.1, 0.9])).prior == [0.1, 0.9]


def test_it_needs_neither_teacher_nor_label():
    assert LabelSmoothing.tasks == {"classification"}
    assert LabelSmoothing.needs == frozenset()
    assert LabelSmoothing.in_validation is True
