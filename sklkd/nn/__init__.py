"""Modules with state: the network that a student is by default."""

from sklkd.nn._mlp import MLP

__all__ = ["MLP"]
