"""What the contracts cost, and what they see that scikit-learn's checks do not.

Run ``python tests/benchmarks/bench_contracts.py``. It prints processor seconds of all
contracts for a few estimators, on one thread, and for every mutant of the suite's own
tests (a correct estimator with one bug) whether the contracts see it, and whether
scikit-learn's checks do. ``--mutants`` or ``--seconds`` prints one of the two.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import warnings
from pathlib import Path

import torch
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import DecisionTreeClassifier
from threadpoolctl import threadpool_limits

sys.path.insert(0, str(Path(__file__).parents[1]))

from testing.reference import NetworkClassifier, NetworkRegressor
from testing.test_contract import MUTANTS

from sklkd import DistilledClassifier, DistilledRegressor, StudentNet
from sklkd.testing import CONTRACTS, Subject, check_contracts
from sklkd.testing._sklearn import sklearn_checks_of

SMALL = StudentNet(hidden=(8,), max_epochs=15)
FIXED = {"soft_weight": 0.5, "targets": "in_sample", "transfer_set": None}
ESTIMATORS = [
    Ridge(),
    GaussianNB(),
    LogisticRegression(),
    DecisionTreeClassifier(),
    NetworkClassifier(),
    NetworkRegressor(),
    DistilledClassifier(LogisticRegression(), SMALL, **FIXED),
    DistilledRegressor(LinearRegression(), SMALL, **FIXED),
]


def seconds(profiles, rounds):
    """A line for each estimator: the median of so many rounds, and their range."""
    print(f"{len(CONTRACTS)} contracts, one thread, torch {torch.__version__}\n")
    print(f"{'estimator':22} {'profile':8} {'run':>4} {'examples':>8} {'seconds':>8}")
    for estimator in ESTIMATORS:
        for profile in profiles:
            reports = [
                check_contracts(estimator, profile=profile, on_fail=None)
                for _ in range(rounds)
            ]
            taken = [report.cpu_seconds for report in reports]
            n_run = len(reports[0]) - reports[0].counts.get("not_applicable", 0)
            print(
                f"{type(estimator).__name__:22} {profile:8} {n_run:4} "
                f"{reports[0].examples:8} {statistics.median(taken):8.1f} "
                f"({min(taken):.1f} to {max(taken):.1f})",
                flush=True,
            )


def mutants(first):
    """Who sees how many of them, from one on: a run that was stopped may go on."""
    n_ours = n_sklearn = 0
    for mutant, contracts in list(MUTANTS.items())[first:]:
        report = check_contracts(mutant(), include=sorted(contracts), on_fail=None)
        by_contracts = bool(report.failures)
        by_sklearn = seen_by_sklearn(mutant())
        n_ours += by_contracts
        n_sklearn += by_sklearn
        print(
            f"{mutant.__name__:40} contracts {'yes' if by_contracts else 'NO':4}"
            f"scikit-learn {'yes' if by_sklearn else 'no'}",
            flush=True,
        )
    print(
        f"\n{len(MUTANTS) - first} mutants: the contracts see {n_ours}, "
        f"scikit-learn's checks {n_sklearn}."
    )


def seen_by_sklearn(estimator):
    """Whether a check that scikit-learn yields fails on it, or none can be yielded."""
    subject = Subject(estimator)
    try:
        checks = sklearn_checks_of(subject, kept=False)
    except AttributeError:  # as scikit-learn says of tags that cannot be read
        return True
    return any(check.result(subject).status == "failed" for check in checks)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--mutants", action="store_true")
    parser.add_argument("--seconds", action="store_true")
    parser.add_argument("--first", type=int, default=0, help="number of a mutant")
    parser.add_argument("--rounds", type=int, default=3, help="of seconds")
    parser.add_argument("--profiles", nargs="+", default=["quick", "default"])
    options = parser.parse_args()
    torch.set_num_threads(1)
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if options.seconds or not options.mutants:
            seconds(options.profiles, options.rounds)
        if options.mutants or not options.seconds:
            mutants(options.first)


if __name__ == "__main__":
    main()
