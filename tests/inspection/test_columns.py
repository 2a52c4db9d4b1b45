"""Columns of the same rows: labels and weights, checked."""

from __future__ import annotations

import numpy as np
import pytest

from sklkd.inspection._columns import label_column, weight_column


def test_without_weights_rows_count_the_same():
    assert weight_column("f", None, 4).tolist() == [0.25, 0.25, 0.25, 0.25]


def test_weights_sum_to_one():
    assert weight_column("f", [3, 1, 0], 3).tolist() == [0.75, 0.25, 0.0]


def test_a_weight_for_each_row():
    with pytest.raises(ValueError, match=r"^f: ") as caught:
        weight_column("f", [1, 1], 3)

    assert str(caught.value) == (
        "f: sample_weight must have the shape (3,), a weight for each row, got (2,)."
    )


@pytest.mark.parametrize(
    ("weight", "ends"),
    [
        ([1, -1, 1], "-1 to 1"),
        ([0, 0, 0], "0 to 0"),
        ([1, np.inf, 1], "1 to inf"),
        ([1, np.nan, 1], "nan to nan"),
    ],
)
def test_weights_that_cannot_be(weight, ends):
    with pytest.raises(ValueError, match=r"^f: ") as caught:
        weight_column("f", weight, 3)

    assert str(caught.value) == (
        "f: sample_weight must be finite, not negative and not all zero, got values "
        f"from {ends}."
    )


@pytest.mark.parametrize(
    ("labels", "shape"), [([[1], [2]], "(2, 1)"), ([], "(0,)"), ("cat", "()")]
)
def test_labels_that_are_no_column(labels, shape):
    with pytest.raises(ValueError, match=r"^f: ") as caught:
        label_column("f", "y", labels)

    assert str(caught.value) == (
        "f: y must have the shape (n_samples,), a label for each of at least one row, "
        f"got {shape}."
    )
