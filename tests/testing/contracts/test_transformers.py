"""Transformers: the small one that holds, scikit-learn's, and a known mistake."""

import pytest
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import Ridge
from sklearn.preprocessing import StandardScaler
from testing.mutants_transformers import Centre

from sklkd.testing import CONTRACTS, Case, Violation, check_contracts, reproduce

IDS = [c.id for c in CONTRACTS.values() if c.group == "transformers"]


@pytest.mark.parametrize("model", [Centre(), StandardScaler(), PCA(n_components=1)])
def test_transformers_hold(model):
    report = check_contracts(model, include=IDS)

    assert report.counts == {"passed": len(IDS)}


def test_the_small_transformer_holds_everything_else():
    report = check_contracts(Centre(), profile="quick", exclude=["C10", "C11"])

    assert report.failures == []


def test_names_of_columns_that_there_are_not_are_seen():
    """Where class means lie on a line, scikit-learn names two columns and gives one."""
    with pytest.raises(Violation, match="Length mismatch"):
        reproduce(
            LinearDiscriminantAnalysis(),
            "I01",
            Case(n=8, k=4, style="ties", variant="pandas"),
        )


def test_others_are_not_asked():
    report = check_contracts(Ridge(), include=IDS)

    assert report.counts == {"not_applicable": len(IDS)}
