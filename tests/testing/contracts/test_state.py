"""What is held: earlier fits, arrays of the caller's, and answers given out."""

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from sklkd.testing import check_contracts
from sklkd.testing.contracts._state import _overwrite


def checked(model, *names):
    report = check_contracts(model, include=names, profile="quick", on_fail=None)
    return {result.contract: result for result in report}


@pytest.mark.parametrize(
    "before",
    [
        np.array([1.75, 0.0]),
        np.array([1, 2, 2]),
        np.array(["a", "b"]),
        np.array([[1.0, 2.0], [3.0, 1.75]]),
    ],
)
def test_overwriting_changes_values_and_no_type(before):
    after = before.copy()

    _overwrite(after)

    assert after.dtype == before.dtype
    assert (after != before).any()
    if before.dtype.kind == "f":
        assert not (after == before)[before != 1.75].any()


def test_neighbours_that_are_kept_by_reference_are_seen():
    """scikit-learn's are: it documents no copy, and makes none."""
    assert checked(KNeighborsClassifier(), "C14")["C14"].status == "failed"


def test_a_second_fit_that_is_to_go_on_is_left_alone():
    result = checked(RandomForestClassifier(5, warm_start=True), "C06")["C06"]

    assert (result.status, result.reason) == ("not_applicable", "warm_start is on")


def test_what_needs_no_fit_may_answer_without():
    assert checked(FunctionTransformer(), "C13")["C13"].status == "not_applicable"


def test_an_answer_may_be_the_callers_own_table():
    """The identity returns X itself; overwriting that harms nobody else."""
    assert checked(FunctionTransformer(), "C15")["C15"].status == "passed"


def test_a_frame_is_an_answer_where_one_was_asked_for():
    scaler = StandardScaler().set_output(transform="pandas")

    assert checked(scaler, "C15")["C15"].status == "passed"
