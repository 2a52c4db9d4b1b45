"""How deconvolutions are drawn: maps beside images on one scale, bars of columns."""

from __future__ import annotations

import warnings

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("agg")

import matplotlib.pyplot as plt
from inspection.deconvolutions import (
    convnet,
    found_by_hand,
    images,
    names,
    titles,
    view,
    widths,
)
from torch import nn

from sklkd.inspection._deconvnet import deconvnet
from sklkd.inspection._deconvolution_display import DeconvolutionDisplay
from sklkd.inspection._deconvolution_drawing import Bars, Pairs, Words

draw = DeconvolutionDisplay.from_deconvolution


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


def test_images_of_colours_are_drawn_in_colour():
    net, X = convnet(3), images(3, 3)

    display = DeconvolutionDisplay.from_estimator(net, X, "3", 0, top=2)

    assert display.axes_[0].images[0].get_array().shape == (8, 8, 3)
    assert display.axes_[1].images[0].get_array().shape == (8, 8)


def test_signals_of_one_dimension_are_drawn_high_enough_to_be_seen():
    net = nn.Sequential(nn.Conv1d(1, 2, 5), nn.ReLU()).double()
    X = np.random.default_rng(0).normal(size=(3, 1, 200))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        display = DeconvolutionDisplay.from_estimator(net, X, "0", crop=False)
    display.figure_.draw_without_rendering()

    assert all(ax.get_window_extent().height > 20 for ax in display.axes_)


def test_zeros_have_a_scale():
    display = draw(found_by_hand(np.zeros((1, 1, 2, 2))))
    bars = draw(found_by_hand(np.zeros((1, 2))))

    assert display.axes_[0].images[0].get_clim() == (-1, 1)
    assert bars.axes_[0].get_xlim() == pytest.approx((-1.08, 1.08))


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


WORDS = Words(["unit 0"] * 5, ["activation 1"] * 5, "what")


@pytest.mark.parametrize("crop", [True, False])
def test_five_pairs_stand_in_two_rows_and_are_as_high_as_what_they_show(crop):
    maps, boxes = np.ones((5, 6, 4)), np.tile([0, 0, 2, 4], (5, 1))

    pairs = Pairs(maps, WORDS, boxes, maps, crop)

    assert (pairs.n_axes, pairs.n_columns) == (10, 6)
    # Of the field it is 2 over 4, of the whole 6 over 4.
    tall = 1.3 * (0.5 if crop else 1.5)
    assert pairs.size() == pytest.approx((0.8 + 1.5 * 6, 0.1 + 2 * (tall + 0.25)))


def test_maps_alone_have_an_axes_each():
    pairs = Pairs(np.ones((2, 3, 3)), WORDS, np.zeros((2, 4), int), None, False)

    assert (pairs.n_axes, pairs.n_columns) == (2, 2)


@pytest.mark.parametrize(("n_features", "n_bars"), [(None, 7), (2, 2), (9, 7)])
def test_a_figure_of_bars_has_room_for_those_that_are_drawn(n_features, n_bars):
    bars = Bars(np.ones((5, 7)), WORDS, list("abcdefg"), n_features)

    assert (bars.n_axes, bars.n_columns) == (5, 3)
    assert bars.size() == pytest.approx((8.1, 0.4 + 2 * (0.6 + 0.22 * n_bars)))
