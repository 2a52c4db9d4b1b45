"""Reports: counts, and the same results as a table, Markdown, HTML and JSON."""

import builtins
import json
from pathlib import Path

import pytest

from sklkd.testing import ContractReport, ContractResult


def result(contract, status, **details):
    return ContractResult(
        "Ridge", contract, f"Law <{contract}> | x.", "must", status, **details
    )


REPORT = ContractReport(
    [
        result("A01", "passed", examples=13, cpu_seconds=0.5),
        result("B01", "failed", message="3 < 4", reproducer="reproduce(1)"),
        result("B02", "not_applicable", reason="it is none"),
        result("B03", "xfailed", examples=2, reason="A & B."),
        result("B04", "xpassed", examples=2, reason="Once."),
        result("B05", "out_of_budget", examples=1, reason="1 s were up"),
    ]
)


def test_counts_are_those_of_the_results():
    assert REPORT.counts == {
        "failed": 1,
        "out_of_budget": 1,
        "xpassed": 1,
        "xfailed": 1,
        "passed": 1,
        "not_applicable": 1,
    }
    assert (REPORT.examples, REPORT.cpu_seconds) == (18, 0.5)
    assert [r.contract for r in REPORT.failures] == ["B01"]


def test_the_summary_counts_all_that_ran():
    assert REPORT.summary() == (
        "contracts: 5 run, 1 broken, 1 out of budget, 1 no longer needing an excuse, "
        "1 excused, 1 held, 1 not applicable, 18 examples, 0.5 s of the processor"
    )


def test_broken_and_needlessly_excused_contracts_raise():
    with pytest.raises(AssertionError) as caught:
        REPORT.raise_for_failures()

    told = str(caught.value)
    assert "B01: broken" in told
    assert "B04: no longer needing an excuse" in told
    assert "B05" not in told


def test_a_report_without_them_raises_nothing():
    good = ContractReport(r for r in REPORT if r.status not in ("failed", "xpassed"))

    assert good.raise_for_failures() is None


def test_the_table_begins_with_what_is_broken():
    lines = str(REPORT).splitlines()

    assert lines[2].split() == [
        *("contract", "law", "what", "came", "of", "it", "examples", "seconds")
    ]
    assert [line.split()[0] for line in lines[3:9]] == [
        *("B01", "B05", "B04", "B03", "A01", "B02")
    ]
    assert "3 < 4" in str(REPORT)


def test_on_a_screen_what_scikit_learn_checks_and_holds_is_one_line():
    checks = [
        result("check_a", "passed", examples=1, cpu_seconds=0.25),
        result("check_b", "passed", examples=1, cpu_seconds=0.5),
        result("check_c", "failed", message="it is 5"),
        result("check_d", "not_applicable", reason="it is none"),
        result("A01", "passed", examples=13),
    ]

    report = ContractReport(checks)

    assert [" ".join(line.split()) for line in str(report).splitlines()[3:8]] == [
        "check_c Law <check_c> | x. broken 0 0.00",
        "A01 Law <A01> | x. held 13 0.00",
        "2 more Checks of scikit-learn. held 2 0.75",
        "1 more Checks of scikit-learn. not applicable 0 0.00",
        "",
    ]
    assert "check_d" in report.to_markdown()


def test_on_a_screen_the_summary_comes_again_below_what_is_wrong():
    good = ContractReport([result("A01", "passed")])

    assert str(REPORT).splitlines()[0] == REPORT.summary()
    assert str(REPORT).splitlines()[-1] == REPORT.summary()
    assert str(good).count(good.summary()) == 1


@pytest.mark.parametrize(("n", "ends"), [(72, "x"), (73, "…")])
def test_on_a_screen_a_long_law_is_cut(n, ends):
    report = ContractReport([ContractResult("Ridge", "A01", "x" * n, "must", "passed")])

    (law,) = [word for word in str(report).split() if word.startswith("xx")]
    assert len(law) == 72
    assert law.endswith(ends)


def test_markdown_escapes_what_would_end_a_cell(tmp_path):
    text = REPORT.to_markdown(tmp_path / "report.md")

    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert len(rows) == 7
    assert "Law <A01> \\| x." in text
    assert (tmp_path / "report.md").read_text() == f"{text}\n"


def test_html_escapes_what_would_be_a_tag(tmp_path):
    text = REPORT.to_html(tmp_path / "report.html")

    assert "Law &lt;A01&gt;" in text
    assert "3 &lt; 4" in text
    assert text == REPORT._repr_html_()
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_json_holds_everything(tmp_path):
    content = json.loads(REPORT.to_json(tmp_path / "report.json"))

    assert content["counts"] == REPORT.counts
    assert [r["contract"] for r in content["results"]] == [r.contract for r in REPORT]
    assert content == json.loads((tmp_path / "report.json").read_text())


@pytest.mark.parametrize("as_path", [str, Path])
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("report.md", REPORT.to_markdown()),
        ("my.report.html", REPORT.to_html()),
        ("report.json", REPORT.to_json()),
    ],
)
def test_a_file_is_written_in_the_form_that_its_name_ends_with(
    tmp_path, name, text, as_path
):
    REPORT.write(as_path(tmp_path / name))

    assert (tmp_path / name).read_text() == f"{text}\n"
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", ["report.txt", "report", "report.md.gz", ".md"])
def test_a_file_of_another_form_is_refused(tmp_path, name):
    with pytest.raises(ValueError, match="must end in") as caught:
        REPORT.write(tmp_path / name)

    assert str(caught.value) == (
        "ContractReport.write: the file must end in .md, .html or .json, got "
        f"{tmp_path / name}."
    )
    assert not list(tmp_path.iterdir())


def test_a_file_in_no_folder_is_refused(tmp_path):
    with pytest.raises(ValueError, match="folder") as caught:
        REPORT.write(tmp_path / "nowhere" / "report.md")

    assert str(caught.value) == (
        f"ContractReport.write: the folder must exist, got {tmp_path / 'nowhere'}."
    )


def test_a_frame_has_a_row_for_each_result():
    pytest.importorskip("pandas")

    frame = REPORT.to_frame()

    assert frame["status"].tolist() == [r.status for r in REPORT]


def test_without_pandas_it_says_what_to_do(monkeypatch):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name == "pandas":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)

    with pytest.raises(ImportError, match=r"pandas must be installed\. Run pip"):
        REPORT.to_frame()


def test_several_estimators_are_told_apart():
    both = ContractReport(
        [result("A01", "passed"), ContractResult("SVC", "A01", "x", "must", "passed")]
    )

    assert "Ridge A01" in str(both)
    assert "SVC A01" in str(both)
