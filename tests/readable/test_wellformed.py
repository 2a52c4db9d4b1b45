"""Complaints about parts of a model that do not fit together."""

from dataclasses import replace

import pytest
from hypothesis import given
from readable.random_models import models

from sklkd.readable import (
    AdditiveModel,
    Column,
    Curve,
    Feature,
    Literal,
    NearestModel,
    Node,
    ReadableTree,
    Test,
)
from sklkd.readable._wellformed import misfits

BASE = (
    (Column("age", 0), Column("degree", 1, ("none", "some"))),
    ("a", "b"),
    ("a", "b"),
)
LEAF = Node((0.5, 0.5), 0.5)


def tree(literal=None, *, m=1, yes=1, no=2, leaf=LEAF):
    test = Test((literal or Literal(0, threshold=1.0),), m)
    return ReadableTree(*BASE, (Node((0.5, 0.5), 1.0, test, yes, no), leaf, LEAF))


def sums(**changes):
    line = Curve(Feature(0), (), (0.0,), (((0.0, 0.0), (1.0, 2.0)),))
    return AdditiveModel(*BASE, (0.0, 0.0), (replace(line, **changes),))


def prototypes(**changes):
    model = NearestModel(
        *BASE, (Feature(0),), ((0.0,), (1.0,)), (0, 1), (((1.0,),), ((2.0,),))
    )
    return replace(model, **changes)


@given(models(exotic=True))
def test_a_model_fits_together(model):
    assert list(misfits(model)) == []


@pytest.mark.parametrize(
    ("model", "complaint"),
    [
        (replace(tree(), classes=("a",)), "data.classes must have 2 entries, got 1"),
        (
            tree(leaf=Node((1.0,), 0.5)),
            "data.nodes[1].value must have 2 entries, got 1",
        ),
        (tree(yes=0), "data.nodes[0].yes must be in [1, 2], got 0"),
        (tree(no=3), "data.nodes[0].no must be in [1, 2], got 3"),
        (
            tree(no=1),
            "data.nodes must each be the child of one other, except for the first,",
        ),
        (tree(m=2), "data.nodes[0].test.m must be in [1, 1], got 2"),
        (
            tree(Literal(2, threshold=1.0)),
            "data.nodes[0].test.literals[0].column must be below 2, got 2",
        ),
        (
            tree(Literal(0, codes=(1,))),
            "data.nodes[0].test.literals[0] must have no 'codes', as its column holds",
        ),
        (
            tree(Literal(1, codes=(0, 2))),
            "data.nodes[0].test.literals[0].codes must be below 2, got 2",
        ),
        (
            replace(sums(), intercept=(0.0,)),
            "data.intercept must have 2 entries, got 1",
        ),
        (
            sums(feature=Feature(2)),
            "data.curves[0].feature.column must be below 2, got 2",
        ),
        (
            sums(feature=Feature(1, 2)),
            "data.curves[0].feature.code must be below 2, got 2",
        ),
        (
            sums(feature=Feature(0, 0)),
            "data.curves[0].feature.code must be below 0, got 0",
        ),
        (sums(centers=(0.0, 1.0)), "data.curves[0].centers must have 1 entries, got 2"),
        (
            sums(breaks=(0.0,), centers=(0.0, 1.0)),
            "data.curves[0].coefficients must have 2 entries, got 1",
        ),
        (
            sums(coefficients=(((0.0,),),)),
            "data.curves[0].coefficients[0] for each power must have 2 entries, got 1",
        ),
        (
            sums(
                breaks=(0.0,),
                centers=(0.0, 1.0),
                coefficients=(((0.0, 0.0),), ((0.0, 0.0), (1.0, 1.0))),
            ),
            "data.curves[0].coefficients[1] must have 1 entries, got 2",
        ),
        (
            sums(
                breaks=(1.0, 0.0),
                centers=(0.0,) * 3,
                coefficients=(((0.0, 0.0),),) * 3,
            ),
            "data.curves[0].breaks must ascend, got [1.0, 0.0]",
        ),
        (
            prototypes(features=(Feature(0), Feature(1, 0))),
            "data.prototypes[0] must have 2 entries, got 1",
        ),
        (prototypes(features=(Feature(3),)), "data.features[0].column must be below 2"),
        (prototypes(owners=(0, 1, 1)), "data.owners must have 2 entries, got 3"),
        (prototypes(owners=(1, 1)), "data.owners must name each of the 2 classes, got"),
        (prototypes(classes=None), "data.classes must be a list, as prototypes have"),
        (
            prototypes(metrics=(((1.0,),),) * 3),
            "data.metrics must have 2 entries, got 3",
        ),
        (
            prototypes(metrics=(((1.0,),), ((1.0,), (1.0,)))),
            "data.metrics[1] must have 1 entries, got 2",
        ),
        (
            prototypes(metrics=(((1.0, 2.0),),)),
            "data.metrics[0] in each row must have 1 entries, got 2",
        ),
    ],
)
def test_what_does_not_fit_is_named(model, complaint):
    assert next(misfits(model)).startswith(complaint)
