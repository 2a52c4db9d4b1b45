"""Additive models and prototypes in SQL: what is written, and numbers at the edges."""

import math
from dataclasses import replace

import numpy as np
import pytest
from readable.exported import select

from sklkd.readable import AdditiveModel, Column, Curve, Feature, NearestModel
from sklkd.readable._sql import to_sql

AGE, SEX = Column("age", 0), Column("sex", 1, ("f", "m"))
LINE = Curve(Feature(0, fill=40.0), (), (30.0,), (((0.0,), (2.0,)),))
WOMEN = Curve(Feature(1, 0), (), (0.0,), (((0.0,), (-3.0,)),))
PRICE = AdditiveModel((AGE, SEX), None, ("price",), (1.0,), (LINE, WOMEN))
NEAREST = NearestModel(
    columns=(AGE, SEX),
    classes=("no", "yes"),
    targets=("no", "yes"),
    features=(Feature(0, fill=40.0), Feature(1, 0)),
    prototypes=((20.0, 0.0), (50.0, 0.0), (80.0, 1.0)),
    owners=(0, 1, 0),
    metrics=(((0.1, 0.0),),),
)


def test_a_linear_model_reads_like_its_formula():
    assert to_sql(PRICE) == (
        'WITH "features" AS (\n'
        "    SELECT\n"
        '        COALESCE(CAST("age" AS DOUBLE PRECISION), 40e0) AS "x1",\n'
        '        CASE WHEN "sex" = \'f\' THEN 1e0 ELSE 0e0 END AS "x2"\n'
        '    FROM "rows"\n'
        ")\n"
        "SELECT\n"
        "    CAST(1e0 AS DOUBLE PRECISION)\n"
        '    + 2e0 * ("x1" - 30e0)\n'
        '    - 3e0 * "x2" AS "price"\n'
        'FROM "features"'
    )


def test_a_linear_model_by_hand():
    rows = [[35.0, "f"], [35, "m"], [None, "m"], [35, None], [35, "x"]]

    assert select(PRICE, rows) == [(8.0,), (11.0,), (21.0,), (11.0,), (11.0,)]


def test_pieces_meet_at_their_breaks():
    pieces = (
        ((1.0,), (0.0,), (0.0,)),
        ((0.0,), (0.0,), (2.0,)),
        ((5.0,), (1.0,), (0.0,)),
    )
    spline = Curve(Feature(0), (0.0, 3.0), (0.0, 1.0, -2.0), pieces)
    model = replace(PRICE, curves=(spline,), intercept=(0.0,))
    rows = [[x, "f"] for x in (-5.0, 0.0, 2.0, 3.0, 4.0)]

    found = select(model, rows)

    assert found == [(1.0,), (1.0,), (2.0,), (8.0,), (11.0,)]


def test_classes_share_by_the_softmax():
    line = Curve(Feature(0), (), (0.0,), (((0.0, 0.0), (1.0, -1.0)),))
    model = AdditiveModel((AGE,), ("a", "b"), ("a", "b"), (0.0, 0.0), (line,))

    ((a, b, label),) = select(model, [[0.5]])

    assert a == pytest.approx(1 / (1 + math.exp(-1)))
    assert b == pytest.approx(1 / (1 + math.exp(1)))
    assert label == "a"


def test_scores_far_apart_neither_overflow_nor_underflow():
    """Some databases answer EXP(-1000) with an error."""
    line = Curve(Feature(0), (), (0.0,), (((0.0, 0.0), (1.0, -1.0)),))
    model = AdditiveModel((AGE,), ("a", "b"), ("a", "b"), (0.0, 0.0), (line,))

    found = select(model, [[1e6], [-1e300]])

    assert found == [(1.0, 0.0, "a"), (0.0, 1.0, "b")]
    assert "< -690 THEN 0e0 ELSE EXP" in to_sql(model)


def test_without_curves_the_intercept_remains():
    model = AdditiveModel((AGE,), ("a", "b"), ("a", "b"), (math.log(3), 0.0), ())

    ((a, b, label),) = select(model, [[1.0]])

    assert (a, b) == pytest.approx((0.75, 0.25))
    assert label == "a"
    assert select(replace(model, classes=None), [[1.0]]) == [(math.log(3), 0.0)]


def test_a_curve_that_is_zero_is_left_out():
    flat = replace(WOMEN, coefficients=(((0.0,), (0.0,)),))

    assert '"x2" AS "price"' not in to_sql(replace(PRICE, curves=(LINE, flat)))
    assert "0e0 AS" not in to_sql(replace(PRICE, curves=(LINE, flat)))


def test_an_output_is_computed_without_the_others():
    two = replace(PRICE, targets=("price", "size"), intercept=(1.0, 77.0))
    curve = Curve(LINE.feature, (), (30.0,), (((0.0, 0.0), (2.0, 55.0)),))
    two = replace(two, curves=(curve,))

    assert "77e0" not in to_sql(two, output="price")
    assert select(two, [[31.0, "f"]], output="size") == [(132.0,)]


def test_the_nearest_prototype_of_a_label_counts_by_hand():
    # Squared distances, in units of 10 years: 1, 4, 25.
    ((no, yes, label),) = select(NEAREST, [[30, "f"]])

    assert no == pytest.approx(math.exp(-1) / (math.exp(-1) + math.exp(-4)))
    assert yes == pytest.approx(1 - no)
    assert label == "no"


def test_features_without_weight_are_not_asked_for():
    assert "sex" not in to_sql(NEAREST)


def test_a_metric_for_each_prototype():
    metrics = (((0.1, 0.0),), ((0.0, 2.0),), ((0.1, 1.0),))
    model = replace(NEAREST, metrics=metrics)
    Z = np.array([[30.0, 0.0], [30.0, 1.0]])

    found = [row[:2] for row in select(model, [[30, "f"], [30, "m"]])]

    np.testing.assert_allclose(found, model.outputs(Z))


def test_the_label_alone_needs_no_powers():
    sql = to_sql(NEAREST, output="prediction")

    assert "EXP(" not in sql
    assert select(NEAREST, [[30, "f"], [55, "f"]], output="prediction") == [
        ("no",),
        ("yes",),
    ]


def test_each_score_is_written_once():
    """It is the longest part of a query, and databases may not notice repetition."""
    sql = to_sql(NEAREST)

    assert sql.count("POWER(") == len(NEAREST.prototypes)
    assert sql.count("EXP(") == len(NEAREST.targets)


def test_hundreds_of_columns_are_added_up():
    columns = tuple(Column(f"c{i}", i) for i in range(400))
    curves = tuple(
        Curve(Feature(i), (), (0.0,), (((0.0,), (1.0,)),)) for i in range(400)
    )
    model = AdditiveModel(columns, None, ("sum",), (0.0,), curves)

    assert select(model, [list(range(400))]) == [(sum(range(400)),)]
