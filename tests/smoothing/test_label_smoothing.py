"""Smoothed labels: by hand, as distillation, and as what a linear model minimises."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from distillation.doubles import blobs, outputs, quick
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from sklkd import DistilledClassifier, LabelSmoothingClassifier, RegularizedClassifier

X, Y = blobs()
SHARES = [0.0, 0.1, 0.5, 1.0]


def smoothed(student=None, X=X, y=Y, sample_weight=None, **params):
    model = LabelSmoothingClassifier(
        quick() if student is None else student, **{"random_state": 0} | params
    )
    return model.fit(X, y, sample_weight)


def soft_labels(y, smoothing, prior):
    """(1 - e) onehot + e u: (n, k)."""
    return (1 - smoothing) * np.eye(len(prior))[y] + smoothing * np.asarray(prior)


@pytest.mark.parametrize("smoothing", SHARES)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("student", [quick(), quick(batch_size=16, dropout=0.3)])
def test_it_is_distillation_from_a_teacher_that_always_says_the_same(
    smoothing, weighted, student
):
    weight = np.random.default_rng(0).integers(0, 3, 60) if weighted else None
    distilled = DistilledClassifier(
        "precomputed",
        student,
        soft_weight=smoothing,
        transfer_set=None,
        calibration=None,
        random_state=0,
    )

    model = smoothed(student, sample_weight=weight, smoothing=smoothing)

    distilled.fit(X, Y, weight, teacher_proba=np.full((60, 3), 1 / 3))
    assert np.array_equal(outputs(model, X), outputs(distilled, X))


@pytest.mark.parametrize("prior", ["uniform", "unigram", [0.2, 0.3, 0.5]])
def test_nothing_smoothed_is_the_plain_classifier(prior):
    plain = RegularizedClassifier(quick(), random_state=0).fit(X, Y)

    model = smoothed(smoothing=0, prior=prior)

    assert np.array_equal(outputs(model, X), outputs(plain, X))


@pytest.mark.parametrize("weighted", [False, True])
def test_of_balanced_classes_the_unigram_prior_is_uniform(weighted):
    weight = np.ones(60)
    for label in range(3):
        own = np.random.default_rng(label).uniform(0.5, 2, (label == Y).sum())
        weight[label == Y] = own / own.sum()
    weight = weight if weighted else None

    unigram = smoothed(sample_weight=weight, prior="unigram", smoothing=0.3)
    uniform = smoothed(sample_weight=weight, smoothing=0.3)

    np.testing.assert_allclose(unigram.prior_, 1 / 3, rtol=1e-12)
    np.testing.assert_allclose(outputs(unigram, X), outputs(uniform, X), rtol=1e-9)


def test_the_unigram_prior_counts_weights_of_rows_and_classes():
    weight = np.random.default_rng(0).uniform(0.5, 2, 60)
    factor = {0: 2.0, 1: 1.0, 2: 0.0}

    model = smoothed(sample_weight=weight, prior="unigram", class_weight=factor)

    share = np.bincount(Y, weight) * [2.0, 1.0, 0.0]
    np.testing.assert_allclose(model.prior_, share / share.sum())


@pytest.mark.parametrize("smoothing", SHARES)
def test_the_first_loss_by_hand(smoothing):
    prior = np.array([0.2, 0.3, 0.5])
    student = quick(lr=1e-12, max_epochs=1)

    model = smoothed(student, smoothing=smoothing, prior=prior)

    log_p = model.predict_log_proba(X)
    label = -log_p[np.arange(60), Y]
    divergence = (prior * (np.log(prior) - log_p)).sum(1)
    total = (1 - smoothing) * label + smoothing * divergence
    first = model.history_[0]
    assert first["train_loss"] == pytest.approx(total.mean(), rel=1e-7)


def test_it_is_torchs_label_smoothing_up_to_the_priors_entropy():
    model = smoothed(quick(lr=1e-12, max_epochs=1), smoothing=0.3)

    logits = torch.from_numpy(model.decision_function(X))
    torchs = F.cross_entropy(logits, torch.from_numpy(Y), label_smoothing=0.3)
    first = model.history_[0]["train_loss"]
    assert first == pytest.approx(torchs.item() - 0.3 * math.log(3), rel=1e-6)


@pytest.mark.parametrize(
    "student",
    [LogisticRegression(C=1e6), quick(hidden=(), max_epochs=800, lr=0.03)],
    ids=["model", "network"],
)
def test_of_smoothing_alone_only_the_prior_is_learnt(student):
    prior = [0.2, 0.3, 0.5]

    model = smoothed(student, smoothing=1.0, prior=prior)

    np.testing.assert_allclose(
        model.predict_proba(X), np.tile(prior, (60, 1)), atol=5e-3
    )


@settings(max_examples=10)
@given(
    smoothing=st.sampled_from([0.0, 0.1, 0.7]),
    seed=st.integers(0, 9),
    prior=st.sampled_from([[1 / 3] * 3, [0.2, 0.3, 0.5], [1.0, 0.0, 0.0]]),
)
def test_a_linear_model_is_at_the_minimum_of_the_smoothed_loss(smoothing, seed, prior):
    """The slope of the weighted soft cross-entropy plus half the squared weights."""
    weight = np.random.default_rng(seed).uniform(0.5, 2, 60)
    end = LogisticRegression(C=0.1, tol=1e-10, max_iter=10_000)

    model = smoothed(end, sample_weight=weight, smoothing=smoothing, prior=prior)

    gap = model.predict_proba(X) - soft_labels(Y, smoothing, prior)
    slope = (weight[:, None] * gap).T @ X + model.student_.estimator.coef_ / 0.1
    assert np.abs(slope).max() < 1e-3
    assert np.abs(weight @ gap).max() < 1e-3


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("smoothing", [0.1, 0.4])
def test_one_cell_of_a_table_has_the_logit_gap_of_the_formula(n_classes, smoothing):
    """log(1 + K (1 - e) / e), where every row of the cell has one label."""
    y = np.repeat(np.arange(n_classes), 10)
    cells = np.eye(n_classes)[y]
    tree = DecisionTreeClassifier()

    model = smoothed(tree, cells, y, smoothing=smoothing)

    log_p = model.predict_log_proba(np.eye(n_classes))
    gap = np.diag(log_p)[:, None] - log_p
    expected = math.log(1 + n_classes * (1 - smoothing) / smoothing)
    np.testing.assert_allclose(gap[~np.eye(n_classes, dtype=bool)], expected)


def test_a_network_comes_to_the_same_gap():
    y = np.arange(3).repeat(4)
    student = quick(hidden=(), max_epochs=800, lr=0.05)

    model = smoothed(student, np.eye(3)[y], y, smoothing=0.3)

    logits = model.decision_function(np.eye(3))
    gap = (np.diag(logits)[:, None] - logits)[~np.eye(3, dtype=bool)]
    np.testing.assert_allclose(gap, math.log(1 + 3 * 0.7 / 0.3), rtol=1e-2)


@pytest.mark.parametrize(
    "student",
    [
        GaussianNB(),
        make_pipeline(StandardScaler(), LogisticRegression()),
    ],
    ids=["naive Bayes", "pipeline"],
)
def test_any_model_that_takes_weights_is_fitted_to_each_row_once_a_class(student):
    rows, labels = np.repeat(np.arange(60), 3), np.tile(np.arange(3), 60)
    weight = soft_labels(Y, 0.3, [1 / 3] * 3).ravel()

    model = smoothed(student, smoothing=0.3)

    if hasattr(student, "steps"):
        scaler = StandardScaler().fit(X)
        expected = LogisticRegression().fit(
            scaler.transform(X)[rows], labels, sample_weight=weight
        )
        expected = expected.predict_proba(scaler.transform(X))
    else:
        fitted = student.fit(X[rows], labels, sample_weight=weight)
        expected = fitted.predict_proba(X)
    np.testing.assert_allclose(model.predict_proba(X), expected, atol=1e-5)


def test_a_model_that_takes_no_weights_sees_tenths():
    """With 0.3 of three classes a label keeps 0.8, and the others have 0.1 each."""
    model = smoothed(KNeighborsClassifier(1), smoothing=0.3)

    proba = model.predict_proba(X)

    np.testing.assert_allclose(proba, soft_labels(Y, 0.3, [1 / 3] * 3))


def test_a_class_that_the_prior_rules_out_stays_possible():
    model = smoothed(prior=[1.0, 0.0, 0.0], smoothing=0.5)

    assert model.prior_.tolist() == [1.0, 0.0, 0.0]
    assert np.isfinite(model.predict_log_proba(X)).all()
    assert np.isfinite(model.history_[-1]["train_loss"])


def test_smoothed_predictions_are_less_sure():
    sure, less = (
        smoothed(quick(max_epochs=200, lr=0.02), smoothing=share).predict_proba(X)
        for share in (0.0, 0.3)
    )

    assert less.max(1).mean() < sure.max(1).mean() - 0.05


def test_history_names_both_parts():
    assert set(smoothed().history_[0]) == {
        "epoch",
        "train_loss",
        "label",
        "label_smoothing",
    }


@pytest.mark.parametrize(
    ("smoothing", "error"),
    [
        (-0.1, ValueError),
        (1.1, ValueError),
        (math.nan, ValueError),
        ("some", TypeError),
        (None, TypeError),
        (True, TypeError),
    ],
)
def test_a_share_out_of_range_is_refused(smoothing, error):
    with pytest.raises(error) as caught:
        smoothed(smoothing=smoothing)

    assert str(caught.value) == (
        "LabelSmoothingClassifier: smoothing must be a real number in [0, 1], got "
        f"{smoothing!r}."
    )


@pytest.mark.parametrize(
    "prior", [[0.5, 0.5], [0.5, 0.6, 0.1], [-0.5, 0.5, 1.0], None], ids=str
)
def test_a_prior_that_is_none_is_refused_whatever_the_student(prior):
    for student in (quick(), GaussianNB()):
        with pytest.raises(ValueError, match="prior") as caught:
            smoothed(student, prior=prior)

        assert str(caught.value) == (
            "LabelSmoothingClassifier: prior must be 'uniform', 'unigram', or 3 "
            "probabilities, one for each class in sorted order, with the sum 1, got "
            f"{prior!r}."
        )


def test_an_unknown_word_for_a_prior_is_refused():
    with pytest.raises(ValueError, match="prior") as caught:
        smoothed(prior="unifrom")

    assert str(caught.value) == (
        "LabelSmoothingClassifier: prior must be one of 'uniform', 'unigram', got "
        "'unifrom'. Did you mean 'uniform'?"
    )


def test_parameters_beyond_the_student_are_keywords():
    with pytest.raises(TypeError, match="positional"):
        LabelSmoothingClassifier(None, 0.1)
