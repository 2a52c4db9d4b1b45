"""Objects made of named parts: parameters as scikit-learn's Pipeline has them.

The file under test is `sklkd/_composition.py`.
"""

import pytest
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.linear_model import Ridge
from sklearn.pipeline import Pipeline

from sklkd._composition import NamedParts


class Choir(NamedParts):
    """The smallest object made of named parts."""

    parts_parameter = "singers"

    def __init__(self, singers, loud=False):
        self.singers = singers
        self.loud = loud


@pytest.fixture
def choir():
    return Choir([("low", Ridge(alpha=2.0)), ("high", PCA(n_components=3))])


def test_parameters_are_those_that_a_pipeline_would_list(choir):
    pipeline = Pipeline(choir.singers)
    own = {"steps", "memory", "verbose", "transform_input"}
    expected = {k: v for k, v in pipeline.get_params().items() if k not in own}

    params = choir.get_params()

    assert params == expected | {"singers": choir.singers, "loud": False}


def test_shallow_parameters_are_those_of_init(choir):
    assert choir.get_params(deep=False) == {"singers": choir.singers, "loud": False}


def test_a_parameter_of_a_part_is_set_by_its_name(choir):
    choir.set_params(low__alpha=5.0, loud=True)

    assert choir.named_parts[0][1].alpha == 5.0
    assert choir.loud is True


def test_a_part_is_replaced_by_its_name_and_keeps_its_place(choir):
    high, deep = choir.named_parts[1][1], Ridge(alpha=9.0)

    choir.set_params(low=deep)

    assert choir.named_parts == [("low", deep), ("high", high)]


def test_a_part_is_replaced_before_its_parameters_are_set(choir):
    choir.set_params(low__alpha=7.0, low=Ridge(alpha=1.0))

    assert choir.named_parts[0][1].alpha == 7.0


def test_the_list_is_replaced_before_its_parts(choir):
    choir.set_params(tenor__alpha=7.0, singers=[("tenor", Ridge())])

    assert choir.get_params()["tenor__alpha"] == 7.0
    assert "low" not in choir.get_params()


def test_replacing_leaves_the_list_that_was_passed_as_it_was():
    singers = [("low", Ridge())]

    Choir(singers).set_params(low=PCA())

    assert isinstance(singers[0][1], Ridge)


def test_set_params_returns_itself_and_takes_nothing_at_all(choir):
    assert choir.set_params() is choir


def test_clone_copies_the_parts(choir):
    copy = clone(choir).set_params(low__alpha=5.0)

    assert copy.named_parts[0][0] == "low"
    assert copy.get_params()["low__alpha"] == 5.0
    assert choir.get_params()["low__alpha"] == 2.0


@pytest.mark.parametrize("name", ["middle", "middle__alpha", "low__beta"])
def test_an_unknown_name_is_scikit_learns_error(choir, name):
    with pytest.raises(ValueError, match=r"^Invalid parameter"):
        choir.set_params(**{name: 1})
