"""Export to Python: it says what the model says, with nothing but Python."""

import ast
import builtins
import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from readable.exported import dicts, module_of, python_outputs, size
from readable.random_models import models, rows

from sklkd.readable import Column, Literal, Node, ReadableModel, ReadableTree, Test
from sklkd.readable._python import TAKEN, to_python

AGE = Test((Literal(0, threshold=25.5),))
TREE = ReadableTree(
    columns=(Column("age", 0),),
    classes=("no", "yes"),
    targets=("no", "yes"),
    nodes=(
        Node((0.5, 0.5), 1.0, AGE, 1, 2),
        Node((0.9, 0.1), 0.4),
        Node((0.2, 0.8), 0.6),
    ),
)
RED = Test((Literal(0, codes=(0,)),))
RED_OR_MISSING = Test((Literal(0, codes=(0,), missing=True),))


def coloured(test, words=("red", "blue")):
    """The tree with a question about a column of words."""
    root = replace(TREE.nodes[0], test=test)
    columns = (Column("colour", 0, words),)
    return replace(TREE, columns=columns, nodes=(root, *TREE.nodes[1:]))


@settings(max_examples=100)
@given(st.data())
def test_the_module_says_what_the_model_says(data):
    model = data.draw(models())
    Z = data.draw(rows(model))

    difference = np.abs(python_outputs(model, Z) - model.outputs(Z))

    assert (difference <= 1e-12 * size(model, Z)).all()


@given(st.data())
def test_predict_returns_the_likeliest_label_or_the_values(data):
    model = data.draw(models())
    Z = data.draw(rows(model))
    said = python_outputs(model, Z)
    expected = said[:, 0] if len(model.targets) == 1 else said
    if model.classes is not None:
        expected = np.array(model.classes, dtype=object)[said.argmax(axis=1)]

    found = [module_of(model)["predict"](row) for row in dicts(model, Z)]

    assert found == expected.tolist()


@given(st.data())
def test_labels_targets_and_columns_are_listed(data):
    model = data.draw(models())

    module = module_of(model)

    if model.classes is None:
        assert module["TARGETS"] == [*model.targets]
    else:
        assert module["CLASSES"] == [*model.classes]
    assert module["COLUMNS"] == [model.columns[j].name for j in model.used]


@given(st.data())
def test_a_row_needs_the_listed_columns_alone(data):
    model = data.draw(models())
    row = dict.fromkeys(model.columns[j].name for j in model.used)
    missing = np.full((1, len(model.columns)), np.nan)

    said = module_of(model, name="said")["said"](row)

    assert said == pytest.approx(model.outputs(missing)[0].tolist())


@given(st.data())
def test_only_math_is_imported_and_every_name_is_reserved(data):
    tree = ast.parse(to_python(data.draw(models(exotic=False)), name="f"))
    imported = [n for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom)]
    defined = {n.name for n in tree.body if isinstance(n, ast.FunctionDef)}
    defined |= {n.targets[0].id for n in tree.body if isinstance(n, ast.Assign)}

    assert {name.name for node in imported for name in node.names} <= {"math"}
    assert defined - {"f"} <= TAKEN


@given(st.data())
def test_every_global_name_is_defined(data):
    """Nothing is left to a branch that no row of a test takes."""
    source = to_python(data.draw(models()))
    table = {n.id for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Name)}
    local = {n.arg for n in ast.walk(ast.parse(source)) if isinstance(n, ast.arg)}
    stored = {
        n.id
        for n in ast.walk(ast.parse(source))
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    }
    module = {}
    exec(source, module)

    assert table <= {*module, *local, *stored, *vars(builtins)}


@pytest.mark.parametrize("name", ["select", 'a"b', "a'b", "a\\b", "größe", "a\nb", ""])
def test_names_and_words_may_be_anything(name):
    model = replace(coloured(RED, (name, "x")), columns=(Column(name, 0, (name, "x")),))
    model = replace(model, classes=(name, "y"), targets=(name, "y"))

    module = module_of(model)

    assert module["predict"]({name: name}) == name
    assert module["predict"]({name: "x"}) == "y"


@pytest.mark.parametrize(
    "missing", [None, np.nan, np.float32("nan"), pd.NA, pd.NaT, float("nan")]
)
def test_missing_values_of_all_kinds_are_missing(missing):
    assert module_of(TREE)["predict"]({"age": missing}) == "yes"
    assert module_of(coloured(RED))["predict"]({"colour": missing}) == "yes"
    assert module_of(coloured(RED_OR_MISSING))["predict"]({"colour": missing}) == "no"


def test_a_word_that_nobody_knows_is_missing():
    assert module_of(coloured(RED))["predict"]({"colour": "green"}) == "yes"
    assert module_of(coloured(RED_OR_MISSING))["predict"]({"colour": "green"}) == "no"


@pytest.mark.parametrize(
    "age", [25, 25.5, np.float64(25.5), np.float32(25.5), np.int8(25), "25.5", True]
)
def test_numbers_may_be_of_any_type(age):
    assert module_of(TREE)["predict"]({"age": age}) == "no"


def test_words_of_numpy_are_words():
    assert module_of(coloured(RED))["predict"]({"colour": np.str_("red")}) == "no"


def test_a_column_that_a_row_lacks_is_named():
    with pytest.raises(KeyError, match="age"):
        module_of(TREE)["predict"]({"Age": 20})


def test_the_answer_is_a_new_list():
    function = module_of(TREE)["predict_proba"]
    function({"age": 20}).clear()

    assert function({"age": 20}) == [0.9, 0.1]


def test_it_runs_in_an_isolated_interpreter():
    ask = 'import json\nprint(json.dumps(predict_proba({"age": 20})))'

    run = subprocess.run(
        [sys.executable, "-I", "-S", "-W", "error", "-c", f"{to_python(TREE)}\n{ask}"],
        capture_output=True,
        check=True,
        text=True,
    )

    assert json.loads(run.stdout) == [0.9, 0.1]


def test_the_function_is_called_as_one_likes():
    values = replace(TREE, classes=None)

    assert "predict_proba" in module_of(TREE)
    assert "predict_values" in module_of(values)
    assert "risk" in module_of(TREE, name="risk")
    assert "predict_proba" not in to_python(TREE, name="risk")


@pytest.mark.parametrize(
    "name",
    ["", "a b", "1a", "class", "predict", "CLASSES", "sum", "number", 3],
)
def test_a_name_that_no_function_can_have_is_refused(name):
    with pytest.raises(ValueError, match="to_python") as error:
        to_python(TREE, name=name)

    assert str(error.value) == (
        "to_python: name must be an identifier that the module does not use itself, "
        f"got {name!r}. Pass 'predict_proba', say."
    )


class Other(ReadableModel):
    """A model of a kind that nobody knows."""

    complexity, used = 0, ()

    def outputs(self, Z):
        """Say nothing."""


@pytest.mark.parametrize("model", ["a text", Other((), None, ())])
def test_something_else_is_no_model(model):
    kind = {"str": "a str", "Other": "an Other"}[type(model).__name__]

    with pytest.raises(TypeError) as error:
        to_python(model)

    assert str(error.value) == (
        "to_python: model must be a ReadableTree, an AdditiveModel or a NearestModel, "
        f"got {kind}. Pass what a fitted surrogate shows as its readable model."
    )


def test_columns_of_one_name_are_named():
    columns = (Column("age", 0), Column("sex", 1), Column("age", 2))

    with pytest.raises(ValueError, match="to_python") as error:
        to_python(replace(TREE, columns=columns))

    assert str(error.value) == (
        "to_python: columns must differ in name, got 'age' more than once. Rename the "
        "columns and fit again."
    )
