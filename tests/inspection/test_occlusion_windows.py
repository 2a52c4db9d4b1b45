"""Windows cover an image whole, and groups are found by name or position."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklkd.inspection._occlusion_windows import column_groups, image_windows

NAMES = ["age", "sex", "income", "town"]


@given(st.data(), st.integers(1, 9), st.integers(1, 9))
def test_windows_lie_within_the_image_and_cover_every_pixel(data, height, width):
    window = data.draw(st.tuples(st.integers(1, height), st.integers(1, width)))
    stride = tuple(data.draw(st.integers(1, size)) for size in window)

    found, positions, size = image_windows("f", (height, width), None, window, stride)

    assert found.covering().min() >= 1
    assert size == window
    assert (positions >= 0).all()
    assert (positions + window <= (height, width)).all()
    assert len({*map(tuple, positions.tolist())}) == len(found)
    areas = found.masks(slice(None)).sum(axis=(1, 2))
    assert set(areas.tolist()) == {window[0] * window[1]}


def test_the_last_window_ends_at_the_border():
    _, positions, _ = image_windows("f", (1, 8), None, (1, 3), (1, 2))

    assert positions[:, 1].tolist() == [0, 2, 4, 5]


@pytest.mark.parametrize(("window", "step"), [(1, 1), (3, 1), (4, 2), (5, 2)])
def test_by_default_windows_move_by_half_of_them(window, step):
    _, positions, _ = image_windows("f", (1, 40), None, (1, window), None)

    assert positions[1, 1] == step


@pytest.mark.parametrize(
    ("row_shape", "image_shape", "expected"),
    [
        ((2, 2), None, [[1, 0], [0, 0]]),
        ((3, 2, 2), None, [[[1, 0], [0, 0]]]),
        ((4,), (2, 2), [1, 0, 0, 0]),
        ((8,), (2, 2, 2), [1, 1, 0, 0, 0, 0, 0, 0]),
    ],
)
def test_a_mask_has_the_shape_of_a_row(row_shape, image_shape, expected):
    found, _, _ = image_windows("f", row_shape, image_shape, 1, 1)

    assert found.masks(slice(0, 1)).astype(int).tolist() == [expected]


def test_the_mean_is_over_the_windows_that_cover_a_cell():
    found = column_groups("f", NAMES, [["age"], ["age", "sex"]])
    effects = np.array([[[1.0, 10.0], [3.0, 30.0]]])

    spread = found.spread(effects)

    assert spread.tolist() == [[[2.0, 20.0], [3.0, 30.0], [0.0, 0.0], [0.0, 0.0]]]
    assert found.spread(effects[..., 0]).tolist() == [[2.0, 3.0, 0.0, 0.0]]


def test_groups_are_names_positions_or_one_of_them():
    found = column_groups("f", NAMES, ["age", 3, ["income", 0, "income"], []])

    assert [index[0].tolist() for index in found.cells] == [[0], [3], [0, 2], []]
    assert found.names == ("age", "town", "age, income", "nothing")
    assert found.empty.tolist() == [False, False, False, True]


def test_a_mapping_names_its_groups():
    found = column_groups("f", NAMES, {"person": ["age", "sex"], "place": 3})

    assert found.names == ("person", "place")


def test_a_large_group_is_called_by_its_first_columns():
    assert column_groups("f", NAMES, [NAMES]).names == ("age, sex, income, … (4)",)


def test_a_name_goes_before_a_position():
    found = column_groups("f", [2, 0, 1], [[0]])

    assert found.cells[0][0].tolist() == [1]


@pytest.mark.parametrize(
    ("groups", "error", "message"),
    [
        (
            ["agge"],
            ValueError,
            (
                "f: groups must hold names or positions of the 4 columns, got 'agge'. "
                "Did you mean 'age'?"
            ),
        ),
        (
            [[4]],
            ValueError,
            "f: groups must hold names or positions of the 4 columns, got 4.",
        ),
        (
            [[-1]],
            ValueError,
            "f: groups must hold names or positions of the 4 columns, got -1.",
        ),
        (
            [[True]],
            ValueError,
            "f: groups must hold names or positions of the 4 columns, got True.",
        ),
        (
            "age",
            TypeError,
            (
                "f: groups must be a list of lists of columns, or a mapping from names"
                " to such lists, got 'age'."
            ),
        ),
    ],
)
def test_a_column_that_is_not_there_is_said(groups, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        column_groups("f", NAMES, groups)


def test_a_name_of_two_columns_is_refused():
    with pytest.raises(ValueError, match="2 are called 'a'"):
        column_groups("f", ["a", "a"], [["a"]])


@pytest.mark.parametrize(
    ("row_shape", "image_shape", "window", "stride", "message"),
    [
        (
            (4, 4),
            None,
            5,
            None,
            "f: window must fit into the image of 4 by 4 pixels, got 5.",
        ),
        ((4, 4), None, -1, None, "f: window must be an integer in [0, inf), got -1."),
        (
            (4, 4),
            None,
            (1, 2, 3),
            None,
            "f: window must be an integer or a pair of them, got (1, 2, 3).",
        ),
        (
            (4, 4),
            None,
            2,
            3,
            (
                "f: stride must be at most the window, (2, 2), so that every pixel is "
                "hidden, got 3."
            ),
        ),
        ((4, 4), None, 2, 0, "f: stride must be an integer in [1, inf), got 0."),
        (
            (6,),
            (2, 2),
            1,
            None,
            (
                "f: image_shape must be (height, width) or (height, width, "
                "n_channels), with as many pixels as X has columns, 6, got (2, 2)."
            ),
        ),
        (
            (2, 3),
            (2, 3),
            1,
            None,
            (
                "f: image_shape must be there if and only if X is flat, got "
                "image_shape=(2, 3) for rows of shape (2, 3)."
            ),
        ),
    ],
)
def test_what_is_wrong_with_a_window_is_said(
    row_shape, image_shape, window, stride, message
):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        image_windows("f", row_shape, image_shape, window, stride)
