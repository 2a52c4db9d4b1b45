"""Keys that stay: rows are encoded, projected, and given the nearest key of a head."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.spatial.distance import cdist
from sklearn.base import clone
from sklearn.cluster import MiniBatchKMeans
from sklearn.frozen import FrozenEstimator

from sklkd.prototypes._scored import Floats, Indices, finite

LEAST_DIM = 16  # of a projection, where nothing is said and there are as many
CHUNK = 1 << 22  # distances at a time: 32 MB
TIE = 1e-9  # relative difference of squared distances that is rounding


@dataclass(frozen=True, slots=True)
class Codebook:
    """What finds keys for rows.

    Rows are shifted by one of them, and divided by one number, which leaves every
    neighbour nearest and keeps squares finite.

    Attributes
    ----------
    who : str
        Errors start with it.
    encoder : transformer or None
        Fitted.
    shift : ndarray of shape (n_encoded,)
        What is taken off encoded rows.
    size : float
        What they are divided by then.
    projections : list of ndarray of shape (n_encoded, dim), or None
        One a head; None leaves rows as they are.
    keys : list of ndarray of shape (n_keys, dim)
        Of each head.
    """

    who: str
    encoder: Any
    shift: Floats
    size: float
    projections: list[Floats | None]
    keys: list[Floats]

    @classmethod
    def made(
        cls,
        who: str,
        encoder: Any,
        X: Floats,
        *,
        n_heads: int,
        n_keys: int,
        dim: int | None,
        seed: int,
    ) -> Codebook:
        """Fit the encoder, draw projections, and choose keys: distinct rows (n, p)."""
        if encoder is not None and not isinstance(encoder, FrozenEstimator):
            encoder = clone(encoder).fit(X)
        rows = _encoded(who, encoder, X)
        shift = rows[0].copy()
        size = float(np.abs(finite(who, rows - shift)).max()) or 1.0
        rng = np.random.default_rng(seed)
        drawn = _projections(rows.shape[1], n_heads, dim, rng)
        rows = (rows - shift) / size
        seeds = rng.integers(2**31 - 1, size=n_heads).tolist()
        keys = [
            _keys(_projected(rows, matrix), n_keys, own)
            for matrix, own in zip(drawn, seeds, strict=True)
        ]
        return cls(who, encoder, shift, size, drawn, keys)

    def selected(self, X: Floats) -> Indices:
        """Number of the nearest key in each head, of checked rows: (n, p) -> (n, h)."""
        with np.errstate(over="ignore", invalid="ignore"):
            rows = (_encoded(self.who, self.encoder, X) - self.shift) / self.size
            columns = [
                _nearest(self.who, _projected(rows, matrix), keys)
                for matrix, keys in zip(self.projections, self.keys, strict=True)
            ]
        return np.stack(columns, axis=1)


def _encoded(who: str, encoder: Any, X: Floats) -> Floats:
    """What an encoder makes of rows: (n, p) -> (n, q)."""
    if encoder is None:
        return X
    encoded = encoder.transform(X)
    encoded = encoded.toarray() if sparse.issparse(encoded) else np.asarray(encoded)
    if encoded.ndim != 2 or len(encoded) != len(X):
        raise ValueError(
            f"{who}: encoder must make a table of {len(X)} rows of {len(X)} rows, got "
            f"the shape {encoded.shape}."
        )
    return finite(who, encoded.astype(np.float64, copy=False))


def _projections(
    width: int, n_heads: int, dim: int | None, rng: np.random.Generator
) -> list[Floats | None]:
    """Normal matrices that keep lengths on average: n_heads of (width, dim)."""
    if dim is None and n_heads == 1:
        return [None]
    dim = dim or max(min(LEAST_DIM, width), width // n_heads)
    return [rng.normal(size=(width, dim)) / np.sqrt(dim) for _ in range(n_heads)]


def _projected(rows: Floats, matrix: Floats | None) -> Floats:
    """(n, q), (q, dim) -> (n, dim)."""
    return rows if matrix is None else rows @ matrix


def _keys(rows: Floats, n_keys: int, seed: int) -> Floats:
    """Centres of k-means, or the rows if they are as many: (n, d) -> (n_keys, d)."""
    rows = np.unique(rows, axis=0)
    if len(rows) <= n_keys:
        return rows
    means = MiniBatchKMeans(n_keys, n_init=1, random_state=seed).fit(rows)
    keys: Floats = means.cluster_centers_
    return keys


def _nearest(who: str, rows: Floats, keys: Floats) -> Indices:
    """Number of the nearest key, of equally near ones the first: (n, d) -> (n,)."""
    step = max(1, CHUNK // len(keys))
    found: list[NDArray[np.int64]] = []
    for start in range(0, len(rows), step):
        squares = finite(who, cdist(rows[start : start + step], keys, "sqeuclidean"))
        least = squares.min(axis=1, keepdims=True)
        found.append((squares <= (1 + TIE) * least).argmax(axis=1))
    return np.concatenate(found)
