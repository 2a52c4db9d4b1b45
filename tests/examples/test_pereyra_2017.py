"""The script of Pereyra et al. 2017, on few rows."""

import re
from dataclasses import replace

import pytest


@pytest.fixture
def script(imported, monkeypatch):
    """The script, with two epochs a network."""
    script = imported("pereyra_2017")
    short = {arm: replace(s, epochs=2, lr=0.02) for arm, s in script.RECIPE.items()}
    monkeypatch.setattr(script, "RECIPE", short)
    monkeypatch.setattr(script, "SHORT", 1)
    return script


def test_it_prints_every_arm_beside_the_paper(script, told, capsys):
    script.main(told("--seeds", "2"))

    printed = capsys.readouterr().out
    for arm, error in script.PAPER.items():
        assert re.search(rf"\| {arm} +\| +[\d.]+ ± [\d.]+ \| +{error} \|", printed)


def test_a_second_run_finds_what_the_first_has_finished(script, told, capsys):
    script.main(told("--seeds", "1"))
    first = capsys.readouterr().out

    script.main(told("--seeds", "1"))

    again = capsys.readouterr()
    assert again.err.count("found in") == len(script.RECIPE)
    assert again.out == first


def test_other_settings_are_not_taken_for_the_same(script, told, capsys, monkeypatch):
    script.main(told("--seeds", "1"))
    changed = {"dropout": replace(script.RECIPE["dropout"], dropout=0.1)}
    monkeypatch.setattr(script, "RECIPE", script.RECIPE | changed)
    capsys.readouterr()

    script.main(told("--seeds", "1"))

    assert capsys.readouterr().err.count("found in") == len(script.RECIPE) - 1


def test_choosing_looks_at_no_test_row(script, told, capsys, monkeypatch):
    monkeypatch.setattr(script, "CANDIDATES", [("confidence penalty", {"beta": 0.3})])
    load = script.runs.mnist
    monkeypatch.setattr(
        script.runs, "mnist", lambda *args: (*load(*args)[:2], None, None)
    )

    script.main(told("--choose"))

    printed = capsys.readouterr().out
    assert "errors on 40 training rows" in printed
    assert "beta 0.3" in printed


def test_arms_are_the_estimators_they_are_called_by(script):
    kinds = {
        arm: type(script.estimator(settings, 0)).__name__
        for arm, settings in script.RECIPE.items()
    }

    assert kinds == {
        "unregularised": "RegularizedClassifier",
        "dropout": "RegularizedClassifier",
        "label smoothing": "LabelSmoothingClassifier",
        "confidence penalty": "ConfidencePenaltyClassifier",
    }
    assert script.estimator(script.RECIPE["dropout"], 0).student.module__dropout > 0
