"""A fit that fails changes nothing; one that is interrupted keeps what it has."""

import pytest
import torch

from sklkd.training import TrainingInterrupted, atomic


class Learner:
    """Sets attributes, then does what it is told to."""

    def __init__(self):
        self.param = "as passed"

    @atomic
    def fit(self, then, *, learnt=1):
        """Learn."""
        self.learnt_ = learnt
        self.__dict__.pop("stale_", None)
        return then(self)


def raising(error):
    def then(_):
        raise error

    return then


@pytest.mark.parametrize(
    "error",
    [ValueError("bad"), KeyError("bad"), KeyboardInterrupt(), SystemExit(3)],
    ids=lambda error: type(error).__name__,
)
def test_any_exception_goes_on_and_restores_every_attribute(error):
    learner = Learner().fit(lambda self: self, learnt=1)
    learner.stale_ = stale = object()

    with pytest.raises(type(error)) as caught:
        learner.fit(raising(error), learnt=2)

    assert caught.value is error
    assert vars(learner) == {"param": "as passed", "learnt_": 1, "stale_": stale}


def test_a_first_fit_that_fails_leaves_nothing():
    learner = Learner()

    with pytest.raises(ValueError, match=r"^bad$"):
        learner.fit(raising(ValueError("bad")))

    assert vars(learner) == {"param": "as passed"}


def test_an_interrupted_training_keeps_its_attributes_and_stays_an_interrupt():
    learner = Learner()
    learner.stale_ = True

    with pytest.raises(KeyboardInterrupt) as caught:
        learner.fit(raising(TrainingInterrupted("student")), learnt=2)

    assert type(caught.value) is KeyboardInterrupt
    assert caught.value.__suppress_context__
    assert vars(learner) == {"param": "as passed", "learnt_": 2}


def test_a_training_interrupted_carries_the_student():
    assert TrainingInterrupted("student").student == "student"


def test_arguments_and_the_result_pass_through():
    learner = Learner()

    result = learner.fit(lambda self: (self, self.learnt_), learnt=7)

    assert result == (learner, 7)


def test_the_name_and_the_docstring_stay():
    assert Learner.fit.__name__ == "fit"
    assert Learner.fit.__doc__ == "Learn."


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_inside_the_callers_modes_gradients_flow(mode):
    def slope(_):
        x = torch.tensor(3.0, requires_grad=True)
        x.square().backward()
        return x.grad.item()

    with mode():
        gradient = Learner().fit(slope)
        grad_enabled = torch.is_grad_enabled()

    assert gradient == 6.0
    assert not grad_enabled


@pytest.mark.parametrize("error", [ValueError("bad"), TrainingInterrupted(None)])
def test_the_callers_mode_comes_back_after_an_exception(error):
    with torch.inference_mode():
        with pytest.raises((ValueError, KeyboardInterrupt)):
            Learner().fit(raising(error))
        still = torch.is_inference_mode_enabled()

    assert still
