"""Whether data from outside have the form that a JSON schema asks for."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]
TYPES: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "object": ("a dict", lambda value: isinstance(value, Mapping)),
    "array": ("a list", lambda value: isinstance(value, (list, tuple))),
    "string": ("a string", lambda value: isinstance(value, str)),
    "boolean": ("true or false", lambda value: isinstance(value, bool)),
    "integer": (
        "an integer",
        lambda value: isinstance(value, int) and not isinstance(value, bool),
    ),
    "number": (
        "a finite number",
        lambda value: (
            isinstance(value, (int, float))
            and not isinstance(value, bool)
            and math.isfinite(value)
        ),
    ),
    "null": ("null", lambda value: value is None),
}


def complaints(value: Any, schema: Schema, root: Schema, where: str) -> Iterator[str]:
    """Yield what is wrong with a value, as in "nodes[3] must have 'value', got ...".

    It knows the words of JSON Schema that `JSON_SCHEMA` is written in, and no others.
    References are looked up in `root`.
    """
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        yield from complaints(value, root["$defs"][name], root, where)
    must = _type(value, schema)
    if must is not None:
        yield f"{where} must be {must}, got {_brief(value)}"
        return  # nothing else can be said of it
    if "anyOf" in schema:
        found = [[*complaints(value, one, root, where)] for one in schema["anyOf"]]
        if all(found):
            yield f"{where} must be {schema['description']}, got {_brief(value)}"
    yield from _of_a_scalar(value, schema, where)
    if isinstance(value, Mapping):
        yield from _of_a_dict(value, schema, root, where)
    if isinstance(value, (list, tuple)):
        yield from _of_a_list(value, schema, root, where)


def _type(value: Any, schema: Schema) -> str | None:
    """What type a value must be of, where it is not."""
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if not kinds or any(TYPES[kind][1](value) for kind in kinds):
        return None
    return " or ".join(TYPES[kind][0] for kind in kinds)


def _of_a_scalar(value: Any, schema: Schema, where: str) -> Iterator[str]:
    """What is wrong with the value itself."""
    if "const" in schema and value != schema["const"]:
        yield f"{where} must be {schema['const']!r}, got {_brief(value)}"
    if "enum" in schema and value not in schema["enum"]:
        options = ", ".join(map(repr, schema["enum"]))
        yield f"{where} must be one of {options}, got {_brief(value)}"
    if "minimum" in schema and value < schema["minimum"]:
        yield f"{where} must be at least {schema['minimum']}, got {value}"


def _of_a_dict(
    value: Mapping[str, Any], schema: Schema, root: Schema, where: str
) -> Iterator[str]:
    """What is wrong with the keys of a dict, and with what they hold."""
    needed = [*schema.get("required", [])]
    for key, others in schema.get("dependentRequired", {}).items():
        needed += others if key in value else []
    for key in needed:
        if key not in value:
            got = ", ".join(map(repr, value)) or "none"
            yield f"{where} must have the key {key!r}, got the keys {got}"
    for key, own in schema.get("properties", {}).items():
        if key in value:
            yield from complaints(value[key], own, root, f"{where}.{key}")


def _of_a_list(
    value: list[Any] | tuple[Any, ...], schema: Schema, root: Schema, where: str
) -> Iterator[str]:
    """What is wrong with a list, and with its entries."""
    least = schema.get("minItems", 0)
    if len(value) < least:
        yield f"{where} must have at least {least} entry, got {len(value)}"
    if "items" in schema:
        for i, entry in enumerate(value):
            yield from complaints(entry, schema["items"], root, f"{where}[{i}]")


def _brief(value: Any) -> str:
    """A value, cut where it is long."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
