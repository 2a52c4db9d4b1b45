"""Contracts of scikit-learn estimators, which anyone runs on their own.

A contract is a law, such as that rows are predicted one by one as they are together,
and a search, by hypothesis, for data that break it. The three lines that a test needs::

    @parametrize_with_contracts([MyEstimator()])
    def test_contracts(estimator, contract):
        contract(estimator)

`check_contracts` runs them without pytest, and returns a report.
"""

try:
    import hypothesis  # noqa: F401
except ImportError as error:
    raise ImportError(
        "sklkd.testing: hypothesis must be installed. Run pip install sklkd[testing]."
    ) from error

from sklkd.testing import contracts as contracts
from sklkd.testing._case import STYLES, Case, cases, make_data
from sklkd.testing._check import check_contracts, iter_contracts, reproduce
from sklkd.testing._contract import CONTRACTS, Contract, contract
from sklkd.testing._laws import LAWS, check_loss
from sklkd.testing._parametrize import parametrize_with_contracts
from sklkd.testing._plugins import check_objective, check_plugin, check_transfer_set
from sklkd.testing._profiles import PROFILES, Profile
from sklkd.testing._report import ContractReport
from sklkd.testing._result import ContractResult
from sklkd.testing._same import NotApplicable, Violation, same
from sklkd.testing._strategies import (
    estimator_params,
    frames,
    logits,
    teacher_outputs,
    weights,
)
from sklkd.testing._subject import Subject
from sklkd.testing._tags import CLAIMS, ContractTags
from sklkd.testing._variants import bad_inputs, containers, label_bijections, layouts

__all__ = [
    "CLAIMS",
    "CONTRACTS",
    "LAWS",
    "PROFILES",
    "STYLES",
    "Case",
    "Contract",
    "ContractReport",
    "ContractResult",
    "ContractTags",
    "NotApplicable",
    "Profile",
    "Subject",
    "Violation",
    "bad_inputs",
    "cases",
    "check_contracts",
    "check_loss",
    "check_objective",
    "check_plugin",
    "check_transfer_set",
    "containers",
    "contract",
    "estimator_params",
    "frames",
    "iter_contracts",
    "label_bijections",
    "layouts",
    "logits",
    "make_data",
    "parametrize_with_contracts",
    "reproduce",
    "same",
    "teacher_outputs",
    "weights",
]
