"""The table of a comparison: its text to the letter, and means with their errors."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest

from sklkd.inspection import Comparison, Measurement
from sklkd.inspection._table import byte_size, milliseconds

FOREST = Measurement("forest", 0.97, 1.0, 0.1, 0.25, 0.02, 0.05, 4_200_000)
STUDENT = Measurement("a <b>", 0.96, 0.985, 0.021, 0.1, 0.00012, 0.0004, 21_300)
CLASSIFIERS = Comparison((FOREST, STUDENT), "accuracy", "forest")
REGRESSORS = Comparison(
    (Measurement("line", 0.5, None, None, None, 0.0001, 0.001, 900),), "r2"
)


def test_markdown_of_classifiers():
    expected = """\
| model  | accuracy | agreement | calibration error | log-loss |   1 row | 1000 rows |   size |
|:-------|---------:|----------:|------------------:|---------:|--------:|----------:|-------:|
| forest |   97.0 % |   100.0 % |            10.0 % |    0.250 |   20 ms |     50 ms | 4.2 MB |
| a <b>  |   96.0 % |    98.5 % |             2.1 % |    0.100 | 0.12 ms |   0.40 ms |  21 kB |"""  # noqa: E501

    assert CLASSIFIERS.to_markdown() == expected


def test_markdown_of_regressors_leaves_out_what_none_has():
    assert REGRESSORS.to_markdown().splitlines() == [
        "| model |    R² |   1 row | 1000 rows |    size |",
        "|:------|------:|--------:|----------:|--------:|",
        "| line  | 0.500 | 0.10 ms |    1.0 ms | 0.90 kB |",
    ]


def test_what_one_model_lacks_is_a_dash():
    no_proba = dataclasses.replace(STUDENT, calibration_error=None, log_loss=None)

    table = Comparison((FOREST, no_proba), "accuracy", "forest").to_markdown()

    assert table.splitlines()[-1].count(" – ") == 2


def test_printed_it_is_markdown():
    assert str(CLASSIFIERS) == CLASSIFIERS.to_markdown()


def test_html_escapes_names():
    html = CLASSIFIERS._repr_html_()

    assert html.count("<tr>") == 3
    assert "a &lt;b&gt;" in html
    assert "<b>" not in html


def test_records_make_a_frame():
    frame = pd.DataFrame(CLASSIFIERS.to_records())

    assert frame["name"].tolist() == ["forest", "a <b>"]
    assert frame["n_bytes"].tolist() == [4_200_000, 21_300]


def test_it_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        CLASSIFIERS.rows = ()


def test_mean_and_standard_error_by_hand():
    # Of 0.95, 0.96 and 0.97: mean 0.96, standard deviation 0.01.
    rows = [dataclasses.replace(STUDENT, score=score) for score in (0.95, 0.96, 0.97)]

    mean = Comparison.mean([Comparison((row,), "accuracy") for row in rows])

    assert mean.rows[0].score == pytest.approx(0.96)
    assert mean.errors[0].score == pytest.approx(0.01 / 3**0.5)
    assert mean.errors[0].log_loss == pytest.approx(0)
    assert "| 96.0 ± 0.6 % |" in mean.to_markdown()


def test_mean_of_nothing_measured_is_nothing():
    mean = Comparison.mean([REGRESSORS, REGRESSORS])

    assert mean.rows == REGRESSORS.rows
    assert mean.errors[0].agreement is None


@pytest.mark.parametrize(
    ("comparisons", "got"),
    [
        ([], "0 of []"),
        ([REGRESSORS], "1 of [('line',)]"),
        ([REGRESSORS, CLASSIFIERS], "2 of [('forest', 'a <b>'), ('line',)]"),
    ],
)
def test_mean_of_what_is_not_alike(comparisons, got):
    with pytest.raises(ValueError, match=r"^Comparison\.mean: ") as caught:
        Comparison.mean(comparisons)

    assert str(caught.value) == (
        "Comparison.mean: comparisons must be at least 2, of the same models, got "
        f"{got}."
    )


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0213, "21 ms"), (0.2134, "213 ms"), (0.00996, "10 ms"), (0.0001, "0.10 ms")],
)
def test_milliseconds(seconds, text):
    assert milliseconds(seconds) == text


@pytest.mark.parametrize(
    ("n_bytes", "text"),
    [(999, "1.0 kB"), (21_300, "21 kB"), (1_000_000, "1.0 MB"), (3.2e8, "320 MB")],
)
def test_byte_size(n_bytes, text):
    assert byte_size(n_bytes) == text
