"""The command, as one types it."""

import json
import subprocess
import sys

import pytest

from sklkd.testing.__main__ import main


@pytest.fixture(autouse=True)
def _path(monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))


def test_an_estimator_that_holds_its_contracts_gives_status_0(capsys):
    status = main(
        [
            *("sklearn.naive_bayes:GaussianNB", "--profile", "quick"),
            *("--include", "B01", "B02", "--no-sklearn-checks"),
        ]
    )

    assert status == 0
    assert capsys.readouterr().out.startswith("contracts: 2 run, 2 held, ")


def test_one_that_breaks_them_gives_status_1_and_a_report(capsys, tmp_path):
    report = tmp_path / "report.json"

    status = main(
        [
            *("testing.mutants_prediction:NormalisesByTheBatch", "--include", "B02"),
            *("--profile", "quick", "--no-sklearn-checks", "--report", str(report)),
        ]
    )

    assert status == 1
    assert "B02: broken" in capsys.readouterr().out
    assert json.loads(report.read_text())["counts"] == {"failed": 1}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["sklearn.naive_bayes"],
            "estimator must be package.module:Estimator, got 'sklearn.naive_bayes'. ",
        ),
        (
            ["sklearn.naive_bayes:GausianNB"],
            "has no 'GausianNB'. Did you mean 'GaussianNB'?",
        ),
        (["no_such_module:A"], "No module named 'no_such_module'"),
        (["sklearn.naive_bayes:GaussianNB", "--include", "B2"], "Did you mean"),
        (["math:pi"], "estimator must be a scikit-learn estimator, got float"),
        (
            ["sklearn.naive_bayes:GaussianNB", "--report", "x.txt"],
            "--report: the file must end in .md, .html or .json, got x.txt.",
        ),
        (
            ["sklearn.naive_bayes:GaussianNB", "--report", "nowhere/report.md"],
            "--report: the folder must exist, got ",
        ),
    ],
)
def test_what_cannot_be_checked_gives_status_2_and_a_sentence(
    arguments, sentence, capsys
):
    assert main(arguments) == 2
    told = capsys.readouterr().err
    assert told.startswith("python -m sklkd.testing: ")
    assert sentence in told


def test_it_is_a_command():
    done = subprocess.run(
        [sys.executable, "-m", "sklkd.testing", "--help"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0
    assert "package.module:Estimator" in done.stdout
