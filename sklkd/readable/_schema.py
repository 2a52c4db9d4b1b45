"""Models as dicts that JSON can hold, and back, without a change of any bit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from sklkd._validation import did_you_mean
from sklkd.readable._additive import AdditiveModel, Curve
from sklkd.readable._base import ReadableModel
from sklkd.readable._columns import Column, Feature
from sklkd.readable._json_shape import complaints
from sklkd.readable._json_values import READERS, from_json, to_json
from sklkd.readable._nearest import NearestModel
from sklkd.readable._tree import Literal, Node, ReadableTree, Test
from sklkd.readable._wellformed import misfits

SCHEMA = "sklkd.readable/1"
KINDS: dict[str, type[ReadableModel]] = {
    "tree": ReadableTree,
    "additive": AdditiveModel,
    "nearest": NearestModel,
}
PARTS: dict[str, type] = {
    "columns": Column,
    "nodes": Node,
    "test": Test,
    "literals": Literal,
    "curves": Curve,
    "feature": Feature,
    "features": Feature,
}
# Fields that are left out where they hold nothing.
OPTIONAL = {"categories", "code", "codes", "test", "threshold", "yes", "no"}
# JavaScript writes 1.0 as 1: what is a float here becomes one again.
FLOATS = {
    "breaks",
    "centers",
    "coefficients",
    "fill",
    "intercept",
    "metrics",
    "prototypes",
    "share",
    "threshold",
    "value",
}


def _object(optional: Mapping[str, Any] | None = None, **required: Any) -> Any:
    """The schema of a dict with keys that it must have, and others."""
    properties = {**required, **(optional or {})}
    return {"type": "object", "required": [*required], "properties": properties}


def _list(of: Any, least: int = 1) -> Any:
    """The schema of a list."""
    return {"type": "array", "items": of, "minItems": least}


def _ref(name: str) -> Any:
    """A schema by its name."""
    return {"$ref": f"#/$defs/{name}"}


def _model(kind: str, **own: Any) -> Any:
    """The schema of a model."""
    return _object(
        schema={"const": SCHEMA},
        kind={"const": kind},
        columns=_list(_ref("column")),
        classes={
            "description": "a list of labels, or null",
            "anyOf": [_list(_ref("label")), {"type": "null"}],
        },
        targets=_list({"type": "string"}),
        **own,
    )


_COUNT = {"type": "integer", "minimum": 0}
_NUMBERS = _list(_ref("number"))
JSON_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": SCHEMA,
    "oneOf": [_ref(kind) for kind in KINDS],
    "$defs": {
        "tagged": _object(type={"enum": [*READERS]}, value={"type": "string"}),
        "infinite": _object(
            type={"const": "float"}, value={"enum": ["inf", "-inf", "nan"]}
        ),
        "number": {
            "description": "a number",
            "anyOf": [{"type": "number"}, _ref("infinite")],
        },
        "label": {
            "description": "a string, a truth value, a number, null, or tagged",
            "anyOf": [
                {"type": ["string", "boolean", "number", "null"]},
                _ref("tagged"),
            ],
        },
        "column": _object(
            {
                "categories": _list(_ref("label"), 0),
                "whole": {"type": "boolean"},
                "gaps": {"type": "boolean"},
            },
            name={"type": "string"},
            position=_COUNT,
        ),
        "feature": _object({"code": _COUNT, "fill": _ref("number")}, column=_COUNT),
        "literal": {
            **_object(
                {
                    "threshold": _ref("number"),
                    "above": {"type": "boolean"},
                    "codes": _list(_COUNT, 0),
                    "missing": {"type": "boolean"},
                },
                column=_COUNT,
            ),
            "description": "a dict with 'threshold' or 'codes'",
            "anyOf": [{"required": ["threshold"]}, {"required": ["codes"]}],
        },
        "test": _object(
            literals=_list(_ref("literal")), m={"type": "integer", "minimum": 1}
        ),
        "node": {
            **_object(
                {"test": _ref("test"), "yes": _COUNT, "no": _COUNT},
                value=_NUMBERS,
                share=_ref("number"),
            ),
            "dependentRequired": {"test": ["yes", "no"]},
        },
        "curve": _object(
            feature=_ref("feature"),
            breaks=_list(_ref("number"), 0),
            centers=_NUMBERS,
            coefficients=_list(_list(_NUMBERS)),
        ),
        "tree": _model("tree", nodes=_list(_ref("node"))),
        "additive": _model(
            "additive", intercept=_NUMBERS, curves=_list(_ref("curve"), 0)
        ),
        "nearest": _model(
            "nearest",
            features=_list(_ref("feature")),
            prototypes=_list(_NUMBERS),
            owners=_list(_COUNT),
            metrics=_list(_list(_NUMBERS)),
        ),
    },
}


def to_dict(model: ReadableModel) -> dict[str, Any]:
    """Return a model as a dict of what JSON has: `JSON_SCHEMA` says in which form.

    Numbers are exact, so that `from_dict` makes a model with the same outputs, bit by
    bit. NaN and infinity never occur. Labels and categories that JSON has no type for
    are tagged, as in ``{"type": "date", "value": "2020-01-31"}``; those of numpy become
    Python's.

    Parameters
    ----------
    model : ReadableTree, AdditiveModel or NearestModel
        What is to be exported.

    Returns
    -------
    dict
        With the keys "schema", "kind", "columns", "classes", "targets", and those of
        the kind.

    Raises
    ------
    TypeError
        If `model` is of another kind, or a label is of a type that is not kept.

    Examples
    --------
    >>> import json
    >>> from sklkd.readable import Column, Node, ReadableTree, from_dict, to_dict
    >>> tree = ReadableTree(
    ...     columns=(Column("age", 0),),
    ...     classes=None,
    ...     targets=("price",),
    ...     nodes=(Node((2.5,), 1.0),),
    ... )
    >>> text = json.dumps(to_dict(tree))
    >>> from_dict(json.loads(text)) == tree
    True
    """
    for kind, cls in KINDS.items():
        if isinstance(model, cls):
            return {"schema": SCHEMA, "kind": kind, **_plain(model)}
    raise TypeError(
        "to_dict: model must be a ReadableTree, AdditiveModel or NearestModel, got "
        f"{type(model).__name__}. Pass what a surrogate was read as."
    )


def from_dict(data: Mapping[str, Any]) -> ReadableModel:
    """Return the model that `to_dict` made a dict of.

    Parameters
    ----------
    data : dict
        As `JSON_SCHEMA` says. Keys that it does not know are not looked at.

    Returns
    -------
    ReadableTree, AdditiveModel or NearestModel

    Raises
    ------
    TypeError
        If `data` is no dict.
    ValueError
        If it is of another schema or kind, a key is missing, or parts do not fit
        together.

    Examples
    --------
    >>> from sklkd.readable import from_dict
    >>> model = from_dict(
    ...     {
    ...         "schema": "sklkd.readable/1",
    ...         "kind": "tree",
    ...         "columns": [{"name": "age", "position": 0, "whole": True}],
    ...         "classes": None,
    ...         "targets": ["price"],
    ...         "nodes": [{"value": [2.5], "share": 1.0}],
    ...     }
    ... )
    >>> model.complexity
    1
    """
    kind = _kind_of(data)
    _raise_first(complaints(data, JSON_SCHEMA["$defs"][kind], JSON_SCHEMA, "data"))
    model: ReadableModel = _built(KINDS[kind], data)
    _raise_first(misfits(model))
    return model


def _kind_of(data: Any) -> str:
    """The kind of a dict, if this version can read it."""
    if not isinstance(data, Mapping):
        raise TypeError(
            "from_dict: data must be a dict that to_dict made, got "
            f"{type(data).__name__}. Read text with json.loads first."
        )
    if data.get("schema") != SCHEMA:
        raise ValueError(
            f"from_dict: 'schema' must be {SCHEMA!r}, got {data.get('schema')!r}. "
            "Export the model with to_dict of this version of sklkd."
        )
    kind = data.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise ValueError(
            f"from_dict: 'kind' must be one of {', '.join(map(repr, KINDS))}, got "
            f"{kind!r}.{did_you_mean(kind, KINDS)} Pass a dict that to_dict made."
        )
    return kind


def _raise_first(found: Iterator[str]) -> None:
    """Raise the first of some complaints."""
    for complaint in found:
        raise ValueError(f"from_dict: {complaint}. Pass a dict as to_dict makes it.")


def _plain(value: Any) -> Any:
    """Dataclasses as dicts, tuples as lists, the rest as JSON has it."""
    if is_dataclass(value):
        pairs = [(field.name, getattr(value, field.name)) for field in fields(value)]
        return {name: _plain(own) for name, own in pairs if not _is_void(name, own)}
    if isinstance(value, (tuple, list)):
        return [_plain(entry) for entry in value]
    return to_json(value)


def _is_void(name: str, value: Any) -> bool:
    """Whether a field holds nothing, and can be left out."""
    if name not in OPTIONAL or isinstance(value, (tuple, list)):
        return False
    if name in {"yes", "no"}:
        return bool(value < 0)
    return value is None or value != value  # noqa: PLR0124, NaN is no threshold


def _built(cls: type, data: Mapping[str, Any]) -> Any:
    """A dataclass of a dict."""
    names = [field.name for field in fields(cls) if field.name in data]
    return cls(**{name: _read(name, data[name]) for name in names})


def _read(name: str, value: Any) -> Any:
    """What a field holds, of what JSON holds."""
    if isinstance(value, (tuple, list)):
        return tuple(_read(name, entry) for entry in value)
    if name in PARTS:
        return _built(PARTS[name], value)
    value = from_json(value)
    return float(value) if name in FLOATS else value
