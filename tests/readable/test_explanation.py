"""Local explanations: what they hold, as plain dicts too, and what is refused."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from readable.random_models import models, rows, trees

from sklkd.readable import AdditiveModel, Column, Literal, Node, ReadableTree, Test
from sklkd.readable._explanation import explain
from sklkd.readable._rules import rules

AGE = Column("age", 0, whole=True)
SEX = Column("sex", 1, ("Female", "Male"))
TREE = ReadableTree(
    (AGE, SEX),
    (False, True),
    ("no", "yes"),
    (
        Node((0.5, 0.5), 1.0, Test((Literal(0, 40.5, above=True),)), 1, 2),
        Node((0.25, 0.75), 0.5),
        Node((0.75, 0.25), 0.5),
    ),
)


def leaves(*values):
    return [Node((value,), 0.5) for value in values]


def test_a_row_as_a_dict():
    explanation = explain(TREE, [[37, 0]], scale=[8, 1])

    assert explanation.to_dicts() == [
        {
            "predicted": "no",
            "outputs": {"no": 0.75, "yes": 0.25},
            "scale": "probability",
            "baseline": {"no": 0.5, "yes": 0.5},
            "contributions": {"age": {"no": 0.25, "yes": -0.25}},
            "rule": "if age <= 40 or missing then no (75 %, 50 % of rows)",
            "counterfactual": {
                "changes": {"age": {"from": 37.0, "to": 41.0}},
                "cost": 0.5,
                "outcome": "yes",
                "text": "age 37 -> 41: then yes",
            },
        }
    ]


def test_predictions_are_positions_of_classes():
    assert explain(TREE, [[37, 0], [50, 1]]).predicted.tolist() == [0, 1]


def test_predictions_of_one_value_are_a_row_of_numbers():
    tree = ReadableTree((AGE,), None, ("price",), (Node((2.5,), 1.0),))

    explanation = explain(tree, [[1], [2]])

    assert explanation.predicted.tolist() == [2.5, 2.5]
    assert explanation.to_dicts()[0]["predicted"] == {"price": 2.5}


def test_predictions_of_several_values_have_a_column_each():
    tree = ReadableTree((AGE,), None, ("a", "b"), (Node((2.5, 1.0), 1.0),))

    assert explain(tree, [[1]]).predicted.tolist() == [[2.5, 1.0]]


def test_counterfactuals_of_values_are_named():
    root = Node((1.5,), 1.0, TREE.nodes[0].test, 1, 2)
    tree = ReadableTree((AGE,), None, ("price",), (root, *leaves(1.0, 2.0)))

    (row,) = explain(tree, [[50]], target=(1.8, 3)).to_dicts()

    assert row["counterfactual"]["outcome"] == {"price": 2.0}


def test_models_without_rules_have_none():
    model = AdditiveModel((AGE,), None, ("y",), (0.0,), ())

    assert explain(model, [[1], [2]]).rule == (None, None)


@given(st.data())
def test_the_rule_of_a_row_holds_for_it(data):
    tree = data.draw(trees())
    Z = data.draw(rows(tree))

    texts = explain(tree, Z).rule

    for i, text in enumerate(texts):
        (own,) = [rule for rule in rules(tree) if rule.holds(Z[[i]])[0]]
        assert text == own.text or (own.earlier and not text.startswith("else"))
        assert text.split(" ")[-3:] == own.text.split(" ")[-3:]


def chain(n):
    """A list of rules about n columns, and one row for each that it is about."""
    columns = tuple(Column(f"x{j}", j) for j in range(n))
    nodes = []
    for j in range(n):
        test = Test((Literal(j, 0.0, above=True),))
        nodes += [Node((0.0,), 0.5, test, 2 * j + 1, 2 * j + 2), Node((1.0,), 0.5)]
    last = Node((0.0,), 0.5)
    tree = ReadableTree(columns, None, ("y",), (*nodes, last))
    return tree, np.concatenate([2 * np.eye(n) - 1, -np.ones((1, n))])


def test_a_rule_of_a_list_stands_alone():
    tree, Z = chain(2)

    assert explain(tree, Z).rule == (
        "if x0 > 0 then y = 1 (50 % of rows)",
        "if (x0 <= 0 or missing) and x1 > 0 then y = 1 (50 % of rows)",
        "if (x0 <= 0 or missing) and (x1 <= 0 or missing) then y = 0 (50 % of rows)",
    )


def test_a_rule_far_down_a_list_is_told_by_its_place():
    tree, Z = chain(6)

    texts = explain(tree, Z).rule

    assert [text.startswith("else") for text in texts] == [False] * 4 + [True] * 3
    assert texts[5] == "else if x5 > 0 then y = 1 (50 % of rows)"


@given(st.data())
def test_dicts_are_plain(data):
    model = data.draw(models(exotic=True))
    Z = data.draw(rows(model))

    dicts = explain(model, Z).to_dicts()

    text = json.dumps(dicts, allow_nan=False)
    assert json.loads(text) == dicts


def test_rows_may_be_a_dataframe_and_are_not_changed():
    frame = pd.DataFrame({"age": [37.0, np.nan], "sex": [0, 1]})

    explanation = explain(TREE, frame)

    assert explanation.counterfactual[0].row == (41, 0)
    assert frame["age"].tolist()[0] == 37
    assert explanation.Z is not frame.to_numpy()


def test_changing_the_rows_later_does_not_change_the_explanation():
    Z = np.array([[37.0, 0.0]])
    explanation = explain(TREE, Z)

    Z[:] = 50

    assert explanation.rule == ("if age <= 40 or missing then no (75 %, 50 % of rows)",)


def test_there_may_be_no_rows():
    explanation = explain(TREE, np.empty((0, 2)))

    assert explanation.to_dicts() == []
    assert explanation.contributions.shape == (0, 2, 2)


# --- Bad input ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("Z", "error", "message"),
    [
        ([37, 0], ValueError, r"Z must have the shape \(n_rows, 2\), .* got \(2,\)."),
        ([[37]], ValueError, r"Z must have the shape \(n_rows, 2\), .* got \(1, 1\)."),
        ([["a", 0]], TypeError, "Z must hold numbers, and codes of categories, got "),
        ([[np.inf, 0]], ValueError, "Z must hold finite numbers, or NaN where one is"),
        (
            [[37, 2]],
            ValueError,
            r"column 'sex' of Z must hold codes in \[0, 2\), got 2",
        ),
        ([[37, -1]], ValueError, r"column 'sex' of Z must hold codes in \[0, 2\), got"),
        (
            [[37, 0.5]],
            ValueError,
            r"column 'sex' of Z must hold codes in \[0, 2\), got",
        ),
    ],
)
def test_rows_must_be_those_of_the_model(Z, error, message):
    with pytest.raises(error, match=f"^explain: {message}"):
        explain(TREE, Z)


@pytest.mark.parametrize(
    ("wishes", "error", "message"),
    [
        ({"background": [[1.0]]}, ValueError, "background must have the shape"),
        ({"background": [[1.0, 5]]}, ValueError, "column 'sex' of background must"),
        ({"background": np.empty((0, 2))}, ValueError, "background must have rows, "),
        ({"target": "yes"}, TypeError, "target must be None or the position of a "),
        ({"scale": [1]}, ValueError, "scale must be 2 numbers, one for each column"),
        ({"mutable": "age"}, TypeError, "mutable must be a list of names or posit"),
        ({"mutable": ["wage"]}, ValueError, "mutable must list names of columns or"),
    ],
)
def test_wishes_must_fit_the_model(wishes, error, message):
    with pytest.raises(error, match=f"^explain: {message}"):
        explain(TREE, [[37, 0]], **wishes)


def test_a_model_must_be_a_readable_one():
    with pytest.raises(TypeError, match=r"^explain: model must be a ReadableTree, "):
        explain("tree", [[1]])
