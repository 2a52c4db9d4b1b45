"""Additive models and prototypes in Python: numbers by hand, and at the edges."""

import datetime as dt
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from readable.exported import module_of, python_outputs

from sklkd.readable import AdditiveModel, Column, Curve, Feature, NearestModel
from sklkd.readable._python import to_python

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


@pytest.mark.parametrize(
    ("age", "sex", "price"),
    [
        (35, "f", 8.0),
        (35, "m", 11.0),
        (None, "m", 21.0),
        (35, None, 11.0),
        (35, 1, 11.0),
    ],
)
def test_a_linear_model_by_hand(age, sex, price):
    assert module_of(PRICE)["predict"]({"age": age, "sex": sex}) == price


@pytest.mark.parametrize(("x", "y"), [(-5, 1), (0, 1), (2, 2), (3, 8), (4, 11)])
def test_pieces_meet_at_their_breaks(x, y):
    pieces = (
        ((1.0,), (0.0,), (0.0,)),
        ((0.0,), (0.0,), (2.0,)),
        ((5.0,), (1.0,), (0.0,)),
    )
    spline = Curve(Feature(0), (0.0, 3.0), (0.0, 1.0, -2.0), pieces)
    model = replace(PRICE, curves=(spline,), intercept=(0.0,))

    assert module_of(model)["predict"]({"age": x}) == y


def test_scores_far_apart_neither_overflow_nor_underflow():
    line = Curve(Feature(0), (), (0.0,), (((0.0, 0.0), (1.0, -1.0)),))
    model = AdditiveModel((AGE,), ("a", "b"), ("a", "b"), (0.0, 0.0), (line,))

    assert module_of(model)["predict_proba"]({"age": 1e6}) == [1.0, 0.0]
    assert module_of(model)["predict_proba"]({"age": -1e300}) == [0.0, 1.0]


def test_what_overflows_is_no_number_as_in_the_model():
    model = replace(NEAREST, metrics=(((1e200, 0.0),),))
    Z = np.array([[1e200, 0.0]])

    with np.errstate(all="ignore"):
        expected = model.outputs(Z)

    np.testing.assert_array_equal(python_outputs(model, Z), expected)
    assert np.isnan(expected).all()


def test_the_nearest_prototype_of_a_label_counts_by_hand():
    # Squared distances, in units of 10 years: 1, 4, 25.
    no, yes = module_of(NEAREST)["predict_proba"]({"age": 30})

    assert no == pytest.approx(math.exp(-1) / (math.exp(-1) + math.exp(-4)))
    assert yes == pytest.approx(1 - no)


def test_a_metric_for_each_prototype():
    metrics = (((0.1, 0.0),), ((0.0, 2.0),), ((0.1, 1.0),))
    model = replace(NEAREST, metrics=metrics)
    Z = np.array([[30.0, 0.0], [30.0, 1.0]])

    np.testing.assert_allclose(python_outputs(model, Z), model.outputs(Z), rtol=1e-14)


def test_a_missing_category_is_none_of_them():
    predict = module_of(PRICE)["predict"]

    for missing in (None, pd.NA, float("nan"), pd.NaT):
        assert predict({"age": 35, "sex": missing}) == 11.0


def test_dates_are_categories():
    column = Column("sex", 1, (dt.date(2020, 1, 31), dt.date(2021, 1, 1)))
    predict = module_of(replace(PRICE, columns=(AGE, column)))["predict"]

    assert predict({"age": 35, "sex": dt.date(2020, 1, 31)}) == 8.0
    assert predict({"age": 35, "sex": "2020-01-31"}) == 8.0
    assert predict({"age": 35, "sex": dt.date(2021, 1, 1)}) == 11.0


def test_columns_without_weight_are_not_asked_for():
    assert "sex" not in to_python(NEAREST)


def test_tables_can_be_shared():
    """A caller that changes an answer changes no table."""
    model = replace(PRICE, curves=())
    function = module_of(model)["predict_values"]
    function({}).append(3.0)

    assert function({}) == [1.0]
