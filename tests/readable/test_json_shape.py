"""Complaints about the form of data: as the JSON Schema says, and with the place."""

import pytest

from sklkd.readable._json_shape import complaints

ROOT = {"$defs": {"word": {"type": "string"}}}


def said(value, **schema):
    return list(complaints(value, schema, ROOT, "data"))


@pytest.mark.parametrize(
    ("value", "schema"),
    [
        ({"a": 1}, {"type": "object", "required": ["a"]}),
        ([1, 2], {"type": "array", "items": {"type": "integer"}, "minItems": 2}),
        (1, {"type": ["string", "number"]}),
        (1.5, {"type": "number"}),
        (None, {"type": "null"}),
        (True, {"type": "boolean"}),
        ("a", {"$ref": "#/$defs/word"}),
        ("a", {"const": "a"}),
        ("a", {"enum": ["a", "b"]}),
        (0, {"minimum": 0}),
        ({}, {"dependentRequired": {"a": ["b"]}}),
        ({"more": 1}, {"properties": {"a": {"type": "string"}}}),
        (1, {"anyOf": [{"type": "string"}, {"type": "integer"}], "description": "x"}),
    ],
)
def test_what_fits_is_not_complained_about(value, schema):
    assert said(value, **schema) == []


@pytest.mark.parametrize(
    ("value", "schema", "complaint"),
    [
        ([], {"type": "object"}, "data must be a dict, got []"),
        ("a", {"type": "array"}, "data must be a list, got 'a'"),
        (1, {"$ref": "#/$defs/word"}, "data must be a string, got 1"),
        (True, {"type": "integer"}, "data must be an integer, got True"),
        (1.0, {"type": "integer"}, "data must be an integer, got 1.0"),
        (False, {"type": "number"}, "data must be a finite number, got False"),
        (float("nan"), {"type": "number"}, "data must be a finite number, got nan"),
        (1, {"type": "boolean"}, "data must be true or false, got 1"),
        (1, {"type": ["string", "null"]}, "data must be a string or null, got 1"),
        ("b", {"const": "a"}, "data must be 'a', got 'b'"),
        ("c", {"enum": ["a", "b"]}, "data must be one of 'a', 'b', got 'c'"),
        (-1, {"type": "integer", "minimum": 0}, "data must be at least 0, got -1"),
        ([], {"minItems": 1}, "data must have at least 1 entry, got 0"),
        ({}, {"required": ["a"]}, "data must have the key 'a', got the keys none"),
        (
            {"a": 1, "c": 2},
            {"dependentRequired": {"a": ["b"]}},
            "data must have the key 'b', got the keys 'a', 'c'",
        ),
        (
            {"a": [0, "x"]},
            {"properties": {"a": {"items": {"type": "integer"}}}},
            "data.a[1] must be an integer, got 'x'",
        ),
        (
            None,
            {"anyOf": [{"type": "string"}], "description": "a label"},
            "data must be a label, got None",
        ),
    ],
)
def test_a_complaint_says_where_what_and_what_came(value, schema, complaint):
    assert said(value, **schema) == [complaint]


def test_long_values_are_cut():
    (complaint,) = said(list(range(100)), type="string")

    assert complaint.endswith("...")
    assert len(complaint) < 100
