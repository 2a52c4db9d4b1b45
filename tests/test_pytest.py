"""The pytest plugin, in a run of its own."""

import json
import subprocess
import sys

import pytest

TESTS = """
from sklearn.linear_model import Ridge
from sklearn.naive_bayes import GaussianNB
from sklkd.testing import parametrize_with_contracts

class Broken(Ridge):
    def predict(self, X):
        return super().predict(X) - super().predict(X).mean()

@parametrize_with_contracts(
    [GaussianNB(), Ridge(), Broken()], include=["B02", "B13"], sklearn_checks=False
)
def test_contracts(estimator, contract):
    contract(estimator)
"""


def run(folder, *options):
    (folder / "test_it.py").write_text(TESTS)
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("processes", [[], ["-n", "2"]])
def test_a_line_at_the_end_counts_the_contracts(tmp_path, processes):
    done = run(
        tmp_path,
        *("--contracts-profile", "quick", "--contracts-report", "report.json"),
        *processes,
    )

    assert "contracts: 4 run, 1 broken, 3 held, 2 not applicable, " in done.stdout
    assert "1 failed, 3 passed, 2 skipped" in done.stdout
    assert "reproduce(Broken(), 'B02', Case(" in done.stdout
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["counts"] == {"failed": 1, "passed": 3, "not_applicable": 2}


def test_a_seed_draws_other_cases_and_the_environment_stays_clean(tmp_path):
    code = (
        TESTS
        + """
import os

def test_environment():
    assert os.environ["SKLKD_CONTRACTS_SEED"] == "5"
"""
    )
    (tmp_path / "test_it.py").write_text(code)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
            *("--contracts-seed", "5", "-k", "environment"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert "1 passed" in done.stdout


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("report.txt", "must end in .md, .html or .json, got report.txt"),
        ("nowhere/report.md", "the folder must exist"),
    ],
)
def test_a_report_that_could_not_be_written_is_refused_at_once(
    tmp_path, path, sentence
):
    done = run(tmp_path, "--contracts-report", path)

    assert done.returncode == 4
    assert sentence in done.stderr


def test_who_uses_no_contracts_waits_for_nothing(tmp_path):
    (tmp_path / "test_light.py").write_text(
        "import sys\n\n\ndef test_light():\n    assert 'torch' not in sys.modules\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert "1 passed" in done.stdout
    assert "contracts" not in done.stdout
