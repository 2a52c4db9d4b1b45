"""Terms of an autoencoder of prototypes: by hand, and who puts out what they need."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sklkd import RegularizedClassifier, StudentNet
from sklkd.nn import PrototypeAutoencoder
from sklkd.objectives import PrototypesNearRows, Reconstruction, RowsNearPrototypes
from sklkd.objectives._base import Batch

TERMS = [Reconstruction, PrototypesNearRows, RowsNearPrototypes]
every = pytest.mark.parametrize("term", TERMS)


def batch(distances=None, made=None, inputs=None):
    n = len(made if distances is None else distances)
    student = torch.zeros(n, 2)
    output = (student, distances, made, None)
    return Batch(student, student, torch.zeros(n), output, inputs)


def real(seed):
    """What an autoencoder puts out for random rows, in float64."""
    torch.manual_seed(seed)
    module = PrototypeAutoencoder(3, 2, n_prototypes=4, n_latent=2, hidden=(5,))
    inputs = torch.randn(6, 3, dtype=torch.float64)
    output = module.double()(inputs)
    return Batch(output[0], output[0], torch.zeros(6), output, inputs, module)


def test_a_reconstruction_costs_the_sum_of_squared_gaps():
    found = Reconstruction().loss(
        batch(made=torch.tensor([[1.0, 2.0], [0.0, 0.0]]), inputs=torch.ones(2, 2))
    )

    assert found.tolist() == [1.0, 2.0]


def test_the_gaps_of_an_image_are_summed_over_its_pixels():
    found = Reconstruction().loss(
        batch(made=torch.zeros(3, 2, 4, 5), inputs=torch.full((3, 2, 4, 5), 0.5))
    )

    assert found.tolist() == [10.0, 10.0, 10.0]


def test_the_least_distances_of_prototypes_and_of_rows():
    distances = torch.tensor([[0.0, 4.0], [1.0, 6.0], [5.0, 2.0]])

    near_rows = PrototypesNearRows().loss(batch(distances))
    near_prototypes = RowsNearPrototypes().loss(batch(distances))

    # Columns have the least distances 0 and 2, rows 0, 1 and 2.
    assert near_rows.tolist() == [1.0, 1.0, 1.0]
    assert near_prototypes.tolist() == [0.0, 1.0, 2.0]


@given(st.integers(0, 1000), st.permutations(range(4)))
def test_the_order_of_prototypes_does_not_matter(seed, order):
    given = real(seed)
    other = given.output[1][:, list(order)]
    permuted = Batch(given.student, given.teacher, given.target, (None, other))

    for term in (PrototypesNearRows(), RowsNearPrototypes()):
        torch.testing.assert_close(term.loss(permuted), term.loss(given))


@every
@given(seed=st.integers(0, 1000))
def test_it_is_not_negative_and_has_a_finite_gradient(term, seed):
    given = real(seed)

    loss = term().loss(given)
    loss.sum().backward()

    assert loss.shape == (6,)
    assert (loss >= 0).all()
    grads = [p.grad for p in given.module.parameters() if p.grad is not None]
    assert grads
    assert all(grad.isfinite().all() for grad in grads)


def test_prototypes_that_are_codes_cost_nothing():
    given = real(0)
    given.module.prototypes.data = given.module.encode(given.inputs[:4]).detach()
    output = given.module(given.inputs[:4])
    near = Batch(output[0], output[0], None, output, given.inputs[:4])

    np.testing.assert_allclose(PrototypesNearRows().loss(near).detach(), 0, atol=1e-12)
    np.testing.assert_allclose(RowsNearPrototypes().loss(near).detach(), 0, atol=1e-12)


@every
def test_a_module_that_is_no_such_autoencoder_is_refused(term):
    model = RegularizedClassifier(StudentNet(max_epochs=1), objective=term())

    with pytest.raises(TypeError) as caught:
        model.fit(np.eye(4), [0, 1, 0, 1])

    assert str(caught.value) == (
        f"RegularizedClassifier: {term.__name__} needs a module like "
        "sklkd.nn.PrototypeAutoencoder, which puts out logits, distances, "
        "reconstructions and codes, got MLP."
    )


def test_they_are_terms_for_an_autoencoder_in_another_estimator():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(30, 3)), np.arange(30) % 2
    student = StudentNet(PrototypeAutoencoder, module__n_prototypes=3, max_epochs=2)
    terms = Reconstruction() + 0.5 * RowsNearPrototypes() + PrototypesNearRows()

    model = RegularizedClassifier(student, objective=terms).fit(X, y)

    assert set(terms.terms()) <= set(model.history_[-1])


@every
@pytest.mark.parametrize("weight", [-1, np.nan, None])
def test_a_weight_below_zero_is_refused(term, weight):
    with pytest.raises((TypeError, ValueError), match=f"^{term.__name__}: weight must"):
        term(weight=weight).check()
