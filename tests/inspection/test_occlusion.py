"""Occlusion: exact for linear models, zero where nothing is hidden, for any model."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import sparse
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_digits, load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from sklkd import DistilledClassifier, StudentNet
from sklkd.inspection._occlusion import occlusion

NUMBERS = st.floats(-100, 100)


class Linear:
    """What is said is a weighted sum, in numpy."""

    def __init__(self, weights):
        self.weights = np.asarray(weights)

    def predict(self, X):
        return np.asarray(X, dtype=np.float64).reshape(len(X), -1) @ self.weights


@pytest.fixture(scope="module")
def iris():
    return load_iris(return_X_y=True, as_frame=True)


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    return X, y, LogisticRegression(max_iter=5000).fit(X[::2], y[::2])


# --- Values ---------------------------------------------------------------------------


def test_values_by_hand():
    X = [[1.0, 10.0], [3.0, 30.0]]

    found = occlusion(Linear([2.0, 0.5]), X, fill=[0.0, 20.0])

    assert found.baseline.tolist() == [7.0, 21.0]
    assert found.effects.tolist() == [[2.0, -5.0], [6.0, 5.0]]
    assert (found.unit, found.names) == ("value", ("feature 0", "feature 1"))


@given(arrays(float, (3, 5), elements=NUMBERS), arrays(float, 5, elements=NUMBERS))
def test_of_a_linear_model_it_is_the_sum_of_the_groups_terms(X, weights):
    groups = [[0, 1], [4], [], [1, 2, 3]]
    terms = (X - X.mean(axis=0)) * weights

    found = occlusion(Linear(weights), X, groups=groups)

    expected = np.stack([terms[:, group].sum(axis=1) for group in groups], axis=1)
    np.testing.assert_allclose(found.effects, expected, rtol=0, atol=1e-9)


@given(
    arrays(float, (2, 2, 5, 4), elements=NUMBERS),
    st.integers(1, 4),
    st.integers(1, 4),
    st.integers(1, 3),
)
def test_of_a_linear_model_of_images_too(X, height, width, stride):
    weights, fill = np.linspace(-1, 1, 40), X[::-1].mean(axis=0)
    terms = ((X - fill) * weights.reshape(2, 5, 4)).sum(axis=1)

    found = occlusion(
        Linear(weights),
        X,
        window=(height, width),
        stride=min(stride, height, width),
        fill=fill,
    )

    expected = [
        terms[:, i : i + height, j : j + width].sum(axis=(1, 2))
        for i, j in found.positions
    ]
    np.testing.assert_allclose(found.effects, np.stack(expected, 1), atol=1e-9)


def test_a_map_is_the_mean_of_the_effects_of_the_windows_that_cover_a_pixel():
    X = np.array([[[1.0, 2.0, 4.0]]])

    found = occlusion(Linear([1, 1, 1]), X, window=(1, 2), stride=1, fill=0.0)

    assert found.effects.tolist() == [[3.0, 6.0]]
    assert found.maps.tolist() == [[[3.0, 4.5, 6.0]]]
    assert found.positions.tolist() == [[0, 0], [0, 1]]


@given(arrays(float, (3, 4), elements=NUMBERS))
def test_a_window_of_nothing_makes_a_map_of_zeros(X):
    none = occlusion(Linear([1, 2, 3, 4]), X, window=0, image_shape=(2, 2))
    empty = occlusion(Linear([1, 2, 3, 4]), X, groups=[[]])

    assert none.maps.tolist() == np.zeros((3, 2, 2)).tolist()
    assert none.effects.shape == (3, 0)
    assert empty.effects.tolist() == [[0.0]] * 3
    assert not empty.maps.any()


@given(
    arrays(float, (7, 6), elements=NUMBERS),
    st.sampled_from(["C", "F"]),
    st.sampled_from([np.float32, np.float64]),
    st.sampled_from([1, 2, 3, 100]),
)
def test_a_column_that_the_model_ignores_has_no_effect_at_all(X, order, dtype, chunk):
    X = np.asarray(X, dtype=dtype, order=order)
    model = LogisticRegression()
    model.classes_, model.n_features_in_ = np.array([0, 1, 2]), 6
    model.coef_ = np.linspace(-1, 1, 18).reshape(3, 6)
    model.coef_[:, 4] = 0
    model.intercept_ = np.zeros(3)

    found = occlusion(model, X, target="all", chunk=chunk)

    assert not found.effects[:, 4].any()


@given(st.integers(1, 60))
def test_how_many_are_asked_about_at_once_changes_nothing_but_rounding(chunk):
    rng = np.random.default_rng(0)
    X, model = rng.normal(size=(7, 9)), Linear(rng.normal(size=9))

    some = occlusion(model, X, window=2, image_shape=(3, 3), chunk=chunk)
    whole = occlusion(model, X, window=2, image_shape=(3, 3), chunk=10**6)

    np.testing.assert_allclose(some.effects, whole.effects, atol=1e-12)
    np.testing.assert_allclose(some.baseline, whole.baseline, atol=1e-12)


@given(st.integers(1, 30))
def test_no_more_rows_are_asked_about_at_once_than_is_said(chunk):
    asked = []

    def model(X):
        asked.append(len(X))
        return X.sum(axis=1)

    occlusion(model, np.eye(5), chunk=chunk)

    assert max(asked) <= chunk


def test_huge_numbers_have_a_mean():
    X = np.array([[1.5e308], [1.7e308], [0.0]])

    found = occlusion(Linear([0.5]), X)

    np.testing.assert_allclose(found.fill, [1.5e308 / 3 + 1.7e308 / 3])
    assert np.isfinite(found.effects).all()


# --- What is looked at ----------------------------------------------------------------


def test_by_default_it_is_the_probability_of_the_predicted_class(digits):
    X, _, model = digits
    hidden = X[:4].copy()
    hidden[:, 20] = 3.0
    rows, best = np.arange(4), model.predict_proba(X[:4]).argmax(axis=1)

    found = occlusion(model, X[:4], groups=[20], fill=3.0)

    change = model.predict_proba(X[:4]) - model.predict_proba(hidden)
    np.testing.assert_allclose(found.effects[:, 0], change[rows, best], atol=1e-14)
    assert found.target.tolist() == model.predict(X[:4]).tolist()
    assert found.unit == "probability"


def test_a_target_may_be_a_label_or_one_for_each_row(digits):
    X, y, model = digits
    every = occlusion(model, X[:5], groups=[20, 21], target="all")

    one = occlusion(model, X[:5], groups=[20, 21], target=7)
    own = occlusion(model, X[:5], groups=[20, 21], target=y[:5], chunk=2)

    assert every.effects.shape == (5, 2, 10)
    assert every.maps.shape == (5, 64, 10)
    assert every.target is None
    np.testing.assert_allclose(one.effects, every.effects[..., 7], atol=1e-14)
    picked = every.effects[np.arange(5), :, y[:5]]
    np.testing.assert_allclose(own.effects, picked, atol=1e-14)
    assert own.target.tolist() == y[:5].tolist()


def test_of_two_classes_the_logit_is_the_gap_to_the_other(iris):
    X, y = iris
    model = LogisticRegression(max_iter=1000).fit(X[:100], y[:100])
    terms = (X - X.mean()) * model.coef_

    found = occlusion(model, X, output="logit")

    sign = np.where(model.predict(X) == 1, 1.0, -1.0)[:, np.newaxis]
    np.testing.assert_allclose(found.effects, sign * terms, atol=1e-10)


@pytest.mark.parametrize(
    "wrapped",
    [
        lambda m: make_pipeline(StandardScaler(), m),
        lambda m: GridSearchCV(m, {"C": [1.0]}, cv=2),
    ],
)
def test_pipelines_and_searches_are_models(wrapped, iris):
    X, y = iris
    model = wrapped(LogisticRegression(max_iter=1000)).fit(X, y)

    found = occlusion(model, X)

    assert found.names == tuple(X.columns)
    assert found.effects[:, 2].mean() > found.effects[:, 0].mean()


def test_it_speaks_of_a_student(iris):
    X, y = iris
    teacher = LogisticRegression(max_iter=1000)
    student = DistilledClassifier(
        teacher, StudentNet(max_epochs=5), soft_weight=0.5, random_state=0
    ).fit(X, y)

    found = occlusion(student, X, target="all")

    np.testing.assert_allclose(found.baseline, student.predict_proba(X), atol=1e-12)
    assert np.abs(found.effects.sum(axis=2)).max() < 1e-12  # probabilities sum to 1


# --- Containers -----------------------------------------------------------------------


@pytest.mark.parametrize("module", [pd, pl])
def test_a_frame_reaches_the_model_as_a_frame_of_the_same_types(module):
    seen = []
    frame = module.DataFrame(
        {"n": [1, 2, 6], "x": [0.5, 1.5, 2.5], "w": ["a", "b", "b"], "t": [True] * 3}
    )

    def model(X):
        seen.append(X)
        return np.zeros(len(X))

    found = occlusion(model, frame)

    assert {type(X) for X in seen} == {module.DataFrame}
    assert {tuple(X.dtypes) for X in seen} == {tuple(frame.dtypes)}
    assert [list(seen[k][c]) for k, c in [(-4, "n"), (-3, "x"), (-2, "w")]] == [
        [3, 3, 3],
        [1.5, 1.5, 1.5],
        ["b", "b", "b"],
    ]
    assert list(found.fill["n"]) == [3]


def test_a_table_of_words_goes_through_a_pipeline():
    frame = pd.DataFrame({"w": list("aabbb"), "x": [1.0, 2.0, 3.0, 4.0, 5.0]})
    words = make_column_transformer((OneHotEncoder(), ["w"]), remainder="passthrough")
    model = make_pipeline(words, LinearRegression()).fit(frame, [1, 2, 13, 14, 15.0])

    found = occlusion(model, frame, fill=[None, 0.0], groups=["x"])
    most_frequent = occlusion(model, frame, groups=["w"])

    np.testing.assert_allclose(found.effects[:, 0], frame["x"], atol=1e-9)
    np.testing.assert_allclose(
        most_frequent.effects[:, 0], [-10, -10, 0, 0, 0], atol=1e-9
    )


@pytest.mark.parametrize(
    "make",
    [
        lambda X: X.tolist(),
        sparse.csr_array,
        sparse.csc_matrix,
        sparse.coo_array,
        torch.tensor,
        lambda X: torch.tensor(X, requires_grad=True),
        lambda X: X.astype(">f8"),
        np.asfortranarray,
        pd.DataFrame,
        lambda X: pl.DataFrame(X, schema=list("abc")),
    ],
)
def test_every_container_gives_the_same(make):
    X = np.array([[1.0, 0.0, 2.0], [0.0, 5.0, 6.0], [0.0, 0.0, 7.0]])
    weights = np.array([1.0, -2.0, 0.5])

    def model(X):
        return np.asarray(X.toarray() if sparse.issparse(X) else X) @ weights

    found = occlusion(model, make(X), groups=[0, [1, 2]])

    terms = (X - X.mean(axis=0)) * weights
    expected = np.stack([terms[:, 0], terms[:, 1:].sum(axis=1)], axis=1)
    np.testing.assert_allclose(found.effects, expected, atol=1e-14)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float8_e4m3fn])
def test_rows_of_a_type_that_numpy_lacks_are_hidden_too(dtype):
    torch.manual_seed(0)
    net, rows = torch.nn.Linear(4, 2), torch.randn(5, 4, requires_grad=True).to(dtype)

    found = occlusion(net, rows, fill=rows[0])

    same = occlusion(net, rows.detach().float().numpy(), fill=found.fill)
    assert found.fill.tolist() == rows[0].float().tolist()
    np.testing.assert_array_equal(found.effects, same.effects)


def test_sparse_rows_reach_the_model_as_sparse_rows():
    kinds = set()

    def model(X):
        kinds.add(type(X))
        return X.sum(axis=1)

    occlusion(model, sparse.csr_array(np.eye(3)))

    assert kinds == {sparse.csr_array}


@pytest.mark.parametrize("dtype", [np.int64, np.uint8, bool, np.float32, np.float64])
def test_the_rows_are_not_changed(dtype):
    X = np.array([[0, 1, 1], [1, 0, 1]], dtype=dtype)
    before = X.copy()
    X.flags.writeable = False

    occlusion(Linear([1, 2, 3]), X)

    np.testing.assert_array_equal(X, before)


@pytest.mark.parametrize("module", [pd, pl])
def test_a_frame_is_not_changed(module):
    frame = module.DataFrame({"n": [1, 2, 9], "w": ["a", None, "b"]})
    before = frame.copy() if module is pd else frame.clone()

    occlusion(lambda X: np.zeros(len(X)), frame, groups=[["n", "w"]])

    assert frame.equals(before)


def test_bytes_are_hidden_by_a_mean_with_fractions():
    X = np.array([[0], [3]], dtype=np.uint8)

    found = occlusion(Linear([2.0]), X)

    assert found.effects.tolist() == [[-3.0], [3.0]]


def test_missing_values_stay_where_nothing_is_hidden():
    X = np.array([[np.nan, 1.0], [3.0, 2.0], [5.0, 6.0]])

    found = occlusion(lambda X: np.isnan(X).sum(axis=1), X)

    assert found.fill.tolist() == [4.0, 3.0]
    assert found.effects.tolist() == [[1.0, 0.0], [0.0, 0.0], [0.0, 0.0]]


def test_what_is_hidden_may_be_made_missing():
    found = occlusion(lambda X: np.isnan(X).sum(axis=1), np.ones((1, 2)), fill=np.nan)

    assert found.effects.tolist() == [[-1.0, -1.0]]


# --- Networks -------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_network_is_asked_about_images_and_stays_as_it_was(dtype):
    net = torch.nn.Sequential(
        torch.nn.Conv2d(2, 3, 3), torch.nn.Dropout(), torch.nn.Flatten()
    ).to(dtype)
    net.append(torch.nn.Linear(3 * 4 * 4, 2, dtype=dtype)).train()
    X = np.random.default_rng(0).normal(size=(3, 2, 6, 6)).astype(np.float32)
    state = torch.get_rng_state()

    first = occlusion(net, X, window=3)
    again = occlusion(net, X, window=3)

    assert first.maps.shape == (3, 6, 6)
    assert first.unit == "probability"
    np.testing.assert_array_equal(first.maps, again.maps)
    assert all(part.training for part in net.modules())
    assert all(p.grad is None for p in net.parameters())
    assert torch.equal(torch.get_rng_state(), state)


def test_flat_images_and_images_are_the_same(digits):
    X, _, model = digits

    flat = occlusion(model, X[:5], window=(2, 3), stride=(1, 2), image_shape=(8, 8))
    images = occlusion(
        lambda X: model.predict_proba(X.reshape(len(X), -1)),
        X[:5].reshape(5, 8, 8),
        window=(2, 3),
        stride=(1, 2),
    )

    np.testing.assert_allclose(flat.maps, images.maps, atol=1e-14)


def test_a_progress_bar_is_shown_where_it_is_wanted(capsys):
    occlusion(Linear([1.0]), [[1.0], [2.0]], verbose=1)
    shown = capsys.readouterr()
    occlusion(Linear([1.0]), [[1.0], [2.0]])

    assert "occlusion: 100%" in shown.err
    assert capsys.readouterr().err == ""


# --- Errors ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("params", "message"),
    [
        (
            {"window": 2},
            (
                "occlusion: window and stride are for images, got a table. Pass "
                "image_shape=(height, width), or groups of columns."
            ),
        ),
        (
            {"image_shape": (2, 2)},
            "occlusion: window must be a number of pixels for images, got None.",
        ),
        (
            {"image_shape": (2, 2), "window": 1, "groups": [[0]]},
            "occlusion: groups are for tables, got images. Pass a window instead.",
        ),
        ({"chunk": 0}, "occlusion: chunk must be an integer in [1, inf), got 0."),
        (
            {"output": "logits"},
            (
                "occlusion: output must be one of 'auto', 'probability', 'logit', "
                "'value', got 'logits'. Did you mean 'logit'?"
            ),
        ),
        (
            {"target": [0, 0]},
            (
                "occlusion: target must be one label, or one for each of the 3 rows, "
                "got 2."
            ),
        ),
        (
            {"target": 4},
            "occlusion: target must be one of [0], or 'all', got 4.",
        ),
    ],
)
def test_what_is_wrong_is_said(params, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        occlusion(Linear([1, 1, 1, 1]), np.eye(4)[:3], **params)


def test_the_mean_of_a_single_row_is_refused():
    with pytest.raises(ValueError, match="fill must be given for a single row"):
        occlusion(Linear([1.0]), [[1.0]])


def test_a_forest_on_one_row_needs_a_fill_only(iris):
    X, y = iris
    model = RandomForestClassifier(5, random_state=0).fit(X, y)

    found = occlusion(model, X[:1], fill=X.mean())

    assert found.effects.shape == (1, 4)
