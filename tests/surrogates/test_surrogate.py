"""What may be passed as a surrogate."""

import pytest
from sklearn.linear_model import LogisticRegression

from sklkd.exceptions import UnknownNameError
from sklkd.surrogates import SURROGATES, SoftTree, Surrogate, as_surrogate


def test_none_is_a_tree_of_15_leaves():
    assert as_surrogate("Test", None).get_params() == SoftTree().get_params()


@pytest.mark.parametrize("name", list(SURROGATES))
def test_every_name_is_a_surrogate_that_says_how_large_it_may_be(name):
    surrogate = as_surrogate("Test", name)
    assert isinstance(surrogate, Surrogate)
    assert surrogate.size_parameter in surrogate.get_params()


def test_an_object_is_cloned():
    tree = SoftTree(max_leaves=3)
    assert as_surrogate("Test", tree) is not tree
    assert as_surrogate("Test", tree).max_leaves == 3


def test_a_model_of_scikit_learn_is_one_too():
    assert isinstance(as_surrogate("Test", LogisticRegression()), LogisticRegression)


def test_an_unknown_name_is_refused_with_a_suggestion():
    with pytest.raises(UnknownNameError, match="Did you mean 'trepan'"):
        as_surrogate("Test", "trepn")


@pytest.mark.parametrize("wrong", [3, SoftTree, object()])
def test_anything_else_is_refused(wrong):
    with pytest.raises(
        TypeError, match="Test: surrogate must be a Surrogate, the name"
    ):
        as_surrogate("Test", wrong)


def test_a_size_that_may_be_none_is_not_checked_then():
    SoftTree(max_leaves=None).check("Test")
    with pytest.raises(TypeError, match="min_share of SoftTree must be"):
        SoftTree(min_share=None).check("Test")
