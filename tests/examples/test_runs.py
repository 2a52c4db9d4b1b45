"""What the scripts of papers share: records that survive, and numbers by hand."""

import math

import numpy as np
import pytest


@pytest.fixture
def runs(imported):
    return imported("runs")


def test_a_record_is_measured_once(runs, tmp_path):
    records = runs.Records(tmp_path / "records.csv")
    measured = []

    for _ in range(2):
        found = records.get({"seed": 0}, lambda: measured.append(1) or {"error": 0.5})

    assert found == {"seed": 0, "error": 0.5}
    assert len(measured) == 1


def test_records_read_again_are_the_same(runs, tmp_path):
    path = tmp_path / "records.csv"
    case = {"seed": 3, "arm": 'with "quotes", and a comma', "settings": '{"a": 1.0}'}
    first = runs.Records(path).get(case, lambda: {"error": 0.1 + 0.2, "stopped": True})

    again = runs.Records(path).find(case)

    assert again == first


def test_records_of_other_columns_stand_in_one_file(runs, tmp_path):
    path = tmp_path / "records.csv"
    records = runs.Records(path)
    records.get({"arm": "a"}, lambda: {"error": 1})
    records.get({"arm": "b"}, lambda: {"auc": 0.5})

    again = runs.Records(path)

    assert again.find({"arm": "a"}) == {"arm": "a", "error": 1}
    assert again.find({"arm": "b"}) == {"arm": "b", "auc": 0.5}


def test_a_measurement_that_fails_leaves_the_file_as_it_was(runs, tmp_path):
    path = tmp_path / "records.csv"
    records = runs.Records(path)
    records.get({"arm": "a"}, lambda: {"error": 1})
    before = path.read_text()

    with pytest.raises(ZeroDivisionError):
        records.get({"arm": "b"}, lambda: 1 // 0)

    assert path.read_text() == before
    assert [file.name for file in tmp_path.iterdir()] == ["records.csv"]


def test_a_not_a_number_survives(runs, tmp_path):
    path = tmp_path / "records.csv"
    runs.Records(path).get({"arm": "a"}, lambda: {"auc": float("nan")})

    assert math.isnan(runs.Records(path).find({"arm": "a"})["auc"])


def test_the_interval_is_that_of_student(runs):
    # Of 1, 2, 3: deviation 1, t of 2 degrees 4.302653.
    mean, half = runs.interval([1.0, 2.0, 3.0])

    assert mean == 2
    assert half == pytest.approx(4.302653 / math.sqrt(3), rel=1e-6)


def test_a_single_value_has_no_interval(runs):
    assert runs.spread([1.0]) == "1.00"
    assert runs.spread([1.0, 1.0]) == "1.00 ± 0.00"


def test_measures_by_hand(runs):
    proba = np.array([[0.5, 0.5], [0.25, 0.75]])

    found = runs.measures(np.array(["b", "b"]), proba, np.array(["a", "b"]))

    assert found["error"] == 0.5
    assert found["log_loss"] == pytest.approx(-math.log(0.5 * 0.75) / 2)
    entropy = math.log(2), -0.25 * math.log(0.25) - 0.75 * math.log(0.75)
    assert found["entropy"] == pytest.approx(sum(entropy) / 2)
    assert found["calibration_error"] == pytest.approx((0.5 + 0.25) / 2)


def test_probabilities_of_zero_cost_much_and_not_everything(runs):
    found = runs.measures(np.array([1]), np.array([[1.0, 0.0]]), np.array([0, 1]))

    assert found["log_loss"] == pytest.approx(-math.log(runs.SMALLEST))
    assert found["entropy"] == pytest.approx(0, abs=1e-9)


def test_rows_held_out_and_others_are_all_rows(runs):
    fitted, new = runs.held_out(np.zeros(60))

    assert sorted([*fitted, *new]) == list(range(60))
    assert len(new) == 10


def test_a_table_is_one_in_markdown(runs):
    table = runs.table([["", "a"], ["row", "1.5"]])

    assert table.splitlines() == ["|     |   a |", "|:----|----:|", "| row | 1.5 |"]


def test_missing_data_ends_it_with_the_way_to_get_them(runs, tmp_path):
    with pytest.raises(SystemExit, match="fetch_openml") as ended:
        runs.mnist("script", tmp_path)

    assert "mnist.npz must hold MNIST" in str(ended.value)


def test_pixels_are_in_the_unit_interval_and_in_order(runs, mnist):
    X, y, X_new, _ = runs.mnist("script", mnist, 20)

    assert X.shape == (20, 784)
    assert X_new.shape == (60, 784)
    assert (X.min(), X.max()) == (0, 1)
    assert X[3, (4 + 2 * 3) * 28 + 10] == 1  # the stripe of a three
    assert y.tolist() == [*range(10), *range(10)]
