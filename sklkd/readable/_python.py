"""Models that a person can read as Python: a module that imports nothing but math."""

from __future__ import annotations

import builtins
import keyword
from typing import Any

from sklkd.readable._additive import AdditiveModel
from sklkd.readable._base import ReadableModel
from sklkd.readable._export import check_exportable, unreadable
from sklkd.readable._nearest import NearestModel
from sklkd.readable._python_scores import additive_source, nearest_source
from sklkd.readable._python_source import WHO, constant, readers
from sklkd.readable._python_tree import tree_source
from sklkd.readable._tree import ReadableTree

# What a module may define or import besides the function.
TAKEN = frozenset(
    {
        *("CLASSES", "COLUMNS", "CURVES", "FEATURES", "INTERCEPT", "METRIC", "METRICS"),
        *("NODES", "PROTOTYPES", "TARGETS", "distance", "feature", "math", "missing"),
        *("number", "predict", "scores", "softmax", "word"),
    }
)
HEAD = '''\
"""What a model says of a row: a dict from the names of columns to values.

None and NaN are missing values. A category that the model was not fitted on counts as
missing, too.
"""
'''
PREDICT_LABEL = '''
def predict(row):
    """Return the likeliest label of a row, the first of those that tie."""
    found = {name}(row)
    return CLASSES[found.index(max(found))]
'''
PREDICT_VALUE = '''
def predict(row):
    """Return the value of a row."""
    return {name}(row)[0]
'''
PREDICT_VALUES = '''
def predict(row):
    """Return the values of a row."""
    return {name}(row)
'''


def to_python(model: ReadableModel, name: str | None = None) -> str:
    """Source of a Python module that says what a readable model says, of one row.

    The module needs nothing but Python. It has a function called `name`, which takes a
    row as a dict from names of columns to values, and returns a list: probabilities in
    the order of ``CLASSES``, or values in the order of ``TARGETS``. ``predict`` returns
    the likeliest label, or the value. ``COLUMNS`` are those that a row must have.

    None, NaN and what pandas puts in their place are missing, and so is a word that was
    not there in ``fit``. Categories that are dates may come as dates, or as text in ISO
    format; as labels they are such text.

    Parameters
    ----------
    model : ReadableModel
        What is to be computed.
    name : str, default=None
        How the function is called. None means "predict_proba", or "predict_values"
        for a model of values.

    Returns
    -------
    str
        A tree of usual depth is written as questions within questions, a list of rules
        as one question after the other, and everything else as tables.

    Raises
    ------
    TypeError
        If `model` is of another kind, or a label is no text, number, truth value or
        date.
    ValueError
        If columns share a name, or `name` cannot be a function's.

    Examples
    --------
    >>> from sklkd.readable import Column, Literal, Node, ReadableTree, Test, to_python
    >>> young = Test((Literal(0, threshold=25.5),))
    >>> tree = ReadableTree(
    ...     columns=(Column("age", 0, whole=True),),
    ...     classes=("no", "yes"),
    ...     targets=("no", "yes"),
    ...     nodes=(
    ...         Node((0.5, 0.5), 1.0, young, 1, 2),
    ...         Node((0.9, 0.1), 0.4),
    ...         Node((0.2, 0.8), 0.6),
    ...     ),
    ... )
    >>> module = {}
    >>> exec(to_python(tree), module)
    >>> module["predict_proba"]({"age": 18})
    [0.9, 0.1]
    >>> module["predict"]({"age": None})
    'yes'
    """
    check_exportable(WHO, model)
    if name is None:
        name = "predict_values" if model.classes is None else "predict_proba"
    _check_name(name)
    used = [model.columns[j] for j in model.used]
    known = constant("COLUMNS", [column.name for column in used])
    is_tree = isinstance(model, ReadableTree)
    parts = [
        f"{known}\n{_said(model)}",
        *(readers(used, both=not is_tree) if used or not is_tree else []),
        *_source(model, name),
        _predict(model).format(name=name),
    ]
    imports = ["import math\n"] if any("math." in part for part in parts) else []
    return "\n".join([HEAD, *imports, _joined(parts)])


def _said(model: ReadableModel) -> str:
    """What the numbers of an answer are about."""
    if model.classes is None:
        return constant("TARGETS", list(model.targets))
    return constant("CLASSES", list(model.classes))


def _source(model: ReadableModel, name: str) -> list[str]:
    """The definitions for a model of any kind."""
    values = "Return the values of a row, in the order of TARGETS."
    shares = "Return the probabilities of a row, in the order of CLASSES."
    says = values if model.classes is None else shares
    if isinstance(model, ReadableTree):
        return tree_source(model, name, says)
    if isinstance(model, AdditiveModel):
        return additive_source(model, name, says)
    if isinstance(model, NearestModel):
        return nearest_source(model, name, says)
    raise unreadable(WHO, model)


def _predict(model: ReadableModel) -> str:
    """The function that answers with one label or value."""
    if model.classes is not None:
        return PREDICT_LABEL
    return PREDICT_VALUE if len(model.targets) == 1 else PREDICT_VALUES


def _joined(parts: list[str]) -> str:
    """Definitions with two lines between them, and one between constants."""
    text = ""
    for part in map(str.strip, parts):
        gap = "\n\n\n" if part.startswith("def ") or _ends_in_function(text) else "\n\n"
        text = f"{text}{gap}{part}" if text else part
    return f"{text}\n"


def _ends_in_function(text: str) -> bool:
    """Whether the last line is indented."""
    return text.rpartition("\n")[2].startswith(" ")


def _check_name(name: Any) -> None:
    """Raise unless a function can have this name beside the others."""
    usable = isinstance(name, str) and name.isidentifier()
    if not usable or keyword.iskeyword(name) or name in TAKEN or name in vars(builtins):
        raise ValueError(
            f"{WHO}: name must be an identifier that the module does not use itself, "
            f"got {name!r}. Pass 'predict_proba', say."
        )
