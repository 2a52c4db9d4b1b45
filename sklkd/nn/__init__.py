"""Modules with state: the network that a student is by default, layers, and heads."""

from sklkd.nn._averaged_pair import AveragedPair
from sklkd.nn._components import Components
from sklkd.nn._fixed_basis import FixedBasisHead, FixedBasisNet
from sklkd.nn._lvq import LVQ
from sklkd.nn._max_dropout import MaxDropout
from sklkd.nn._mlp import MLP
from sklkd.nn._prototype_autoencoder import (
    ConvDecoder,
    ConvEncoder,
    PrototypeAutoencoder,
)
from sklkd.nn._prototypical import Prototypical
from sklkd.nn._robust_prototypes import RobustPrototypes, certified_radii

__all__ = [
    "LVQ",
    "MLP",
    "AveragedPair",
    "Components",
    "ConvDecoder",
    "ConvEncoder",
    "FixedBasisHead",
    "FixedBasisNet",
    "MaxDropout",
    "PrototypeAutoencoder",
    "Prototypical",
    "RobustPrototypes",
    "certified_radii",
]
