"""Answers: labels count where they are clear, and a refusal is one of two errors."""

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression
from sklearn.naive_bayes import GaussianNB

from sklkd.testing import Case, NotApplicable, Subject, Violation
from sklkd.testing._answers import (
    agree,
    answers_if_fitted,
    check_finite,
    clear_rows,
    fitted_and_asked,
    margins,
    plain_methods,
    refusal,
    rejected,
    same_labels,
)

CLASSIFIER = Subject(GaussianNB())
REGRESSOR = Subject(LinearRegression())


def raising(error):
    def call():
        raise error

    return call


# --- Agreement


def test_labels_of_a_tie_are_not_compared():
    proba = np.array([[0.9, 0.1], [0.50001, 0.49999]])
    one = {"predict": np.array(["a", "a"]), "predict_proba": proba}
    other = {"predict": np.array(["a", "b"]), "predict_proba": proba}

    assert agree(CLASSIFIER, one, other) is None


def test_clear_labels_are_compared():
    proba = np.array([[0.9, 0.1], [0.6, 0.4]])
    one = {"predict": np.array(["a", "a"]), "predict_proba": proba}
    other = {"predict": np.array(["a", "b"]), "predict_proba": proba}

    with pytest.raises(Violation, match="predict, here: 1 of 2 differ"):
        agree(CLASSIFIER, one, other, what="here")


def test_labels_without_scores_are_compared_everywhere():
    with pytest.raises(Violation, match="1 of 1 differ"):
        agree(CLASSIFIER, {"predict": ["a"]}, {"predict": ["b"]})


def test_a_wider_tolerance_makes_fewer_rows_clear():
    scores = {"predict_proba": np.array([[0.51, 0.49], [0.9, 0.1]])}

    assert clear_rows(scores).tolist() == [True, True]
    assert clear_rows(scores, 0.1).tolist() == [False, True]


def test_a_row_is_clear_if_all_scores_say_so():
    scores = {
        "predict_proba": np.array([[0.5, 0.5], [0.9, 0.1], [0.9, 0.1]]),
        "decision_function": np.array([3.0, 0.0, -2.0]),
    }

    assert clear_rows(scores).tolist() == [False, False, True]


def test_nothing_is_known_to_be_clear_without_scores():
    assert clear_rows({"predict": ["a"]}) is None


def test_the_lead_of_one_class_is_infinite():
    assert margins(np.ones((2, 1))).tolist() == [np.inf, np.inf]


def test_logarithms_are_compared_as_probabilities():
    one = {"predict_log_proba": np.array([[0.0, -700.0]])}
    other = {"predict_log_proba": np.array([[0.0, -np.inf]])}

    assert agree(CLASSIFIER, one, other) is None


def test_values_of_a_regressor_are_compared_as_numbers():
    agree(REGRESSOR, {"predict": [1.0]}, {"predict": [1.0 + 1e-9]})

    with pytest.raises(Violation, match="rounding"):
        agree(REGRESSOR, {"predict": [1.0]}, {"predict": [1.1]})


def test_clusters_are_labels():
    subject = Subject(KMeans(2))

    with pytest.raises(Violation, match="1 of 2 differ; the first, at 1"):
        agree(subject, {"predict": [0, 1]}, {"predict": [0, 0]})


def test_methods_of_both_are_compared():
    assert agree(REGRESSOR, {}, {"predict": [1.0]}) is None
    assert agree(REGRESSOR, {"transform": [1.0]}, {"predict": [1.0]}) is None


def test_labels_must_have_the_shape():
    with pytest.raises(Violation, match=r"predict: the shape is \(2, 1\)"):
        same_labels([[1], [2]], [1, 2], "predict")


def test_a_label_is_not_an_equal_number_of_another_type():
    same_labels([True, False], [1, 0], "predict")

    with pytest.raises(Violation, match="2 of 2 differ"):
        same_labels(["1", "0"], [1, 0], "predict")


# --- Refusal


@pytest.mark.parametrize("error", [ValueError, TypeError, NotFittedError])
def test_a_refusal_is_returned(error):
    assert str(rejected(raising(error("no")), "fit")) == "no"


@pytest.mark.parametrize("error", [RuntimeError, KeyError, IndexError, AttributeError])
def test_another_error_is_no_refusal(error):
    with pytest.raises(Violation) as raised:
        refusal(raising(error("shapes\n  differ")), "fit to nan")

    assert str(raised.value).startswith(f"fit to nan: {error.__name__} (")
    assert "must be a ValueError or TypeError" in str(raised.value)


def test_a_refusal_without_a_word_is_none():
    with pytest.raises(Violation, match="fit: ValueError without a word"):
        refusal(raising(ValueError("  ")), "fit")


def test_an_answer_is_no_refusal():
    assert refusal(lambda: 1, "fit") is None
    with pytest.raises(
        Violation, match="fit to nan: it is accepted, and must be refused"
    ):
        rejected(lambda: 1, "fit to nan")


@pytest.mark.parametrize("error", [Violation("v"), NotApplicable("n")])
def test_what_a_contract_says_passes_through(error):
    with pytest.raises(type(error), match=str(error)):
        refusal(raising(error), "fit")


# --- Fitted or not


class Speaks:
    """Two methods: an error is raised, anything else returned."""

    def __init__(self, predict, transform):
        self.said = {"predict": predict, "transform": transform}

    def predict(self, X):
        return raising(self.said["predict"])() if X is None else self.said["predict"]

    def transform(self, X):
        return self.said["transform"]


def asked_of(model, X):
    return list(
        answers_if_fitted(
            model, X, ["predict", "transform"], what="here", must="It must not."
        )
    )


def test_answers_come_with_their_methods():
    assert asked_of(Speaks(1, 2), 0) == [("predict", 1), ("transform", 2)]


def test_a_method_that_is_not_fitted_is_passed_over():
    assert asked_of(Speaks(NotFittedError("fit it"), 2), None) == [("transform", 2)]


@pytest.mark.parametrize("error", [AttributeError, ValueError, RuntimeError])
def test_another_error_is_told_with_what_must_be(error):
    with pytest.raises(Violation) as raised:
        asked_of(Speaks(error("no\n  net_"), 2), None)

    assert str(raised.value) == (
        f"predict, here: {error.__name__}: no net_. It must not."
    )


# --- What is finite, and what is asked


def test_what_is_not_finite_is_told():
    with pytest.raises(Violation) as raised:
        check_finite({"predict": np.array([1.0, np.inf])}, "of rows")

    assert str(raised.value) == (
        "predict, of rows: 1 of 2 values are not finite; the first is inf."
    )


def test_the_logarithm_of_nothing_is_finite_enough():
    check_finite({"predict_log_proba": np.array([0.0, -np.inf])}, "of rows")
    check_finite({"predict": np.array(["a"])}, "of rows")

    with pytest.raises(Violation, match="nan"):
        check_finite({"predict_log_proba": np.array([np.nan])}, "of rows")


class NeedsManyRows(LinearRegression):
    def predict(self, X):
        if len(X) < 10:
            raise IndexError("out of rows")
        return super().predict(X)


def test_one_that_cannot_be_asked_is_another_contracts_matter():
    subject = Subject(NeedsManyRows())
    X, y = subject.data(Case(n=8))

    with pytest.raises(NotApplicable, match="it cannot be asked here: out of rows"):
        fitted_and_asked(subject, X, y)


def test_densities_are_left_out_where_there_may_be_none():
    assert plain_methods(Subject(PCA(1))) == ["transform"]


def test_a_valid_table_is_fitted_and_asked():
    X, y = CLASSIFIER.data(Case())

    model, outputs = fitted_and_asked(CLASSIFIER, X, y)

    np.testing.assert_array_equal(model.predict(X), outputs["predict"])
