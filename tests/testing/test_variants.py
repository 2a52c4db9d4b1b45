"""Variants: what they change, and what stays the same."""

import numpy as np
import pandas as pd
import pytest
from sklearn.utils.multiclass import type_of_target

from sklkd.testing import bad_inputs, containers, label_bijections, layouts
from sklkd.testing._variants import vector_containers

X = np.arange(12.0).reshape(6, 2) / 7
y = np.array([0, 3, 1, 2, 0, 3])


@pytest.mark.parametrize("name", layouts())
@pytest.mark.parametrize("array", [X, y, y.astype(float)], ids=["X", "ints", "floats"])
def test_a_layout_holds_the_same_numbers(name, array):
    laid = layouts()[name](array)

    assert laid.shape == array.shape
    np.testing.assert_array_equal(np.asarray(laid), array)


@pytest.mark.parametrize("name", layouts())
def test_a_layout_leaves_the_original_alone(name):
    array = X.copy()

    laid = layouts()[name](array)

    assert array.flags.writeable
    assert array.dtype.isnative
    assert laid is not array


def test_layouts_are_what_their_names_say():
    laid = {name: make(X) for name, make in layouts().items()}

    assert laid["fortran"].flags.f_contiguous
    assert not laid["fortran"].flags.c_contiguous
    assert laid["strided"].strides == (64, 16)
    assert laid["negative_strides"].strides[0] < 0
    assert not laid["read_only"].flags.writeable
    assert isinstance(laid["memory_mapped"], np.memmap)
    assert not laid["memory_mapped"].flags.writeable
    assert not laid["big_endian"].dtype.isnative
    assert laid["part_of_a_larger"].base is not None


@pytest.mark.parametrize("name", containers())
def test_a_container_holds_the_same_numbers_in_order(name):
    held = containers()[name](X)

    np.testing.assert_array_equal(np.asarray(held, dtype=float), X)


def test_indices_of_frames_say_nothing_useful():
    permuted = containers()["pandas_permuted_index"](X)
    equal = containers()["pandas_equal_index"](X)

    assert sorted(permuted.index) == list(range(6))
    assert list(permuted.index) != list(range(6))
    assert set(equal.index) == {0}


def test_frames_have_names():
    assert list(containers()["pandas"](X).columns) == ["column 0", "column 1"]
    assert containers()["polars"](X).columns == ["column 0", "column 1"]


def test_nullable_columns_are_nullable():
    assert isinstance(
        containers()["pandas_nullable"](X).dtypes.iloc[0], pd.Float64Dtype
    )


@pytest.mark.parametrize("name", vector_containers())
@pytest.mark.parametrize("values", [y, X[:, 0]], ids=["ints", "floats"])
def test_a_container_of_a_vector_holds_the_same_values_in_order(name, values):
    held = vector_containers()[name](values)

    assert type(held).__module__.partition(".")[0] in (name, "builtins")
    np.testing.assert_array_equal(np.asarray(held), values)


def test_the_index_of_a_series_names_no_row():
    series = vector_containers()["pandas"](y)

    assert not set(series.index) & set(range(6))
    assert list(series.index) != sorted(series.index)


@pytest.mark.parametrize("missing", ["pandas", "polars"])
def test_what_is_not_installed_holds_no_vector(monkeypatch, missing):
    monkeypatch.setattr(
        "sklkd.testing._variants.find_spec", lambda name: name != missing or None
    )

    assert list(vector_containers()) == [
        name for name in ("list", "pandas", "polars") if name != missing
    ]


def test_what_is_not_finite_is_in_one_place():
    for name in ("nan", "inf", "minus_inf"):
        assert (~np.isfinite(bad_inputs()[name](X))).sum() == 1
    assert np.isfinite(X).all()


@pytest.mark.parametrize("name", label_bijections())
def test_renaming_keeps_classes_apart_and_in_order(name):
    labels = y % 2 if name == "bool" else y
    renamed = np.asarray(label_bijections()[name](labels))

    names, index = np.unique(renamed, return_inverse=True)

    np.testing.assert_array_equal(index, labels)
    assert len(names) == len(np.unique(labels))


@pytest.mark.parametrize("name", label_bijections(order_preserving=False))
def test_renaming_in_another_order_keeps_classes_apart(name):
    renamed = np.asarray(label_bijections(order_preserving=False)[name](y))

    _, index = np.unique(renamed, return_inverse=True)

    assert len(set(zip(y.tolist(), index.tolist(), strict=True))) == 4
    assert index.tolist() != y.tolist()


@pytest.mark.parametrize("name", label_bijections())
def test_renamed_classes_are_classes_to_scikit_learn(name):
    labels = y % 2 if name == "bool" else y

    kind = type_of_target(label_bijections()[name](labels))

    assert kind in ("binary", "multiclass")
