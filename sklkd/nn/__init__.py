"""Modules with state: the network that a student is by default, layers, and heads."""

from sklkd.nn._averaged_pair import AveragedPair
from sklkd.nn._fixed_basis import FixedBasisHead, FixedBasisNet
from sklkd.nn._max_dropout import MaxDropout
from sklkd.nn._mlp import MLP

__all__ = ["MLP", "AveragedPair", "FixedBasisHead", "FixedBasisNet", "MaxDropout"]
