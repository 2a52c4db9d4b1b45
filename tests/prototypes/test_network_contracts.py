"""The contracts of `sklkd.testing` for networks, with no expected failure."""

from prototypes.networks import quick

from sklkd.prototypes import (
    ComponentsClassifier,
    GLVQClassifier,
    GMLVQClassifier,
    GRLVQClassifier,
    LGMLVQClassifier,
    PrototypeClassifier,
    PrototypicalClassifier,
    RobustPrototypeClassifier,
    RSLVQClassifier,
)
from sklkd.testing import parametrize_with_contracts

FAST = quick(max_epochs=5, lr=0.3)


@parametrize_with_contracts(
    [
        ComponentsClassifier(FAST, n_components=2),
        GLVQClassifier(FAST),
        GMLVQClassifier(FAST),
        GRLVQClassifier(FAST),
        LGMLVQClassifier(FAST),
        RSLVQClassifier(FAST),
        PrototypicalClassifier(FAST),
        PrototypeClassifier(quick(max_epochs=5, lr=0.03), n_prototypes=2),
        RobustPrototypeClassifier(FAST, n_components=2),
    ],
    declared=["quiet"],
    sklearn_checks=False,  # which test_network_sklearn runs
)
def test_the_contract_holds(estimator, contract):
    contract(estimator)
