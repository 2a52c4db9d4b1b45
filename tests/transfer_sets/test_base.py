"""Transfer sets: ranges, types, weights, chance, and errors word by word."""

import math

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from scipy.sparse import csr_array
from sklearn.base import clone
from transfer_sets.tables import faults, pandas_table, polars_table

from sklkd.exceptions import UnknownNameError
from sklkd.transfer_sets import (
    TRANSFER_SETS,
    Conditional,
    Interpolation,
    Jitter,
    Mixup,
    Munge,
    Spunge,
    TransferSet,
    as_transfer_set,
)
from sklkd.transfer_sets._base import systematic

KINDS = [Conditional, Interpolation, Jitter, Mixup, Munge, Spunge]
# Strong enough to leave every range, were it not for the guards.
WILD = [
    Conditional(redraw_fraction=1.0),
    Interpolation(n_neighbors=3),
    Jitter(scale=3.0),
    Jitter(scale=1e300),
    Mixup(alpha=0.5),
    Munge(swap_probability=1.0, local_variance=0.1),
    Spunge(swap_fraction=0.5, noise=3.0),
]
every_kind = pytest.mark.parametrize("kind", KINDS)
every_wild_one = pytest.mark.parametrize("wild", WILD, ids=str)


def arrays():
    """Arrays of numbers of any type, shape and size, with missing ones if they can."""
    types = st.sampled_from(["f2", "f4", "f8", "i1", "u1", "i4", "i8", "u8", "?"])
    shapes = npst.array_shapes(min_dims=2, max_dims=4, min_side=1, max_side=6)
    big = shapes.filter(lambda shape: shape[0] > 1)
    finite = st.floats(allow_nan=True, allow_infinity=False)
    return types.flatmap(
        lambda type_: npst.arrays(
            type_,
            big,
            elements=npst.from_dtype(np.dtype(type_), allow_infinity=False),
        )
    ) | npst.arrays("f8", big, elements=finite)


# --- What must hold of every column ---------------------------------------------------


@every_wild_one
@given(X=arrays())
def test_an_arrays_columns_keep_type_shape_and_range(wild, X):
    new = wild.synthesise(X).X

    assert new.dtype == X.dtype
    assert new.shape == (5 * len(X), *X.shape[1:])
    assert faults(X, new) == []


@every_wild_one
@pytest.mark.parametrize("seed", range(3))
def test_a_pandas_tables_columns_keep_type_range_and_values(wild, seed):
    X = pandas_table(seed=seed)

    new = wild.synthesise(X).X

    pd.testing.assert_series_equal(new.dtypes, X.dtypes)
    assert new.index.equals(pd.RangeIndex(5 * len(X)))
    assert [X.columns[j] for j in faults(X, new)] == []


@every_wild_one
@pytest.mark.parametrize("seed", range(3))
def test_a_polars_tables_columns_keep_type_range_and_values(wild, seed):
    X = polars_table(seed=seed)

    new = wild.synthesise(X).X

    assert new.schema == X.schema
    assert [X.columns[j] for j in faults(X, new)] == []


@every_kind
@pytest.mark.parametrize("make", [pandas_table, polars_table])
def test_missing_entries_stay_possible(kind, make):
    X = make()

    new = kind().synthesise(X).X

    missing = {name for name in X.columns if name.endswith("?")}
    assert {name for name in missing if count_missing(new[name]) == 0} == set()


def count_missing(column):
    return column.isna().sum() if hasattr(column, "isna") else column.null_count()


@every_kind
def test_names_may_be_equal_or_of_several_levels(kind):
    same = pd.DataFrame([[1.5, "a"], [2.5, "b"]], columns=["x", "x"], index=[7, 7])
    levels = pd.DataFrame(
        np.eye(3, 2), columns=pd.MultiIndex.from_product([["a"], ["b", "c"]])
    )

    for X in (same, levels):
        new = kind().synthesise(X).X

        assert new.columns.equals(X.columns)
        assert new.dtypes.tolist() == X.dtypes.tolist()


@every_kind
def test_an_object_array_keeps_the_types_of_its_entries(kind):
    X = np.array([["a", 1, pd.NA], ["b", 2, None], [None, 3, pd.NaT]], dtype=object)

    new = kind().synthesise(X).X

    assert new.dtype == object
    assert {type(v) for v in new[:, 1]} == {int}
    assert set(new[:, 0]) <= {"a", "b", None}


@every_kind
@pytest.mark.parametrize("order", ["C", "F"])
def test_a_list_and_any_layout_give_the_rows_of_the_array(kind, order):
    X = np.random.default_rng(0).normal(size=(700, 3))
    expected = kind().synthesise(X).X

    np.testing.assert_array_equal(kind().synthesise(X.tolist()).X, expected)
    np.testing.assert_array_equal(
        kind().synthesise(np.asarray(X, order=order)).X, expected
    )


@every_kind
def test_pandas_polars_and_numpy_give_the_same_numbers(kind):
    X = np.random.default_rng(0).normal(size=(700, 3))
    expected = kind().synthesise(X).X

    frame = kind().synthesise(pd.DataFrame(X, columns=list("abc"))).X
    other = kind().synthesise(pl.DataFrame(X, schema=list("abc"))).X

    np.testing.assert_array_equal(frame.to_numpy(), expected)
    np.testing.assert_array_equal(other.to_numpy(), expected)


@every_kind
def test_images_are_rows_of_their_pixels(kind):
    X = np.random.default_rng(0).normal(size=(8, 2, 3, 3)).astype(np.float32)

    images, flat = kind().synthesise(X), kind().synthesise(X.reshape(8, -1))

    np.testing.assert_array_equal(images.X.reshape(40, -1), flat.X)


# --- Chance ---------------------------------------------------------------------------


@every_kind
@pytest.mark.parametrize("make", [pandas_table, polars_table])
def test_the_same_random_state_gives_the_same_rows(kind, make):
    X = make()

    first, second = kind().synthesise(X), kind().synthesise(X)

    assert first.X.equals(second.X)
    np.testing.assert_array_equal(first.parent, second.parent)


@every_kind
def test_another_random_state_gives_other_rows(kind):
    X = np.random.default_rng(0).normal(size=(20, 3))

    rows = [kind(random_state=seed).synthesise(X).X for seed in (0, 1)]

    assert not np.array_equal(*rows)


@every_kind
def test_global_chance_is_not_touched(kind):
    before = np.random.get_state()[1].copy()  # noqa: NPY002

    kind().synthesise(np.eye(4))

    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


@every_kind
@pytest.mark.parametrize("make", [pandas_table, polars_table])
def test_x_is_never_changed(kind, make):
    X = make()

    kind().synthesise(X, np.arange(len(X)))

    assert X.equals(make())


@every_kind
def test_a_read_only_array_will_do_and_the_new_one_is_ones_own(kind):
    X = np.random.default_rng(0).normal(size=(20, 3))
    X.flags.writeable = False

    new = kind().synthesise(X).X

    assert new.flags.writeable
    assert not np.shares_memory(new, X)


# --- Weights and parents --------------------------------------------------------------


@every_kind
def test_with_equal_weights_each_row_is_parent_equally_often(kind):
    X = np.random.default_rng(0).normal(size=(13, 2))

    parent = kind().synthesise(X).parent

    np.testing.assert_array_equal(parent, np.repeat(np.arange(13), 5))


@every_kind
@pytest.mark.parametrize("make", [pandas_table, polars_table])
def test_rows_of_weight_0_are_as_if_they_were_not_there(kind, make):
    X = make()
    kept = np.arange(len(X)) % 3 > 0

    weighted = kind().synthesise(X, kept.astype(float))
    alone = kind().synthesise(X[kept] if make is pandas_table else X.filter(kept))

    assert weighted.X.equals(alone.X)
    np.testing.assert_array_equal(weighted.parent, np.flatnonzero(kept)[alone.parent])


@every_kind
def test_what_rows_of_weight_0_hold_does_not_matter(kind):
    X = np.array([[1.0, 2.0], [3.0, 5.0], [np.inf, np.nan], [2.0, 2.5]])

    new = kind(size_factor=20.0).synthesise(X, [1, 2, 0, 1]).X

    assert np.isfinite(new).all()
    assert new.max() <= 5


@every_kind
def test_only_ratios_of_weights_matter(kind):
    X = np.random.default_rng(0).normal(size=(9, 2))
    weight = np.arange(9.0)

    made = [kind().synthesise(X, scale * weight).X for scale in (1.0, 2.0**-900)]

    np.testing.assert_array_equal(*made)


@given(
    weight=npst.arrays("f8", st.integers(1, 20), elements=st.floats(1e-3, 1e3)),
    size=st.integers(1, 100),
    seed=st.integers(0, 100),
)
def test_a_row_is_drawn_its_expected_number_of_times_rounded(weight, size, seed):
    expected = size * weight / weight.sum()

    drawn = systematic(weight, size, np.random.default_rng(seed))

    counts = np.bincount(drawn, minlength=len(weight))
    assert counts.sum() == size
    assert (np.floor(expected - 1e-6) <= counts).all()
    assert (counts <= np.ceil(expected + 1e-6)).all()


def test_a_period_in_the_rows_does_not_meet_the_comb():
    """Every fourth row is drawn, and not one phase of four."""
    drawn = systematic(np.ones(400), 100, np.random.default_rng(0))

    assert set(drawn % 4) == {0, 1, 2, 3}


@pytest.mark.parametrize(
    ("size_factor", "max_rows", "n_new"),
    [(1, 100, 10), (0.5, 100, 5), (5.0, 20, 20), (1e-9, 100, 1), (1e300, 7, 7)],
)
def test_as_many_rows_are_made_as_were_asked_for(size_factor, max_rows, n_new):
    jitter = Jitter(size_factor=size_factor, max_rows=max_rows)

    made = jitter.synthesise(np.zeros((10, 2)))

    assert made.X.shape == (n_new, 2)
    assert made.parent.shape == (n_new,)


# --- As a parameter -------------------------------------------------------------------


@pytest.mark.parametrize("name", TRANSFER_SETS)
def test_a_name_stands_for_the_defaults(name):
    made = as_transfer_set("Student", name)

    assert made.get_params() == type(made)().get_params()


def test_none_stays_none():
    assert as_transfer_set("Student", None) is None


def test_an_object_is_cloned():
    spunge = Spunge(noise=0.3)

    made = as_transfer_set("Student", spunge)

    assert made is not spunge
    assert made.get_params() == spunge.get_params()


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(UnknownNameError, match=r"Did you mean 'spunge'\?"):
        as_transfer_set("Student", "sponge")


@pytest.mark.parametrize("wrong", [Spunge, 3, ["spunge"]])
def test_what_is_no_transfer_set_is_said_to_be_none(wrong):
    with pytest.raises(TypeError) as error:
        as_transfer_set("Student", wrong)

    assert str(error.value) == (
        "Student: transfer_set must be a TransferSet, the name of one or None, got "
        f"{wrong!r}. Derive from sklkd.transfer_sets.TransferSet."
    )


@pytest.mark.parametrize(
    ("kind", "wrong", "said"),
    [
        (Spunge, {"swap_fraction": 1.1}, "a real number in [0, 1], got 1.1."),
        (Spunge, {"noise": -1}, "a real number in [0, inf), got -1."),
        (Jitter, {"scale": math.nan}, "a real number in [0, inf), got nan."),
        (Mixup, {"alpha": 0}, "a real number in (0, inf), got 0."),
        (Munge, {"swap_probability": 2}, "a real number in [0, 1], got 2."),
        (Munge, {"local_variance": 0}, "a real number in (0, inf), got 0."),
        (Interpolation, {"n_neighbors": 0}, "an integer in [1, inf), got 0."),
        (Conditional, {"redraw_fraction": 0}, "a real number in (0, 1], got 0."),
        (Conditional, {"n_neighbors": 1.5}, "an integer in [1, inf), got 1.5."),
        (Jitter, {"size_factor": 0}, "a real number in (0, inf), got 0."),
        (Jitter, {"max_rows": 0}, "an integer in [1, inf), got 0."),
        (Jitter, {"random_state": -1}, "an integer in [0, inf), got -1."),
    ],
)
def test_a_number_out_of_range_is_named(kind, wrong, said):
    (name,) = wrong

    with pytest.raises(ValueError, match=name) as error:
        as_transfer_set("Student", kind(**wrong))

    assert str(error.value) == f"Student: {name} of {kind.__name__} must be {said}"


@pytest.mark.parametrize("wrong", [None, np.random.RandomState(0), True])
def test_random_state_is_a_number_so_that_rows_are_the_same_in_every_fit(wrong):
    with pytest.raises(TypeError, match="Jitter: random_state must be an integer in"):
        Jitter(random_state=wrong).check()


@every_kind
def test_all_bounds_are_about_parameters(kind):
    assert set(kind.bounds) <= set(kind().get_params())
    assert clone(kind()).get_params() == kind().get_params()


# --- Errors about data ----------------------------------------------------------------


@every_kind
@pytest.mark.parametrize(
    "X",
    [
        csr_array(np.eye(3)),
        pd.DataFrame({"a": pd.arrays.SparseArray([0.0, 0.0, 1.0])}),
    ],
    ids=["scipy", "pandas"],
)
def test_a_sparse_x_is_refused(kind, X):
    with pytest.raises(TypeError) as error:
        kind().synthesise(X)

    assert str(error.value) == (
        f"{kind.__name__} cannot synthesise rows of a sparse X. Pass a dense one, or "
        "transfer_set=None."
    )


@pytest.mark.parametrize("kind", [k for k in KINDS if k is not Jitter])
@pytest.mark.parametrize("weight", [None, [1.0, 0.0]])
def test_one_row_of_weight_has_nobody_to_borrow_from(kind, weight):
    X = np.eye(1 if weight is None else 2)

    with pytest.raises(ValueError, match="needs at least") as error:
        kind().synthesise(X, weight, who="Student")

    assert str(error.value) == (
        f"Student: {kind.__name__} needs at least 2 rows whose weight is not zero, got "
        "1. Pass more, or transfer_set=None."
    )


def test_noise_needs_one_row_only():
    assert Jitter().synthesise(np.eye(1)).X.tolist() == [[1.0]] * 5


def test_no_rows_at_all_are_too_few():
    with pytest.raises(
        ValueError, match="at least 1 row whose weight is not zero, got 0"
    ):
        Jitter().synthesise(np.zeros((0, 3)))


@pytest.mark.parametrize(
    ("X", "said"),
    [
        (pd.DataFrame({"a": [[1], [2]], "b": [1, 2]}), "'a' (list)"),
        (pd.DataFrame({"b": [1, 2], "a": [{}, None]}), "'a' (dict)"),
        (pl.DataFrame({"a": [[1], [2]]}), "'a' (List(Int64))"),
        (pl.DataFrame({"a": [{"x": 1}, {"x": 2}]}), "'a' (Struct({'x': Int64}))"),
        (np.array([["a", object()]] * 2), "1 (object)"),
        (
            np.zeros((2, 6), complex),
            f"{', '.join(f'{i} (complex128)' for i in range(5))}, ...",
        ),
        (pd.DataFrame({"a": [1j, 2j]}), "'a' (complex128)"),
    ],
    ids=["list", "dict", "polars list", "polars struct", "object", "complex", "pandas"],
)
def test_columns_of_things_are_named_with_what_they_hold(X, said):
    with pytest.raises(TypeError) as error:
        Spunge().synthesise(X)

    assert str(error.value) == (
        "Spunge cannot synthesise rows of columns that hold neither numbers nor "
        f"strings nor dates: {said}. Encode them, or pass transfer_set=None."
    )


@pytest.mark.parametrize("make", [np.array, pd.DataFrame, pl.DataFrame])
def test_infinite_numbers_are_named(make):
    X = make({"a": [1.0, 2.0], "b": [1.0, math.inf]}) if make is not np.array else None
    X = np.array([[1.0, 1.0], [2.0, -math.inf]]) if X is None else X

    with pytest.raises(ValueError, match=r"infinite ones in the columns ('b'|1)\."):
        Jitter().synthesise(X)


@pytest.mark.parametrize("shape", [(3,), (3, 0), ()])
def test_x_needs_rows_and_columns(shape):
    with pytest.raises(ValueError, match="at least one column, got"):
        Jitter().synthesise(np.zeros(shape))


def test_a_table_of_another_library_is_refused():
    class Table:
        columns = ("a",)
        shape = (3, 1)

    with pytest.raises(TypeError, match="DataFrame of pandas or polars, got Table"):
        Jitter().synthesise(Table())


@pytest.mark.parametrize(
    "weight", [[1.0], [1.0, -1.0], [1.0, math.nan], [[1.0], [1.0]]]
)
def test_a_wrong_weight_is_refused(weight):
    with pytest.raises(ValueError, match="sample_weight must be 2 finite numbers"):
        Jitter().synthesise(np.eye(2), weight)


def test_the_base_is_abstract():
    with pytest.raises(TypeError, match="abstract"):
        TransferSet()
