"""Models in JSON: the same outputs after the way there and back, and clear errors."""

import copy
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from readable.random_models import additives, models, nearests, rows, trees

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
from sklkd.readable._schema import JSON_SCHEMA, from_dict, to_dict

COLUMNS = (
    Column("age", 0, whole=True, gaps=False),
    Column("degree", 2, ("none", None, 1.5)),
)
TREE = ReadableTree(
    COLUMNS,
    ("no", "yes"),
    ("no", "yes"),
    (
        Node((0.5, 0.5), 1.0, Test((Literal(0, 25.5), Literal(1, codes=(0, 2)))), 1, 2),
        Node((0.9, 0.1), 0.4),
        Node((0.2, 0.8), 0.6),
    ),
)


def there_and_back(model):
    """The model that comes out of the text."""
    return from_dict(json.loads(json.dumps(to_dict(model), allow_nan=False)))


def without(data, *path):
    """A copy without what is at a path."""
    data = copy.deepcopy(data)
    inner = data
    for key in path[:-1]:
        inner = inner[key]
    del inner[path[-1]]
    return data


def complaint(data):
    with pytest.raises(ValueError, match=r"^from_dict: ") as caught:
        from_dict(data)
    return str(caught.value)


# --- Parity ---------------------------------------------------------------------------


@settings(max_examples=150)
@given(st.data())
def test_outputs_are_the_same_bit_by_bit(data):
    model = data.draw(models(exotic=True))
    Z = data.draw(rows(model))

    outputs = there_and_back(model).outputs(Z)

    assert outputs.tobytes() == model.outputs(Z).tobytes()


@given(models())
def test_what_was_read_is_written_the_same(model):
    assert to_dict(there_and_back(model)) == to_dict(model)


@given(models())
def test_names_labels_and_columns_are_kept(model):
    again = there_and_back(model)

    assert type(again) is type(model)
    assert again.classes == model.classes
    assert again.targets == model.targets
    assert again.columns == model.columns
    assert again.used == model.used


def test_a_tree_of_pythons_own_types_is_equal_after_it():
    tree = there_and_back(TREE)

    assert to_dict(tree) == to_dict(TREE)
    assert tree.nodes[1:] == TREE.nodes[1:]
    assert tree.columns == TREE.columns


def test_numbers_of_numpy_are_written_as_those_of_python():
    node = Node((np.float64(0.25), np.float32(0.75)), np.float64(1.0))
    tree = ReadableTree(COLUMNS, (np.int64(0), np.int64(1)), ("0", "1"), (node,))

    data = to_dict(tree)

    assert data["classes"] == [0, 1]
    assert all(type(label) is int for label in data["classes"])
    assert all(type(x) is float for x in data["nodes"][0]["value"])


def test_whole_numbers_as_javascript_writes_them_become_floats():
    """JSON.stringify(1.0) is "1": outputs must not become integers by it."""
    data = to_dict(TREE)
    data["nodes"][1]["value"], data["nodes"][2]["value"] = [1, 0], [0, 1]
    data["nodes"][0]["value"] = [1, 0]

    outputs = from_dict(data).outputs(np.array([[20.0, 1.0]]))

    assert outputs.dtype == np.float64


def test_infinite_numbers_are_tagged():
    model = AdditiveModel(COLUMNS, ("a", "b"), ("a", "b"), (0.0, -np.inf), ())

    data = to_dict(model)

    assert data["intercept"] == [0.0, {"type": "float", "value": "-inf"}]
    np.testing.assert_array_equal(from_dict(data).outputs(np.zeros((1, 2))), [[1, 0]])


# --- Form -----------------------------------------------------------------------------


def test_a_tree_looks_like_this():
    assert to_dict(TREE) == {
        "schema": "sklkd.readable/1",
        "kind": "tree",
        "columns": [
            {"name": "age", "position": 0, "whole": True, "gaps": False},
            {
                "name": "degree",
                "position": 2,
                "categories": ["none", None, 1.5],
                "whole": False,
                "gaps": True,
            },
        ],
        "classes": ["no", "yes"],
        "targets": ["no", "yes"],
        "nodes": [
            {
                "value": [0.5, 0.5],
                "share": 1.0,
                "test": {
                    "literals": [
                        {
                            "column": 0,
                            "threshold": 25.5,
                            "above": False,
                            "missing": False,
                        },
                        {
                            "column": 1,
                            "above": False,
                            "codes": [0, 2],
                            "missing": False,
                        },
                    ],
                    "m": 1,
                },
                "yes": 1,
                "no": 2,
            },
            {"value": [0.9, 0.1], "share": 0.4},
            {"value": [0.2, 0.8], "share": 0.6},
        ],
    }


def test_sums_and_prototypes_look_like_this():
    line = Curve(Feature(0, fill=38.5), (), (0.0,), (((0.0,), (1.0,)),))
    sums = AdditiveModel(COLUMNS, None, ("price",), (1.0,), (line,))
    nearest = NearestModel(
        COLUMNS, ("a",), ("a",), (Feature(1, 2),), ((1.0,),), (0,), (((2.0,),),)
    )

    assert to_dict(sums)["curves"] == [
        {
            "feature": {"column": 0, "fill": 38.5},
            "breaks": [],
            "centers": [0.0],
            "coefficients": [[[0.0], [1.0]]],
        }
    ]
    assert to_dict(nearest)["features"] == [{"column": 1, "code": 2, "fill": 0.0}]
    assert to_dict(nearest)["metrics"] == [[[2.0]]]


@given(models(exotic=True))
def test_nothing_but_what_json_has_occurs(model):
    text = json.dumps(to_dict(model), allow_nan=False)

    assert json.loads(text) == to_dict(model)


# --- The JSON Schema ------------------------------------------------------------------

KEYWORDS = {
    "$ref", "type", "required", "properties", "items", "minItems", "minimum", "const",
    "enum", "anyOf", "oneOf", "dependentRequired", "description", "$schema", "title",
    "$defs",
}  # fmt: skip


def parts_of(schema):
    """A schema and all schemas within."""
    yield schema
    inner = [schema.get("items", {})] if "items" in schema else []
    inner += schema.get("anyOf", []) + schema.get("oneOf", [])
    inner += [*schema.get("properties", {}).values(), *schema.get("$defs", {}).values()]
    for one in inner:
        yield from parts_of(one)


def fits(value, schema):
    """Whether a value fits, by a reading of the specification apart from the code's."""
    if "$ref" in schema:
        return fits(value, JSON_SCHEMA["$defs"][schema["$ref"].split("/")[-1]])
    types = schema.get("type", [])
    pythons = {
        "object": dict, "array": list, "string": str, "boolean": bool, "integer": int,
        "number": (int, float), "null": type(None),
    }  # fmt: skip
    types = [types] if isinstance(types, str) else types
    numeric = isinstance(value, bool) and set(types) & {"integer", "number"}
    checks = [
        not types
        or (
            any(isinstance(value, pythons[t]) for t in types)
            and not (numeric and "boolean" not in types)
        ),
        value == schema.get("const", value),
        "enum" not in schema or value in schema["enum"],
        "minimum" not in schema or value >= schema["minimum"],
        "anyOf" not in schema or any(fits(value, one) for one in schema["anyOf"]),
        "oneOf" not in schema or sum(fits(value, one) for one in schema["oneOf"]) == 1,
    ]
    if isinstance(value, list):
        checks.append(len(value) >= schema.get("minItems", 0))
        checks += [fits(entry, schema.get("items", {})) for entry in value]
    if isinstance(value, dict):
        depends = schema.get("dependentRequired", {})
        needed = [k for key, keys in depends.items() if key in value for k in keys]
        checks += [key in value for key in schema.get("required", []) + needed]
        own = schema.get("properties", {})
        checks += [fits(value[key], own[key]) for key in own if key in value]
    return all(checks)


def test_the_schema_is_json_and_of_known_words():
    words = {word for part in parts_of(JSON_SCHEMA) for word in part}

    assert json.loads(json.dumps(JSON_SCHEMA)) == JSON_SCHEMA
    assert words <= KEYWORDS


def test_every_alternative_has_a_description():
    """Errors are made of them."""
    assert all("description" in p for p in parts_of(JSON_SCHEMA) if "anyOf" in p)


@given(models(exotic=True))
def test_every_model_fits_the_schema(model):
    assert fits(to_dict(model), JSON_SCHEMA)


@pytest.mark.parametrize("strategy", [trees, additives, nearests])
def test_no_key_that_is_required_can_be_left_out(strategy):
    @settings(max_examples=5)
    @given(strategy())
    def check(model):
        data = to_dict(model)
        for key in data:
            assert not fits(without(data, key), JSON_SCHEMA)
            assert "from_dict: " in complaint(without(data, key))

    check()


@given(models(exotic=True))
def test_the_reference_validator_agrees(model):
    jsonschema = pytest.importorskip("jsonschema")

    jsonschema.Draft202012Validator.check_schema(JSON_SCHEMA)
    jsonschema.Draft202012Validator(JSON_SCHEMA).validate(to_dict(model))


# --- Errors ---------------------------------------------------------------------------

REMEDY = " Pass a dict as to_dict makes it."


def test_text_must_be_parsed_first():
    with pytest.raises(TypeError) as caught:
        from_dict(json.dumps(to_dict(TREE)))

    assert str(caught.value) == (
        "from_dict: data must be a dict that to_dict made, got str. Read text with "
        "json.loads first."
    )


@pytest.mark.parametrize("schema", ["sklkd.readable/2", None, 1])
def test_another_schema_is_refused(schema):
    assert complaint(to_dict(TREE) | {"schema": schema}) == (
        f"from_dict: 'schema' must be 'sklkd.readable/1', got {schema!r}. Export the "
        "model with to_dict of this version of sklkd."
    )


def test_another_kind_is_refused_and_the_nearest_named():
    assert complaint(to_dict(TREE) | {"kind": "trees"}) == (
        "from_dict: 'kind' must be one of 'tree', 'additive', 'nearest', got 'trees'. "
        "Did you mean 'tree'? Pass a dict that to_dict made."
    )
    assert "got ['tree']." in complaint(to_dict(TREE) | {"kind": ["tree"]})


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (
            ("nodes",),
            (
                "data must have the key 'nodes', got the keys 'schema', 'kind', "
                "'columns', 'classes', 'targets'."
            ),
        ),
        (
            ("nodes", 1, "value"),
            ("data.nodes[1] must have the key 'value', got the keys 'share'."),
        ),
        (
            ("nodes", 0, "yes"),
            (
                "data.nodes[0] must have the key 'yes', got the keys "
                "'value', 'share', 'test', 'no'."
            ),
        ),
        (
            ("nodes", 0, "test", "m"),
            ("data.nodes[0].test must have the key 'm', got the keys 'literals'."),
        ),
        (
            ("nodes", 0, "test", "literals", 0, "threshold"),
            (
                "data.nodes[0].test.literals[0] must be a dict with 'threshold' or "
                "'codes', got {'column': 0, 'above': False, 'missing': False}."
            ),
        ),
    ],
)
def test_a_missing_key_is_named_with_its_place(path, message):
    assert complaint(without(to_dict(TREE), *path)) == f"from_dict: {message}{REMEDY}"


def test_a_wrong_value_is_named_with_its_place():
    data = to_dict(TREE)
    data["nodes"][1]["share"] = "much"

    assert complaint(data) == (
        f"from_dict: data.nodes[1].share must be a number, got 'much'.{REMEDY}"
    )


def test_a_number_that_is_a_date_is_refused():
    data = to_dict(TREE)
    data["nodes"][1]["share"] = {"type": "date", "value": "2020-01-31"}

    assert "data.nodes[1].share must be a number, got {'type'" in complaint(data)


def test_a_loop_is_refused():
    data = to_dict(TREE)
    data["nodes"][0]["no"] = 0

    assert complaint(data).startswith("from_dict: data.nodes[0].no must be in [1, 2]")


def test_what_nobody_asked_for_is_not_looked_at():
    data = {**to_dict(TREE), "title": "Who earns more?"}

    assert to_dict(from_dict(data)) == to_dict(TREE)


def test_what_is_no_model_is_refused():
    with pytest.raises(
        TypeError, match=r"^to_dict: model must be a ReadableTree, .* got"
    ):
        to_dict(None)
