"""MaxDropout: the paper's formula, what it leaves alone, and what it never does."""

import copy
import pickle

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from training.classroom import blobs, trained, weights

from sklkd.nn import MLP, MaxDropout
from sklkd.training import StudentNet

DIMS = [None, "row"]
SHARES = st.sampled_from([0.01, 0.1, 0.3, 0.5, 0.9, 1.0])


@st.composite
def tables(draw):
    """Whole numbers (n, d) in float64, of which some are equal; at least two differ."""
    n, d = draw(st.integers(1, 6)), draw(st.integers(2, 6))
    rows = draw(
        st.lists(
            st.lists(st.integers(-50, 50), min_size=d, max_size=d).filter(
                lambda row: len(set(row)) > 1
            ),
            min_size=n,
            max_size=n,
        )
    )
    return torch.tensor(rows, dtype=torch.float64)


def dropped(X, p, dim=None):
    """Where a layer in training puts a zero: moved away from zero first, it tells."""
    moved = X - X.min() + 1
    return MaxDropout(p, dim)(moved) == 0


def test_values_by_hand():
    # Of the range from -2 to 6, more than 70 % of the way is above 3.6.
    X = torch.tensor([[-2.0, 3.0, 3.7], [6.0, 3.5, 0.0]])

    assert MaxDropout(0.3)(X).tolist() == [[-2.0, 3.0, 0.0], [0.0, 3.5, 0.0]]


def test_values_by_hand_row_by_row():
    # More than half of the way: of 0 to 1 above 0.5, of 0 to 100 above 50.
    X = torch.tensor([[0.0, 0.5, 0.75, 1.0], [0.0, 49.0, 50.0, 100.0]])

    found = MaxDropout(0.5, dim="row")(X)

    assert found.tolist() == [[0.0, 0.5, 0.0, 0.0], [0.0, 49.0, 50.0, 0.0]]


@given(tables(), SHARES)
def test_it_is_the_normalised_formula_of_the_paper(X, p):
    normalised = (X - X.min()) / (X.max() - X.min())
    away_from_the_edge = (normalised - (1 - p)).abs() > 1e-12

    found = dropped(X, p)

    assert torch.equal(
        found[away_from_the_edge], (normalised > 1 - p)[away_from_the_edge]
    )


@given(tables(), SHARES, st.sampled_from(DIMS))
def test_p_of_zero_and_evaluation_change_nothing(X, p, dim):
    assert torch.equal(MaxDropout(0.0, dim)(X), X)
    assert torch.equal(MaxDropout(p, dim).eval()(X), X)


@given(
    tables(),
    SHARES,
    st.sampled_from(DIMS),
    st.sampled_from([0.25, 1.0, 8.0]),
    st.integers(-999, 999),
)
def test_a_positive_scale_and_a_shift_drop_the_same(X, p, dim, scale, shift):
    """Powers of two and whole numbers, so that nothing is rounded."""
    assert torch.equal(dropped(scale * X + shift, p, dim), dropped(X, p, dim))


@given(tables(), st.sampled_from([1e-12, 0.3, 1.0]))
def test_the_largest_is_left_out_and_the_least_stays(X, p):
    whole, rows = dropped(X, p), dropped(X, p, "row")

    assert whole[X.max() == X].all()
    assert not whole[X.min() == X].any()
    assert rows[X.amax(1, keepdim=True) == X].all()
    assert not rows[X.amin(1, keepdim=True) == X].any()


@given(tables(), SHARES, st.sampled_from(DIMS))
def test_what_is_kept_keeps_its_value(X, p, dim):
    """There is no factor 1 / (1 - p)."""
    found = MaxDropout(p, dim)(X)

    assert torch.equal(found[found != 0], X[found != 0])


@given(tables(), SHARES)
def test_row_by_row_is_each_row_alone(X, p):
    layer = MaxDropout(p, "row")

    alone = torch.cat([layer(row) for row in X.split(1)])

    assert torch.equal(layer(X), alone)
    assert torch.equal(alone, torch.cat([MaxDropout(p)(row) for row in X.split(1)]))


@pytest.mark.parametrize("dim", DIMS)
@pytest.mark.parametrize("value", [0.0, 0.1, -3.0, 1e30])
def test_a_constant_is_kept_whole(dim, value):
    X = torch.full((3, 2), value)

    assert torch.equal(MaxDropout(0.3, dim)(X), X)


def test_a_constant_row_is_kept_beside_another():
    X = torch.tensor([[5.0, 5.0], [0.0, 1.0]])

    assert MaxDropout(0.3, "row")(X).tolist() == [[5.0, 5.0], [0.0, 0.0]]


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64])
def test_a_range_that_the_type_cannot_hold_is_a_range(dtype):
    most = torch.finfo(dtype).max
    X = torch.tensor([[-most, most / 4, most]], dtype=dtype)

    assert MaxDropout(0.3)(X).tolist() == [[-most, most / 4, 0.0]]


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32])
def test_a_share_that_the_type_does_not_tell_from_none_is_one(dtype):
    """1 - p is 1 in it."""
    X = torch.tensor([[1.0, 2.0, 3.0]], dtype=dtype)

    assert MaxDropout(1e-7)(X).tolist() == [[1.0, 2.0, 0.0]]


@pytest.mark.parametrize("dim", DIMS)
def test_images_are_one_row_each(dim):
    X = torch.arange(24.0).view(2, 3, 2, 2).transpose(1, 3)

    found = MaxDropout(0.5, dim)(X)

    flat = MaxDropout(0.5, dim)(X.reshape(2, -1))
    assert torch.equal(found, flat.view(X.shape))


@pytest.mark.parametrize("dim", DIMS)
def test_no_rows_are_no_rows(dim):
    assert MaxDropout(0.3, dim)(torch.zeros(0, 4)).shape == (0, 4)


def test_only_what_is_kept_has_a_gradient():
    X = torch.tensor([[0.0, 1.0, 10.0]], requires_grad=True)

    MaxDropout(0.3)(X).sum().backward()

    assert X.grad.tolist() == [[1.0, 1.0, 0.0]]


def test_the_input_is_not_changed_and_nothing_is_drawn():
    X = torch.arange(4.0)
    before = X.clone(), torch.get_rng_state()

    MaxDropout(0.5)(X)

    assert torch.equal(X, before[0])
    assert torch.equal(torch.get_rng_state(), before[1])


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda layer: pickle.loads(pickle.dumps(layer))]
)
def test_a_copy_shows_what_it_is(copied):
    assert repr(copied(MaxDropout(0.2, "row"))) == "MaxDropout(p=0.2, dim='row')"


def test_it_has_nothing_to_learn_or_keep():
    assert not MaxDropout().state_dict()


@pytest.mark.parametrize(("p", "error"), [(-0.1, ValueError), (1.1, ValueError)])
def test_p_outside_its_range_is_refused(p, error):
    with pytest.raises(error) as caught:
        MaxDropout(p)

    assert str(caught.value) == (
        f"MaxDropout: p must be a real number in [0, 1], got {p}."
    )


@pytest.mark.parametrize("p", ["0.3", None, True])
def test_p_of_another_type_is_refused(p):
    with pytest.raises(TypeError, match=r"^MaxDropout: p must be"):
        MaxDropout(p)


@pytest.mark.parametrize("dim", ["rows", 1, 0])
def test_an_unknown_dim_is_refused(dim):
    with pytest.raises(ValueError, match="dim") as caught:
        MaxDropout(dim=dim)

    assert str(caught.value) == (
        f"MaxDropout: dim must be None or 'row', got {dim!r}. None measures the whole "
        "tensor, and 'row' each row by itself."
    )


def test_a_perceptron_takes_it_for_its_dropout():
    layers = MLP(4, 3, hidden=(6, 5), dropout=0.2, dropout_layer=MaxDropout).layers

    assert [layers[2].p, layers[5].p] == [0.2, 0.2]
    assert type(layers[2]) is type(layers[5]) is MaxDropout


def test_a_student_is_trained_with_it():
    options = {"hidden": (8,), "max_epochs": 3, "dropout": 0.3}
    X, y = blobs(30)
    net = StudentNet(module__dropout_layer=MaxDropout, **options)

    student = trained(net, X, y)

    assert isinstance(student.net.module_.layers[2], MaxDropout)
    assert torch.equal(weights(student), weights(trained(net, X, y)))
    assert not torch.equal(
        weights(student), weights(trained(StudentNet(**options), X, y))
    )
