"""Prototypes on tables: intervals by hand, and a run on the smallest set."""

import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from sklkd import StudentNet

ARMS = ["GLVQ, 1", "robust, margin", "robust, radius", "nearest mean"]


@pytest.fixture
def script(imported, monkeypatch):
    """The script with few arms, whose networks see rows twice."""
    script = imported("prototype_tables")
    nets, rest = script.networks(), script.others()
    short = {
        name: lambda random_state, make=nets[name]: make(
            StudentNet(max_epochs=2), random_state=random_state
        )
        for name in ARMS[:3]
    }
    monkeypatch.setattr(script, "networks", lambda: short)
    monkeypatch.setattr(script, "others", lambda: {ARMS[3]: rest[ARMS[3]]})
    monkeypatch.setattr(script, "mended", lambda: None)
    return script


def test_an_interval_knows_that_folds_share_rows(script):
    # Variance 1 of 3 values, times 1 / 3 + 1 / 4; Student's t of 2 degrees is 4.303.
    mean, half = script.interval([1.0, 2.0, 3.0])

    assert mean == 2
    assert half == pytest.approx(4.303 * (7 / 12) ** 0.5, abs=1e-3)


def test_every_row_is_measured_once_in_a_repeat(script):
    y = np.arange(30) % 3

    parts = script.folds(y, 2)

    assert len(parts) == 10
    for repeat in (parts[:5], parts[5:]):
        measured = np.concatenate([part[1] for part in repeat])
        assert sorted(measured) == list(range(30))
    for fitted, measured in parts:
        assert set(fitted).isdisjoint(measured)


def test_the_best_of_each_package_is_compared_by_fold(script, monkeypatch):
    values = {
        "GLVQ, 1": np.array([90.0, 91.0]),
        "nearest mean": np.array([80.0, 80.0]),
        "sklvq GLVQ, 1": np.array([88.0, 90.0]),
        "sklvq GLVQ, 3": np.array([50.0, 50.0]),
    }
    monkeypatch.setattr(script, "arms", lambda: list(values))
    found = SimpleNamespace(values=lambda _, arm: values.get(arm, np.array([])))

    text = script.best(found, ["set"])

    line = text.splitlines()[-1]
    assert [cell.strip()[:5].strip() for cell in line.split("|")[1:-1]] == [
        *("set", "GLVQ,", "90.5", "GLVQ,", "89.0", "+1.5")
    ]


def test_without_sklvq_its_arms_are_left_out(imported, monkeypatch):
    script = imported("prototype_tables")
    monkeypatch.setattr(script, "find_spec", lambda _: None)

    assert not [arm for arm in script.arms() if arm.startswith(script.SKLVQ)]


def test_sklvq_is_given_the_names_that_it_misses(imported, monkeypatch):
    script = imported("prototype_tables")
    package, models = ModuleType("sklvq"), ModuleType("sklvq.models._base")
    models.LVQBaseClass = type("LVQBaseClass", (), {})
    parts = {"sklvq": package, "sklvq.models": ModuleType("sklvq.models")}
    for name, module in (parts | {models.__name__: models}).items():
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr(script, "find_spec", lambda _: package)

    assert script.mended() is package
    assert models.np.int is int
    assert models.np.sqrt is np.sqrt
    assert not hasattr(np, "int")
    checked = models.check_array([[1.0, np.nan]], force_all_finite="allow-nan")
    assert np.isnan(checked[0, 1])


def test_a_run_tells_of_its_arms_and_a_second_one_finds_them(script, told, capsys):
    options = told("--quick", "--sets", "iris")
    script.main(options)
    first = capsys.readouterr().out

    script.main(options)

    again = capsys.readouterr()
    assert again.err.count("found in") == len(ARMS) * script.N_FOLDS
    assert again.out == first
    assert all(f"| {arm}" in first for arm in ARMS)
    assert "| iris: robust, radius" in first


def test_without_its_file_adult_is_left_out(script, told, capsys, monkeypatch):
    numbers = {"accuracy": 0.5}
    monkeypatch.setattr(script, "measure", lambda *_: numbers)

    script.main(told("--quick", "--sets", "iris", "adult"))

    captured = capsys.readouterr()
    assert "adult: no" in captured.err
    assert "adult" not in captured.out
