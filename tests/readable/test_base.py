"""What all readable models have in common."""

import pickle
from copy import deepcopy
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from readable.random_models import models, rows

from sklkd.readable import ReadableModel


def test_the_base_is_abstract():
    with pytest.raises(TypeError, match="abstract"):
        ReadableModel((), None, ())


@given(st.data())
def test_outputs_are_finite_and_of_the_right_shape(data):
    model = data.draw(models())
    Z = data.draw(rows(model))

    outputs = model.outputs(Z)

    assert outputs.shape == (len(Z), len(model.targets))
    assert outputs.dtype == np.float64
    assert np.isfinite(outputs).all()


@given(st.data())
def test_outputs_of_classes_are_probabilities(data):
    model = data.draw(models())
    outputs = model.outputs(data.draw(rows(model)))

    if model.classes is not None:
        assert (outputs >= 0).all()
        np.testing.assert_allclose(outputs.sum(axis=1), 1, rtol=1e-12)


@given(st.data())
def test_rows_are_told_one_by_one(data):
    """What is said of a row does not depend on the others; of none, nothing."""
    model = data.draw(models())
    Z = data.draw(rows(model))

    together = model.outputs(Z)
    apart = np.concatenate([model.outputs(Z[i : i + 1]) for i in range(len(Z))])

    np.testing.assert_allclose(apart, together, rtol=1e-12, atol=1e-12)
    assert model.outputs(Z[:0]).shape == (0, len(model.targets))


@given(st.data())
def test_columns_that_are_not_used_change_nothing(data):
    model = data.draw(models())
    Z, other = data.draw(rows(model)), data.draw(rows(model))
    changed = Z.copy()
    unused = [j for j in range(len(model.columns)) if j not in model.used]
    changed[:, unused] = other[0, unused]

    np.testing.assert_array_equal(model.outputs(changed), model.outputs(Z))


@given(st.data())
def test_rows_are_not_changed(data):
    model = data.draw(models())
    Z = data.draw(rows(model))
    before = Z.copy()

    model.outputs(Z)

    np.testing.assert_array_equal(Z, before)


@given(st.data())
def test_copies_and_pickles_say_the_same(data):
    model = data.draw(models())
    Z = data.draw(rows(model))

    for copy in (deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert copy.outputs(Z).tobytes() == model.outputs(Z).tobytes()


@given(models())
def test_a_model_is_frozen_and_has_something_to_read(model):
    with pytest.raises(FrozenInstanceError):
        model.targets = ()
    assert model.complexity >= 0
    assert set(model.used) <= set(range(len(model.columns)))
    assert list(model.used) == sorted(set(model.used))
