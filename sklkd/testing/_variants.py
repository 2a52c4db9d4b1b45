"""Variants that are few, and so are tried one by one: layouts, containers, labels."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Array = NDArray[Any]


# --- Layouts: the same numbers elsewhere in memory ------------------------------------


def _strided(a: Array) -> Array:
    """Every second element of a larger array, along each axis."""
    large = np.full([2 * size for size in a.shape], a.flat[0] if a.size else 0, a.dtype)
    part = large[tuple(slice(None, None, 2) for _ in a.shape)]
    part[...] = a
    return part


def _reversed_rows(a: Array) -> Array:
    """A view with negative strides."""
    return a[::-1].copy()[::-1]


def _read_only(a: Array) -> Array:
    locked = a.copy()
    locked.flags.writeable = False
    return locked


def _mapped(a: Array) -> Array:
    """Read-only in a file that has no name, and so goes with the array."""
    with tempfile.TemporaryFile() as file:
        file.write(np.ascontiguousarray(a).tobytes())
        file.flush()
        return np.memmap(file, dtype=a.dtype, mode="r", shape=a.shape)


def _big_endian(a: Array) -> Array:
    return a.astype(a.dtype.newbyteorder(">"))


def _part_of_a_larger(a: Array) -> Array:
    """A view that begins within another array."""
    large = np.zeros([size + 3 for size in a.shape], a.dtype)
    part = large[tuple(slice(2, 2 + size) for size in a.shape)]
    part[...] = a
    return part


def layouts() -> Mapping[str, Callable[[Array], Array]]:
    """How the same array may lie in memory: name to a function of an array.

    Examples
    --------
    >>> import numpy as np
    >>> from sklkd.testing import layouts
    >>> layouts()["fortran"](np.zeros((3, 2))).flags.f_contiguous
    True
    """
    return {
        "fortran": np.asfortranarray,
        "strided": _strided,
        "negative_strides": _reversed_rows,
        "read_only": _read_only,
        "memory_mapped": _mapped,
        "big_endian": _big_endian,
        "part_of_a_larger": _part_of_a_larger,
    }


# --- Containers: the same table in other hands ----------------------------------------


def _names(X: Array) -> list[str]:
    return [f"column {i}" for i in range(X.shape[1])]


def _pandas(X: Array) -> Any:
    import pandas as pd  # noqa: PLC0415

    return pd.DataFrame(X, columns=_names(X))


def _pandas_permuted_index(X: Array) -> Any:
    frame = _pandas(X)
    return frame.set_index(np.random.default_rng(0).permutation(len(X)))


def _pandas_equal_index(X: Array) -> Any:
    frame = _pandas(X)
    return frame.set_index(np.zeros(len(X), dtype=int))


def _pandas_nullable(X: Array) -> Any:
    return _pandas(X).astype("Float64")


def _polars(X: Array) -> Any:
    import polars as pl  # noqa: PLC0415

    return pl.DataFrame(dict(zip(_names(X), X.T.copy(), strict=True)))


_LIBRARY_OF = {
    "pandas": _pandas,
    "pandas_permuted_index": _pandas_permuted_index,
    "pandas_equal_index": _pandas_equal_index,
    "pandas_nullable": _pandas_nullable,
    "polars": _polars,
}


def containers() -> Mapping[str, Callable[[Array], Any]]:
    """What may hold the same table: name to a function of an array.

    Those of pandas and polars are there where these are installed.

    Examples
    --------
    >>> import numpy as np
    >>> from sklkd.testing import containers
    >>> containers()["list"](np.zeros((2, 1)))
    [[0.0], [0.0]]
    """
    frames = {
        name: make
        for name, make in _LIBRARY_OF.items()
        if find_spec(name.partition("_")[0]) is not None
    }
    return {
        "list": lambda X: X.tolist(),
        "tuple": lambda X: tuple(map(tuple, X.tolist())),
        **frames,
    }


def _series(values: Array) -> Any:
    """Of pandas, with an index that is not that of the rows."""
    import pandas as pd  # noqa: PLC0415

    index = np.random.default_rng(0).permutation(len(values)) + 7
    return pd.Series(values, index=index)


def _polars_series(values: Array) -> Any:
    import polars as pl  # noqa: PLC0415

    return pl.Series("values", values)


def vector_containers() -> Mapping[str, Callable[[Array], Any]]:
    """What may hold the same vector: name to a function of an array of shape (n,).

    Those of pandas and polars are there where these are installed.
    """
    series = {"pandas": _series, "polars": _polars_series}
    installed = {name: hold for name, hold in series.items() if find_spec(name)}
    return {"list": lambda values: values.tolist(), **installed}


# --- Input that must be refused -------------------------------------------------------


def _with(value: float) -> Callable[[Array], Array]:
    def spoil(X: Array) -> Array:
        X = X.astype(np.float64)
        X[len(X) // 2, -1] = value
        return X

    return spoil


def _ragged(X: Array) -> Any:
    rows = X.tolist()
    rows[-1] = [*rows[-1], 0.0]
    return rows


def bad_inputs() -> Mapping[str, Callable[[Array], Any]]:
    """What no estimator of plain numbers takes as X: name to a function of valid ones.

    An estimator whose tags allow missing values or sparse input takes "nan" or "sparse"
    all the same.

    Examples
    --------
    >>> import numpy as np
    >>> from sklkd.testing import bad_inputs
    >>> bad_inputs()["one_dimension"](np.zeros((3, 2))).shape
    (3,)
    """
    return {
        "nan": _with(np.nan),
        "inf": _with(np.inf),
        "minus_inf": _with(-np.inf),
        "one_dimension": lambda X: X[:, 0],
        "three_dimensions": lambda X: X[:, :, np.newaxis],
        "no_columns": lambda X: X[:, :0],
        "complex": lambda X: X + 1j,
        "words": lambda X: np.full(X.shape, "word"),
        "none": lambda _: None,
        "scalar": lambda _: 1.0,
        "ragged": _ragged,
        "sparse": sparse.csr_array,
    }


# --- Labels: the same classes under other names ---------------------------------------


def _words(words: list[str]) -> Callable[[Array], Array]:
    return lambda y: np.array(words)[y]


def _categorical(y: Array) -> Any:
    import pandas as pd  # noqa: PLC0415

    return pd.Series(pd.Categorical.from_codes(y, ["a", "bb", "ccc", "dddd"]))


def _pandas_strings(y: Array) -> Any:
    import pandas as pd  # noqa: PLC0415

    return pd.Series(_words(["a", "bb", "ccc", "dddd"])(y), dtype="string")


def label_bijections(
    *, order_preserving: bool = True
) -> Mapping[str, Callable[[Array], Any]]:
    """Other names of the classes 0 to 3 at most: name to a function of class indices.

    Parameters
    ----------
    order_preserving : bool, default=True
        Whether sorted names are those of sorted indices. Else the order is another.

    Examples
    --------
    >>> import numpy as np
    >>> from sklkd.testing import label_bijections
    >>> label_bijections()["gaps"](np.array([0, 1, 2]))
    array([ 5, 12, 19])
    """
    if not order_preserving:
        return {
            "reversed": lambda y: 3 - y,
            "rotated": lambda y: np.array([2, 0, 3, 1])[y],
            "shuffled_words": _words(["pear", "apple", "fig", "date"]),
        }
    found: dict[str, Callable[[Array], Any]] = {
        "shifted": lambda y: y + 3,
        "gaps": lambda y: 7 * y + 5,
        "negative": lambda y: y - 10,
        "odd": lambda y: 2 * y - 1,
        "bool": lambda y: y.astype(bool) if y.max(initial=0) < 2 else y,
        "float": lambda y: y.astype(np.float64) + 1.0,
        "words": _words(["eggs", "ham", "spam", "toast"]),
        "words_of_unequal_length": _words(["a", "bb", "ccc", "dddd" * 5]),
        "numbers_as_words": _words(["1", "2", "3", "4"]),
        "unicode": _words(["ß", "ä", "é", "水"]),
        "objects": lambda y: _words(["a", "bb", "ccc", "dddd"])(y).astype(object),
        "huge": lambda y: y + 2**40,
        "int8": lambda y: y.astype(np.int8),
        "uint8": lambda y: y.astype(np.uint8) + np.uint8(200),
    }
    if find_spec("pandas") is not None:
        found |= {"categorical": _categorical, "pandas_strings": _pandas_strings}
    return found
