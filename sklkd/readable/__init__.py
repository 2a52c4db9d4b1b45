"""Models that a person can read, and what can be made of them: text, SQL, Python."""

from sklkd.readable._additive import AdditiveModel, Curve
from sklkd.readable._base import ReadableModel
from sklkd.readable._columns import Column, Feature
from sklkd.readable._nearest import NearestModel
from sklkd.readable._tree import Literal, Node, ReadableTree, Test

__all__ = [
    "AdditiveModel",
    "Column",
    "Curve",
    "Feature",
    "Literal",
    "NearestModel",
    "Node",
    "ReadableModel",
    "ReadableTree",
    "Test",
]
