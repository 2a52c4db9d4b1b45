"""What models of every kind say, and which of their outputs is looked at."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC
from skorch import NeuralNet, NeuralNetClassifier, NeuralNetRegressor
from torch import nn

from sklkd.inspection._occlusion_answers import (
    Answers,
    answers_of,
    as_inputs,
    evaluating,
)

X, y = load_iris(return_X_y=True)
X = X.astype(np.float32)
ROW = X[:1]


def net(kind, *modules, **options):
    """A skorch net that is not trained."""
    return kind(nn.Sequential(*modules), **options).initialize()


def softmax(z):
    return torch.from_numpy(np.asarray(z)).softmax(1).numpy()


@pytest.mark.parametrize(
    ("model", "output", "unit", "method"),
    [
        (LogisticRegression(max_iter=1000), "auto", "probability", "predict_proba"),
        (LogisticRegression(max_iter=1000), "logit", "logit", "decision_function"),
        (RidgeClassifier(), "auto", "logit", "decision_function"),
        (KNeighborsClassifier(), "probability", "probability", "predict_proba"),
        (LinearRegression(), "auto", "value", "predict"),
        (LinearRegression(), "value", "value", "predict"),
    ],
)
def test_an_estimator_says_what_its_method_says(model, output, unit, method):
    model.fit(X, y)

    answers = answers_of("f", model, output, ROW)

    assert answers.unit == unit
    said = answers.of("f", X)
    np.testing.assert_array_equal(said, getattr(model, method)(X).reshape(len(X), -1))


def test_a_regressor_with_an_empty_list_of_classes_is_none_the_less_one():
    model = LinearRegression().fit(X, y)
    model.classes_ = []

    assert answers_of("f", model, "auto", ROW).unit == "value"


def test_a_frozen_estimator_speaks_as_what_is_within():
    model = FrozenEstimator(LogisticRegression(max_iter=1000).fit(X, y))

    assert answers_of("f", model, "auto", ROW).labels == [0, 1, 2]


def test_the_gap_of_two_classes_belongs_to_both():
    model = LogisticRegression().fit(X[:100], y[:100])

    said = answers_of("f", model, "logit", ROW).of("f", X)

    gap = model.decision_function(X)
    np.testing.assert_array_equal(said, np.stack([-gap, gap], axis=1))


def test_outputs_of_a_module_are_logits_if_several():
    module = nn.Linear(4, 3)

    probabilities = answers_of("f", module, "auto", ROW)
    logits = answers_of("f", module, "logit", ROW)

    said = logits.of("f", X)
    expected = X @ module.weight.detach().numpy().T + module.bias.detach().numpy()
    np.testing.assert_allclose(said, expected, atol=1e-5)
    np.testing.assert_allclose(probabilities.of("f", X), softmax(said), atol=1e-12)
    assert (probabilities.unit, logits.unit) == ("probability", "logit")


def test_a_module_that_ends_in_a_softmax_says_probabilities():
    module = nn.Sequential(nn.Linear(4, 3), nn.Softmax(dim=1))

    said = answers_of("f", module, "auto", ROW).of("f", X)

    with torch.no_grad():
        np.testing.assert_array_equal(said, module(torch.from_numpy(X)).double())


def test_log_probabilities_are_logits_too():
    module = nn.Sequential(nn.Linear(4, 3), nn.LogSoftmax(dim=1))

    said = answers_of("f", module, "auto", ROW).of("f", X)

    with torch.no_grad():
        expected = module(torch.from_numpy(X)).exp()
    np.testing.assert_allclose(said, expected, atol=1e-6)


class Column(nn.Module):
    """One output without an axis of its own, and another beside it."""

    def forward(self, rows):
        return rows.sum(1), rows


@pytest.mark.parametrize("module", [nn.Linear(4, 1), Column()])
def test_the_only_output_of_a_module_is_a_value(module):
    answers = answers_of("f", module, "auto", ROW)

    assert answers.unit == "value"
    assert answers.of("f", X).shape == (150, 1)


def test_skorch_nets_say_what_their_kind_says():
    classifier = net(NeuralNetClassifier, nn.Linear(4, 3), nn.Softmax(1), max_epochs=1)
    classifier.set_params(verbose=0).fit(X, y)
    regressor = net(NeuralNetRegressor, nn.Linear(4, 1))
    plain = net(NeuralNet, nn.Linear(4, 3), criterion=nn.CrossEntropyLoss)

    said = answers_of("f", classifier, "auto", ROW)
    assert (said.unit, said.labels) == ("probability", [0, 1, 2])
    np.testing.assert_array_equal(said.of("f", X), classifier.predict_proba(X))
    assert answers_of("f", regressor, "auto", ROW).unit == "value"
    logits = answers_of("f", plain, "logit", ROW).of("f", X)
    np.testing.assert_allclose(softmax(logits), plain.predict(X), atol=1e-6)


def test_a_function_says_what_it_says_in_numpy_or_torch():
    answers = answers_of("f", lambda rows: torch.ones(len(rows), 2), "auto", ROW)

    assert answers.of("f", X).tolist() == [[1.0, 1.0]] * 150
    assert answers.unit == "value"


# --- Targets --------------------------------------------------------------------------

SAID = np.array([[0.1, 0.7, 0.2], [0.5, 0.2, 0.3]])


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (None, [1, 0]),
        ("b", [1, 1]),
        (np.str_("c"), [2, 2]),
        (["c", "a"], [2, 0]),
        (np.array(["c", "a"]), [2, 0]),
    ],
)
def test_an_output_is_meant_by_its_label(target, expected):
    answers = Answers(len, "probability", ["a", "b", "c"])

    assert answers.chosen("f", target, SAID).tolist() == expected
    assert answers.chosen("f", "all", SAID) is None


def test_where_outputs_have_no_labels_they_have_numbers():
    assert Answers(len, "value").chosen("f", 2, SAID).tolist() == [2, 2]


@pytest.mark.parametrize(
    ("answers", "target", "message"),
    [
        (
            Answers(len, "probability", ["cat", "dog", "cow"]),
            "dot",
            (
                "f: target must be one of ['cat', 'dog', 'cow'], or 'all', got 'dot'. "
                "Did you mean 'dog'?"
            ),
        ),
        (
            Answers(len, "value", rivals=False),
            None,
            (
                "f: target must say which of the 3 values is looked at, got None. Pass"
                " its number, or 'all'."
            ),
        ),
        (
            Answers(len, "value"),
            [0, 1, 2],
            (
                "f: target must be one label, or one for each of the 2 rows, got the "
                "shape (3,)."
            ),
        ),
    ],
)
def test_a_target_that_is_not_there_is_said(answers, target, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        answers.chosen("f", target, SAID)


# --- Errors ---------------------------------------------------------------------------


class Neither(KNeighborsClassifier):
    predict_proba = property()


@pytest.mark.parametrize(
    ("model", "output", "message"),
    [
        (
            KNeighborsClassifier(),
            "logit",
            (
                "f: output must be 'auto' or 'probability' for KNeighborsClassifier, "
                "got 'logit'."
            ),
        ),
        (
            LogisticRegression(max_iter=1000),
            "value",
            (
                "f: output must be 'auto' or 'probability' or 'logit' for "
                "LogisticRegression, got 'value'."
            ),
        ),
        (
            SVC(decision_function_shape="ovo"),
            "auto",
            (
                "f: estimator must have predict_proba or a decision_function with a "
                "score for each class, and SVC has none. Pass a function of rows."
            ),
        ),
        (
            LinearRegression(),
            "logit",
            "f: output must be 'auto' or 'value' for LinearRegression, got 'logit'.",
        ),
    ],
)
def test_what_a_model_cannot_say_is_said(model, output, message):
    model.fit(X, y)

    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        answers_of("f", model, output, ROW)


def test_what_is_no_model_is_refused():
    with pytest.raises(TypeError, match="f: estimator must be a fitted classifier"):
        answers_of("f", 3, "auto", ROW)


def test_an_unfitted_model_is_refused():
    with pytest.raises(NotFittedError):
        answers_of("f", LogisticRegression(), "auto", ROW)


def test_several_labels_a_row_are_refused():
    model = RandomForestClassifier(2, random_state=0).fit(X, np.stack([y, y], axis=1))

    with pytest.raises(TypeError, match="must have one label a row"):
        answers_of("f", model, "auto", ROW).of("f", X)


def test_what_is_no_row_of_numbers_is_refused():
    answers = answers_of("f", lambda rows: np.zeros((2, 2, 2)), "auto", ROW)

    with pytest.raises(ValueError, match=r"got the shape \(2, 2, 2\)"):
        answers.of("f", X)


def test_a_function_may_answer_in_half_precision():
    answers = answers_of("f", lambda rows: torch.ones(2, 3).bfloat16(), "auto", ROW)

    assert answers.of("f", X).tolist() == [[1.0] * 3] * 2


# --- Modules --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("module", "rows", "expected"),
    [
        (nn.Linear(1, 1), [[1]], torch.float32),
        (nn.Linear(1, 1).double(), [[1.0]], torch.float64),
        (nn.Embedding(3, 1), [[1]], torch.int64),
        (nn.ReLU(), np.ones((1, 1), ">f4"), torch.float32),
        (nn.Linear(1, 1), torch.ones(1, 1).bfloat16(), torch.float32),
        (nn.Linear(1, 1).bfloat16(), torch.ones(1, 1).bfloat16(), torch.bfloat16),
    ],
)
def test_rows_come_in_the_type_of_the_module(module, rows, expected):
    assert as_inputs(module, rows).dtype == expected


def test_a_module_is_as_it_was_after_an_error():
    module = nn.Sequential(nn.Linear(1, 1), nn.Dropout().eval()).train(True)
    module[1].eval()

    with pytest.raises(RuntimeError), evaluating(module):
        module(torch.ones(1, 2))

    assert [part.training for part in module.modules()] == [True, True, False]
