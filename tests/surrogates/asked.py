"""Teachers that are functions of a row, and evidence of them."""

import numpy as np

from sklkd.readable import Column
from sklkd.surrogates._evidence import Evidence


def columns_of(n_columns, *, categories=()):
    """Columns of numbers, but for those with this many categories by position."""
    sizes = dict(categories)
    return tuple(
        Column(f"x{j}", j, tuple(range(sizes[j])) if j in sizes else None)
        for j in range(n_columns)
    )


def evidence_of(Z, teacher, *, columns=None, weight=None, seed=0, values=False):
    """Evidence of rows and a function: (n, n_columns) -> (n, n_outputs)."""
    Z = np.asarray(Z, dtype=float)
    every = np.arange(Z.shape[1])
    said = teacher(Z)
    classes = None if values else tuple(range(said.shape[1]))
    return Evidence(
        columns or columns_of(Z.shape[1]),
        Z,
        said,
        np.ones(len(Z)) if weight is None else np.asarray(weight, dtype=float),
        len(Z),
        classes,
        tuple(f"y{k}" for k in range(said.shape[1])),
        oracle=lambda source: teacher(Z[source, every]),
        seed=seed,
    )


def certain(yes):
    """Probabilities of two classes, 0 and 1: (n,) -> (n, 2)."""
    return np.column_stack([~yes, yes]).astype(float)


def two_of_three(Z):
    """Whether at least two of the first three columns are above a half."""
    return certain((Z[:, :3] > 0.5).sum(axis=1) >= 2)


def smooth(Z):
    """Probabilities that depend on the first columns, missing values being 0."""
    Z = np.nan_to_num(Z)
    yes = 1 / (1 + np.exp(-(2 * Z[:, 0] - Z[:, 1] + Z[:, 0] * Z[:, -1])))
    return np.column_stack([1 - yes, yes])


def agreement(tree, Z, teacher):
    """Share of rows whose class the tree and the teacher agree on."""
    return np.mean(tree.outputs(Z).argmax(axis=1) == teacher(Z).argmax(axis=1))
