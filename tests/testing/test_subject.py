"""The estimator under test: made, fitted and asked as a stranger's code would."""

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import BaggingClassifier
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.multioutput import MultiOutputRegressor
from sklearn.naive_bayes import MultinomialNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sklkd.testing import Case, ContractTags, NotApplicable, Subject


class Broken(LogisticRegression):
    """Its probabilities raise."""

    def predict_proba(self, X):
        raise AttributeError("classes")


@pytest.mark.parametrize(
    ("estimator", "kind"),
    [
        (LogisticRegression(), "classifier"),
        (Ridge(), "regressor"),
        (StandardScaler(), "transformer"),
        (KMeans(), "transformer"),
    ],
)
def test_the_kind_is_that_of_the_tags(estimator, kind):
    assert Subject(estimator).kind == kind


def test_a_seed_is_set_where_there_is_none():
    assert Subject(SGDClassifier()).new().random_state == 0
    assert Subject(SGDClassifier(random_state=5)).new().random_state == 5
    assert Subject(StandardScaler()).seed_param is None


def test_every_part_gets_a_seed():
    subject = Subject(BaggingClassifier(make_pipeline(MLPClassifier())))

    seeds = {
        name: value
        for name, value in subject.new().get_params().items()
        if name.endswith("random_state")
    }

    assert set(seeds.values()) == {0}
    assert len(seeds) == 2


def test_a_seed_that_is_set_stays():
    subject = Subject(make_pipeline(MLPClassifier(random_state=7)))

    model = subject.new()

    assert model.named_steps["mlpclassifier"].random_state == 7


def test_the_callers_estimator_is_left_alone():
    model = SGDClassifier()

    Subject(model, ContractTags(fast_params={"max_iter": 3})).new(alpha=1.0)

    assert (model.max_iter, model.alpha, model.random_state) == (1000, 0.0001, None)


def test_fast_parameters_are_those_of_every_copy():
    subject = Subject(SGDClassifier(), ContractTags(fast_params={"max_iter": 3}))

    assert subject.new().max_iter == 3


def test_methods_are_those_that_work():
    assert Subject(SVC()).methods == ("predict", "decision_function")
    assert Subject(Broken()).methods == ("predict", "decision_function")


def test_a_missing_method_makes_a_contract_not_applicable():
    subject = Subject(SVC())
    X, y = subject.data(Case())
    model = subject.fitted(X, y)

    with pytest.raises(NotApplicable, match="no predict_proba that works"):
        subject.needs("predict_proba")
    with pytest.raises(NotApplicable, match="it has none of transform"):
        subject.outputs(model, X, only=["transform"])


def test_what_cannot_be_fitted_is_not_applicable():
    subject = Subject(MultinomialNB())
    X, y = subject.data(Case())

    with pytest.raises(NotApplicable, match="cannot be fitted here: ValueError: Neg"):
        subject.fitted(-X - 1, y)


def test_data_are_such_as_the_tags_allow():
    X, _ = Subject(MultinomialNB()).data(Case(style="offset"))

    assert X.min() == 0.0


def test_a_binary_classifier_gets_two_classes():
    class Binary(DummyClassifier):
        def __sklearn_tags__(self):
            tags = super().__sklearn_tags__()
            tags.classifier_tags.multi_class = False
            return tags

    _, y = Subject(Binary()).data(Case(k=4))

    assert set(y) == {0, 1}


def test_further_arguments_of_fit_are_given():
    class Needy(Ridge):
        def fit(self, X, y, sample_weight=None, *, size):
            self.size_ = size
            return super().fit(X, y, sample_weight)

    tags = ContractTags(fit_params=lambda X, y: {"size": len(X)})
    subject = Subject(Needy(), tags)
    X, y = subject.data(Case(n=9))

    assert subject.fitted(X, y).size_ == 9


def test_weights_and_batches_are_found():
    assert Subject(Ridge()).takes_weight
    assert not Subject(StandardScaler().set_params()).batch_size
    assert Subject(MultiOutputRegressor(SGDClassifier())).batch_size is None


@pytest.mark.parametrize(
    ("estimator", "sentence"),
    [
        (
            LogisticRegression,
            (
                "Subject: estimator must be an instance, got the class "
                "LogisticRegression. Pass LogisticRegression()."
            ),
        ),
        (
            np.zeros(3),
            (
                "Subject: estimator must be a scikit-learn estimator, got ndarray, "
                "which has no fit and no get_params and no set_params. Derive it from "
                "sklearn.base.BaseEstimator."
            ),
        ),
    ],
)
def test_what_is_no_estimator_is_refused(estimator, sentence):
    with pytest.raises(TypeError, match="estimator must be") as caught:
        Subject(estimator)

    assert str(caught.value) == sentence
