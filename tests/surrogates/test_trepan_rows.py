"""What a node is judged by: its rows, and queries up to a weight."""

from dataclasses import replace

import numpy as np
import pytest
from surrogates.asked import evidence_of, smooth

from sklkd.readable import Literal, Test
from sklkd.surrogates._trepan_rows import Ground

Z = np.random.default_rng(0).normal(size=(40, 3))
BELOW = Test((Literal(0, threshold=0.0),))


def place_of(ground, test=BELOW):
    return ground.children(ground.root[0], test, 1)[0]


def test_a_row_that_is_there_twice_is_one_of_twice_the_weight():
    ground = Ground.of(evidence_of(np.vstack([Z, Z[:5]]), smooth))

    np.testing.assert_array_equal(ground.row, np.arange(40))
    np.testing.assert_array_equal(ground.weight, [2.0] * 5 + [1.0] * 35)


def test_both_zeros_and_all_gaps_are_the_same():
    rows = np.array([[0.0, np.nan], [-0.0, -np.nan], [0.0, 0.0]])

    ground = Ground.of(evidence_of(rows, smooth))

    np.testing.assert_array_equal(ground.weight, [2.0, 1.0])


def test_a_real_row_and_one_made_up_are_two():
    evidence = replace(evidence_of(Z[[0, 1, 0]], smooth), n_real=2)

    ground = Ground.of(evidence)

    np.testing.assert_array_equal(ground.real, [True, True, False])


def test_queries_fill_up_the_weight_that_is_missing():
    ground = Ground.of(evidence_of(Z, smooth, weight=np.full(40, 2.0)))
    place, model = ground.root

    assert len(ground.queries(place, model, 100.0)) == 20
    assert len(ground.queries(place, model, 80.5)) == 1
    assert ground.queries(place, model, 80.0).shape == (0, 3)


def test_the_same_place_gets_the_same_queries():
    ground = Ground.of(evidence_of(Z, smooth))
    place, model = place_of(ground), ground.root[1]

    one, two = (ground.queries(place, model, 60.0) for _ in range(2))
    other = ground.queries(replace(place, position=2), model, 60.0)

    np.testing.assert_array_equal(one, two)
    assert (one != other).any()


def test_queries_are_copied_from_real_rows_and_fulfil_the_path():
    evidence = evidence_of(np.vstack([Z, Z + 100]), smooth)
    ground = Ground.of(replace(evidence, n_real=40))
    place = place_of(ground)

    source = ground.queries(place, ground.root[1], 500.0)

    assert source.max() < 40
    assert BELOW.holds(Z[source, np.arange(3)]).all()


def test_queries_are_drawn_by_weight():
    ground = Ground.of(evidence_of([[0.0], [1.0]], lambda Z: Z, weight=[1, 9]))

    source = ground.queries(*ground.root, 5000.0)

    assert source.mean() == pytest.approx(0.9, abs=0.02)


def test_queries_weigh_30_rows_together_and_count_as_they_are():
    ground = Ground.of(evidence_of(Z, smooth, weight=np.full(40, 2.0)))
    place, model = ground.root
    source = ground.queries(place, model, 340.0)

    sample = ground.sample(place.here, source, ground.asked(source))

    assert sample.weight.sum() == pytest.approx(80 + 30)
    assert sample.count.sum() == 340
    np.testing.assert_array_equal(sample.said, smooth(sample.Z))


def test_few_queries_weigh_1_each():
    ground = Ground.of(evidence_of(Z, smooth))
    place, model = ground.root
    source = ground.queries(place, model, 45.0)

    sample = ground.sample(place.here, source, ground.asked(source))

    assert (sample.weight == 1).all()


def test_without_queries_nobody_is_asked():
    def silent(source):
        raise AssertionError

    ground = Ground.of(replace(evidence_of(Z, smooth), oracle=silent))

    assert ground.asked(np.empty((0, 3), dtype=np.int64)).shape == (0, 2)


def test_the_share_is_of_real_rows_alone():
    evidence = evidence_of(Z, smooth, weight=np.arange(40) + 1.0)
    ground = Ground.of(replace(evidence, n_real=4))

    assert ground.share(np.arange(40) >= 2) == pytest.approx(7 / 10)


def test_values_are_standardised_and_probabilities_are_not():
    said = lambda Z: 1e200 * np.column_stack([Z[:, 0], 1 + 0 * Z[:, 0]])  # noqa: E731
    weight = np.arange(40) + 1.0
    values = Ground.of(evidence_of(Z, said, weight=weight, values=True))
    classes = Ground.of(evidence_of(Z, smooth))

    standard = values.standard(values.evidence.said)

    np.testing.assert_allclose(weight @ standard, 0, atol=1e-10)
    assert weight @ standard[:, 0] ** 2 / weight.sum() == pytest.approx(1)
    assert np.isfinite(standard).all()
    np.testing.assert_array_equal(classes.standard(smooth(Z)), smooth(Z))


def test_a_child_has_the_path_of_its_parent_and_its_answer():
    ground = Ground.of(evidence_of(Z, smooth))

    yes, no = ground.children(ground.root[0], BELOW, 5)

    assert (yes.position, no.position) == (5, 6)
    assert (yes.path, no.path) == (((BELOW, True),), ((BELOW, False),))
    np.testing.assert_array_equal(yes.here, Z[:, 0] <= 0)
    np.testing.assert_array_equal(no.here, Z[:, 0] > 0)


def test_many_rows_of_their_own_change_a_childs_distributions():
    rng = np.random.default_rng(1)
    first = rng.normal(size=300)
    rows = np.column_stack([first, first + 0.1 * rng.normal(size=300)])
    ground = Ground.of(evidence_of(rows, smooth))
    place, root = place_of(ground), ground.root[1]

    model = ground.below(place, root, 0.05)

    made = rows[ground.queries(place, model, 500.0)[:, 1], 1]
    assert made.max() <= rows[first <= 0, 1].max()
    assert ground.below(place, root, 0.0).mass == root.mass
