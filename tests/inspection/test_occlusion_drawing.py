"""How occlusions are drawn: pictures of rows, and bars with their spread."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
import torch

mpl.use("agg")

import matplotlib.pyplot as plt
from scipy.sparse import csr_array

from sklkd.inspection._occlusion_drawing import (
    as_pictures,
    draw_bars,
    draw_images,
    draw_maps,
    fitting_images,
    one_each,
)


@pytest.mark.parametrize(
    ("shape", "image_shape", "expected"),
    [
        ((2, 4, 5), None, (2, 4, 5)),
        ((2, 1, 4, 5), None, (2, 4, 5)),
        ((2, 2, 4, 5), None, (2, 4, 5)),
        ((2, 3, 4, 5), None, (2, 4, 5, 3)),
        ((2, 20), (4, 5), (2, 4, 5)),
        ((2, 60), (4, 5, 3), (2, 4, 5, 3)),
        ((2, 40), (4, 5, 2), (2, 4, 5)),
    ],
)
def test_rows_become_pictures(shape, image_shape, expected):
    assert as_pictures(np.ones(shape), image_shape).shape == expected


def test_channels_come_last_and_sparse_rows_become_dense():
    X = np.arange(12.0).reshape(1, 3, 2, 2)

    assert as_pictures(X, None)[0, 0, 1].tolist() == [1.0, 5.0, 9.0]
    assert as_pictures(csr_array(np.eye(4)), (2, 2))[1].tolist() == [[0, 1], [0, 0]]


def test_colours_are_shares():
    _, ax = plt.subplots()

    draw_images([ax], np.array([[[[-1.0, 0.0, 1.0]]]]))

    assert ax.images[0].get_array().tolist() == [[[0.0, 0.5, 1.0]]]


def test_a_line_goes_from_the_tenth_to_the_ninetieth_percentile():
    _, ax = plt.subplots()

    draw_bars(ax, ["a"], np.arange(11.0)[:, np.newaxis])

    (line,) = ax.collections[0].get_segments()
    assert line[:, 0].tolist() == [1.0, 9.0]
    assert ax.patches[0].get_width() == 5.0


def test_what_speaks_for_and_what_speaks_against_are_told_apart():
    _, ax = plt.subplots()

    draw_bars(ax, ["a", "b", "c"], np.array([[1.0, 0.0, -1.0]]))

    one, none, other = (bar.get_facecolor() for bar in ax.patches)
    assert one == none != other


def test_maps_have_a_scale_beside_them():
    figure, axes = plt.subplots(1, 2)

    draw_maps(axes, np.array([[[1.0]], [[-3.0]]]), axes, "what")

    assert {ax.images[0].get_clim() for ax in axes} == {(-3.0, 3.0)}
    assert figure.axes[-1].get_ylabel() == "what"


def test_names_stand_beside_bars_as_they_are():
    _, ax = plt.subplots()

    draw_bars(ax, ["$a_{$"], np.ones((1, 1)))

    ax.figure.draw_without_rendering()
    assert [label.get_text() for label in ax.get_yticklabels()] == ["$a_{$"]


@pytest.mark.parametrize("shape", [(2, 4, 5), (2, 4, 5, 3)])
def test_images_of_the_shape_of_maps_fit(shape):
    images = torch.ones(shape, requires_grad=True).bfloat16()

    assert fitting_images("Somebody", images, (2, 4, 5)).shape == shape


@pytest.mark.parametrize("shape", [(2, 4), (1, 4, 5), (2, 5, 4), (2, 4, 5, 1)])
def test_other_images_do_not_fit(shape):
    with pytest.raises(ValueError, match="images must have") as caught:
        fitting_images("Somebody", np.ones(shape), (2, 4, 5))

    assert str(caught.value) == (
        "Somebody: images must have the shape (2, 4, 5), and 3 colours as a last axis "
        f"if any, got {shape}."
    )


def test_there_is_a_text_for_each_or_none():
    assert one_each("Somebody", "names", np.array([1, 2]), 2) == ["1", "2"]
    assert one_each("Somebody", "names", None, 2) == []


@pytest.mark.parametrize("texts", [[], ["a"], pd.Index(["a", "b", "c"])])
def test_more_or_fewer_texts_are_an_error(texts):
    with pytest.raises(ValueError, match="names must be 2") as caught:
        one_each("Somebody", "names", texts, 2)

    assert str(caught.value) == f"Somebody: names must be 2, got {len(texts)}."
