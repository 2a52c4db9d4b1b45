"""Contracts: the reference networks hold them all, and each mutant breaks its own."""

import pytest
from testing import (
    mutants_bad_inputs,
    mutants_classification,
    mutants_degenerate,
    mutants_distillers,
    mutants_dtypes,
    mutants_faults,
    mutants_fitting,
    mutants_geometry,
    mutants_incremental,
    mutants_inputs,
    mutants_nesting,
    mutants_prediction,
    mutants_state,
    mutants_tags,
    mutants_targets,
    mutants_transformers,
    mutants_weights,
)
from testing.reference import NetworkClassifier, NetworkRegressor

from sklkd.testing import CONTRACTS, check_contracts

MUTANTS = {
    **mutants_bad_inputs.MUTANTS,
    **mutants_classification.MUTANTS,
    **mutants_degenerate.MUTANTS,
    **mutants_distillers.MUTANTS,
    **mutants_dtypes.MUTANTS,
    **mutants_faults.MUTANTS,
    **mutants_fitting.MUTANTS,
    **mutants_geometry.MUTANTS,
    **mutants_incremental.MUTANTS,
    **mutants_inputs.MUTANTS,
    **mutants_nesting.MUTANTS,
    **mutants_prediction.MUTANTS,
    **mutants_state.MUTANTS,
    **mutants_tags.MUTANTS,
    **mutants_targets.MUTANTS,
    **mutants_transformers.MUTANTS,
    **mutants_weights.MUTANTS,
}


@pytest.mark.parametrize(
    ("mutant", "contract"),
    [(mutant, name) for mutant, names in MUTANTS.items() for name in sorted(names)],
    ids=lambda part: part if isinstance(part, str) else part.__name__,
)
def test_a_mutant_breaks_the_contract(mutant, contract):
    report = check_contracts(
        mutant(), include=[contract], profile="default", on_fail=None
    )

    assert report.counts == {"failed": 1}


def test_every_contract_has_a_mutant():
    assert set().union(*MUTANTS.values()) == set(CONTRACTS)


@pytest.mark.parametrize("contract", sorted(CONTRACTS))
@pytest.mark.parametrize("reference", [NetworkClassifier, NetworkRegressor])
def test_the_reference_holds_every_contract(reference, contract):
    report = check_contracts(
        reference(), include=[contract], profile="quick", on_fail=None
    )

    assert report.failures == []
