"""Teachers of every kind say what they know, in the order of our classes."""

import copy
import random
import re
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch
from scipy import sparse
from scipy.special import expit, log_softmax, softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import RandomForestClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import (
    LinearRegression,
    LogisticRegression,
    Perceptron,
    RidgeClassifier,
)
from sklearn.multiclass import OneVsOneClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import NearestNeighbors
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
from skorch import NeuralNet, NeuralNetBinaryClassifier, NeuralNetClassifier
from torch import nn
from training.classroom import CLASSES, blobs, question

from sklkd.exceptions import TeacherError
from sklkd.training import Question, is_precomputed, name_of
from sklkd.training import _teachers as floor
from sklkd.training._teachers import check_teacher, is_prefit

X, Y = blobs(40)
FLOOR = 1e-9
ASK = question(proba_floor=FLOOR)
TWO = question(CLASSES[:2], proba_floor=FLOOR)
VALUES = Question("Test", "regression", 2)
Y_TWO = np.minimum(Y, 1)

FREEZE = pytest.mark.parametrize("freeze", [lambda t: t, FrozenEstimator], ids="01")


def probabilities(logits):
    return softmax(logits, axis=1)


@FREEZE
def test_predict_proba_is_taken_at_its_word(freeze):
    teacher = GaussianNB().fit(X, CLASSES[Y])

    logits = ASK.ask(freeze(teacher), X)

    expected = np.clip(teacher.predict_proba(X), FLOOR, 1)
    np.testing.assert_allclose(np.exp(logits), expected)


@FREEZE
def test_a_decision_function_is_read_as_logits(freeze):
    teacher = RidgeClassifier().fit(X, CLASSES[Y])

    logits = ASK.ask(freeze(teacher), X)

    np.testing.assert_allclose(
        logits, log_softmax(teacher.decision_function(X), axis=1)
    )


@FREEZE
def test_a_binary_decision_is_the_gap_of_two_logits(freeze):
    teacher = RidgeClassifier().fit(X, CLASSES[Y_TWO])

    logits = TWO.ask(freeze(teacher), X)

    second = expit(teacher.decision_function(X))
    np.testing.assert_allclose(
        np.exp(logits), np.stack([1 - second, second], axis=1), rtol=1e-9
    )


class OnlyPredicts(ClassifierMixin, BaseEstimator):
    """A classifier that knows no more than the label."""

    def fit(self, X, y):
        self.inner_ = GaussianNB().fit(X, y)
        self.classes_ = self.inner_.classes_
        return self

    def predict(self, X):
        return self.inner_.predict(X)


@FREEZE
def test_labels_alone_are_certain_up_to_the_floor(freeze):
    teacher = OnlyPredicts().fit(X, CLASSES[Y])
    ask = question(proba_floor=0.01)

    logits = ask.ask(freeze(teacher), X)

    said = teacher.predict(X)[:, None] == CLASSES
    np.testing.assert_allclose(np.exp(logits), np.where(said, 1.0, 0.01))


class Predicts:
    """Predicts, and has neither classes nor parameters."""

    def predict(self, X):
        return np.repeat(CLASSES[[2]], len(X))


def test_labels_of_a_teacher_without_classes_are_ours():
    logits = ASK.ask(Predicts(), X[:2])

    np.testing.assert_allclose(np.exp(logits), [[FLOOR, FLOOR, 1.0]] * 2)


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 0, 1], [1, 0, 2]], ids=str)
@pytest.mark.parametrize("kind", [GaussianNB, RidgeClassifier, OnlyPredicts])
@pytest.mark.parametrize("dtype", ["U5", "O"])
def test_columns_are_found_by_the_value_of_their_class(order, kind, dtype):
    """A teacher may hold its classes in any order, as strings of either kind."""
    teacher = kind().fit(X, CLASSES[Y])
    expected = ASK.ask(teacher, X)

    class Shuffled:
        classes_ = CLASSES[order].astype(dtype)

    speaks = next(
        name
        for name in ("predict_proba", "decision_function", "predict")
        if hasattr(teacher, name)
    )
    said = getattr(teacher, speaks)(X)
    columns = said[:, order] if said.ndim == 2 else said
    Shuffled.predict = lambda self, X: teacher.predict(X)
    setattr(Shuffled, speaks, lambda self, X: columns)

    logits = ASK.ask(Shuffled(), X)

    np.testing.assert_allclose(logits, expected)


@pytest.mark.parametrize(
    "values", [[3, 1, 2], [2.0, -1.0, 7.0], [True, False]], ids=str
)
def test_classes_of_other_types_are_aligned_too(values):
    classes = np.unique(values)
    y = classes[np.arange(40) % len(classes)]
    teacher = GaussianNB().fit(X, y)

    logits = question(classes, proba_floor=FLOOR).ask(teacher, X)

    expected = np.clip(teacher.predict_proba(X), FLOOR, 1)
    np.testing.assert_allclose(np.exp(logits), expected)


def test_a_class_that_a_fold_never_saw_has_the_floor():
    teacher = GaussianNB().fit(X, CLASSES[np.where(Y == 1, 2, Y)])

    logits = question(proba_floor=0.01).ask(teacher, X)

    assert np.exp(logits[:, 1]) == pytest.approx(0.01)


class Net(nn.Module):
    """A module with dropout, whose weights are those of a seed."""

    def __init__(self, n_outputs=3, *, last=None, seed=0):
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        self.weight = nn.Parameter(torch.randn(3, n_outputs, generator=generator))
        self.dropout = nn.Dropout(0.9)
        self.last = last or nn.Identity()

    def forward(self, X):
        return self.last(self.dropout(X @ self.weight))


def product(module):
    """X times the module's weight, by numpy: (n, k)."""
    return X @ module.weight.detach().double().numpy()


def test_a_modules_output_is_logits():
    module = Net()

    np.testing.assert_allclose(ASK.ask(module, X), product(module), rtol=1e-5)


def test_a_modules_first_of_several_outputs_counts():
    class Two(Net):
        def forward(self, X):
            return super().forward(X), None

    np.testing.assert_array_equal(ASK.ask(Two(), X), ASK.ask(Net(), X))


@pytest.mark.parametrize("last", [nn.Identity(), nn.Flatten(0)], ids=["column", "flat"])
def test_a_modules_single_output_is_a_binary_logit(last):
    module = Net(1, last=last)

    logits = TWO.ask(module, X)

    second = expit(product(module)[:, 0])
    np.testing.assert_allclose(
        probabilities(logits), np.stack([1 - second, second], axis=1), rtol=1e-5
    )


def test_a_double_modules_output_is_double():
    module = Net().double()

    np.testing.assert_allclose(
        ASK.ask(module, X), X @ module.weight.detach().numpy(), rtol=1e-12
    )


@pytest.mark.parametrize("training", [True, False])
def test_a_module_is_asked_in_evaluation_and_left_as_it_is(training):
    module = Net().train(training)
    module.dropout.train(not training)
    before = copy.deepcopy(module.state_dict())

    ASK.ask(module, X)

    assert module.training is training
    assert module.dropout.training is not training
    assert all(torch.equal(before[k], v) for k, v in module.state_dict().items())
    assert all(p.grad is None for p in module.parameters())


def test_a_modules_running_means_stay():
    module = nn.Sequential(nn.BatchNorm1d(3), nn.Linear(3, 3)).train()
    before = module[0].running_mean.clone()

    ASK.ask(module, X)

    assert torch.equal(module[0].running_mean, before)


def test_a_module_is_asked_in_chunks_that_change_nothing(monkeypatch):
    module, whole = Net(), ASK.ask(Net(), X)
    sizes = []
    monkeypatch.setattr(floor, "ASK_CHUNK", 3 * 7)
    module.register_forward_pre_hook(lambda _, args: sizes.append(len(args[0])))

    logits = ASK.ask(module.eval(), X)

    assert sizes == [7, 7, 7, 7, 7, 5]
    np.testing.assert_allclose(logits, whole, rtol=1e-5)


@pytest.mark.parametrize(
    "container",
    [pd.DataFrame, sparse.csr_array, sparse.coo_array, np.asfortranarray],
    ids=["frame", "csr", "coo", "fortran"],
)
def test_a_module_takes_rows_in_any_container(container):
    np.testing.assert_array_equal(ASK.ask(Net(), container(X)), ASK.ask(Net(), X))


def skorch_net(kind, module, criterion, **options):
    """A skorch net that is initialised, and not trained."""
    net = kind(module, criterion=criterion, verbose=0, **options)
    return net.initialize()


@FREEZE
@pytest.mark.parametrize("criterion", [nn.CrossEntropyLoss, nn.CrossEntropyLoss()])
def test_a_skorch_classifier_with_cross_entropy_puts_out_logits(freeze, criterion):
    module = Net()
    teacher = freeze(skorch_net(NeuralNetClassifier, module, criterion))

    np.testing.assert_allclose(ASK.ask(teacher, X), product(module), rtol=1e-5)


@FREEZE
@pytest.mark.parametrize(
    "criterion", [nn.NLLLoss, nn.NLLLoss()], ids=["class", "object"]
)
def test_a_skorch_classifier_with_nll_puts_out_probabilities(freeze, criterion):
    """It is skorch's convention: a softmax inside, and the logarithm outside."""
    module = Net(last=nn.Softmax(dim=1))
    teacher = freeze(skorch_net(NeuralNetClassifier, module, criterion))

    logits = ASK.ask(teacher, X)

    expected = np.clip(softmax(product(module), axis=1), FLOOR, 1)
    np.testing.assert_allclose(np.exp(logits), expected, rtol=1e-4)


def test_a_plain_skorch_net_puts_out_logits():
    module = Net()
    teacher = skorch_net(NeuralNet, module, nn.CrossEntropyLoss)

    np.testing.assert_allclose(ASK.ask(teacher, X), product(module), rtol=1e-5)


def test_a_skorch_binary_classifier_puts_out_one_logit():
    module = Net(1, last=nn.Flatten(0))
    teacher = skorch_net(NeuralNetBinaryClassifier, module, nn.BCEWithLogitsLoss)

    second = expit(product(module)[:, 0])
    np.testing.assert_allclose(
        probabilities(TWO.ask(teacher, X))[:, 1], second, rtol=1e-5
    )


def test_a_callable_returns_probabilities_in_the_order_of_sorted_classes():
    given = probabilities(np.random.default_rng(0).normal(size=(40, 3)))

    logits = ASK.ask(lambda _: given.tolist(), X)

    np.testing.assert_allclose(np.exp(logits), given)


def test_a_callable_sees_x_as_it_was_passed():
    table = pd.DataFrame(X)
    seen = []

    ASK.ask(lambda X: seen.append(X) or np.full((40, 3), 1 / 3), table)

    assert seen[0] is table


def test_a_pipeline_speaks_through_its_last_step():
    teacher = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, CLASSES[Y])

    np.testing.assert_allclose(np.exp(ASK.ask(teacher, X)), teacher.predict_proba(X))


@FREEZE
def test_a_regressor_says_its_values(freeze):
    teacher = LinearRegression().fit(X, X[:, :2] * [1, 2])

    np.testing.assert_allclose(VALUES.ask(freeze(teacher), X), X[:, :2] * [1, 2])


@pytest.mark.parametrize(
    "teacher",
    [
        LinearRegression().fit(X, X[:, 1]),
        lambda X: X[:, 1],
        lambda X: X[:, 1:2].tolist(),
    ],
    ids=["estimator", "flat", "column"],
)
def test_one_value_a_row_is_a_column(teacher):
    values = Question("Test", "regression", 1).ask(teacher, X)

    np.testing.assert_allclose(values, X[:, 1:2])


@pytest.mark.parametrize(
    "wrap", [lambda m: m, lambda m: skorch_net(NeuralNet, m, nn.MSELoss)]
)
def test_a_modules_values_are_taken_in_the_units_of_y(wrap):
    module = Net(2)

    np.testing.assert_allclose(VALUES.ask(wrap(module), X), product(module), rtol=1e-5)


@pytest.mark.parametrize(
    "teacher",
    [
        Net().train(),
        skorch_net(NeuralNetClassifier, Net(), nn.CrossEntropyLoss),
        GaussianNB().fit(X, CLASSES[Y]),
    ],
    ids=["module", "skorch", "estimator"],
)
def test_asking_draws_from_no_global_generator(teacher):
    torch_state, python_state = torch.get_rng_state(), random.getstate()
    numpy_state = np.random.get_state()[1].copy()  # noqa: NPY002 - the global one

    ASK.ask(teacher, X)

    assert torch.equal(torch.get_rng_state(), torch_state)
    assert random.getstate() == python_state
    assert np.array_equal(np.random.get_state()[1], numpy_state)  # noqa: NPY002


def test_probabilities_below_the_floor_are_raised_to_it():
    logits = question(proba_floor=0.01).from_proba([[0.0, 0.001, 0.999]], 1, "given")

    np.testing.assert_allclose(np.exp(logits), [[0.01, 0.01, 0.999]])


def test_rounded_probabilities_pass():
    given = np.float32([[0.3333, 0.3333, 0.3333], [0.5, 0.5, 5e-4]])

    assert ASK.from_proba(given, 2, "given").shape == (2, 3)


def refused(sentence, error=TeacherError):
    return pytest.raises(error, match=f"^{re.escape(sentence)}$")


def constant(row):
    """A callable that says the same of every row but the second, which is fine."""

    def api(X):
        said = np.tile(np.asarray(row, float), (len(X), 1))
        said[1] = 1 / said.shape[1]
        return said

    return api


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ([0.5, 0.5, 0.5], "must sum to 1 in every row, got 1.5 in row 0."),
        ([0.2, 0.2, 0.2], "must sum to 1 in every row, got 0.6 in row 0."),
        ([0.3, 0.3, 0.4 + 2e-3], "must sum to 1 in every row, got 1.002 in row 0."),
        ([1.5, -0.5, 0.0], "must not be negative, got -0.5 in row 0."),
        ([np.nan, 0.5, 0.5], "must be finite, got nan in row 0."),
        ([np.inf, 0.5, 0.5], "must be finite, got inf in row 0."),
    ],
)
def test_what_is_no_distribution_is_refused_with_its_row(row, reason):
    with refused(f"Test: what api gives {reason}"):
        ASK.ask(constant(row), X)


def test_the_first_bad_row_is_named():
    given = np.full((40, 3), 1 / 3)
    given[[17, 30]] = 0.5

    with refused(
        "Test: what teacher_proba gives must sum to 1 in every row, got 1.5 in row 17."
    ):
        ASK.from_proba(given, 40, "teacher_proba")


@pytest.mark.parametrize(
    ("said", "shape"),
    [
        (np.full((40, 2), 0.5), "(40, 2)"),
        (np.full((39, 3), 1 / 3), "(39, 3)"),
        (np.full(40, 1.0), "(40,)"),
        (np.full((40, 3, 1), 1 / 3), "(40, 3, 1)"),
        (None, "()"),
    ],
    ids=["columns", "rows", "flat", "deep", "nothing"],
)
def test_probabilities_of_another_shape_are_refused(said, shape):
    def api(_):
        return said

    with refused(
        "Test: api must give an array of shape (40, 3), a row for each row of X and a "
        f"column for each class, got {shape}."
    ):
        ASK.ask(api, X)


def test_votes_of_pairs_of_classes_are_no_logits():
    teacher = SVC(decision_function_shape="ovo").fit(*blobs(40, n_classes=4))
    ask = question(np.arange(4))

    with refused(
        "Test: SVC must give an array of shape (40, 4), a row for each row of X and a "
        "column for each class, got (40, 6)."
    ):
        ask.ask(teacher, X)


def test_scores_that_are_not_finite_are_refused():
    teacher = Perceptron().fit(X, CLASSES[Y])
    teacher.intercept_ = teacher.intercept_ + np.nan

    with refused("Test: what Perceptron gives must be finite, got nan in row 0."):
        ASK.ask(teacher, X)


def test_a_module_of_another_width_is_refused():
    with refused(
        "Test: Net must give an array of shape (40, 3), a row for each row of X and a "
        "column for each class, got (40, 4)."
    ):
        ASK.ask(Net(4), X)


def test_a_single_logit_is_refused_for_three_classes():
    with refused(
        "Test: Net must give an array of shape (40, 3), a row for each row of X and a "
        "column for each class, got (40, 2)."
    ):
        ASK.ask(Net(1), X)


def test_logits_that_are_not_finite_are_refused():
    module = Net()
    with torch.no_grad():
        module.weight[:] = torch.nan

    with refused("Test: what Net gives must be finite, got nan in row 0."):
        ASK.ask(module, X)


def test_a_skorch_classifier_with_nll_and_no_softmax_is_refused():
    teacher = skorch_net(NeuralNetClassifier, Net(), nn.NLLLoss)

    with pytest.raises(
        TeacherError, match=r"^Test: what NeuralNetClassifier gives must"
    ):
        ASK.ask(teacher, X)


@pytest.mark.parametrize(
    ("teacher", "shape"),
    [(lambda X: X, "(40, 3)"), (lambda X: X[1:, :2], "(39, 2)")],
    ids=["columns", "rows"],
)
def test_values_of_another_shape_are_refused(teacher, shape):
    with refused(
        "Test: <lambda> must give an array of shape (40, 2), a row for each row of X "
        f"and a column for each target, got {shape}."
    ):
        VALUES.ask(teacher, X)


def test_values_that_are_not_finite_are_refused():
    def model(X):
        return np.where(np.arange(40)[:, None] == 5, -np.inf, X[:, :2])

    with refused("Test: what model gives must be finite, got -inf in row 5."):
        VALUES.ask(model, X)


@pytest.mark.parametrize(
    "labels", [CLASSES[:2], CLASSES[[0, 1, 2, 2]] + "!", [0, 1, 2]]
)
def test_a_teacher_of_other_classes_is_refused(labels):
    known = np.unique(labels)
    teacher = GaussianNB().fit(X, known[np.arange(40) % len(known)])

    with refused(
        f"The teacher GaussianNB knows the classes {known.tolist()}, but y has "
        "['ash', 'birch', 'cedar']. Fit the teacher on the same classes, or pass it "
        "unfitted."
    ):
        ASK.check_classes(FrozenEstimator(teacher))


def test_teachers_of_our_classes_in_any_order_or_of_none_pass():
    shuffled = GaussianNB().fit(X, CLASSES[Y])
    shuffled.classes_ = CLASSES[[2, 0, 1]]

    for teacher in [shuffled, FrozenEstimator(shuffled), nn.Linear(3, 3), len]:
        ASK.check_classes(teacher)
    VALUES.check_classes(shuffled)


def test_a_frozen_teacher_must_be_fitted():
    with refused(
        "Test: the teacher FrozenEstimator(estimator=GaussianNB()) is not fitted. Fit "
        "it before it is frozen, or pass it without FrozenEstimator to have it fitted."
    ):
        check_teacher("Test", FrozenEstimator(GaussianNB()))


def test_a_frozen_skorch_net_must_be_fitted():
    net = NeuralNetClassifier(Net, criterion=nn.CrossEntropyLoss)

    with pytest.raises(
        TeacherError, match=r"is not fitted\. Fit it before it is frozen"
    ):
        check_teacher("Test", FrozenEstimator(net))


@pytest.mark.parametrize("teacher", [nn.Linear(3, 3), len], ids=["module", "callable"])
def test_what_is_never_fitted_cannot_be_frozen(teacher):
    with refused(f"{teacher!r} is not an estimator instance.", TypeError):
        check_teacher("Test", FrozenEstimator(teacher))


@pytest.mark.parametrize(
    ("teacher", "prefit"),
    [
        (GaussianNB(), False),
        (GaussianNB().fit(X, Y), False),
        (FrozenEstimator(GaussianNB()), True),
        (nn.Linear(2, 2), True),
        (NeuralNet(nn.Linear, nn.MSELoss), False),
        (skorch_net(NeuralNet, nn.Linear(2, 2), nn.MSELoss), True),
        (len, True),
        ("precomputed", False),
        (None, False),
    ],
)
def test_only_an_estimator_that_is_not_frozen_is_fitted(teacher, prefit):
    assert is_prefit(teacher) is prefit


@pytest.mark.parametrize(
    ("teacher", "precomputed"),
    [("precomputed", True), ("other", False), (np.array(["precomputed"]), False)],
)
def test_precomputed_is_a_word(teacher, precomputed):
    assert is_precomputed(teacher) is precomputed


@pytest.mark.parametrize(
    ("teacher", "name"),
    [
        ("teacher_proba", "teacher_proba"),
        (GaussianNB(), "GaussianNB"),
        (FrozenEstimator(GaussianNB()), "GaussianNB"),
        (len, "len"),
        (Net(), "Net"),
        (NearestNeighbors, "NearestNeighbors"),
    ],
)
def test_errors_call_a_teacher_by_its_name(teacher, name):
    assert name_of(teacher) == name


def test_one_against_one_speaks_by_class():
    teacher = OneVsOneClassifier(LogisticRegression()).fit(X, CLASSES[Y])

    logits = ASK.ask(teacher, X)

    np.testing.assert_allclose(
        logits, log_softmax(teacher.decision_function(X), axis=1)
    )


class Noting:
    """Says what an estimator says, and notes how many rows it was asked about."""

    def __init__(self, teacher, method, *, spoilt=None):
        self.sizes, self.spoilt = [], spoilt
        self.classes_ = getattr(teacher, "classes_", None)
        self.ask = getattr(teacher, method)
        for name in {method, "predict"}:
            setattr(self, name, self.said)

    def said(self, X):
        self.sizes.append(len(X))
        said = self.ask(X)
        if self.spoilt is not None:
            said[np.all(np.asarray(X) == self.spoilt, axis=1)] = np.nan
        return said


@pytest.mark.parametrize(
    ("kind", "method"),
    [
        (GaussianNB, "predict_proba"),
        (RidgeClassifier, "decision_function"),
        (GaussianNB, "predict"),
    ],
)
@pytest.mark.parametrize(
    "container", [np.array, pd.DataFrame, pl.DataFrame], ids=["np", "pandas", "polars"]
)
def test_an_estimator_is_asked_in_chunks_that_change_nothing(
    monkeypatch, kind, method, container
):
    with warnings.catch_warnings():
        # It is fitted without names and asked with them.
        warnings.filterwarnings("ignore", "X has feature names", UserWarning)
        teacher = kind().fit(X, CLASSES[Y])
        whole = ASK.ask(Noting(teacher, method), container(X))
        monkeypatch.setattr(floor, "ASK_CHUNK", 3 * 7)
        noting = Noting(teacher, method)

        logits = ASK.ask(noting, container(X))

    assert noting.sizes == [7, 7, 7, 7, 7, 5]
    np.testing.assert_allclose(logits, whole, rtol=1e-12)


def test_two_scores_in_chunks_are_those_of_all(monkeypatch):
    teacher = RidgeClassifier().fit(X, CLASSES[Y_TWO])
    whole = TWO.ask(teacher, X)
    monkeypatch.setattr(floor, "ASK_CHUNK", 3 * 7)

    np.testing.assert_allclose(TWO.ask(teacher, X), whole)


def test_labels_of_different_length_in_chunks_are_those_of_all(monkeypatch):
    teacher = OnlyPredicts().fit(X, CLASSES[Y].astype(object))
    teacher.predict = lambda X: np.array(teacher.inner_.predict(X).tolist())
    whole = ASK.ask(teacher, X)
    monkeypatch.setattr(floor, "ASK_CHUNK", 3)

    np.testing.assert_array_equal(ASK.ask(teacher, X), whole)


@pytest.mark.parametrize("y", [X[:, :2], X[:, :1], X[:, 0]], ids=["two", "one", "flat"])
def test_values_in_chunks_are_those_of_all(monkeypatch, y):
    teacher = LinearRegression().fit(X, y)
    asked = Question("Test", "regression", 2 if y.shape[1:] == (2,) else 1)
    whole = asked.ask(teacher, X)
    monkeypatch.setattr(floor, "ASK_CHUNK", 3 * 7)

    np.testing.assert_allclose(asked.ask(teacher, sparse.csr_array(X)), whole)


def test_a_function_sees_all_rows_at_once(monkeypatch):
    monkeypatch.setattr(floor, "ASK_CHUNK", 3 * 7)
    sizes = []

    ASK.ask(lambda X: sizes.append(len(X)) or np.full((40, 3), 1 / 3), X)

    assert sizes == [40]


def test_a_bad_row_is_named_by_its_number_among_all(monkeypatch):
    teacher = Noting(GaussianNB().fit(X, CLASSES[Y]), "predict_proba", spoilt=X[17])
    monkeypatch.setattr(floor, "ASK_CHUNK", 3 * 7)

    with refused("Test: what Noting gives must be finite, got nan in row 17."):
        ASK.ask(teacher, X)


def test_a_wrong_number_of_rows_in_chunks_is_told_of_all(monkeypatch):
    teacher = Predicts()
    teacher.predict = lambda X: X[1:, :2]
    monkeypatch.setattr(floor, "ASK_CHUNK", 3 * 7)

    with refused(
        "Test: Predicts must give an array of shape (40, 2), a row for each row of X "
        "and a column for each target, got (34, 2)."
    ):
        VALUES.ask(teacher, X)


def test_nothing_in_chunks_is_refused(monkeypatch):
    teacher = Predicts()
    teacher.predict = lambda _: None
    monkeypatch.setattr(floor, "ASK_CHUNK", 3 * 7)

    with pytest.raises(TeacherError, match=r"^Test: Predicts must give an array of"):
        VALUES.ask(teacher, X)


FOREST = RandomForestClassifier(5, max_depth=3, random_state=0)


@FREEZE
def test_leaves_are_smoothed_on_request(freeze, monkeypatch):
    """A tree of one leaf says the share of each class, with a pseudo-count."""
    y = np.repeat([0, 1, 2], [25, 10, 5])
    stump = DecisionTreeClassifier(max_leaf_nodes=2, min_samples_leaf=20)
    teacher = freeze(stump.fit(np.zeros((40, 1)), CLASSES[y]))
    monkeypatch.setattr(floor, "ASK_CHUNK", 7)

    logits = question(leaf_smoothing=2.0).ask(teacher, np.zeros((9, 1)))

    np.testing.assert_allclose(np.exp(logits), [[27 / 46, 12 / 46, 7 / 46]] * 9)


def test_without_smoothing_leaves_are_as_they_are():
    teacher = FOREST.fit(X, CLASSES[Y])

    logits = question(leaf_smoothing=0.0, proba_floor=FLOOR).ask(teacher, X)

    expected = np.clip(teacher.predict_proba(X), FLOOR, 1)
    np.testing.assert_allclose(np.exp(logits), expected)


def test_smoothed_leaves_find_the_columns_of_their_classes():
    teacher = FOREST.fit(X, CLASSES[np.where(Y == 1, 2, Y)])

    logits = question(leaf_smoothing=1.0, proba_floor=0.01).ask(teacher, X)

    assert np.exp(logits[:, 1]) == pytest.approx(0.01)
    np.testing.assert_allclose(np.exp(logits[:, [0, 2]]).sum(axis=1), 1)


def test_a_model_without_leaves_is_refused_where_they_are_to_be_smoothed():
    with refused(
        "Test: leaf_smoothing needs a teacher made of decision trees that vote, such "
        "as RandomForestClassifier, got GaussianNB. Pass leaf_smoothing=0, and perhaps "
        "a higher proba_floor."
    ):
        question(leaf_smoothing=1.0).ask(GaussianNB().fit(X, CLASSES[Y]), X)


def test_what_is_no_estimator_has_no_leaves_to_smooth():
    ask = question(leaf_smoothing=1.0, proba_floor=FLOOR)

    np.testing.assert_array_equal(ask.ask(Net(), X), ASK.ask(Net(), X))
    np.testing.assert_allclose(
        np.exp(ask.ask(lambda _: np.full((40, 3), 1 / 3), X)), 1 / 3
    )
