"""Agreement: shares counted by hand, and what it does not depend on."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score

from sklkd.inspection import agreement_score

RNG = np.random.default_rng(0)
TEACHER, STUDENT = RNG.integers(0, 3, size=(2, 50))


def test_three_of_four():
    assert agreement_score([0, 1, 2, 2], [0, 1, 2, 0]) == 0.75


def test_it_is_symmetric():
    assert agreement_score(TEACHER, STUDENT) == agreement_score(STUDENT, TEACHER)


def test_it_is_accuracy_with_the_teacher_as_truth():
    weight = RNG.random(50)

    share = agreement_score(TEACHER, STUDENT, sample_weight=weight)

    assert share == pytest.approx(
        accuracy_score(TEACHER, STUDENT, sample_weight=weight)
    )


def test_a_weight_is_a_number_of_repetitions():
    weight = RNG.integers(0, 4, size=50)
    repeated = (np.repeat(labels, weight) for labels in (TEACHER, STUDENT))

    weighted = agreement_score(TEACHER, STUDENT, sample_weight=weight)

    assert weighted == pytest.approx(agreement_score(*repeated))


def test_the_order_of_rows_does_not_matter():
    order = RNG.permutation(50)

    shuffled = agreement_score(TEACHER[order], STUDENT[order])

    assert shuffled == pytest.approx(agreement_score(TEACHER, STUDENT))


def test_strings_of_a_list_and_of_pandas_are_the_same():
    assert agreement_score(["a", "b"], pd.Series(["a", "b"])) == 1


def test_labels_of_different_rows():
    with pytest.raises(ValueError, match=r"^agreement_score: ") as caught:
        agreement_score([0, 1], [0, 1, 1])

    assert str(caught.value) == (
        "agreement_score: y_teacher and y_student must be about the same rows, got 2 "
        "and 3 labels."
    )


def test_labels_of_different_kinds():
    with pytest.raises(ValueError, match=r"^agreement_score: ") as caught:
        agreement_score(["0", "1"], [0, 1])

    assert str(caught.value) == (
        "agreement_score: labels must be of one kind, got <U1 from the teacher and "
        "int64 from the student. Fit both on the same y."
    )
