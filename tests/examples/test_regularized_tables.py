"""Output penalties on tables: verdicts by hand, and a run on the smallest sets."""

import re
from functools import partial

import numpy as np
import pytest


@pytest.fixture
def script(imported, monkeypatch):
    """The script, whose distilled arm has a small forest and chooses nothing."""
    script = imported("regularized_tables")
    forest, distilled = script.RandomForestClassifier, script.DistilledClassifier
    short = partial(distilled, soft_weight=0.5, transfer_set=None)
    monkeypatch.setattr(script, "DistilledClassifier", short)
    monkeypatch.setattr(
        script, "RandomForestClassifier", lambda _, **more: forest(5, **more)
    )
    return script


@pytest.mark.parametrize(
    ("gap", "expected"),
    [([1.0, 1.1, 0.9], 1), ([-1.0, -1.1, -0.9], -1), ([1.0, -1.0, 0.5], 0)],
)
def test_a_difference_counts_where_its_interval_has_no_zero(script, gap, expected):
    assert script.verdict(np.array(gap)) == expected


def test_less_is_better_where_it_is_a_loss(script):
    arms = dict(zip(script.ARMS, [1.0, 0.5, 2.0, 1.0], strict=True))
    noise = np.array([0.0, 0.01, -0.01])
    values = {("set", arm): value + noise for arm, value in arms.items()}

    text = script.of_measure(values, ["set"], ".2f", more=False)

    assert re.search(r"beyond the interval \| +\| +1 / 0 \| +0 / 1 \| +0 / 0 \|", text)
    assert "**-0.50 ± 0.00**" in text


def test_a_run_tells_of_its_sets_and_a_second_one_finds_them(script, told, capsys):
    options = told("--seeds", "1", "--sets", "iris")
    script.main(options)
    first = capsys.readouterr().out

    script.main(options)

    again = capsys.readouterr()
    assert first.count("| iris ") == len(script.MEASURES)
    assert again.err.count("found in") == len(script.ARMS)
    assert again.out == first


def test_without_its_file_adult_is_left_out(script, told, capsys, monkeypatch):
    numbers = dict.fromkeys(script.MEASURES, 0.5)
    monkeypatch.setattr(script, "measure", lambda *_: numbers)

    script.main(told("--seeds", "1", "--sets", "iris", "adult"))

    captured = capsys.readouterr()
    assert "adult: no" in captured.err
    assert "| adult" not in captured.out
