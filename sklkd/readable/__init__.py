"""Models that a person can read, and what can be made of them: text, SQL, Python."""

from sklkd.readable._additive import AdditiveModel, Curve
from sklkd.readable._base import ReadableModel
from sklkd.readable._columns import Column, Feature
from sklkd.readable._counterfactual import Counterfactual
from sklkd.readable._explanation import LocalExplanation, explain
from sklkd.readable._nearest import NearestModel
from sklkd.readable._python import to_python
from sklkd.readable._rules import Rule, question, rules
from sklkd.readable._schema import JSON_SCHEMA, from_dict, to_dict
from sklkd.readable._sql import to_sql
from sklkd.readable._text import to_text
from sklkd.readable._tree import Literal, Node, ReadableTree, Test

__all__ = [
    "JSON_SCHEMA",
    "AdditiveModel",
    "Column",
    "Counterfactual",
    "Curve",
    "Feature",
    "Literal",
    "LocalExplanation",
    "NearestModel",
    "Node",
    "ReadableModel",
    "ReadableTree",
    "Rule",
    "Test",
    "explain",
    "from_dict",
    "question",
    "rules",
    "to_dict",
    "to_python",
    "to_sql",
    "to_text",
]
