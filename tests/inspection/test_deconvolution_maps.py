"""What is seen of a deconvolution: which maps, which rows, and how much of them."""

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
from hypothesis import given
from hypothesis import strategies as st
from inspection.deconvolutions import (
    convnet,
    found_by_hand,
    images,
    titles,
    view,
)
from torch import nn

from sklkd.inspection._deconvnet import deconvnet
from sklkd.inspection._deconvolution_display import DeconvolutionDisplay
from sklkd.inspection._deconvolution_maps import fields, highest, unit_name

draw = DeconvolutionDisplay.from_deconvolution


def test_of_colours_the_pixel_is_that_of_the_strongest_channel():
    maps = np.zeros((1, 3, 1, 2))
    maps[0, :, 0, 0] = [1.0, -4.0, 2.0]
    maps[0, :, 0, 1] = [0.0, 0.0, 3.0]

    display = draw(found_by_hand(maps), np.ones((1, 3, 1, 2)))

    assert display.axes_[1].images[0].get_array().tolist() == [[-4.0, 3.0]]


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


@pytest.mark.parametrize(
    ("unit", "name"), [((3,), "unit 3"), ((3, 0), "unit 3 (0)"), ((3, 0, 7), None)]
)
def test_a_unit_has_a_channel_and_a_place(unit, name):
    assert unit_name(*unit) == (name or "unit 3 (0, 7)")


def test_without_fields_all_is_seen():
    assert fields(None, (2, 3, 5)).tolist() == [[0, 0, 3, 5]] * 2


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=9), st.integers(1, 9))
def test_no_map_that_is_left_out_is_stronger_than_one_that_is_kept(values, n):
    activations = np.array(values, dtype=float)

    kept = highest(activations, n)

    assert len(set(kept.tolist())) == len(kept) == min(n, len(values))
    assert np.delete(activations, kept).max(initial=-9) <= activations[kept].min()
