"""What may be passed as a student, and what predicts once it is trained."""

import copy
import io
import pickle
import re

import numpy as np
import pandas as pd
import pytest
import torch
from scipy import sparse
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from skorch import NeuralNet, NeuralNetClassifier
from torch import nn
from training.classroom import Linear, blobs, classifier, trained

from sklkd import StudentNet
from sklkd.exceptions import DivergedError, UnknownNameError
from sklkd.training import (
    STUDENTS,
    EstimatorStudent,
    TrainedStudent,
    as_student,
    draw_seed,
)
from sklkd.training import _student as floor
from sklkd.training._net import Net
from sklkd.training._student import rows_of

X, Y = blobs(30)
SMALL = StudentNet(hidden=(4,), max_epochs=2)


def test_none_is_a_student_net():
    student = as_student("Test", None)

    assert student.steps is None
    assert type(student.net) is StudentNet
    assert student.net.get_params() == StudentNet().get_params()


def test_a_student_net_is_cloned():
    student = as_student("Test", SMALL)

    assert student.net is not SMALL
    assert student.net.get_params() == SMALL.get_params()


def test_a_class_of_modules_is_the_students_module():
    assert as_student("Test", Linear).net.module is Linear


def test_an_instance_of_a_module_keeps_its_weights_and_is_copied():
    module = nn.Linear(3, 3)

    copied = as_student("Test", module).net.module

    assert copied is not module
    assert torch.equal(copied.weight, module.weight)


def test_a_skorch_net_is_cloned():
    net = NeuralNetClassifier(nn.Linear, module__in_features=3, module__out_features=3)

    student = as_student("Test", net)

    assert type(student.net) is NeuralNetClassifier
    assert student.net is not net
    assert student.net.get_params()["module__in_features"] == 3


def test_a_registered_name_is_the_student_of_that_name():
    assert "net" in STUDENTS
    assert type(as_student("Test", "net").net) is StudentNet


@pytest.mark.parametrize("last", [SMALL, Linear, nn.Linear(3, 3), None, "net"])
def test_a_pipeline_ends_in_any_student(last):
    pipeline = Pipeline([("scale", StandardScaler()), ("net", last)])

    student = as_student("Test", pipeline)

    assert [name for name, _ in student.steps.steps] == ["scale"]
    assert student.steps.steps[0][1] is not pipeline.steps[0][1]
    assert type(student.net) is StudentNet


def test_a_pipeline_of_one_step_is_that_step():
    assert as_student("Test", Pipeline([("net", SMALL)])).steps is None


class Predicts:
    """Has the methods of a model, and no parameters to clone."""

    def fit(self, X, y):
        raise AssertionError

    predict = fit


@pytest.mark.parametrize(
    "student",
    [
        3,
        int,
        [SMALL],
        lambda: None,
        StudentNet,
        LogisticRegression,
        StandardScaler(),
        FunctionTransformer(),
        Predicts(),
    ],
    ids=lambda student: getattr(student, "__name__", type(student).__name__),
)
def test_anything_else_is_refused(student):
    sentence = (
        "Test: student must be None, a StudentNet, a skorch net, a torch.nn.Module or "
        "a class of them, a scikit-learn model, a Pipeline that ends in one of these, "
        f"or the name of a registered student, got {student!r}."
    )

    with pytest.raises(TypeError, match=f"^{re.escape(sentence)}$"):
        as_student("Test", student)


def test_a_pipeline_that_ends_in_something_else_is_refused():
    with pytest.raises(TypeError, match=r"^Test: student must be None, a StudentNet"):
        as_student("Test", make_pipeline(StandardScaler(), StandardScaler()))


def test_an_unknown_name_is_refused_with_the_nearest():
    with pytest.raises(UnknownNameError) as caught:
        as_student("Test", "nett")

    assert str(caught.value) == (
        "sklkd.students has no 'nett'. Did you mean 'net'? Known: "
        f"{', '.join(STUDENTS)}."
    )


def test_parameters_are_checked():
    sentence = "StudentNet: lr must be a real number in (0, inf), got -1."

    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        as_student("Test", StudentNet(lr=-1))


def test_a_students_own_seed_comes_first():
    assert as_student("Test", StudentNet(random_state=5)).seed(3) == draw_seed(5)
    assert as_student("Test", StudentNet()).seed(3) == 3
    assert as_student("Test", NeuralNet(nn.Linear, nn.MSELoss)).seed(3) == 3


@pytest.mark.parametrize(
    ("own", "estimators"), [(0, None), (None, 0), (np.int64(3), None)]
)
def test_a_checkpoint_needs_one_integer_seed(own, estimators, tmp_path):
    net = StudentNet(checkpoint=tmp_path, random_state=own)

    as_student("Test", net).check_seed(estimators)


@pytest.mark.parametrize("seeds", [(None, None), ("stream", 0), (None, "stream")])
def test_a_checkpoint_without_an_integer_seed_is_refused(seeds, tmp_path):
    stream = np.random.RandomState(0)
    own, estimators = (stream if seed == "stream" else seed for seed in seeds)
    student = as_student("Test", StudentNet(checkpoint=tmp_path, random_state=own))

    with pytest.raises(
        ValueError, match=r"^StudentNet: checkpoint needs an int"
    ) as caught:
        student.check_seed(estimators)

    used = student.net.random_state if own is not None else estimators
    assert str(caught.value) == (
        "StudentNet: checkpoint needs an integer random_state, the student's or the "
        f"estimator's, got {used!r}."
    )


def test_without_a_checkpoint_any_seed_will_do():
    as_student("Test", StudentNet()).check_seed(None)
    as_student("Test", NeuralNet(nn.Linear, nn.MSELoss)).check_seed(None)


MODELS = [
    LogisticRegression(),
    RandomForestClassifier(),
    HistGradientBoostingRegressor(),
    GridSearchCV(LogisticRegression(), {"C": [1, 2]}),
]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
def test_a_model_of_scikit_learn_is_a_student(model):
    student = as_student("Test", model)

    assert isinstance(student, EstimatorStudent)
    assert student.estimator is model


@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
@pytest.mark.parametrize("nested", [False, True])
def test_a_pipeline_that_ends_in_a_model_is_a_model(model, nested):
    pipeline = make_pipeline(StandardScaler(), model)
    pipeline = make_pipeline(StandardScaler(), pipeline) if nested else pipeline

    assert as_student("Test", pipeline).estimator is pipeline


@pytest.mark.parametrize("outer", [[], [FunctionTransformer(np.tanh)]], ids=["", "f"])
def test_a_pipeline_that_ends_in_a_pipeline_keeps_the_transformers_of_both(outer):
    inner = make_pipeline(FunctionTransformer(np.cbrt), StandardScaler(), SMALL)

    steps = as_student("Test", make_pipeline(*outer, inner)).steps

    expected = np.cbrt(np.tanh(X) if outer else X)
    np.testing.assert_allclose(
        steps.fit_transform(X), StandardScaler().fit_transform(expected)
    )


@pytest.mark.parametrize(
    ("student", "sees"),
    [
        (SMALL, False),
        (nn.Linear(3, 3), False),
        (NeuralNet(nn.Linear, nn.MSELoss), False),
        (make_pipeline(StandardScaler(), SMALL), True),
        (make_pipeline(SMALL), False),
        (LogisticRegression(), True),
    ],
    ids=["default", "module", "skorch", "pipeline", "one step", "model"],
)
def test_only_transformers_and_models_see_x_as_it_was_passed(student, sees):
    assert as_student("Test", student).sees_original is sees


@pytest.mark.parametrize(
    ("student", "takes"),
    [
        (SMALL, True),
        (StudentNet(standardize=False), False),
        (StudentNet(standardize=True), True),
        (StudentNet(Linear), False),
        (StudentNet(Linear, standardize=True), True),
        (NeuralNet(nn.Linear, nn.MSELoss), False),
        (make_pipeline(StandardScaler(), Linear), True),
        (LogisticRegression(), True),
    ],
    ids=["own", "raw", "scaled", "module", "both", "skorch", "pipeline", "model"],
)
def test_gaps_are_taken_by_what_comes_before_the_network(student, takes):
    assert as_student("Test", student).takes_missing is takes


def test_a_student_on_trial_writes_no_checkpoint_and_leaves_no_trace(tmp_path):
    net = StudentNet(hidden=(4,), lr=0.03, checkpoint=tmp_path, random_state=3)
    scale = StandardScaler()
    student = as_student("Test", make_pipeline(scale, net))

    trial = student.for_trial()

    assert trial.net.checkpoint is None
    assert student.net.checkpoint == tmp_path
    assert trial.net.get_params() == {**net.get_params(), "checkpoint": None}
    assert trial.net is not student.net
    assert trial.steps is not student.steps
    assert trial.steps.steps[0][1] is not student.steps.steps[0][1]


def test_a_module_on_trial_is_a_copy_with_its_weights():
    student = as_student("Test", nn.Linear(3, 3))

    trial = student.for_trial()

    assert trial.steps is None
    assert trial.net.module is not student.net.module
    assert torch.equal(trial.net.module.weight, student.net.module.weight)


def test_a_skorch_net_on_trial_is_a_clone():
    student = as_student("Test", NeuralNet(nn.Linear, nn.MSELoss, lr=0.3))

    trial = student.for_trial()

    assert trial.net is not student.net
    assert trial.net.lr == 0.3


@pytest.mark.parametrize(
    ("student", "any_shape"),
    [
        (SMALL, False),
        (StudentNet(Linear), True),
        (make_pipeline(StandardScaler(), SMALL), True),
        (NeuralNet(nn.Linear, nn.MSELoss), True),
    ],
    ids=["default", "module", "pipeline", "skorch"],
)
def test_only_the_bare_default_network_needs_vectors(student, any_shape):
    assert as_student("Test", student).takes_any_shape is any_shape


def hand_made(module, **options):
    """A trained student around a module that nobody trained."""
    net = NeuralNet(module, criterion=nn.MSELoss, verbose=0).initialize()
    net.module_.eval()
    options = {"steps": None, "scaling": None, "dtype": torch.float32} | options
    return TrainedStudent(net=net, **options)


def by_hand(student, X):
    """What the module itself says: (n, k)."""
    with torch.no_grad():
        return student.net.module_(torch.from_numpy(X).to(student.dtype)).double()


def test_outputs_are_the_modules_in_float64():
    student = hand_made(nn.Linear(3, 2))

    outputs = student.outputs(X)

    assert outputs.dtype is torch.float64
    assert torch.equal(outputs, by_hand(student, X))


def test_columns_are_standardised_as_in_training():
    student = trained(SMALL, X, Y)
    scaled = (X - X.mean(axis=0)) / X.std(axis=0)

    np.testing.assert_allclose(student.outputs(X), by_hand(student, scaled), rtol=1e-9)


@pytest.mark.parametrize("numbers", [1, 3, 21, 89])
def test_outputs_in_chunks_are_outputs_of_all(monkeypatch, numbers):
    student = trained(SMALL, X, Y)
    whole = student.outputs(X)
    monkeypatch.setattr(floor, "PREDICT_CHUNK", numbers)

    chunked = student.outputs(X)

    assert chunked.shape == (30, 3)
    torch.testing.assert_close(chunked, whole, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    "container",
    [
        sparse.csr_array,
        sparse.coo_array,
        sparse.csc_matrix,
        pd.DataFrame,
        np.asfortranarray,
        lambda X: X.tolist(),
        lambda X: X[::-1].copy()[::-1],
        lambda X: X.astype(">f8"),
    ],
    ids=["csr", "coo", "csc", "frame", "fortran", "list", "reversed", "big-endian"],
)
def test_rows_are_the_same_in_any_container(container):
    student = trained(SMALL, X, Y)

    outputs = student.outputs(container(X))

    torch.testing.assert_close(outputs, student.outputs(X), rtol=1e-12, atol=1e-12)


def test_one_row_is_one_row():
    student = trained(SMALL, X, Y)

    torch.testing.assert_close(student.outputs(X[4:5]), student.outputs(X)[4:5])


def test_probabilities_come_out_as_logits():
    student = hand_made(
        nn.Sequential(nn.Linear(3, 2), nn.Softmax(1)), probabilities=True
    )

    outputs = student.outputs(X)

    torch.testing.assert_close(outputs.exp(), by_hand(student, X), rtol=1e-6, atol=0)


def test_a_flat_output_is_one_column():
    student = hand_made(nn.Sequential(nn.Linear(3, 1), nn.Flatten(0)))

    assert student.outputs(X).shape == (30, 1)


def test_predicting_changes_nothing_and_keeps_no_graph():
    student = trained(SMALL, X, Y)
    before = copy.deepcopy(student.net.module_.state_dict())
    state, rows = torch.get_rng_state(), X.copy()

    outputs = student.outputs(rows)

    assert not outputs.requires_grad
    assert all(
        torch.equal(before[k], v) for k, v in student.net.module_.state_dict().items()
    )
    assert torch.equal(torch.get_rng_state(), state)
    np.testing.assert_array_equal(rows, X)


@pytest.mark.parametrize("value", [np.inf, np.nan])
def test_an_output_that_is_not_finite_is_refused(value):
    student = hand_made(nn.Linear(3, 2))
    sentence = (
        "X contains values too large for this student: its output is not finite. "
        "Scale X."
    )

    with pytest.raises(DivergedError, match=f"^{re.escape(sentence)}$"):
        student.outputs(np.where(np.arange(30)[:, None] == 7, value, X))


def test_finite_outputs_whose_sum_is_not_finite_pass():
    module = nn.Linear(1, 1, bias=False).double()
    nn.init.ones_(module.weight)
    student = hand_made(module, dtype=torch.float64)

    outputs = student.outputs(np.full((4, 1), 1e308))

    assert outputs.flatten().tolist() == [1e308] * 4


def test_transformers_come_before_the_network():
    pipeline = make_pipeline(FunctionTransformer(lambda X: X[:, [2, 0]] * 3), SMALL)
    expected = trained(SMALL, X[:, [2, 0]] * 3, Y).outputs(X[:, [2, 0]] * 3)

    outputs = trained(pipeline, X, Y).outputs(X)

    torch.testing.assert_close(outputs, expected, rtol=1e-12, atol=1e-12)


def test_transformers_are_fitted_on_the_rows_that_are_learnt_from():
    scale = StandardScaler()
    rows = np.arange(0, 30, 2)
    student = trained(make_pipeline(scale, SMALL), X, Y[rows], rows=rows)

    fitted = student.steps.steps[0][1]

    np.testing.assert_allclose(fitted.mean_, X[rows].mean(axis=0))
    assert not hasattr(scale, "mean_")


def test_transformers_know_columns_by_name_and_words():
    table = pd.DataFrame({"a": X[:, 0], "b": np.where(Y == 1, "yes", "no")})
    steps = make_column_transformer((OneHotEncoder(), ["b"]), (StandardScaler(), ["a"]))

    outputs = trained(make_pipeline(steps, SMALL), table, Y).outputs(table[["b", "a"]])

    assert outputs.shape == (30, 3)


def test_transformers_may_make_sparse_rows_of_texts():
    texts = np.array(["ash", "birch birch", "cedar ash"])[Y]

    outputs = trained(make_pipeline(CountVectorizer(), SMALL), texts, Y).outputs(texts)

    assert outputs.shape == (30, 3)


@pytest.mark.parametrize("fitting", [True, False])
def test_transformers_must_give_finite_numbers(fitting):
    def broken(X):
        return X / (0 if fitting else np.where(len(X) < 30, 0, 1))

    pipeline = make_pipeline(FunctionTransformer(broken), SMALL)

    with (
        np.errstate(all="ignore"),
        pytest.raises(ValueError, match=r"contains (infinity|NaN)"),
    ):
        trained(pipeline, X, Y).outputs(X[:5])


def gaps(X):
    return np.where(np.abs(X) < 0.5, np.nan, X)


def test_gaps_that_transformers_leave_are_filled_where_columns_are_scaled():
    pipeline = make_pipeline(FunctionTransformer(gaps), SMALL)
    expected = trained(SMALL, gaps(X), Y).outputs(gaps(X))

    outputs = trained(pipeline, X, Y).outputs(X)

    assert np.isnan(gaps(X)).any(axis=0).all()
    torch.testing.assert_close(outputs, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    "student",
    [
        StudentNet(hidden=(4,), max_epochs=2, standardize=False),
        StudentNet(Linear, max_epochs=2),
        classifier(),
    ],
    ids=["raw", "module", "skorch"],
)
@pytest.mark.parametrize("fitting", [True, False])
def test_gaps_that_transformers_leave_are_refused_where_nothing_fills_them(
    student, fitting
):
    steps = FunctionTransformer(lambda X: gaps(X) if fitting or len(X) < 30 else X)

    with pytest.raises(ValueError, match=r"^Input contains NaN"):
        trained(make_pipeline(steps, student), X, Y).outputs(X[:20])


def test_gaps_in_sparse_rows_of_transformers_are_refused():
    steps = FunctionTransformer(lambda X: sparse.csr_array(gaps(X)))

    with pytest.raises(ValueError, match=r"^Input contains NaN"):
        trained(make_pipeline(steps, SMALL), X, Y)


def test_the_history_is_a_record_an_epoch():
    history = trained(SMALL, X, Y).history()

    assert [record["epoch"] for record in history] == [1, 2]
    assert all("batches" not in record for record in history)
    assert history[1]["train_loss"] < history[0]["train_loss"]


def pickled(student):
    return len(pickle.dumps(student))


def test_a_trimmed_student_is_small_and_says_the_same():
    """Little more than its weights: no optimiser, whose moments are twice as much."""
    student = trained(StudentNet(hidden=(64, 64), max_epochs=2, dropout=0.1), X, Y)
    expected = student.outputs(X)
    n_bytes = sum(p.numel() * 8 for p in student.net.module_.parameters())

    student.trim()

    assert student.net.randomness is None
    assert pickled(student) < 1.4 * n_bytes
    assert torch.equal(student.outputs(X), expected)


@pytest.mark.parametrize("trim", [True, False])
def test_a_student_keeps_none_of_its_rows(trim):
    """Of 3 000 rows of 3 numbers, 72 000 bytes, nothing is in the pickle."""
    net = clone(SMALL).set_params(early_stopping=True)
    student = trained(net, *blobs(3000))
    if trim:
        student.trim()

    assert pickled(student) < 40_000


@pytest.mark.parametrize(
    "copied",
    [
        copy.deepcopy,
        lambda s: pickle.loads(pickle.dumps(s)),
        lambda s: torch.load(buffered(s), weights_only=False),
    ],
    ids=["deepcopy", "pickle", "torch"],
)
@pytest.mark.parametrize("trim", [True, False])
def test_copies_say_the_same(copied, trim):
    student = trained(make_pipeline(StandardScaler(), SMALL), X, Y)
    if trim:
        student.trim()

    assert torch.equal(copied(student).outputs(X), student.outputs(X))


def buffered(student):
    buffer = io.BytesIO()
    torch.save(student, buffer)
    buffer.seek(0)
    return buffer


def test_a_users_own_net_is_not_trimmed():
    net = NeuralNetClassifier(
        nn.Linear,
        criterion=nn.CrossEntropyLoss,
        module__in_features=3,
        module__out_features=3,
        max_epochs=2,
        train_split=None,
        verbose=0,
    )
    student = trained(net, X, Y)

    student.trim()

    assert not isinstance(student.net, Net)
    assert student.net.optimizer_ is not None


@pytest.mark.parametrize(
    ("made", "kind"),
    [
        (X, np.ndarray),
        (X.tolist(), np.ndarray),
        (pd.DataFrame(X), np.ndarray),
        (sparse.coo_array(X), sparse.csr_array),
        (sparse.csc_matrix(X), sparse.csr_matrix),
    ],
    ids=["array", "list", "frame", "coo", "csc"],
)
def test_anything_with_rows_becomes_an_array_or_csr(made, kind):
    rows = rows_of(made)

    assert isinstance(rows, kind)
    dense = rows.toarray() if sparse.issparse(rows) else rows
    np.testing.assert_array_equal(dense, X)


def test_a_mapped_array_stays_mapped(tmp_path):
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")

    assert rows_of(mapped) is mapped


def test_a_clone_of_a_student_net_trains_the_same():
    first, second = (trained(clone(SMALL), X, Y).outputs(X) for _ in range(2))

    assert torch.equal(first, second)
