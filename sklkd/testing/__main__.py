"""The command: ``python -m sklkd.testing package.module:Estimator``."""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path
from typing import Any

from sklkd._validation import did_you_mean
from sklkd.testing._check import check_contracts
from sklkd.testing._profiles import PROFILES
from sklkd.testing._report import check_report_path
from sklkd.testing._result import WORDS, ContractResult


def main(arguments: list[str] | None = None) -> int:
    """Check one estimator, and print the report.

    Returns
    -------
    int
        0 if it holds its contracts, 1 if not, 2 if it could not be checked.
    """
    options = _parser().parse_args(arguments)
    try:
        if options.report is not None:
            check_report_path("--report", options.report)
        report = check_contracts(
            _estimator(options.estimator),
            profile=options.profile,
            include=options.include,
            exclude=options.exclude,
            declared=options.declared,
            sklearn_checks=not options.no_sklearn_checks,
            seed=options.seed,
            on_fail=None,
            callback=_progress if sys.stderr.isatty() else None,
        )
    except (ImportError, TypeError, ValueError) as error:
        sys.stderr.write(f"python -m sklkd.testing: {error}\n")
        return 2
    sys.stdout.write(f"{report}\n")
    if options.report is not None:
        report.write(options.report)
    return 1 if report.failures else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m sklkd.testing", description=__doc__)
    add = parser.add_argument
    add("estimator", help="package.module:Estimator, or package.module:an_instance")
    add("--profile", choices=[*PROFILES], help="how hard to try (default)")
    add("--include", nargs="+", metavar="CONTRACT", help="these alone")
    add("--exclude", nargs="+", metavar="CONTRACT", help="all but these")
    add("--declared", nargs="+", metavar="CLAIM", default=(), help="what it claims")
    add("--no-sklearn-checks", action="store_true", help="only contracts")
    add("--report", type=Path, help="a file that ends in .md, .html or .json")
    add("--seed", type=int, default=0, help="of what is drawn (0)")
    return parser


def _estimator(name: str) -> Any:
    """The estimator under a name: a class is called without arguments."""
    module_name, colon, attribute = name.partition(":")
    if not colon or not module_name or not attribute:
        raise ValueError(
            f"estimator must be package.module:Estimator, got {name!r}. For instance: "
            "sklearn.naive_bayes:GaussianNB."
        )
    sys.path.insert(0, "")
    module = importlib.import_module(module_name)
    if not hasattr(module, attribute):
        raise ValueError(
            f"estimator must be in {module_name}, which has no {attribute!r}."
            f"{did_you_mean(attribute, vars(module))}"
        )
    found = getattr(module, attribute)
    return found() if isinstance(found, type) else found


def _progress(result: ContractResult) -> None:
    sys.stderr.write(
        f"{result.contract}: {WORDS[result.status]} ({result.cpu_seconds:.1f} s)\n"
    )


if __name__ == "__main__":
    sys.exit(main())
