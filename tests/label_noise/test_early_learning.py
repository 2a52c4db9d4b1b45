"""Early learning in an estimator: whose memory, what is doubtful, two networks."""

import pickle

import numpy as np
import pytest
import torch
from distillation.doubles import Small, Softmaxed, blobs, outputs, quick
from sklearn.base import clone
from sklearn.datasets import load_iris, make_blobs
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from skorch import NeuralNetClassifier
from torch import nn
from training.classroom import Interrupting, KillSwitch, crash_at

from sklkd import EarlyLearningClassifier, RegularizedClassifier, StudentNet
from sklkd.losses import clamped_probabilities
from sklkd.nn import MLP, AveragedPair
from sklkd.objectives import EarlyLearning

X, Y = blobs()
VARIANTS = ["elr", "elr+"]
variants = pytest.mark.parametrize("variant", VARIANTS)
REPORT = {"label_distributions_", "transduction_", "label_noise_score_"}


def early(student=None, X=X, y=Y, sample_weight=None, **params):
    model = EarlyLearningClassifier(
        quick() if student is None else student, **{"random_state": 0} | params
    )
    return model.fit(X, y, sample_weight)


def noisy_blobs(n_rows=150):
    """Three classes that hardly overlap, and a fifth of the labels wrong."""
    centers = [[0, 0], [8, 0], [0, 8]]
    rows, y = make_blobs(n_rows, centers=centers, cluster_std=1.5, random_state=3)
    wrong = np.random.default_rng(0).permutation(n_rows) < n_rows // 5
    return rows, y, np.where(wrong, (y + 1) % 3, y), wrong


def skorch_net(module=Small, criterion=nn.CrossEntropyLoss, **params):
    return NeuralNetClassifier(
        module,
        criterion=criterion,
        module__n_features=4,
        module__n_outputs=3,
        optimizer=torch.optim.Adam,
        **{"max_epochs": 40, "lr": 0.05, "train_split": None, "verbose": 0} | params,
    )


# --- The memory -----------------------------------------------------------------------


@pytest.mark.parametrize("batch_size", [60, 16])
def test_it_is_the_objective_beside_the_labels(batch_size):
    student = quick(batch_size=batch_size)
    objective = EarlyLearning(0.5, ramp=0.25, weight=2.0)
    other = RegularizedClassifier(student, objective=objective, random_state=0)

    model = early(student, momentum=0.5, regularization=2.0)

    assert np.array_equal(outputs(model, X), outputs(other.fit(X, Y), X))


def test_without_regularisation_it_is_the_plain_classifier():
    plain = RegularizedClassifier(quick(), random_state=0).fit(X, Y)

    model = early(regularization=0)

    assert np.array_equal(outputs(model, X), outputs(plain, X))


@pytest.mark.parametrize("batch_size", [60, 16])
def test_after_an_epoch_without_a_step_the_memory_is_what_the_student_says(batch_size):
    model = early(quick(lr=1e-12, max_epochs=1, batch_size=batch_size))

    said = clamped_probabilities(torch.from_numpy(model.decision_function(X))).numpy()
    np.testing.assert_allclose(model.label_distributions_, said, rtol=1e-5)
    np.testing.assert_allclose(
        model.label_noise_score_, 1 - said[np.arange(60), Y], rtol=1e-4
    )
    assert np.array_equal(model.transduction_, said.argmax(1))


@variants
def test_the_report_is_of_the_rows_as_they_came(variant):
    """Rows in another order, in batches: each row's doubt is its own."""
    rows, _, given, wrong = noisy_blobs()
    order = np.random.default_rng(1).permutation(len(rows))
    student = StudentNet(hidden=(16,), max_epochs=40, lr=0.01, batch_size=32)

    model = early(student, rows[order], given[order], variant=variant)

    assert roc_auc_score(wrong[order], model.label_noise_score_) > 0.95
    assert roc_auc_score(wrong, model.label_noise_score_) < 0.8


@variants
def test_doubtful_labels_are_found_and_set_right(variant):
    rows, y, given, wrong = noisy_blobs()
    student = StudentNet(hidden=(16,), max_epochs=60, lr=0.01, batch_size=32)

    model = early(student, rows, given, variant=variant)

    score = model.label_noise_score_
    assert ((score >= 0) & (score <= 1)).all()
    assert roc_auc_score(wrong, score) > 0.95
    assert (model.transduction_ == y).mean() > 0.95
    assert model.score(rows, y) > 0.95


@variants
def test_the_report_is_of_all_rows_held_out_and_weightless_ones_too(variant):
    weight = np.where(np.arange(60) % 4, 1.0, 0.0)
    student = quick(early_stopping=True, validation_fraction=0.2)

    model = early(student, sample_weight=weight, variant=variant)

    shares = model.label_distributions_
    assert shares.shape == (60, 3)
    np.testing.assert_allclose(shares.sum(1), 1)
    proba = model.predict_proba(X)
    as_said = np.isclose(shares, proba, rtol=1e-9, atol=0).all(1)
    assert as_said[weight == 0].all()
    # Nine of 45 rows are held out.
    assert as_said.sum() == 15 + 9


@variants
def test_the_report_knows_labels_of_weightless_rows_that_are_no_class(variant):
    y = np.where(np.arange(60) == 5, 9, Y)
    weight = np.where(y == 9, 0.0, 1.0)

    model = early(y=y, sample_weight=weight, variant=variant)

    assert model.classes_.tolist() == [0, 1, 2]
    assert model.label_noise_score_[5] == 1.0
    assert model.transduction_[5] == model.predict(X[5:6])[0]


@variants
def test_the_report_is_in_the_words_of_the_labels(variant):
    words = np.array(["elm", "fir", "oak"])

    model = early(y=words[Y], variant=variant)

    numbered = early(variant=variant)
    assert np.array_equal(model.transduction_, words[numbered.transduction_])
    assert np.array_equal(model.label_noise_score_, numbered.label_noise_score_)


@variants
def test_a_refit_begins_with_an_empty_memory(variant):
    model = early(variant=variant, warm_start=True)

    model.fit(X[:50], Y[:50])

    assert model.label_noise_score_.shape == (50,)
    assert model.n_iter_ == 10
    fresh = early(X=X[:50], y=Y[:50], variant=variant)
    assert fresh.label_noise_score_.shape == (50,)
    assert not np.allclose(fresh.label_noise_score_, model.label_noise_score_)


@variants
def test_copies_and_weightless_memories_are_kept(variant):
    model = early(variant=variant)

    other = pickle.loads(pickle.dumps(model))

    for name in REPORT:
        assert np.array_equal(getattr(other, name), getattr(model, name))
    assert np.array_equal(outputs(other, X), outputs(model, X))


@variants
def test_a_training_that_is_interrupted_has_its_report(variant):
    """Ctrl-C in the third epoch: each forward pass of a pair is one of two members."""
    passes = 2
    student = StudentNet(Interrupting, module__after=passes, max_epochs=6)
    model = EarlyLearningClassifier(student, variant=variant, random_state=0)

    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y)

    assert model.n_iter_ == 2
    assert vars(model).keys() >= REPORT
    assert model.predict(X).shape == (60,)


@variants
@pytest.mark.parametrize("dropout", [0.0, 0.4])
def test_a_training_that_was_cut_off_goes_on_to_the_same_bits(
    variant, dropout, tmp_path
):
    options = {
        "max_epochs": 6,
        "batch_size": 16,
        "dropout": dropout,
        "callbacks": [KillSwitch()],
    }
    kept = quick(**options, checkpoint=tmp_path)

    with crash_at(4), pytest.raises(RuntimeError, match="crash"):
        early(kept, variant=variant)
    resumed = early(kept, variant=variant)

    whole = early(quick(**options), variant=variant)
    assert np.array_equal(outputs(resumed, X), outputs(whole, X))
    assert np.array_equal(resumed.label_noise_score_, whole.label_noise_score_)
    assert resumed.history_ == whole.history_


# --- Two networks ---------------------------------------------------------------------


def module_of(model):
    return model.net_.module_


STUDENTS = {
    "StudentNet": quick(max_epochs=40, lr=0.05),
    "drawing": quick(max_epochs=40, lr=0.05, dropout=0.3, batch_size=16),
    "module class": StudentNet(Small, max_epochs=40, lr=0.05, standardize=True),
    "instance": StudentNet(Small(4, 3), max_epochs=40, lr=0.05),
    "skorch": skorch_net(),
    "pipeline": make_pipeline(StandardScaler(), skorch_net()),
}


@pytest.mark.parametrize("student", STUDENTS.values(), ids=STUDENTS)
def test_two_networks_learn_and_their_averages_predict(student):
    rows = X.astype(np.float32)

    model = early(student, rows, variant="elr+", regularization=1.0)

    pair = module_of(model)
    assert isinstance(pair, AveragedPair)
    inner = [list(m.parameters()) for m in pair.members]
    differ = [not torch.equal(a, b) for a, b in zip(*inner, strict=True)]
    assert all(differ) or student is STUDENTS["instance"]
    assert model.score(rows, Y) > 0.6
    copied = pickle.loads(pickle.dumps(model))
    assert np.array_equal(copied.predict_proba(rows), model.predict_proba(rows))


def test_the_answer_is_the_mean_of_what_the_averages_say():
    model = early(variant="elr+")
    inputs = torch.from_numpy((X - X.mean(0)) / X.std(0))

    with torch.no_grad():
        each = [a(inputs).softmax(1) for a in module_of(model).averages]

    expected = torch.stack(each).mean(0).numpy()
    np.testing.assert_allclose(model.predict_proba(X), expected, rtol=1e-6)


def test_the_report_of_two_networks_is_their_mean():
    model = early(quick(lr=1e-12, max_epochs=1), variant="elr+")
    inputs = torch.from_numpy((X - X.mean(0)) / X.std(0))

    with torch.no_grad():
        each = [clamped_probabilities(a(inputs)) for a in module_of(model).averages]

    expected = torch.stack(each).mean(0).numpy()
    np.testing.assert_allclose(model.label_distributions_, expected, rtol=1e-5)


def test_lbfgs_can_train_two_networks():
    student = quick(optimizer=torch.optim.LBFGS, lr=0.1)

    model = early(student, variant="elr+", regularization=0.5)

    assert [int(a.n_averaged) for a in module_of(model).averages] == [5, 5]


def test_dropout_of_two_networks_is_drawn_from_the_seed():
    before = torch.get_rng_state()
    student = quick(dropout=0.5)

    first, second = (early(student, variant="elr+") for _ in range(2))

    assert np.array_equal(outputs(first, X), outputs(second, X))
    assert torch.equal(torch.get_rng_state(), before)


def test_a_network_that_puts_out_probabilities_is_refused_as_a_pair():
    model = EarlyLearningClassifier(
        skorch_net(Softmaxed, nn.NLLLoss), variant="elr+", random_state=0
    )

    with pytest.raises(ValueError, match="logits") as caught:
        model.fit(X.astype(np.float32), Y)

    assert str(caught.value) == (
        "EarlyLearningClassifier: variant='elr+' needs a network that puts out logits, "
        "got a NeuralNetClassifier with <class 'torch.nn.modules.loss.NLLLoss'>, which "
        "wants probabilities. Leave the softmax out, and pass "
        "criterion=torch.nn.CrossEntropyLoss."
    )


def test_alone_it_is_read_by_its_logarithms():
    rows = X.astype(np.float32)

    inside = early(skorch_net(Softmaxed, nn.NLLLoss, max_epochs=4), rows)
    plain = early(skorch_net(max_epochs=4), rows)

    np.testing.assert_allclose(
        inside.predict_proba(rows), plain.predict_proba(rows), rtol=1e-3
    )


def test_the_users_module_is_left_alone():
    module = MLP(4, 3, hidden=(4,))
    before = [p.clone() for p in module.parameters()]

    early(StudentNet(module, max_epochs=2), variant="elr+")

    assert all(map(torch.equal, before, module.parameters()))


# --- What is refused ------------------------------------------------------------------


@variants
@pytest.mark.parametrize("n_rows", [2, 3])
def test_a_row_a_class_is_too_few(variant, n_rows):
    model = EarlyLearningClassifier(quick(), variant=variant)

    with pytest.raises(ValueError, match="rows") as caught:
        model.fit(X[:n_rows], np.arange(n_rows))

    assert str(caught.value) == (
        f"EarlyLearningClassifier needs more rows than classes, got {n_rows} rows of "
        f"{n_rows} classes. With a row a class there is nothing to be learnt early."
    )


def test_rows_without_a_weight_do_not_count():
    weight = np.zeros(60)
    weight[[np.flatnonzero(k == Y)[0] for k in range(3)]] = 1.0

    with pytest.raises(ValueError, match="3 rows of 3 classes"):
        early(sample_weight=weight)


@pytest.mark.parametrize(
    ("name", "value", "error", "range_"),
    [
        ("regularization", -1, ValueError, "a real number in [0, inf)"),
        ("regularization", float("nan"), ValueError, "a real number in [0, inf)"),
        ("regularization", "x", TypeError, "a real number in [0, inf)"),
        ("momentum", 1.0, ValueError, "a real number in [0, 1)"),
        ("momentum", -0.1, ValueError, "a real number in [0, 1)"),
        ("variant", "elr++", ValueError, "one of 'elr', 'elr+'"),
        ("variant", None, ValueError, "one of 'elr', 'elr+'"),
    ],
)
def test_a_parameter_out_of_range_is_refused(name, value, error, range_):
    model = early().set_params(**{name: value})
    before = dict(vars(model))

    with pytest.raises(error) as caught:
        model.fit(X, Y)

    start = f"EarlyLearningClassifier: {name} must be {range_}, got {value!r}."
    assert str(caught.value).startswith(start)
    assert all(vars(model)[n] is v for n, v in before.items())


def test_a_clone_has_its_parameters():
    model = clone(EarlyLearningClassifier(variant="elr+", momentum=0.9))

    assert model.get_params()["variant"] == "elr+"
    assert model.get_params()["momentum"] == 0.9


@pytest.mark.parametrize("seed", [0, 1])
def test_clean_labels_of_a_small_table_are_learnt(seed):
    """Without a ramp it holds on to an untrained network, and loses a class."""
    rows, labels = load_iris(return_X_y=True)

    model = EarlyLearningClassifier(random_state=seed).fit(rows[::2], labels[::2])

    assert model.score(rows[1::2], labels[1::2]) > 0.9
