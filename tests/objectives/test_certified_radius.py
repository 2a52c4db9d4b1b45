"""CertifiedRadius: what a label's radius lacks, by numpy, and who has a certificate."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone

from sklkd import RegularizedClassifier, StudentNet
from sklkd.nn import RobustPrototypes
from sklkd.objectives import CertifiedRadius
from sklkd.objectives._base import Batch


def batch(seed=0, n_rows=12):
    """Random rows, labels and components, in float64."""
    torch.manual_seed(seed)
    module = RobustPrototypes(2, 3, n_components=4).double()
    module.evidence.data *= 20
    inputs = torch.randn(n_rows, 2, dtype=torch.float64)
    target = torch.randint(3, (n_rows,))
    output = module(inputs)
    return Batch(output, output, target, output, inputs, module)


@given(st.integers(0, 1000), st.sampled_from([0.1, 0.5, 3.0]))
def test_it_is_what_the_radius_lacks_where_the_label_wins(seed, gamma):
    given = batch(seed)
    wins = given.student.argmax(dim=1) == given.target

    loss = CertifiedRadius(gamma).loss(given)

    radius = given.module.certified_radius(given.inputs)
    expected = (gamma - radius).clamp_min(0)
    torch.testing.assert_close(loss[wins], expected[wins])
    assert (loss[~wins] >= gamma).all()
    assert loss.shape == (12,)


@given(st.integers(0, 1000))
def test_it_is_finite_and_has_a_finite_gradient(seed):
    given = batch(seed)
    given.inputs[0] = given.module.prototypes.data[0]

    CertifiedRadius(2.0).loss(given).sum().backward()

    for parameter in given.module.parameters():
        assert parameter.grad.isfinite().all()
    assert given.module.evidence.grad.any()


def test_a_radius_that_is_wide_enough_costs_nothing():
    given = batch()
    given.module.prototypes.data = torch.tensor(
        [[0.0, 0.0], [50.0, 0.0], [0.0, 50.0], [99.0, 99.0]], dtype=torch.float64
    )
    given.module.evidence.data[:] = -20.0
    for k in range(3):
        given.module.evidence.data[0, k, k] = 20.0
    given.inputs[:] = 0.0
    given.target[:] = 0

    loss = CertifiedRadius(0.5).loss(given)

    # The border to the next component is at 25, far beyond gamma.
    np.testing.assert_array_equal(loss.detach(), 0)
    assert (CertifiedRadius(26.0).loss(given) > 0).all()


def test_a_module_without_a_certificate_is_refused():
    model = RegularizedClassifier(StudentNet(max_epochs=1), objective=CertifiedRadius())

    with pytest.raises(TypeError) as caught:
        model.fit(np.eye(4), [0, 1, 0, 1])

    assert str(caught.value) == (
        "RegularizedClassifier: CertifiedRadius needs a module with certified_radius, "
        "as sklkd.nn.RobustPrototypes has, got MLP."
    )


def test_it_is_a_term_for_any_network_that_has_a_certificate():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(30, 2)), np.arange(30) % 2
    student = StudentNet(RobustPrototypes, module__n_components=3, max_epochs=2)

    model = RegularizedClassifier(student, objective=CertifiedRadius(0.3))

    assert "certified_radius" in model.fit(X, y).history_[-1]


@pytest.mark.parametrize("gamma", [0, -1.0, np.inf, np.nan, None])
def test_a_radius_that_is_not_positive_is_refused(gamma):
    with pytest.raises((TypeError, ValueError), match=r"^CertifiedRadius: gamma must"):
        CertifiedRadius(gamma).check()


def test_a_clone_wants_the_same_radius():
    copy = clone(CertifiedRadius(0.7, weight=2.0))

    assert copy.get_params() == {"gamma": 0.7, "weight": 2.0}
