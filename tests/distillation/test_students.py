"""Students of every kind: what is trained, and that the user's own is left alone."""

import copy
import pickle

import numpy as np
import pytest
import torch
from distillation.doubles import (
    Pictures,
    Small,
    Softmaxed,
    agreement,
    blobs,
    classifier,
    outputs,
    quick,
    regressor,
    slopes,
)
from sklearn.decomposition import PCA
from sklearn.frozen import FrozenEstimator
from sklearn.impute import SimpleImputer
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from skorch import NeuralNet, NeuralNetClassifier, NeuralNetRegressor
from skorch.callbacks import Callback, EarlyStopping, EpochScoring, LRScheduler
from skorch.dataset import ValidSplit
from skorch.helper import predefined_split
from torch import nn

from sklkd import DistilledClassifier, DistilledRegressor, StudentNet

LEARNING = {"max_epochs": 60, "lr": 0.05}


def skorch_net(module=Small, kind=NeuralNetClassifier, n_outputs=3, **params):
    defaults = {"max_epochs": 4, "verbose": 0, "train_split": None}
    return kind(
        module,
        module__n_features=4,
        module__n_outputs=n_outputs,
        **defaults | params,
    )


def cross_entropy_net(**params):
    return skorch_net(criterion=nn.CrossEntropyLoss, **params)


CLASSIFIERS = {
    "StudentNet": quick(hidden=(16,), **LEARNING),
    "module class": StudentNet(Small, standardize=True, **LEARNING),
    "module class with parameters": StudentNet(Small, module__width=8, **LEARNING),
    "instance": StudentNet(nn.Linear(4, 3), **LEARNING),
    "skorch": cross_entropy_net(**LEARNING, optimizer=torch.optim.Adam),
    "skorch, softmax": skorch_net(Softmaxed, **LEARNING, optimizer=torch.optim.Adam),
    "skorch of no kind": skorch_net(
        kind=NeuralNet,
        criterion=nn.CrossEntropyLoss,
        **LEARNING,
        optimizer=torch.optim.Adam,
    ),
    "pipeline": make_pipeline(PCA(3), quick(hidden=(16,), **LEARNING)),
    "pipeline of one": make_pipeline(quick(hidden=(16,), **LEARNING)),
    "pipeline, skorch": make_pipeline(
        StandardScaler(), cross_entropy_net(**LEARNING, optimizer=torch.optim.Adam)
    ),
}


@pytest.mark.parametrize("student", CLASSIFIERS.values(), ids=CLASSIFIERS)
def test_a_student_of_any_kind_learns_from_its_teacher(student):
    X, y = blobs()
    teacher = GaussianNB().fit(X, y)
    noise = np.random.default_rng(0).permutation(y)

    model = classifier(FrozenEstimator(teacher), student, soft_weight=1.0)

    said = model.fit(X, noise).predict(X)
    assert agreement(said, teacher.predict(X)) > 0.85
    proba = model.predict_proba(X)
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=1e-6)


REGRESSORS = {
    "StudentNet": quick(hidden=(16,), **LEARNING),
    "module class": StudentNet(Small, standardize=True, **LEARNING),
    "instance": StudentNet(nn.Linear(4, 1), **LEARNING),
    "skorch": skorch_net(
        kind=NeuralNetRegressor, n_outputs=1, **LEARNING, optimizer=torch.optim.Adam
    ),
    "pipeline": make_pipeline(StandardScaler(), StudentNet(Small, **LEARNING)),
}


@pytest.mark.parametrize("student", REGRESSORS.values(), ids=REGRESSORS)
def test_a_student_of_any_kind_learns_values(student):
    X, y = slopes()

    model = regressor(student=student).fit(X, y)

    assert model.score(X, y) > 0.9


@pytest.mark.parametrize("student", CLASSIFIERS.values(), ids=CLASSIFIERS)
def test_the_users_student_is_left_as_it_is(student):
    X, y = blobs()
    before = pickle.dumps(student)

    classifier(student=student).fit(X, y)

    assert pickle.dumps(student) == before


@pytest.mark.parametrize("student", CLASSIFIERS.values(), ids=CLASSIFIERS)
def test_a_copy_of_any_student_answers_the_same(student):
    X, y = blobs()
    model = classifier(student=student).fit(X, y)

    again = pickle.loads(pickle.dumps(model))

    assert np.array_equal(outputs(again, X), outputs(model, X))


@pytest.mark.parametrize("student", CLASSIFIERS.values(), ids=CLASSIFIERS)
def test_one_seed_makes_one_student_of_any_kind(student):
    X, y = blobs()

    torch.manual_seed(1)
    one = classifier(student=student).fit(X, y)
    torch.manual_seed(2)
    other = classifier(student=student).fit(X, y)

    assert np.array_equal(outputs(one, X), outputs(other, X))


@pytest.mark.parametrize("student", CLASSIFIERS.values(), ids=CLASSIFIERS)
def test_a_student_of_any_kind_leaves_torchs_generator_alone(student):
    X, y = blobs()
    before = torch.get_rng_state()

    classifier(student=student).fit(X, y).predict(X)

    assert torch.equal(torch.get_rng_state(), before)


# --- Names for the same thing ---------------------------------------------------------


def test_none_and_net_are_a_student_net_with_its_defaults():
    X, y = blobs(30)
    teacher = FrozenEstimator(GaussianNB().fit(X, y))
    students = [None, "net", StudentNet(), StudentNet]

    models = [
        DistilledClassifier(teacher, s, random_state=0).fit(X, y) for s in students[:3]
    ]

    said = [outputs(model, X) for model in models]
    assert np.array_equal(said[0], said[1])
    assert np.array_equal(said[0], said[2])


def test_a_bare_module_is_a_student_net_around_it():
    X, y = blobs(30)
    module = nn.Linear(4, 3)

    bare = classifier(student=module).fit(X, y)

    wrapped = classifier(student=StudentNet(module)).fit(X, y)
    assert np.array_equal(outputs(bare, X), outputs(wrapped, X))


def test_a_module_class_is_built_with_the_sizes_of_the_data():
    X, y = blobs(30, n_classes=4)

    model = classifier(student=StudentNet(Small, module__width=7, max_epochs=1))

    layers = model.fit(X, y).net_.module_.layers
    assert [(layers[i].in_features, layers[i].out_features) for i in (0, 2)] == [
        (4, 7),
        (7, 4),
    ]


def test_an_instance_starts_from_its_own_weights():
    X, y = blobs()
    module = nn.Linear(4, 3)
    student = StudentNet(module, max_epochs=1, lr=1e-30)

    model = classifier(student=student).fit(X, y)

    with torch.no_grad():
        expected = module(torch.from_numpy(X).float()).numpy()
    np.testing.assert_allclose(outputs(model, X), expected, rtol=1e-5)


def test_an_instance_is_left_in_its_mode_and_with_its_weights():
    X, y = blobs()
    module = nn.Sequential(nn.Dropout(), nn.Linear(4, 3)).eval()
    before = copy.deepcopy(module.state_dict())

    classifier(student=module).fit(X, y)

    torch.testing.assert_close(module.state_dict(), before, rtol=0, atol=0)
    assert not module.training
    assert all(p.grad is None for p in module.parameters())


def test_dropout_and_batch_normalisation_are_off_in_predictions():
    X, y = blobs()
    module = nn.Sequential(nn.BatchNorm1d(4), nn.Dropout(), nn.Linear(4, 3))
    model = classifier(student=StudentNet(module, max_epochs=3, batch_size=59))
    model.fit(X, y)

    whole = outputs(model, X)

    rows = np.concatenate([outputs(model, X[i : i + 1]) for i in range(len(X))])
    np.testing.assert_allclose(rows, whole, rtol=1e-5, atol=1e-6)
    assert np.array_equal(outputs(model, X), whole)


# --- skorch ---------------------------------------------------------------------------


class Listening(Callback):
    """Notes the learning rate of every epoch."""

    def on_train_begin(self, net, **_):
        self.rates_ = []

    def on_epoch_end(self, net, **_):
        self.rates_.append(net.optimizer_.param_groups[0]["lr"])


def test_a_skorch_nets_callbacks_are_called():
    X, y = blobs()
    net = cross_entropy_net(
        lr=1.0,
        callbacks=[
            ("schedule", LRScheduler("StepLR", step_size=1, gamma=0.5)),
            ("listening", Listening()),
        ],
    )

    model = classifier(student=net).fit(X, y)

    rates = dict(model.net_.callbacks_)["listening"].rates_
    # The schedule comes first, and has taken its step when the other listens.
    assert rates == [0.5, 0.25, 0.125, 0.0625]


def test_a_skorch_nets_early_stopping_stops():
    X, y = blobs()
    stopping = EarlyStopping("train_loss", patience=2, threshold=0.9, sink=_silent)
    net = cross_entropy_net(max_epochs=50, callbacks=[stopping])

    model = classifier(student=net).fit(X, y)

    assert model.n_iter_ == 3


def _silent(*_):
    """Say nothing."""


def test_a_skorch_nets_scores_are_those_of_the_rows_it_held_out():
    X, y = blobs()
    net = cross_entropy_net(
        train_split=ValidSplit(3, stratified=True),
        callbacks=[EpochScoring("accuracy", name="score", lower_is_better=False)],
    )

    model = classifier(student=net).fit(X, y)

    train, valid = ValidSplit(3, stratified=True)(np.arange(60), y)
    assert len(train) == 40
    held_out = X[np.asarray(valid.indices)], y[np.asarray(valid.indices)]
    assert model.history_[-1]["score"] == pytest.approx(model.score(*held_out))


def test_a_skorch_nets_train_split_is_honoured():
    """The last record is about the rows that the split held out, by hand."""
    X, y = blobs()
    teacher = GaussianNB().fit(X, y)
    split = ValidSplit(4, stratified=True)
    net = cross_entropy_net(train_split=split)

    model = classifier(FrozenEstimator(teacher), net).fit(X, y)

    rows = np.asarray(split(np.arange(60), y)[1].indices)
    log_q = model.predict_log_proba(X[rows])
    p = teacher.predict_proba(X[rows]).clip(1e-4, 1)
    p /= p.sum(axis=1, keepdims=True)
    label = -log_q[np.arange(len(rows)), y[rows]].mean()
    soft = (p * (np.log(p) - log_q)).sum(axis=1).mean()
    record = model.history_[-1]
    assert record["valid_label"] == pytest.approx(label, rel=1e-4)
    assert record["valid_soft_targets"] == pytest.approx(soft, rel=1e-4)
    assert record["valid_loss"] == pytest.approx((label + soft) / 2, rel=1e-4)


def test_a_train_split_must_choose_among_the_training_rows():
    X, y = blobs()
    elsewhere = torch.utils.data.TensorDataset(torch.zeros(2, 4), torch.zeros(2))
    net = cross_entropy_net(train_split=predefined_split(elsewhere))

    with pytest.raises(ValueError, match="train_split") as caught:
        classifier(student=net).fit(X, y)

    assert str(caught.value) == (
        "DistilledClassifier: train_split of the student must choose among the "
        "training rows, as skorch.dataset.ValidSplit does; rows from elsewhere have "
        "no teacher targets."
    )


def test_a_skorch_net_keeps_its_optimiser():
    X, y = blobs()
    net = cross_entropy_net(optimizer=torch.optim.RMSprop, optimizer__momentum=0.5)

    model = classifier(student=net).fit(X, y)

    optimizer = model.net_.optimizer_
    assert isinstance(optimizer, torch.optim.RMSprop)
    assert optimizer.param_groups[0]["momentum"] == 0.5


@pytest.mark.parametrize("module", [Small, Softmaxed])
def test_a_skorch_nets_own_probabilities_are_the_students(module):
    X, y = blobs()
    criterion = nn.CrossEntropyLoss if module is Small else nn.NLLLoss
    net = skorch_net(module, criterion=criterion)

    model = classifier(student=net).fit(X, y)

    own = model.net_.predict_proba(X.astype(np.float32))
    np.testing.assert_allclose(own, model.predict_proba(X), rtol=1e-4, atol=1e-6)


def test_a_softmaxed_skorch_student_is_the_same_as_one_without():
    """Probabilities are read back as logits, and the loss is that of logits."""
    X, y = blobs()
    params = {"max_epochs": 10, "lr": 0.1}

    bare = classifier(student=cross_entropy_net(**params)).fit(X, y)
    softmaxed = classifier(student=skorch_net(Softmaxed, **params)).fit(X, y)

    np.testing.assert_allclose(
        softmaxed.predict_proba(X), bare.predict_proba(X), rtol=1e-4, atol=1e-5
    )


def test_ctrl_c_goes_through_a_skorch_net_too():
    X, y = blobs()

    class Interrupted(Small):
        def forward(self, X):
            self.count = getattr(self, "count", 0) + self.training
            if self.count == 3:
                raise KeyboardInterrupt
            return super().forward(X)

    net = skorch_net(Interrupted, criterion=nn.CrossEntropyLoss)
    model = classifier(student=net)

    with pytest.raises(KeyboardInterrupt):
        model.fit(X, y)

    assert model.n_iter_ == 2


# --- Pipelines ------------------------------------------------------------------------


def test_a_pipelines_transformers_are_fitted_on_the_rows():
    X, y = blobs()
    outer = make_pipeline(PCA(2), classifier("precomputed"))
    proba = GaussianNB().fit(X, y).predict_proba(X)
    outer.fit(X, y, distilledclassifier__teacher_proba=proba)

    model = classifier("precomputed", make_pipeline(PCA(2), quick()))
    model.fit(X, y, teacher_proba=proba)

    np.testing.assert_allclose(
        outputs(model, X), outer.decision_function(X), rtol=1e-6, atol=1e-9
    )


def test_a_pipeline_may_turn_words_and_gaps_into_numbers():
    pandas = pytest.importorskip("pandas")
    _, y = blobs()
    frame = pandas.DataFrame({"word": np.array(["a", "b", "c"])[y]})
    teacher = make_pipeline(OneHotEncoder(), SparseBayes())
    student = make_pipeline(OneHotEncoder(), quick(max_epochs=100, lr=0.1))

    model = classifier(teacher, student).fit(frame, y)

    assert model.score(frame, y) == 1.0
    assert model.feature_names_in_.tolist() == ["word"]


class SparseBayes(GaussianNB):
    """Takes the sparse array that an encoder makes."""

    def fit(self, X, y, sample_weight=None):
        return super().fit(X.toarray(), y)

    def predict_proba(self, X):
        return super().predict_proba(X.toarray())


def test_a_pipeline_that_fills_gaps_lets_them_in():
    X, y = blobs()
    X[::7, 1] = np.nan
    teacher = make_pipeline(SimpleImputer(), GaussianNB())
    student = make_pipeline(SimpleImputer(), quick())

    model = classifier(teacher, student).fit(X, y)

    assert np.isfinite(outputs(model, X)).all()


def test_a_pipeline_that_leaves_gaps_is_refused():
    X, y = blobs()
    X[::7, 1] = np.nan
    teacher = make_pipeline(SimpleImputer(), GaussianNB())
    plain = quick(standardize=False)
    student = Pipeline([("nothing", "passthrough"), ("net", plain)])

    with pytest.raises(ValueError, match="NaN"):
        classifier(teacher, student).fit(X, y)


# --- Images ---------------------------------------------------------------------------


def images(n_rows=24):
    rng = np.random.default_rng(0)
    y = np.arange(n_rows) % 2
    return rng.normal(size=(n_rows, 1, 6, 6)) + y[:, None, None, None], y


def test_a_student_may_look_at_images():
    X, y = images()
    proba = np.eye(2)[y] * 0.8 + 0.1
    student = StudentNet(Pictures, max_epochs=60, lr=0.03)

    model = classifier("precomputed", student).fit(X, y, teacher_proba=proba)

    assert model.score(X, y) > 0.9
    assert model.predict(X[:1]).shape == (1,)


def test_a_module_may_teach_images():
    X, y = images()
    teacher = Pictures(2)

    model = classifier(teacher, StudentNet(Pictures, max_epochs=2)).fit(X, y)

    assert model.predict_proba(X).shape == (24, 2)


def test_a_regressor_may_look_at_images():
    X, y = images()
    student = StudentNet(Pictures, max_epochs=2)
    model = DistilledRegressor("precomputed", student, random_state=0)

    model.fit(X, y, teacher_prediction=y * 1.0)

    assert model.predict(X).shape == (24,)


def test_images_of_another_shape_are_refused():
    X, y = images()
    model = classifier(Pictures(2), StudentNet(Pictures, max_epochs=1)).fit(X, y)

    with pytest.raises(ValueError, match="shape") as caught:
        model.predict(X[:, :, :5])

    assert str(caught.value) == (
        "DistilledClassifier: X must have rows of shape (1, 6, 6), as in fit, got "
        "(1, 5, 6)."
    )
