"""The pytest plugin: options, a report, and a line at the end of a run."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

_KEY = "sklkd_contracts"
_VARIABLES = {
    "--contracts-profile": "SKLKD_CONTRACTS_PROFILE",
    "--contracts-seed": "SKLKD_CONTRACTS_SEED",
}
_BEFORE = pytest.StashKey[dict[str, str | None]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("contracts", "contracts of scikit-learn estimators")
    group.addoption(
        "--contracts-profile",
        choices=["quick", "default", "thorough"],
        help="how many examples are drawn for each contract",
    )
    group.addoption("--contracts-seed", type=int, help="of what is drawn (0)")
    group.addoption(
        "--contracts-report",
        type=Path,
        help="write the results there: .md, .html or .json",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Take the options, and refuse a report that could not be written at the end."""
    path = config.getoption("--contracts-report")
    if path is not None:
        _check(path)
    config.stash[_BEFORE] = {name: os.environ.get(name) for name in _VARIABLES.values()}
    for option, name in _VARIABLES.items():
        value = config.getoption(option)
        if value is not None:  # the processes of xdist hear it too
            os.environ[name] = str(value)


def _check(path: Path) -> None:
    """Refuse a path as pytest does; who asks for a report waits for the imports."""
    from sklkd.testing._report import check_report_path  # noqa: PLC0415

    try:
        check_report_path("--contracts-report", path)
    except ValueError as error:
        raise pytest.UsageError(str(error)) from error


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave the environment as it was."""
    for name, value in config.stash.get(_BEFORE, {}).items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: Any
) -> Generator[None, Any, Any]:
    """Put a contract's result beside the test's, where xdist hands it on."""
    report = yield
    if call.when == "call" and "contract" in getattr(item, "fixturenames", ()):
        results = _results()
        if results:
            report.user_properties += [(_KEY, r.as_dict()) for r in results]
            results.clear()
    return report


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print a line, and write the report."""
    found = [
        content
        for reports in terminalreporter.stats.values()
        for report in reports
        for key, content in getattr(report, "user_properties", ())
        if key == _KEY
    ]
    if not found:
        return
    from sklkd.testing._report import ContractReport  # noqa: PLC0415
    from sklkd.testing._result import ContractResult  # noqa: PLC0415

    results = [ContractResult(**{**c, "others": tuple(c["others"])}) for c in found]
    report = ContractReport(sorted(results, key=lambda r: (r.estimator, r.contract)))
    terminalreporter.write_line(report.summary())
    path = config.getoption("--contracts-report")
    if path is not None:
        report.write(path)
        terminalreporter.write_line(f"contracts: the report is in {path}")


def _results() -> list[Any]:
    """Results that came since the last look; none where no contract was imported."""
    module = sys.modules.get("sklkd.testing._parametrize")
    results: list[Any] = [] if module is None else module.RESULTS
    return results
