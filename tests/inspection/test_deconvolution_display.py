"""The picture of a deconvolution: parts of images beside maps, bars of columns."""

from __future__ import annotations

import re
import warnings

import matplotlib as mpl
import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch

mpl.use("agg")

import matplotlib.pyplot as plt
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_wine
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, PolynomialFeatures
from torch import nn

from sklkd import DistilledClassifier, RegularizedClassifier, StudentNet
from sklkd.inspection._deconvnet import Deconvolution, deconvnet
from sklkd.inspection._deconvolution_display import DeconvolutionDisplay

WHO = "DeconvolutionDisplay"
draw = DeconvolutionDisplay.from_deconvolution


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def convnet(n_channels=1, seed=0):
    """Two convolutions, without padding, ReLUs that are always on, and a head."""
    torch.manual_seed(seed)
    layers = [nn.Conv2d(n_channels, 4, 3), nn.ReLU(), nn.Conv2d(4, 5, 3), nn.ReLU()]
    net = nn.Sequential(*layers, nn.Flatten(), nn.Linear(5 * 16, 3)).double()
    for parameter in net[:4].parameters():
        parameter.data.abs_()
    return net


def images(n=6, n_channels=1, seed=0):
    return np.random.default_rng(seed).random((n, n_channels, 8, 8))


def found_by_hand(maps, activations=None, units=None, boxes=None):
    """A deconvolution that nobody had to compute."""
    maps = np.asarray(maps, dtype=float)
    n = len(maps)
    activations = np.ones(n) if activations is None else np.asarray(activations, float)
    units = np.zeros((n, 1), dtype=int) if units is None else np.asarray(units)
    boxes = None if boxes is None else np.asarray(boxes)
    return Deconvolution(maps, activations, np.arange(n), units, boxes)


def titles(display):
    return [ax.get_title() + ax.get_title(loc="left") for ax in display.axes_]


def names(ax):
    return [label.get_text() for label in ax.get_yticklabels()]


def widths(ax):
    return [bar.get_width() for bar in ax.patches]


def view(ax):
    """Top, left, bottom, right of what an axes shows, in pixels."""
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    return [edge + 0.5 for edge in (top, left, bottom, right)]


# --- Images ---------------------------------------------------------------------------


def test_a_map_stands_beside_its_image_and_all_share_a_symmetric_scale():
    net, X = convnet(), images(20)
    found = deconvnet(net, X, "3", 2, top=9)

    display = DeconvolutionDisplay.from_estimator(net, X, "3", 2)

    assert len(display.axes_) == 18
    limit = np.abs(found.projections).max()
    for k, (left, right) in enumerate(display.axes_.reshape(-1, 2)):
        np.testing.assert_array_equal(left.images[0].get_array(), X[found.rows[k], 0])
        np.testing.assert_allclose(right.images[0].get_array(), found.projections[k, 0])
        assert right.images[0].get_clim() == pytest.approx((-limit, limit))
    *_, bar = display.figure_.axes
    assert bar.get_ylabel() == "activation sent back"


def test_titles_say_the_unit_and_its_activation():
    found = found_by_hand(np.ones((2, 1, 3, 3)), [2.5, 1234.5], [(7, 1, 2), (0, 0, 0)])

    beside = draw(found, np.ones((2, 1, 3, 3)))
    alone = draw(found)

    assert titles(beside) == [
        "unit 7 (1, 2)",
        "activation 2.5",
        "unit 0 (0, 0)",
        "activation 1.23e+03",
    ]
    assert titles(alone)[0] == "unit 7 (1, 2)\nactivation 2.5"


def test_only_the_receptive_field_is_shown_of_both():
    net, X = convnet(), images()
    found = deconvnet(net, X, "3", 1)

    display = draw(found, X)

    for k, ax in enumerate(display.axes_):
        assert view(ax) == found.boxes[k // 2].tolist()
        assert not ax.lines


def test_whole_rows_have_a_frame_around_the_receptive_field():
    net, X = convnet(), images(2)
    found = deconvnet(net, X, "3", (1, 0, 2))

    display = draw(found, X, crop=False)

    for ax in display.axes_:
        assert view(ax) == [0, 0, 8, 8]
        (frame,) = ax.lines
        # Five pixels from the first of its row and the third of its column.
        assert frame.get_xdata().tolist() == [1.5, 6.5, 6.5, 1.5, 1.5]
        assert frame.get_ydata().tolist() == [-0.5, -0.5, 4.5, 4.5, -0.5]


@pytest.mark.parametrize("crop", [True, False])
def test_a_unit_that_sees_all_or_nothing_is_shown_with_all(crop):
    boxes = [[0, 0, 4, 5], [0, 0, 0, 0]]

    display = draw(found_by_hand(np.ones((2, 1, 4, 5)), boxes=boxes), crop=crop)

    assert [view(ax) for ax in display.axes_] == [[0, 0, 4, 5]] * 2
    assert not any(ax.lines for ax in display.axes_)


def test_a_field_that_a_border_has_cut_goes_beyond_the_border():
    # Of a padded convolution: at the top left, in the middle, at the bottom right.
    boxes = [[0, 0, 2, 2], [3, 4, 6, 7], [6, 6, 8, 8]]

    display = draw(found_by_hand(np.ones((3, 1, 8, 8)), boxes=boxes))

    shown = [view(ax) for ax in display.axes_]
    assert shown == [[-1, -1, 2, 2], [3, 4, 6, 7], [6, 6, 9, 9]]


@given(st.data())
def test_views_are_of_one_size_and_have_the_field_within(data):
    sides = [data.draw(st.integers(1, 9), label=name) for name in ("height", "width")]
    boxes = []
    for _ in range(data.draw(st.integers(1, 3), label="n")):
        start = [data.draw(st.integers(0, side - 1)) for side in sides]
        end = [
            data.draw(st.integers(first + 1, side))
            for first, side in zip(start, sides, strict=True)
        ]
        boxes.append([*start, *end])

    display = draw(found_by_hand(np.ones((len(boxes), 1, *sides)), boxes=boxes))

    views = np.array([view(ax) for ax in display.axes_])
    plt.close("all")
    assert (views[:, :2] <= np.array(boxes)[:, :2]).all()
    assert (views[:, 2:] >= np.array(boxes)[:, 2:]).all()
    size = (np.array(boxes)[:, 2:] - np.array(boxes)[:, :2]).max(axis=0)
    assert (views[:, 2:] - views[:, :2] == size).all()


def test_of_colours_the_pixel_is_that_of_the_strongest_channel():
    maps = np.zeros((1, 3, 1, 2))
    maps[0, :, 0, 0] = [1.0, -4.0, 2.0]
    maps[0, :, 0, 1] = [0.0, 0.0, 3.0]

    display = draw(found_by_hand(maps), np.ones((1, 3, 1, 2)))

    assert display.axes_[1].images[0].get_array().tolist() == [[-4.0, 3.0]]


def test_images_of_colours_are_drawn_in_colour():
    net, X = convnet(3), images(3, 3)

    display = DeconvolutionDisplay.from_estimator(net, X, "3", 0, top=2)

    assert display.axes_[0].images[0].get_array().shape == (8, 8, 3)
    assert display.axes_[1].images[0].get_array().shape == (8, 8)


@pytest.mark.parametrize("make", [np.asarray, torch.as_tensor, np.ndarray.tolist])
def test_rows_of_any_container_are_drawn(make):
    net, X = convnet(), images(4)
    order = deconvnet(net, X, "3", 0, top=4).rows

    display = DeconvolutionDisplay.from_estimator(net, make(X), "3", 0)

    for ax, row in zip(display.axes_[::2], order, strict=True):
        np.testing.assert_array_equal(ax.images[0].get_array(), X[row, 0])


def test_half_precision_is_drawn():
    found, X = found_by_hand(np.ones((2, 1, 2, 2))), torch.ones(2, 1, 2, 2)

    display = draw(found, X.bfloat16().requires_grad_())

    assert display.axes_[2].images[0].get_array().tolist() == [[1, 1], [1, 1]]


@pytest.mark.parametrize("make", [np.asarray, pd.DataFrame, pl.DataFrame])
@pytest.mark.parametrize("colours", [(), (3,)])
def test_vectors_that_stand_for_images_become_images(make, colours):
    X = np.random.default_rng(0).random((3, 6 * (3 if colours else 1)))
    shape = (2, 3, *colours)
    maps = np.zeros_like(X)
    maps[:, -1] = 7.0

    display = draw(found_by_hand(maps), make(X), image_shape=shape)

    np.testing.assert_array_equal(display.axes_[0].images[0].get_array().shape, shape)
    expected = [[0, 0, 0], [0, 0, 7]]
    assert display.axes_[1].images[0].get_array().tolist() == expected
    if not colours:
        drawn = display.axes_[4].images[0].get_array()
        np.testing.assert_array_equal(drawn, X[2].reshape(shape))


def test_flat_rows_of_a_network_of_images_need_their_shape():
    net, X = nn.Sequential(nn.Unflatten(1, (1, 8, 8)), convnet()), images(2)
    flat = X.reshape(2, 64)

    bars = DeconvolutionDisplay.from_estimator(net, flat, "1.3", 0)
    pictures = DeconvolutionDisplay.from_estimator(
        net, flat, "1.3", 0, image_shape=(8, 8)
    )

    assert len(bars.axes_) == 2
    assert len(bars.axes_[0].patches) == 10
    assert len(pictures.axes_) == 4


def test_a_shape_does_not_mix_up_images_that_have_one():
    X = images(1, 3)

    display = draw(found_by_hand(np.ones_like(X)), X, image_shape=(8, 8, 3))

    drawn = display.axes_[0].images[0].get_array()
    shares = (X[0] - X.min()) / (X.max() - X.min())
    np.testing.assert_allclose(drawn, np.moveaxis(shares, 0, -1))


def test_rows_that_are_not_what_the_network_gets_are_left_out():
    found = found_by_hand(np.ones((2, 1, 4, 4)))

    display = draw(found, np.ones((2, 16)))

    assert len(display.axes_) == 2


def test_signals_of_one_dimension_are_drawn_high_enough_to_be_seen():
    net = nn.Sequential(nn.Conv1d(1, 2, 5), nn.ReLU()).double()
    X = np.random.default_rng(0).normal(size=(3, 1, 200))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        display = DeconvolutionDisplay.from_estimator(net, X, "0", crop=False)
    display.figure_.draw_without_rendering()

    assert all(ax.get_window_extent().height > 20 for ax in display.axes_)


# --- What is drawn --------------------------------------------------------------------


def test_what_comes_back_of_a_1_does_not_know_the_activation():
    found = found_by_hand([[[[1.0, -2.0]]]], [5.0])

    of_it, of_1 = draw(found), draw(found, kind="maps")

    assert of_it.axes_[0].images[0].get_array().tolist() == [[5.0, -10.0]]
    assert of_1.axes_[0].images[0].get_array().tolist() == [[1.0, -2.0]]
    assert of_1.figure_.axes[-1].get_ylabel() == "what comes back of a 1"


def test_of_too_many_maps_the_strongest_are_drawn_and_it_says_so():
    net, X = convnet(), images(30)
    found = deconvnet(net, X, "3", 2)
    message = (
        "DeconvolutionDisplay: 30 maps are too many to be read, so only the 24 of the "
        "highest activations are shown. Ask for fewer (top=9), or raise max_maps."
    )

    with pytest.warns(UserWarning, match=f"^{re.escape(message)}$"):
        display = DeconvolutionDisplay.from_estimator(net, X, "3", 2, top=None)

    strongest = np.argsort(-found.activations)[:24]
    assert display.shown_.tolist() == strongest.tolist()
    for ax, row in zip(display.axes_[::2], strongest, strict=True):
        np.testing.assert_array_equal(ax.images[0].get_array(), X[row, 0])
    assert titles(display)[1] == f"activation {found.activations.max():.3g}"


def test_boxes_and_labels_follow_what_is_shown():
    boxes = [[0, 0, 1, 1], [2, 2, 3, 3]]
    found = found_by_hand(np.ones((2, 1, 4, 4)), [1.0, 2.0], boxes=boxes)

    with pytest.warns(UserWarning, match="too many"):
        display = draw(found, labels=["a", "b"], max_maps=1)

    assert titles(display) == ["b\nactivation 2"]
    assert view(display.axes_[0]) == [2, 2, 3, 3]


def test_as_many_as_allowed_stay_in_their_order():
    display = draw(found_by_hand(np.ones((3, 4)), [1.0, 3.0, 2.0]), max_maps=3)

    assert display.shown_.tolist() == [0, 1, 2]


def test_it_says_so_where_nothing_was_sent_back():
    found = found_by_hand(np.ones((3, 1, 2, 2)), [1.0, 0.0, -2.0])
    message = (
        "DeconvolutionDisplay: 2 of 3 maps are zero, since their units are not excited."
        " Ask for fewer (top=...), or for what comes back of a 1 (kind='maps')."
    )

    with pytest.warns(UserWarning, match=f"^{re.escape(message)}$"):
        draw(found)
    quiet = draw(found, kind="maps")

    assert quiet.axes_[2].images[0].get_array().tolist() == [[1, 1], [1, 1]]


def test_zeros_have_a_scale():
    display = draw(found_by_hand(np.zeros((1, 1, 2, 2))))
    bars = draw(found_by_hand(np.zeros((1, 2))))

    assert display.axes_[0].images[0].get_clim() == (-1, 1)
    assert bars.axes_[0].get_xlim() == pytest.approx((-1.08, 1.08))


def test_it_is_drawn_where_one_says_and_again():
    _, axes = plt.subplots(1, 3)
    display = draw(found_by_hand(np.ones((1, 1, 2, 2))), np.ones((1, 1, 2, 2)))

    again = display.plot(axes)

    assert again is display
    assert again.axes_.tolist() == list(axes[:2])
    assert again.figure_ is axes[0].figure


# --- Vectors --------------------------------------------------------------------------


def test_bars_are_of_the_columns_that_are_largest_on_average():
    maps = [[1.0, 0.0, -6.0, 2.0], [-5.0, 0.5, 4.0, 0.0]]

    display = draw(
        found_by_hand(maps, [1.0, 2.0]), feature_names=list("abcd"), n_features=3
    )

    # Of the projections 1 0 -6 2 and -10 1 8 0 it is c 7, a 5.5, d 1, b 0.5.
    first, second = display.axes_
    assert names(first) == ["c", "a", "d"]
    assert names(second) == ["", "", ""]
    assert widths(first) == [-6.0, 1.0, 2.0]
    assert widths(second) == [8.0, -10.0, 0.0]
    assert first.get_xlim() == second.get_xlim() == pytest.approx((-10.8, 10.8))
    assert titles(display) == ["unit 0, activation 1", "unit 0, activation 2"]
    below = display.figure_.get_supxlabel()
    assert below == "activation sent back, 1 smaller columns not shown"


def test_the_scale_is_that_of_the_bars_that_are_drawn():
    maps = [[0.0, 4.0], [0.0, 4.0], [9.0, 4.0]]

    display = draw(found_by_hand(maps), n_features=1)

    assert display.axes_[2].get_xlim() == pytest.approx((-4.32, 4.32))


def test_every_axes_of_ones_own_says_what_it_shows():
    _, axes = plt.subplots(2, 1)

    display = draw(found_by_hand(np.ones((2, 2))), ax=axes, n_features=None)

    for ax in display.axes_:
        assert names(ax) == ["feature 0", "feature 1"]
        assert ax.get_xlabel() == "activation sent back"
    assert not display.figure_.get_supxlabel()


def test_names_are_no_formulas():
    found = found_by_hand(np.ones((1, 2)))

    display = draw(found, feature_names=["$a_{$", "in $ or $^"], labels=["$x_{$"])

    display.figure_.draw_without_rendering()
    assert names(display.axes_[0]) == ["$a_{$", "in $ or $^"]


@pytest.mark.parametrize("make", [pd.DataFrame, pl.from_pandas])
def test_columns_have_the_names_of_x(make):
    X = pd.DataFrame(np.eye(3), columns=["one", "two", "three"])

    display = draw(found_by_hand([[3.0, 2.0, 1.0]]), make(X[:1]))

    assert names(display.axes_[0]) == ["one", "two", "three"]


def last(model):
    *_, (name, _) = model.net_.module_.named_modules()
    return name


@pytest.fixture(scope="module")
def wine():
    X, y = load_wine(return_X_y=True, as_frame=True)
    return X.iloc[:, :4], y


SMALL = StudentNet(max_epochs=2)


def test_a_student_of_a_table_names_its_columns(wine):
    X, y = wine
    model = RegularizedClassifier(SMALL, random_state=0).fit(X, y)

    display = DeconvolutionDisplay.from_estimator(
        model, X, last(model), 1, top=1, kind="maps", rule="gradient"
    )

    maps = deconvnet(model, X, last(model), 1, top=1, rule="gradient").maps[0]
    order = np.argsort(-np.abs(maps))
    assert names(display.axes_[0]) == X.columns[order].tolist()
    np.testing.assert_allclose(widths(display.axes_[0]), maps[order])


def test_names_are_found_within_a_search_and_given_names_win(wine):
    X, y = wine
    student = make_pipeline(PolynomialFeatures(2, interaction_only=True), SMALL)
    model = RegularizedClassifier(student, random_state=0)
    search = GridSearchCV(model, {"label_weight": [1.0]}, cv=2).fit(X, y)
    layer = last(search.best_estimator_)
    options = {"top": 1, "kind": "maps", "n_features": None}
    own = [f"column {number}" for number in range(11)]

    found = DeconvolutionDisplay.from_estimator(search, X, layer, **options)
    given = DeconvolutionDisplay.from_estimator(
        search, X, layer, feature_names=own, **options
    )

    assert {"1", "ash", "alcohol ash"} < set(names(found.axes_[0]))
    assert sorted(names(given.axes_[0])) == sorted(own)


def test_names_are_of_what_a_vectorizer_made(wine):
    X, y = wine
    words = X.iloc[:, :1].assign(colour=np.where(y == 0, "red", "white"))
    teacher = RegularizedClassifier(SMALL, random_state=0)
    model = DistilledClassifier(teacher, SMALL, soft_weight=0.5, transfer_set=None)
    model.set_params(random_state=0, cv=2).fit(words, y)

    display = DeconvolutionDisplay.from_estimator(
        model, words, last(model), 0, top=1, kind="maps"
    )

    made = model.student_.steps.get_feature_names_out()
    assert sorted(names(display.axes_[0])) == sorted(made)


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (PolynomialFeatures(2, include_bias=False), "alcohol malic_acid"),
        (FunctionTransformer(lambda X: np.asarray(X)[:, :2]), "feature 0"),
    ],
)
def test_names_are_of_what_a_pipeline_made_or_numbers(wine, step, expected):
    X, y = wine
    student = make_pipeline(step, SMALL)
    model = RegularizedClassifier(student, random_state=0).fit(X, y)

    display = DeconvolutionDisplay.from_estimator(
        model, X, last(model), 0, top=1, kind="maps", n_features=None
    )

    assert expected in names(display.axes_[0])


# --- Errors ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "options", "message"),
    [
        ((2, 4), {"kind": "map"}, "kind must be one of 'projections', 'maps', got "),
        ((2, 4), {"n_features": 0}, "n_features must be an integer in [1, inf), got 0"),
        ((2, 4), {"max_maps": 0}, "max_maps must be an integer in [1, inf), got 0."),
        ((2, 4), {"feature_names": ["a"]}, "feature_names must be 4, got 1."),
        ((2, 4), {"labels": ["a"]}, "labels must be 2, got 1."),
        ((2, 4), {"labels": []}, "labels must be 2, got 0."),
        (
            (2, 4),
            {"image_shape": (2, 3)},
            (
                "image_shape must be (height, width), or (height, width, n_channels), "
                "of 4 numbers in all, got (2, 3)."
            ),
        ),
        (
            (1, 1, 2, 2, 2),
            {},
            (
                "maps must be of vectors or images, with one at least, got the shape "
                "(1, 1, 2, 2, 2)."
            ),
        ),
        (
            (2, 1, 4, 4),
            {"X": np.ones((2, 9)), "image_shape": (3, 3)},
            (
                "images must have the shape (2, 4, 4), and 3 colours as a last axis if "
                "any, got (2, 3, 3)."
            ),
        ),
        (
            (3, 1, 4, 4),
            {"X": np.ones((2, 1, 4, 4))},
            (
                "X must have the rows that were sent through the network, at least 3, "
                "got 2."
            ),
        ),
        ((2, 1, 4, 4), {"ax": "one"}, "ax must be at least 2 axes, got 1."),
    ],
)
def test_what_does_not_fit_is_said(shape, options, message):
    if options.get("ax"):
        options = {"ax": plt.subplots()[1]}

    with pytest.raises(ValueError, match=f"^{re.escape(f'{WHO}: {message}')}"):
        draw(found_by_hand(np.ones(shape)), **options)


def test_a_flag_is_a_flag():
    with pytest.raises(TypeError, match="crop must be True or False, got 1"):
        draw(found_by_hand(np.ones((1, 1, 2, 2))), crop=1)


@pytest.mark.parametrize("make", [draw, lambda maps: DeconvolutionDisplay(maps).plot()])
def test_an_array_is_no_deconvolution(make):
    message = (
        "DeconvolutionDisplay: deconvolution must be a Deconvolution, as deconvnet "
        "returns it, got ndarray."
    )

    with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
        make(np.ones((1, 2)))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_numbers_that_are_none_are_not_drawn(bad):
    maps = np.ones((3, 1, 2, 2))
    maps[1, 0, 0, 0] = bad
    message = (
        "DeconvolutionDisplay: maps must be finite, got others in 1 of 3. Leave out the"
        " rows that they are of."
    )

    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        draw(found_by_hand(maps), kind="maps")


def test_inputs_stay_as_they_were():
    net, X = convnet(), images(4)
    X.flags.writeable = False
    found = deconvnet(net, X, "3", 0)
    before = found.maps.copy()

    display = draw(found, X)

    np.testing.assert_array_equal(found.maps, before)
    assert display.deconvolution is found
