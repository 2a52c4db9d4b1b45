"""Text of prototypes: a table with a row for each column."""

from dataclasses import replace

from hypothesis import given
from readable.random_models import nearests

from sklkd.readable import Column, Feature, NearestModel
from sklkd.readable._text import to_text

COLUMNS = (
    Column("age", 0, whole=True),
    Column("hours per week", 1),
    Column("degree", 2, ("none", "Bachelors", "Masters")),
)
FEATURES = (Feature(0, fill=38.5), *(Feature(2, code) for code in range(3)), Feature(1))
PROTOTYPES = ((25.0, 0.1, 0.7, 0.2, 40.0), (50.5, 0.0, 0.0, 1.0, 35.0))


def model_of(weights, *, prototypes=PROTOTYPES, owners=(1, 0)):
    names = ("no", "yes")
    return NearestModel(
        COLUMNS, names, names, FEATURES, prototypes, owners, ((weights,),)
    )


def test_prototypes_stand_beside_each_other_with_their_class():
    assert to_text(model_of((1.0, 1.0, 1.0, 1.0, 1.0))).splitlines() == [
        "as the nearest of these prototypes",
        "",
        "                       1: yes    2: no",
        "age                        25     50.5",
        "hours per week             40       35",
        "degree          Bachelors 0.7  Masters",
        "",
        "missing counts as: age 38.5, hours per week 0",
    ]


def test_columns_that_do_not_matter_are_named_apart():
    lines = to_text(model_of((1.0, 0.0, 0.0, 0.0, 0.0))).splitlines()

    assert lines[3:] == [
        "age      25   50.5",
        "",
        "of no importance: hours per week, degree",
        "missing counts as: age 38.5",
    ]


def test_of_columns_without_gaps_nothing_is_said_of_missing_values():
    columns = tuple(replace(column, gaps=False) for column in COLUMNS)

    text = to_text(replace(model_of((1.0,) * 5), columns=columns))

    assert "missing" not in text


def test_many_prototypes_stand_in_blocks():
    model = model_of((1.0,) * 5, prototypes=PROTOTYPES * 4, owners=(1, 0) * 4)

    heads = [line.split() for line in to_text(model).splitlines() if "1: " in line]
    later = [line.split() for line in to_text(model).splitlines() if "6: " in line]

    assert heads == [["1:", "yes", "2:", "no", "3:", "yes", "4:", "no", "5:", "yes"]]
    assert later == [["6:", "no", "7:", "yes", "8:", "no"]]


@given(nearests(exotic=True))
def test_every_column_that_matters_has_a_row(model):
    lines = to_text(model).splitlines()

    for j in model.used:
        assert any(line.startswith(model.columns[j].name) for line in lines)
