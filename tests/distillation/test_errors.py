"""Bad input: one sentence that says who, what must hold, what came and what to do."""

import numpy as np
import pytest
import torch
from distillation.doubles import (
    Small,
    blobs,
    classifier,
    quick,
    regressor,
    slopes,
)
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.preprocessing import StandardScaler
from skorch import NeuralNetClassifier
from torch import nn

from sklkd import (
    DistilledClassifier,
    DistilledRegressor,
    LogitMatching,
    SoftTargets,
    SquaredError,
    StudentNet,
    TeacherEnsemble,
)
from sklkd.exceptions import (
    DivergedError,
    PluginError,
    TeacherError,
    UnknownNameError,
)
from sklkd.plugins import OBJECTIVES
from sklkd.transfer_sets import Spunge

X, Y = blobs()
VALUES = slopes()[1]
UNIFORM = np.full((60, 3), 1 / 3)


def changed(array, index, value):
    array = array.copy()
    array[index] = value
    return array


def uniform(X):
    return np.full((len(X), 3), 1 / 3)


def short(X):
    return uniform(X)[:5]


def nothing(X):
    return None


def ragged(X):
    return [[0.5, 0.5], [1.0]]


KINDS_OF_TEACHER = (
    "an estimator, a list of (name, estimator), a torch.nn.Module, a skorch net, a "
    "callable or 'precomputed'"
)
KINDS_OF_STUDENT = (
    "None, a StudentNet, a skorch net, a torch.nn.Module or a class of them, a "
    "scikit-learn model, a Pipeline that ends in one of these, or the name of a "
    "registered student"
)
SHAPE = "a row for each row of X and a column for each class"

# What is wrong: (estimator, X, y, more for fit), error, sentence.
TEACHERS = {
    "knows fewer classes": (
        classifier(FrozenEstimator(GaussianNB().fit(X[Y < 2], Y[Y < 2]))),
        {},
        TeacherError,
        (
            "The teacher GaussianNB knows the classes [0, 1], but y has [0, 1, 2]. Fit "
            "the teacher on the same classes, or pass it unfitted."
        ),
    ),
    "knows other classes": (
        classifier(FrozenEstimator(GaussianNB().fit(X, Y + 1))),
        {},
        TeacherError,
        (
            "The teacher GaussianNB knows the classes [1, 2, 3], but y has [0, 1, 2]. "
            "Fit the teacher on the same classes, or pass it unfitted."
        ),
    ),
    "says more than one": (
        classifier("precomputed"),
        {"teacher_proba": UNIFORM * 1.2},
        TeacherError,
        (
            "DistilledClassifier: what teacher_proba gives must sum to 1 in every row, "
            "got 1.2 in row 0."
        ),
    ),
    "says less than nothing": (
        classifier("precomputed"),
        {"teacher_proba": changed(UNIFORM, 7, [1.2, -0.2, 0.0])},
        TeacherError,
        (
            "DistilledClassifier: what teacher_proba gives must not be negative, got "
            "-0.2 in row 7."
        ),
    ),
    "says nan": (
        classifier("precomputed"),
        {"teacher_proba": changed(UNIFORM, (7, 1), np.nan)},
        TeacherError,
        (
            "DistilledClassifier: what teacher_proba gives must be finite, got nan in "
            "row 7."
        ),
    ),
    "says too few columns": (
        classifier("precomputed"),
        {"teacher_proba": np.full((60, 2), 0.5)},
        TeacherError,
        (
            "DistilledClassifier: teacher_proba must give an array of shape (60, 3), "
            f"{SHAPE}, got (60, 2)."
        ),
    ),
    "says too few rows": (
        classifier("precomputed"),
        {"teacher_proba": UNIFORM[:50]},
        TeacherError,
        (
            "DistilledClassifier: teacher_proba must give an array of shape (60, 3), "
            f"{SHAPE}, got (50, 3)."
        ),
    ),
    "says a flat array": (
        classifier("precomputed"),
        {"teacher_proba": UNIFORM[:, 0]},
        TeacherError,
        (
            "DistilledClassifier: teacher_proba must give an array of shape (60, 3), "
            f"{SHAPE}, got (60,)."
        ),
    ),
    "is a callable that forgets rows": (
        classifier(short),
        {},
        TeacherError,
        (
            f"DistilledClassifier: short must give an array of shape (60, 3), {SHAPE}, "
            "got (5, 3)."
        ),
    ),
    "is a callable that forgets to return": (
        classifier(nothing),
        {},
        TeacherError,
        (
            "DistilledClassifier: nothing must give an array of shape (60, 3), "
            f"{SHAPE}, got ()."
        ),
    ),
    "is frozen and not fitted": (
        classifier(FrozenEstimator(GaussianNB())),
        {},
        TeacherError,
        (
            "DistilledClassifier: the teacher FrozenEstimator(estimator=GaussianNB()) "
            "is not fitted. Fit it before it is frozen, or pass it without "
            "FrozenEstimator to have it fitted."
        ),
    ),
    "is a module of too few outputs": (
        classifier(nn.Linear(4, 2)),
        {},
        TeacherError,
        (
            "DistilledClassifier: Linear must give an array of shape (60, 3), "
            f"{SHAPE}, got (60, 2)."
        ),
    ),
    "is a number": (
        classifier(5),
        {},
        TypeError,
        f"DistilledClassifier: teacher must be {KINDS_OF_TEACHER}, got 5.",
    ),
    "is None": (
        DistilledClassifier(None),
        {},
        TypeError,
        f"DistilledClassifier: teacher must be {KINDS_OF_TEACHER}, got None.",
    ),
    "is misspelt": (
        classifier("precomputd"),
        {},
        TypeError,
        f"DistilledClassifier: teacher must be {KINDS_OF_TEACHER}, got 'precomputd'.",
    ),
    "is a list with a number in it": (
        classifier([("bayes", GaussianNB()), ("five", 5)]),
        {},
        TypeError,
        f"DistilledClassifier: teacher must be {KINDS_OF_TEACHER}, got 5.",
    ),
    "is a list with one name twice": (
        classifier([("bayes", GaussianNB()), ("bayes", GaussianNB())]),
        {},
        ValueError,
        (
            "DistilledClassifier: a list of teachers must have at least one, each with "
            "a name of its own, got ['bayes', 'bayes']."
        ),
    ),
    "is an empty list": (
        classifier([]),
        {},
        ValueError,
        (
            "DistilledClassifier: a list of teachers must have at least one, each with "
            "a name of its own, got []."
        ),
    ),
    "is an ensemble of unknown mean": (
        classifier(TeacherEnsemble([("bayes", GaussianNB())], combine="geometri")),
        {},
        ValueError,
        (
            "DistilledClassifier: combine must be one of 'arithmetic', 'geometric', "
            "got 'geometri'. Did you mean 'geometric'?"
        ),
    ),
    "is an ensemble with too many weights": (
        classifier(TeacherEnsemble([("bayes", GaussianNB())], weights=[1, 2])),
        {},
        ValueError,
        (
            "DistilledClassifier: weights must be one number for each of the 1 "
            "teachers, none negative and not all 0, got [1, 2]."
        ),
    ),
    "does not want numbers": (
        classifier(),
        {"teacher_proba": UNIFORM},
        ValueError,
        (
            "DistilledClassifier: teacher_proba was passed to fit, but the teacher is "
            "GaussianNB. Pass teacher='precomputed'."
        ),
    ),
    "wants numbers": (
        classifier("precomputed"),
        {},
        ValueError,
        (
            "DistilledClassifier: teacher='precomputed' needs the teacher's numbers; "
            "pass fit(X, y, teacher_proba=...)."
        ),
    ),
    "wants values": (
        regressor("precomputed"),
        {},
        ValueError,
        (
            "DistilledRegressor: teacher='precomputed' needs the teacher's numbers; "
            "pass fit(X, y, teacher_prediction=...)."
        ),
    ),
    "does not want values": (
        regressor(),
        {"teacher_prediction": VALUES},
        ValueError,
        (
            "DistilledRegressor: teacher_prediction was passed to fit, but the teacher "
            "is Ridge. Pass teacher='precomputed'."
        ),
    ),
    "says too many values": (
        regressor("precomputed"),
        {"teacher_prediction": np.ones((60, 2))},
        TeacherError,
        (
            "DistilledRegressor: teacher_prediction must give an array of shape (60, "
            "1), a row for each row of X and a column for each target, got (60, 2)."
        ),
    ),
    "says an infinite value": (
        regressor("precomputed"),
        {"teacher_prediction": changed(VALUES, 3, np.inf)},
        TeacherError,
        (
            "DistilledRegressor: what teacher_prediction gives must be finite, got inf "
            "in row 3."
        ),
    ),
}

PARAMETERS = {
    "soft_weight above one": (
        classifier(soft_weight=1.1),
        {},
        ValueError,
        "DistilledClassifier: soft_weight must be a real number in [0, 1], got 1.1.",
    ),
    "soft_weight is nan": (
        regressor(soft_weight=np.nan),
        {},
        ValueError,
        "DistilledRegressor: soft_weight must be a real number in [0, 1], got nan.",
    ),
    "soft_weight is a word": (
        classifier(soft_weight="half"),
        {},
        TypeError,
        "DistilledClassifier: soft_weight must be a real number in [0, 1], got 'half'.",
    ),
    "soft_weight is a truth value": (
        classifier(soft_weight=True),
        {},
        TypeError,
        "DistilledClassifier: soft_weight must be a real number in [0, 1], got True.",
    ),
    "proba_floor is zero": (
        classifier(proba_floor=0),
        {},
        ValueError,
        "DistilledClassifier: proba_floor must be a real number in (0, 1), got 0.",
    ),
    "proba_floor is a word": (
        classifier(proba_floor="low"),
        {},
        TypeError,
        "DistilledClassifier: proba_floor must be a real number in (0, 1), got 'low'.",
    ),
    "temperature is zero": (
        classifier(objective=SoftTargets(0)),
        {},
        ValueError,
        "SoftTargets: temperature must be a real number in (0, inf), got 0.",
    ),
    "temperature is a word": (
        classifier(objective=SoftTargets("hot")),
        {},
        TypeError,
        "SoftTargets: temperature must be a real number in (0, inf), got 'hot'.",
    ),
    "weight in a sum is negative": (
        classifier(objective=SoftTargets() + LogitMatching(weight=-1)),
        {},
        ValueError,
        "LogitMatching: weight must be a real number in [0, inf), got -1.",
    ),
    "objective is unknown": (
        classifier(objective="soft_target"),
        {},
        UnknownNameError,
        (
            "sklkd.objectives has no 'soft_target'. Did you mean 'soft_targets'? "
            f"Known: {', '.join(OBJECTIVES)}."
        ),
    ),
    "objective is a number": (
        classifier(objective=5),
        {},
        TypeError,
        (
            "DistilledClassifier: objective must be an Objective, the name of one or "
            "None, got 5. Derive from sklkd.objectives.Objective."
        ),
    ),
    "objective is for values": (
        classifier(objective=SquaredError()),
        {},
        ValueError,
        (
            "DistilledClassifier: the objective 'squared_error' is for regression, not "
            "for classification."
        ),
    ),
    "objective is for classes": (
        regressor(objective=SoftTargets() + SquaredError()),
        {},
        ValueError,
        (
            "DistilledRegressor: the objective 'soft_targets' is for classification, "
            "not for regression."
        ),
    ),
    "transfer_set is misspelt": (
        classifier(transfer_set="spung"),
        {},
        UnknownNameError,
        (
            "sklkd.transfer_sets has no 'spung'. Did you mean 'spunge'? Known: "
            "conditional, interpolation, jitter, mixup, munge, spunge."
        ),
    ),
    "transfer_set is a number": (
        classifier(transfer_set=5),
        {},
        TypeError,
        (
            "DistilledClassifier: transfer_set must be a TransferSet, the name of one "
            "or None, got 5. Derive from sklkd.transfer_sets.TransferSet."
        ),
    ),
    "transfer_set is a class": (
        classifier(transfer_set=Spunge),
        {},
        TypeError,
        (
            "DistilledClassifier: transfer_set must be a TransferSet, the name of one "
            f"or None, got {Spunge!r}. Derive from sklkd.transfer_sets.TransferSet."
        ),
    ),
    "transfer_set makes no rows": (
        classifier(transfer_set=Spunge(size_factor=0)),
        {},
        ValueError,
        (
            "DistilledClassifier: size_factor of Spunge must be a real number in "
            "(0, inf), got 0."
        ),
    ),
    "one fold": (
        classifier(cv=1),
        {},
        ValueError,
        (
            "DistilledClassifier: cv must be at least 2 folds, a splitter, splits or "
            "None for 5 folds, got 1."
        ),
    ),
    "memory is a number": (
        classifier(memory=5),
        {},
        TypeError,
        "DistilledClassifier: memory must be None, a path or a joblib.Memory, got 5.",
    ),
    "class_weight is misspelt": (
        classifier(class_weight="balance"),
        {},
        ValueError,
        (
            "DistilledClassifier: class_weight must be one of 'balanced', got "
            "'balance'. Did you mean 'balanced'?"
        ),
    ),
    "random_state is a word": (
        classifier(random_state="chance"),
        {},
        ValueError,
        "'chance' cannot be used to seed a numpy.random.RandomState instance",
    ),
}

STUDENTS = {
    "name is unknown": (
        classifier(student="nett"),
        {},
        UnknownNameError,
        "sklkd.students has no 'nett'. Did you mean 'net'? Known: net.",
    ),
    "is a number": (
        classifier(student=5),
        {},
        TypeError,
        f"DistilledClassifier: student must be {KINDS_OF_STUDENT}, got 5.",
    ),
    "is no model": (
        classifier(student=StandardScaler()),
        {},
        TypeError,
        (
            f"DistilledClassifier: student must be {KINDS_OF_STUDENT}, got "
            "StandardScaler()."
        ),
    ),
    "is a class of models": (
        classifier(student=GaussianNB),
        {},
        TypeError,
        f"DistilledClassifier: student must be {KINDS_OF_STUDENT}, got {GaussianNB!r}.",
    ),
    "is an instance of too few outputs": (
        classifier(student=nn.Linear(4, 2)),
        {},
        ValueError,
        (
            "DistilledClassifier: the student's module Linear must put out 3 columns, "
            "one for each class or target, got an output of shape (2, 2) for 2 rows."
        ),
    ),
    "is an instance of one output": (
        regressor(student=nn.Linear(4, 2)),
        {},
        ValueError,
        (
            "DistilledRegressor: the student's module Linear must put out 1 columns, "
            "one for each class or target, got an output of shape (2, 2) for 2 rows."
        ),
    ),
    "is an instance for other rows": (
        classifier(student=nn.Linear(5, 3)),
        {},
        ValueError,
        (
            "DistilledClassifier: the student's module Linear cannot take X of shape "
            "(60, 4) (RuntimeError: mat1 and mat2 shapes cannot be multiplied (2x4 and "
            "5x3))."
        ),
    ),
    "is a skorch net of too few outputs": (
        classifier(
            student=NeuralNetClassifier(
                Small, module__n_features=4, module__n_outputs=2, verbose=0
            )
        ),
        {},
        ValueError,
        (
            "DistilledClassifier: the student's module Small must put out 3 columns, "
            "one for each class or target, got an output of shape (2, 2) for 2 rows."
        ),
    ),
    "is on no device": (
        classifier(student=quick(device="nonsense")),
        {},
        ValueError,
        (
            "StudentNet: device must be 'auto', 'cpu', 'cuda', 'cuda:N' or 'mps', got "
            "'nonsense'."
        ),
    ),
    "has a layer of no width": (
        classifier(student=StudentNet(hidden=(4, 0))),
        {},
        ValueError,
        "StudentNet: each width in hidden must be an integer in [1, inf), got 0.",
    ),
    "has a negative learning rate": (
        classifier(student=quick(lr=-1)),
        {},
        ValueError,
        "StudentNet: lr must be a real number in (0, inf), got -1.",
    ),
    "has no epochs": (
        classifier(student=quick(max_epochs=0)),
        {},
        ValueError,
        "StudentNet: max_epochs must be an integer in [1, inf), got 0.",
    ),
    "has half an epoch": (
        classifier(student=quick(max_epochs=0.5)),
        {},
        ValueError,
        "StudentNet: max_epochs must be an integer in [1, inf), got 0.5.",
    ),
    "has an unknown type": (
        classifier(student=quick(dtype="float16")),
        {},
        ValueError,
        (
            "StudentNet: dtype must be one of 'auto', 'float32', 'float64', got "
            "'float16'. Did you mean 'float64'?"
        ),
    ),
    "diverges": (
        classifier(student=quick(lr=1e300)),
        {},
        DivergedError,
        (
            "DistilledClassifier: training diverged, the student's weights are not "
            "finite. Lower lr, or scale X and y."
        ),
    ),
}

DATA = {
    "weights are all zero": (
        classifier(),
        {"sample_weight": np.zeros(60)},
        ValueError,
        (
            "DistilledClassifier: sample_weight must have a weight that is not zero, "
            "got 60 zeros."
        ),
    ),
    "weights leave one class": (
        classifier(),
        {"sample_weight": (Y == 1) * 1.0},
        ValueError,
        "DistilledClassifier needs samples of at least 2 classes in y, got 1 class: 1.",
    ),
    "groups are fewer than rows": (
        classifier(),
        {"groups": np.zeros(10)},
        ValueError,
        "Found input variables with inconsistent numbers of samples: [60, 10]",
    ),
    "groups are fewer than folds": (
        classifier(cv=5),
        {"groups": np.arange(60) % 3},
        ValueError,
        (
            "DistilledClassifier: cv=5 needs at least 5 groups, got 3 groups. Pass "
            "fewer folds, or targets='in_sample' for those of a teacher fitted on "
            "all rows."
        ),
    ),
    "an argument is unknown": (
        classifier(),
        {"nonsense": 3},
        TypeError,
        (
            "DistilledClassifier.fit got unexpected arguments ['nonsense']. Other "
            "parameters reach the teacher by metadata routing, after "
            "sklearn.set_config(enable_metadata_routing=True)."
        ),
    ),
}

TABLE = {
    f"{subject}: {what}": case
    for subject, cases in {
        "teacher": TEACHERS,
        "parameter": PARAMETERS,
        "student": STUDENTS,
        "data": DATA,
    }.items()
    for what, case in cases.items()
}


@pytest.mark.parametrize(
    ("model", "more", "error", "sentence"), TABLE.values(), ids=TABLE
)
def test_what_is_wrong_is_said_in_one_sentence(model, more, error, sentence):
    y = VALUES if isinstance(model, DistilledRegressor) else Y

    with pytest.raises(error) as caught:
        model.fit(X, y, **more)

    assert str(caught.value) == sentence
    assert type(caught.value) is error


ROWS = {
    "one class": (
        classifier(),
        X,
        np.full(60, "ham"),
        (
            "DistilledClassifier needs samples of at least 2 classes in y, got 1 "
            "class: 'ham'."
        ),
    ),
    "fewer rows than folds": (
        classifier(cv=5),
        X[:4],
        [0, 1, 0, 1],
        (
            "DistilledClassifier: cv=5 needs at least 5 samples, got 4 samples. Pass "
            "fewer folds, or targets='in_sample' for those of a teacher fitted on "
            "all rows."
        ),
    ),
    "fewer values than folds": (
        regressor(cv=5),
        X[:4],
        [0.0, 1.0, 2.0, 3.0],
        (
            "DistilledRegressor: cv=5 needs at least 5 samples, got 4 samples. Pass "
            "fewer folds, or targets='in_sample' for those of a teacher fitted on "
            "all rows."
        ),
    ),
    "one value": (
        regressor(),
        X[:1],
        [1.0],
        "DistilledRegressor needs at least 2 rows with a target, got 1 sample.",
    ),
    "no label at all": (
        classifier(unlabeled=-1),
        X,
        np.full(60, -1),
        "DistilledClassifier needs samples of at least 2 classes in y, got no label.",
    ),
    "no target at all": (
        regressor(unlabeled=-1.0),
        X,
        np.full(60, -1.0),
        "DistilledRegressor needs at least 2 rows with a target, got no sample.",
    ),
    "images for the default student": (
        classifier(uniform),
        np.zeros((60, 1, 2, 2)),
        Y,
        "Found array with dim 4, while dim <= 2 is required by DistilledClassifier.",
    ),
    "infinite X": (
        classifier(),
        changed(X, (3, 2), np.inf),
        Y,
        "Input X contains infinity or a value too large for dtype('float64').",
    ),
    "short y": (
        classifier(),
        X,
        Y[:-1],
        "Found input variables with inconsistent numbers of samples: [60, 59]",
    ),
    "y is nan": (
        regressor(),
        X,
        changed(VALUES, 3, np.nan),
        "Input y contains NaN.",
    ),
    "y is too large": (
        regressor(),
        X,
        VALUES * 1e300,
        "X or y contains values too large to be standardised.",
    ),
    "too few rows to hold some out": (
        regressor(student=quick(early_stopping=True, validation_fraction=0.9)),
        X[:3],
        VALUES[:3],
        (
            "DistilledRegressor: early_stopping holds out 3 of 3 rows and leaves none "
            "to train on. Pass more rows, or early_stopping=False."
        ),
    ),
}


@pytest.mark.parametrize(("model", "X", "y", "sentence"), ROWS.values(), ids=ROWS)
def test_what_is_wrong_with_the_rows_is_said_in_one_sentence(model, X, y, sentence):
    with pytest.raises(ValueError, match=r"\w") as caught:
        model.fit(X, y)

    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("model", "y"),
    [(classifier(), Y), (regressor(), VALUES)],
    ids=["classifier", "regressor"],
)
def test_nan_in_x_is_named_first(model, y):
    with pytest.raises(ValueError, match="NaN") as caught:
        model.fit(changed(X, (3, 2), np.nan), y)

    assert str(caught.value).startswith("Input X contains NaN.\nDistilled")


def test_warm_start_goes_on_with_the_same_classes_only():
    model = classifier(warm_start=True).fit(X, Y)

    with pytest.raises(ValueError, match="warm_start") as caught:
        model.fit(X, Y + 1)

    assert str(caught.value) == (
        "DistilledClassifier: warm_start goes on with the classes [0, 1, 2], got "
        "[1, 2, 3]. Pass warm_start=False."
    )


def test_warm_start_on_other_columns_is_refused():
    model = classifier(warm_start=True).fit(X, Y)

    with pytest.raises(ValueError, match="DistilledClassifier"):
        model.fit(X[:, :3], Y)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
@pytest.mark.parametrize("device", ["cuda", "cuda:0", torch.device("cuda")])
def test_a_gpu_that_is_not_there_is_no_cpu(device):
    with pytest.raises(ValueError, match="device") as caught:
        classifier(student=quick(device=device)).fit(X, Y)

    assert str(caught.value) == (
        f"StudentNet: device={str(device)!r} was asked for, but torch sees no such "
        "device. Pass device='cpu', or 'auto' to take what there is."
    )


# --- No error from inside -------------------------------------------------------------


def test_a_module_teacher_for_other_rows_is_named():
    with pytest.raises(ValueError, match=r"DistilledClassifier: .*Linear"):
        classifier(nn.Linear(5, 3)).fit(X, Y)


def test_a_list_without_names_is_named():
    with pytest.raises((TypeError, ValueError), match=r"DistilledClassifier: .*name"):
        classifier([GaussianNB(), LogisticRegression()]).fit(X, Y)


def test_a_callable_that_returns_rows_of_different_lengths_is_named():
    with pytest.raises(ValueError, match=r"DistilledClassifier: .*ragged"):
        classifier(ragged).fit(X, Y)


def test_numbers_that_are_words_are_named():
    with pytest.raises(ValueError, match=r"DistilledClassifier: .*teacher_proba"):
        classifier("precomputed").fit(X, Y, teacher_proba=[["a", "b", "c"]] * 60)


@pytest.mark.parametrize("cv", ["five", 2.5, True])
def test_folds_that_are_none_are_named(cv):
    with pytest.raises((TypeError, ValueError), match="cv"):
        classifier(cv=cv).fit(X, Y)


def test_a_class_instead_of_an_instance_is_named():
    with pytest.raises(TypeError, match="GaussianNB"):
        classifier(GaussianNB).fit(X, Y)


def test_an_ensemble_that_is_not_a_list_is_named():
    with pytest.raises((TypeError, ValueError), match="DistilledClassifier"):
        classifier(TeacherEnsemble(GaussianNB())).fit(X, Y)


# --- Prediction -----------------------------------------------------------------------

METHODS = [
    (DistilledClassifier, "predict"),
    (DistilledClassifier, "predict_proba"),
    (DistilledClassifier, "predict_log_proba"),
    (DistilledClassifier, "decision_function"),
    (DistilledRegressor, "predict"),
]
methods = pytest.mark.parametrize(("kind", "method"), METHODS)


def fitted(kind):
    return (
        regressor().fit(X, VALUES)
        if kind is DistilledRegressor
        else classifier().fit(X, Y)
    )


@methods
def test_an_unfitted_student_answers_nothing(kind, method):
    with pytest.raises(NotFittedError) as caught:
        getattr(kind(GaussianNB()), method)(X)

    assert str(caught.value) == (
        f"This {kind.__name__} instance is not fitted yet. Call 'fit' with appropriate "
        "arguments before using this estimator."
    )


SPOILT = {
    "nan": changed(X, (3, 2), np.nan),
    "inf": changed(X, (3, 2), -np.inf),
    "float32 inf": changed(X, (3, 2), np.inf).astype(np.float32),
    "too narrow": X[:, :3],
    "too wide": np.ones((3, 5)),
    "flat": X[0],
    "cube": X[:, :, np.newaxis],
    "no rows": X[:0],
    "a number": 3.0,
    "a word": "rows",
    "words": np.array([["a", "b", "c", "d"]]),
    "complex": X * 1j,
}


@methods
@pytest.mark.parametrize("spoilt", SPOILT.values(), ids=SPOILT)
def test_bad_rows_are_refused_by_every_method(kind, method, spoilt):
    model = fitted(kind)

    with pytest.raises(ValueError, match=r"\w"):
        getattr(model, method)(spoilt)


@methods
def test_the_number_of_columns_is_named(kind, method):
    with pytest.raises(ValueError, match="features") as caught:
        getattr(fitted(kind), method)(X[:, :3])

    assert str(caught.value) == (
        f"X has 3 features, but {kind.__name__} is expecting 4 features as input."
    )


def test_every_error_can_be_caught_as_a_value_or_import_error():
    errors = [TeacherError, DivergedError, UnknownNameError]

    assert all(issubclass(error, ValueError) for error in errors)
    assert issubclass(PluginError, ImportError)
