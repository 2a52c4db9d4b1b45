"""The picture of an occlusion: maps on one scale, bars in order."""

from __future__ import annotations

import re

import matplotlib as mpl
import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch

mpl.use("agg")

import matplotlib.pyplot as plt
from scipy.sparse import csr_array
from sklearn.datasets import load_digits, load_wine
from sklearn.linear_model import LinearRegression, LogisticRegression

from sklkd.inspection._occlusion import occlusion
from sklkd.inspection._occlusion_display import OcclusionDisplay


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    return X, y, LogisticRegression(max_iter=5000).fit(X[::2], y[::2])


@pytest.fixture(scope="module")
def wine():
    X, y = load_wine(return_X_y=True, as_frame=True)
    return X, LinearRegression().fit(X, y)


def names(display):
    return [label.get_text() for label in display.axes_[0].get_yticklabels()]


def widths(display):
    return [bar.get_width() for bar in display.axes_[0].patches]


def test_a_map_stands_beside_its_image_and_all_share_a_symmetric_scale(digits):
    X, _, model = digits
    options = {"window": 3, "image_shape": (8, 8)}
    found = occlusion(model, X[[1, 3]], fill=X.mean(axis=0), **options)

    display = OcclusionDisplay.from_estimator(model, X, rows=[1, 3], **options)

    image, first, other, second = (ax.images[0] for ax in display.axes_)
    np.testing.assert_array_equal(image.get_array(), X[1].reshape(8, 8))
    np.testing.assert_array_equal(other.get_array(), X[3].reshape(8, 8))
    np.testing.assert_allclose(first.get_array(), found.maps[0])
    np.testing.assert_allclose(second.get_array(), found.maps[1])
    limit = np.abs(found.maps).max()
    assert first.get_clim() == second.get_clim() == pytest.approx((-limit, limit))
    *_, bar = display.figure_.axes
    assert bar.get_ylabel() == "probability lost where it is hidden"


def test_the_first_three_images_are_drawn_where_nothing_is_said(digits):
    X, _, model = digits

    display = OcclusionDisplay.from_estimator(model, X, window=4, image_shape=(8, 8))

    titles = [ax.get_title() for ax in display.axes_[::2]]
    assert [title.split(",")[0] for title in titles] == [
        f"class {label}" for label in model.predict(X[:3])
    ]


def test_bars_are_mean_effects_in_the_order_of_what_they_are_without_sign(wine):
    X, model = wine
    effects = occlusion(model, X, fill=0.0).effects

    display = OcclusionDisplay.from_estimator(model, X, n_groups=5, fill=0.0)

    largest = np.argsort(-np.abs(effects).mean(axis=0))[:5]
    assert names(display) == X.columns[largest].tolist()
    np.testing.assert_allclose(widths(display), effects.mean(axis=0)[largest])
    title = display.axes_[0].get_title(loc="left")
    assert title == "mean of 178 rows, 8 smaller ones not shown"


def test_effects_that_cancel_are_no_small_ones():
    display = OcclusionDisplay.from_predictions([[9.0, 1.0], [-9.0, 1.0]], n_groups=1)

    assert names(display) == ["group 0"]


def test_a_row_is_compared_with_the_mean_of_all(wine):
    X, model = wine
    terms = (X - X.mean()).iloc[7] * model.coef_

    display = OcclusionDisplay.from_estimator(model, X, rows=[7], n_groups=None)

    np.testing.assert_allclose(sorted(widths(display)), sorted(terms), atol=1e-10)
    told = f"value {model.predict(X.iloc[[7]])[0]:.3g}"
    assert display.axes_[0].get_title(loc="left") == told


@pytest.mark.parametrize("make", [np.asarray, csr_array, pl.from_pandas, pd.DataFrame])
def test_rows_of_any_container_are_drawn(make, wine):
    X, _ = wine

    def model(rows):
        return np.asarray(rows.toarray() if hasattr(rows, "tocsr") else rows)[:, 3]

    display = OcclusionDisplay.from_estimator(model, make(X), rows=[0, 5], n_groups=2)

    spoken = (X.iloc[[0, 5], 3] - X.iloc[:, 3].mean()).mean()
    assert sorted(widths(display), key=abs)[-1] == pytest.approx(spoken)


def test_rows_of_half_precision_are_drawn():
    rows = torch.tensor([[1.0, 2.0], [3.0, 6.0]], requires_grad=True).bfloat16()

    display = OcclusionDisplay.from_estimator(lambda X: X[:, 1], rows, rows=[1])

    assert names(display) == ["feature 1", "feature 0"]
    assert widths(display) == [2.0, 0.0]


def test_labels_may_be_an_array_and_nothing_is_none():
    labels = np.array(["first", "second"])

    bars = OcclusionDisplay.from_predictions(np.ones((2, 3)), labels=labels, names=[])

    assert bars.axes_[0].get_title(loc="left") == "mean of 2 rows, first"
    assert names(bars) == ["group 0", "group 1", "group 2"]


def test_a_target_for_each_row_follows_the_rows(digits):
    X, y, model = digits

    display = OcclusionDisplay.from_estimator(
        model, X[:9], rows=[4, 2], window=4, image_shape=(8, 8), target=y[:9]
    )

    titles = [ax.get_title().split(",")[0] for ax in display.axes_[::2]]
    assert titles == ["class 4", "class 2"]


def test_effects_that_were_found_before_are_drawn():
    display = OcclusionDisplay.from_predictions(
        [[3.0, -1.0, 2.0]], names=["a", "b", "c"], unit="logit"
    )

    assert names(display) == ["a", "c", "b"]
    assert widths(display) == [3.0, 2.0, -1.0]
    assert display.axes_[0].get_xlabel() == "logit lost where it is hidden"
    assert not display.axes_[0].collections  # one row has no spread


def test_maps_are_drawn_without_images_and_zeros_too():
    display = OcclusionDisplay.from_predictions(np.zeros((2, 3, 4)))

    assert len(display.axes_) == 2
    assert display.axes_[0].images[0].get_clim() == (-1, 1)


def test_it_is_drawn_where_one_says():
    _, axes = plt.subplots(1, 2)

    display = OcclusionDisplay(np.ones((1, 2, 2)), images=np.ones((1, 2, 2))).plot(axes)

    assert display.axes_.tolist() == list(axes)


@pytest.mark.parametrize(
    ("effects", "options", "message"),
    [
        (
            [1.0, 2.0],
            {},
            (
                "OcclusionDisplay: effects must have the shape (n_samples, height, "
                "width) or (n_samples, n_groups), with one at least, got (2,)."
            ),
        ),
        (
            np.ones((1, 2, 2)),
            {"images": np.ones((1, 3, 2))},
            (
                "OcclusionDisplay: images must have the shape (1, 2, 2), and 3 colours"
                " as a last axis if any, got (1, 3, 2)."
            ),
        ),
        (
            np.ones((1, 2, 2)),
            {"images": np.ones((1, 2, 2, 2))},
            (
                "OcclusionDisplay: images must have the shape (1, 2, 2), and 3 colours"
                " as a last axis if any, got (1, 2, 2, 2)."
            ),
        ),
        (
            [[1.0, 2.0]],
            {"names": ["a"]},
            "OcclusionDisplay: names must be 2, got 1.",
        ),
        (
            [[1.0, 2.0]],
            {"n_groups": 0},
            "OcclusionDisplay: n_groups must be an integer in [1, inf), got 0.",
        ),
    ],
)
def test_what_does_not_fit_is_said(effects, options, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        OcclusionDisplay.from_predictions(effects, **options)


def test_all_outputs_at_once_cannot_be_drawn(wine):
    X, model = wine

    with pytest.raises(ValueError, match="target must be one output a row, got 'all'"):
        OcclusionDisplay.from_estimator(model, X, target="all")
