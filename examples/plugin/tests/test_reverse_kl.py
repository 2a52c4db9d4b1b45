"""Reverse KL: values by hand, what it seeks, and that sklkd finds it by name."""

import math

import pytest
import torch
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklkd_reverse_kl import ReverseKL

from sklkd import DistilledClassifier, SoftTargets, StudentNet
from sklkd.objectives import OBJECTIVES, Batch


def batch_of(student, teacher):
    """A batch of two sets of logits (n, k); no labels are looked at."""
    return Batch(student, teacher, torch.zeros(len(student), dtype=torch.long))


@pytest.fixture(scope="module")
def iris():
    return load_iris(return_X_y=True)


@pytest.fixture
def distilled():
    """A student that trains in a blink."""
    return DistilledClassifier(
        LogisticRegression(max_iter=1000),
        StudentNet(hidden=(8,), max_epochs=5),
        cv=2,
        random_state=0,
    )


@pytest.mark.parametrize("temperature", [1.0, 2.0])
def test_value_by_hand(temperature):
    # Softened, the teacher says p = (3/4, 1/4) and the student q = (1/2, 1/2).
    teacher = torch.tensor([[temperature * math.log(3.0), 0.0]])
    student = torch.zeros(1, 2)
    divergence = 0.5 * math.log(0.5 / 0.75) + 0.5 * math.log(0.5 / 0.25)

    loss = ReverseKL(temperature).loss(batch_of(student, teacher))

    assert loss.tolist() == [pytest.approx(temperature**2 * divergence)]


@pytest.mark.parametrize("temperature", [0.5, 1.0, 4.0])
def test_gradient_is_the_formula(temperature):
    generator = torch.Generator().manual_seed(0)
    student, teacher = torch.randn(2, 5, 3, generator=generator, dtype=torch.float64)
    q, p = (student / temperature).softmax(1), (teacher / temperature).softmax(1)
    gap = q.log() - p.log()
    expected = temperature * q * (gap - (q * gap).sum(1, keepdim=True))
    student.requires_grad_()

    ReverseKL(temperature).loss(batch_of(student, teacher)).sum().backward()

    torch.testing.assert_close(student.grad, expected)


@pytest.mark.parametrize(
    ("objective", "mean"),
    [
        (ReverseKL(), lambda p: p.log().mean(0).softmax(0)),
        (SoftTargets(), lambda p: p.mean(0)),
    ],
    ids=["geometric", "arithmetic"],
)
def test_one_answer_for_all_rows_is_a_mean_of_the_teachers(objective, mean):
    """At the mean the slope vanishes: geometric for this one, else arithmetic."""
    teacher = torch.tensor([[0.5, 0.49, 0.01], [0.01, 0.49, 0.5]], dtype=torch.float64)
    answer = mean(teacher).log().requires_grad_()

    loss = objective.loss(batch_of(answer.expand(2, 3), teacher.log()))
    (slope,) = torch.autograd.grad(loss.sum(), answer)

    torch.testing.assert_close(slope, torch.zeros_like(slope), rtol=0, atol=1e-12)


def test_is_found_by_name(iris, distilled):
    student = distilled.set_params(objective="reverse_kl").fit(*iris)

    assert OBJECTIVES["reverse_kl"].factory is ReverseKL
    assert student.predict(iris[0]).shape == (150,)


def test_is_logged_by_name(iris, distilled):
    student = distilled.set_params(objective="reverse_kl").fit(*iris)

    assert len(student.history_) == 5
    assert all(math.isfinite(epoch["reverse_kl"]) for epoch in student.history_)


def test_parameters_are_reached_through_the_estimator(distilled):
    student = distilled.set_params(objective=ReverseKL(), objective__temperature=3.0)

    copy = clone(student)

    assert student.get_params()["objective__temperature"] == 3.0
    assert copy.objective.get_params() == {"temperature": 3.0, "weight": 1.0}
    assert copy.objective is not student.objective


def test_a_grid_search_reaches_the_temperature(iris, distilled):
    grid = {"objective__temperature": [1.0, 4.0]}

    search = GridSearchCV(distilled.set_params(objective=ReverseKL()), grid, cv=2)

    assert search.fit(*iris).best_params_["objective__temperature"] in (1.0, 4.0)


def test_adds_to_a_built_in_objective(iris, distilled):
    objective = SoftTargets(2.0) + 0.5 * ReverseKL()

    student = distilled.set_params(objective=objective).fit(*iris)

    assert {"soft_targets", "reverse_kl"} <= student.history_[-1].keys()


def test_a_temperature_out_of_range_is_refused_by_fit(iris, distilled):
    with pytest.raises(ValueError, match="temperature") as caught:
        distilled.set_params(objective=ReverseKL(temperature=0)).fit(*iris)

    assert str(caught.value) == (
        "ReverseKL: temperature must be a real number in (0, inf), got 0."
    )
