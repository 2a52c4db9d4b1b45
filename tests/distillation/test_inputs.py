"""Rows in every container, type and layout: the same rows, the same student."""

import pickle

import numpy as np
import pytest
from distillation.doubles import (
    Small,
    blobs,
    classifier,
    outputs,
    quick,
    regressor,
    slopes,
)
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from sklearn.linear_model import Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklkd import StudentNet
from sklkd.exceptions import DivergedError

KINDS = [(classifier, blobs), (regressor, slopes)]
both = pytest.mark.parametrize(("make", "rows"), KINDS, ids=["classifier", "regressor"])


def integers(n_rows=60):
    """Whole-numbered rows, which every type can hold, and labels."""
    X, y = blobs(n_rows)
    return np.clip(X.round(), 0, 15), y


# --- Layouts --------------------------------------------------------------------------


def negative_strides(X):
    return X[::-1, ::-1].copy()[::-1, ::-1]


def every_other(X):
    wide = np.full((2 * len(X), 2 * X.shape[1]), np.nan)
    wide[::2, ::2] = X
    return wide[::2, ::2]


def read_only(X):
    X = X.copy()
    X.flags.writeable = False
    return X


LAYOUTS = {
    "Fortran order": np.asfortranarray,
    "negative strides": negative_strides,
    "every other": every_other,
    "read-only": read_only,
    "big-endian": lambda X: X.astype(">f8"),
    "list of lists": lambda X: X.tolist(),
    "tuple of arrays": tuple,
    "objects": lambda X: X.astype(object),
}
layouts = pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)


@layouts
@both
def test_the_layout_makes_no_difference_to_fit(make, rows, layout):
    X, y = rows()

    model = make().fit(layout(X), y)

    # The teacher adds the rows up in another order.
    expected = outputs(make().fit(X, y), X)
    np.testing.assert_allclose(outputs(model, X), expected, rtol=1e-9)


@layouts
@both
def test_a_network_of_labels_is_the_same_to_the_last_bit_in_any_layout(
    make, rows, layout
):
    X, y = rows()

    model = make(soft_weight=0).fit(layout(X), y)

    expected = outputs(make(soft_weight=0).fit(X, y), X)
    np.testing.assert_array_equal(outputs(model, layout(X)), expected)


@layouts
@both
def test_the_layout_makes_no_difference_to_predict(make, rows, layout):
    X, y = rows()
    model = make().fit(X, y)

    said = outputs(model, layout(X))

    np.testing.assert_allclose(said, outputs(model, X), rtol=1e-12)


def memmap_of(X, path):
    mapped = np.memmap(path, X.dtype, "w+", shape=X.shape)
    mapped[:] = X
    mapped.flush()
    return np.memmap(path, X.dtype, "r", shape=X.shape)


@both
def test_rows_in_a_file_are_the_same_rows(make, rows, tmp_path):
    X, y = rows()
    mapped = memmap_of(X, tmp_path / "X")

    model = make().fit(mapped, memmap_of(y, tmp_path / "y"))

    expected = outputs(make().fit(X, y), X)
    assert np.array_equal(outputs(model, X), expected)
    assert np.array_equal(outputs(model, mapped), expected)


def test_a_student_of_rows_in_a_file_outlives_the_file(tmp_path):
    X, y = blobs()
    path = tmp_path / "X"
    model = classifier().fit(memmap_of(X, path), y)
    expected = outputs(model, X)

    path.unlink()

    assert np.array_equal(outputs(pickle.loads(pickle.dumps(model)), X), expected)


# --- Types ----------------------------------------------------------------------------

TYPES = ["f8", "f4", "f2", "i8", "i4", "i2", "i1", "u1", ">f4", ">i4", "O"]


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("batch_size", [None, 16])
def test_the_type_of_whole_numbers_makes_no_difference(kind, batch_size):
    X, y = integers()
    model = classifier("precomputed", quick(batch_size=batch_size))
    proba = {"teacher_proba": GaussianNB().fit(X, y).predict_proba(X)}
    expected = outputs(model.fit(X, y, **proba), X)

    model.fit(X.astype(kind), y, **proba)

    np.testing.assert_allclose(outputs(model, X), expected, rtol=1e-6)
    np.testing.assert_allclose(outputs(model, X.astype(kind)), expected, rtol=1e-6)


def test_true_and_false_are_one_and_zero():
    X, y = blobs()
    teacher = KNeighborsClassifier()

    model = classifier(teacher).fit(X > 0, y)

    expected = outputs(classifier(teacher).fit((X > 0) * 1.0, y), (X > 0) * 1.0)
    np.testing.assert_allclose(outputs(model, X > 0), expected, rtol=1e-7)
    np.testing.assert_allclose(outputs(model, (X > 0) * 1.0), expected, rtol=1e-7)


# --- Sparse ---------------------------------------------------------------------------

FORMATS = ["csr", "csc", "coo", "lil"]
KINDS_OF_SPARSE = {
    f"{name}_{kind}": getattr(sparse, f"{name}_{kind}")
    for name in FORMATS
    for kind in ("array", "matrix")
}
sparse_kinds = pytest.mark.parametrize(
    "kind", KINDS_OF_SPARSE.values(), ids=KINDS_OF_SPARSE
)


@sparse_kinds
@pytest.mark.parametrize("batch_size", [None, 16])
def test_sparse_rows_are_the_same_rows(kind, batch_size):
    X, y = integers()
    model = classifier("precomputed", quick(batch_size=batch_size))
    proba = {"teacher_proba": GaussianNB().fit(X, y).predict_proba(X)}
    expected = outputs(model.fit(X, y, **proba), X)

    model.fit(kind(X), y, **proba)

    np.testing.assert_allclose(outputs(model, X), expected, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(outputs(model, kind(X)), expected, rtol=1e-6, atol=1e-9)


@sparse_kinds
def test_sparse_rows_teach_values_too(kind):
    X, y = slopes()
    X[X < 0] = 0
    expected = regressor(Ridge(tol=1e-12)).fit(X, y).predict(X)

    model = regressor(Ridge(tol=1e-12)).fit(kind(X), y)

    np.testing.assert_allclose(model.predict(kind(X)), expected, rtol=1e-6)


def test_sparse_rows_of_weight_zero_are_left_out():
    X, y = integers()
    weight = np.where(np.arange(60) % 3, 1.0, 0.0)
    proba = {"teacher_proba": GaussianNB().fit(X, y).predict_proba(X)}
    model = classifier("precomputed")
    expected = outputs(model.fit(X, y, weight, **proba), X)

    model.fit(sparse.csr_array(X), y, weight, **proba)

    np.testing.assert_allclose(outputs(model, X), expected, rtol=1e-6)


@pytest.mark.parametrize("index", [np.int32, np.int64])
def test_sparse_indices_of_either_size_are_taken(index):
    X, y = integers()
    rows = sparse.csr_array(X)
    rows.indices, rows.indptr = rows.indices.astype(index), rows.indptr.astype(index)

    model = classifier(KNeighborsClassifier()).fit(rows, y)

    assert model.score(rows, y) == model.score(X, y)


def test_a_module_of_ones_own_takes_sparse_rows():
    X, y = integers()
    proba = {"teacher_proba": GaussianNB().fit(X, y).predict_proba(X)}
    model = classifier("precomputed", StudentNet(Small, max_epochs=3))
    expected = outputs(model.fit(X, y, **proba), X)

    model.fit(sparse.csr_array(X), y, **proba)

    np.testing.assert_allclose(outputs(model, X), expected, rtol=1e-5)


# --- Frames ---------------------------------------------------------------------------


def frame_of(package, X, names):
    frames = pytest.importorskip(package)
    how = {"pandas": "columns", "polars": "schema"}[package]
    return frames.DataFrame(X, **{how: list(names)})


packages = pytest.mark.parametrize("package", ["pandas", "polars"])


@packages
@both
def test_a_frame_is_its_values_with_names(make, rows, package):
    X, y = rows()
    frame = frame_of(package, X, "abcd")

    model = make().fit(frame, y)

    expected = outputs(make().fit(X, y), X)
    assert model.feature_names_in_.tolist() == list("abcd")
    np.testing.assert_allclose(outputs(model, frame), expected, rtol=1e-7)


@packages
def test_a_frame_is_handed_to_the_teacher_as_it_is(package):
    X, y = blobs()
    frame = frame_of(package, X, "abcd")

    model = classifier(KNeighborsClassifier(), targets="in_sample").fit(frame, y)

    assert model.teacher_.feature_names_in_.tolist() == list("abcd")


def test_the_index_of_a_frame_says_nothing():
    pandas = pytest.importorskip("pandas")
    X, y = blobs()
    index = np.random.default_rng(0).permutation(60) // 2
    frame = pandas.DataFrame(X, index, columns=list("abcd"))

    model = classifier().fit(frame, pandas.Series(y, index[::-1]))

    expected = outputs(classifier().fit(X, y), X)
    np.testing.assert_allclose(outputs(model, frame), expected, rtol=1e-7)


def test_nullable_columns_without_gaps_are_numbers():
    pandas = pytest.importorskip("pandas")
    X, y = blobs()
    frame = pandas.DataFrame(X, columns=list("abcd")).convert_dtypes()

    model = classifier().fit(frame, y)

    expected = outputs(classifier().fit(X, y), X)
    np.testing.assert_allclose(outputs(model, frame), expected, rtol=1e-7)


@packages
@pytest.mark.parametrize("names", ["dcba", "wxyz", "abc", "abcde"])
def test_other_columns_are_refused(package, names):
    X, y = blobs()
    model = classifier().fit(frame_of(package, X, "abcd"), y)
    other = frame_of(package, np.zeros((3, len(names))), names)

    with pytest.raises(ValueError, match="feature names should match"):
        model.predict(other)


def test_names_are_forgotten_by_a_fit_without():
    X, y = blobs()
    model = classifier().fit(frame_of("pandas", X, "abcd"), y)

    model.fit(X, y)

    assert not hasattr(model, "feature_names_in_")


def test_an_array_where_there_were_names_is_warned_about():
    X, y = blobs()
    model = classifier().fit(frame_of("pandas", X, "abcd"), y)

    with pytest.warns(UserWarning, match="does not have valid feature names"):
        said = outputs(model, X)

    expected = outputs(classifier().fit(X, y), X)
    np.testing.assert_allclose(said, expected, rtol=1e-7)


@packages
def test_a_transformer_that_puts_out_frames_may_stand_before(package):
    pytest.importorskip(package)
    X, y = blobs()
    scaler = StandardScaler().set_output(transform=package)

    model = make_pipeline(scaler, classifier()).fit(frame_of("pandas", X, "abcd"), y)

    assert model[-1].feature_names_in_.tolist() == list("abcd")
    plain = make_pipeline(StandardScaler(), classifier()).fit(X, y)
    np.testing.assert_allclose(
        model.predict_proba(frame_of("pandas", X, "abcd")),
        plain.predict_proba(X),
        rtol=1e-7,
    )


# --- Labels ---------------------------------------------------------------------------

LABELS = {
    "list": list,
    "int8": lambda y: y.astype(np.int8),
    "float": lambda y: y.astype(float),
    "reversed": lambda y: y[::-1].copy()[::-1],
    "big-endian": lambda y: y.astype(">i4"),
}


@pytest.mark.parametrize("like", LABELS.values(), ids=LABELS)
@both
def test_labels_of_any_kind_are_the_same_labels(make, rows, like):
    X, y = rows()
    y = y.round() if make is regressor else y
    y = np.clip(y, -100, 100)

    model = make().fit(X, like(y))

    np.testing.assert_allclose(
        outputs(model, X), outputs(make().fit(X, y), X), rtol=1e-6
    )


@packages
@both
def test_labels_in_a_series_are_the_same_labels(make, rows, package):
    frames = pytest.importorskip(package)
    X, y = rows()

    model = make().fit(X, frames.Series(y))

    assert np.array_equal(outputs(model, X), outputs(make().fit(X, y), X))


# --- Rows are independent -------------------------------------------------------------

STUDENTS = {
    "float64": quick(),
    "float32": quick(batch_size=16),
    "own module": StudentNet(Small, max_epochs=3),
}
FITTED = {
    (make.__name__, name): make(student=student).fit(*rows())
    for make, rows in KINDS
    for name, student in STUDENTS.items()
}


@given(key=st.sampled_from(sorted(FITTED)), cut=st.integers(1, 59))
def test_rows_are_answered_alike_alone_and_together(key, cut):
    model = FITTED[key]
    X, _ = blobs(seed=3)
    whole = outputs(model, X)

    parts = [outputs(model, part) for part in (X[:cut], X[cut:])]

    tolerance = 1e-9 if key[1] == "float64" else 1e-4
    np.testing.assert_allclose(
        np.concatenate(parts), whole, rtol=tolerance, atol=tolerance * abs(whole).max()
    )


@given(key=st.sampled_from(sorted(FITTED)), row=st.integers(0, 59))
def test_one_row_has_the_shape_of_one_row(key, row):
    model = FITTED[key]
    X, _ = blobs(seed=3)

    for method in ("predict", "predict_proba", "predict_log_proba"):
        if hasattr(model, method):
            whole = getattr(model, method)(X)
            alone = getattr(model, method)(X[row : row + 1])
            assert alone.shape == (1, *whole.shape[1:])
            assert alone.dtype == whole.dtype


@given(key=st.sampled_from(sorted(FITTED)), seed=st.integers(0, 9))
def test_the_order_of_rows_is_the_order_of_answers(key, seed):
    model = FITTED[key]
    X, _ = blobs(seed=3)
    order = np.random.default_rng(seed).permutation(len(X))

    said = outputs(model, X[order])

    expected = outputs(model, X)[order]
    np.testing.assert_allclose(said, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("scale", [1e-300, 1e30, 1e100, 1e300, 1e307])
@both
def test_huge_rows_are_answered_finitely_or_refused_with_one_sentence(
    make, rows, scale
):
    X, y = rows()
    X /= np.abs(X).max()
    model = make().fit(X, y)

    try:
        said = outputs(model, X * scale)
    except DivergedError as error:
        said = np.zeros(1)
        sentence = str(error)
    else:
        sentence = TOO_LARGE

    assert np.isfinite(said).all()
    assert sentence == TOO_LARGE


TOO_LARGE = (
    "X contains values too large for this student: its output is not finite. Scale X."
)


def test_rows_whose_sum_is_too_large_are_no_reason_for_a_warning():
    X, y = blobs()
    model = classifier().fit(X, y)

    proba = model.predict_proba(np.full((60, 4), 1e307))

    assert np.isfinite(proba).all()
