"""Readable models of every kind and rows for them, at random: for tests of parity.

Hypothesis draws sizes and a seed, and the seed everything else. Thresholds, breaks and
entries of rows come from few numbers, so that ties, repetitions and contradictions are
usual. Entries may be missing in any column: a new row may have gaps where none was.
"""

import datetime as dt

import numpy as np
from hypothesis import strategies as st

from sklkd.readable import (
    AdditiveModel,
    Column,
    Curve,
    Feature,
    Literal,
    NearestModel,
    Node,
    ReadableTree,
    Test,
)

NAMES = ("age", "hours per week", 'a"b', "it's", "größe", "select", "x;--", "100%")
WORDS = ("Bachelors", "it's", 'say "no"', "", "größer", "a, b", "None")
NUMBERS = (-3.5, -1.0, -0.0, 0.1, 0.30000000000000004, 1.0, 2.5, 1e5, 12345.678)
WHOLES = (-3.5, -1.0, 0.5, 1.0, 2.5, 7.0, 25.5, 100000.5)
LABELS = (
    WORDS,
    (0, 1, 2, 5),
    (False, True),
    (0.5, 1.0, 2.25),
    tuple(map(np.str_, WORDS)),
    tuple(map(np.int64, range(4))),
    (np.False_, np.True_),
)
EXOTIC = (
    (None, "x", 1, 2.5),
    (dt.date(2020, 1, 31), dt.date(1999, 12, 1)),
    (dt.datetime(2020, 1, 31, 12, 30, 0, 5), dt.datetime(1999, 12, 1)),
    tuple(np.array(["2020-01-31", "1999-12-01"], dtype="datetime64[D]")),
    tuple(np.array(["2020-01-31T01:02:03.5"], dtype="datetime64[ns]")),
    (float("inf"), float("-inf"), np.float32(0.1)),
)


@st.composite
def trees(draw, *, exotic=False, lists=None, regression=None):
    """Trees and lists of rules with tests m of n; `lists` and `regression` fix which.

    With `exotic`, labels and categories may be dates, None and infinite, too.
    """
    rng, base = draw(_bases(exotic, regression))
    is_list = draw(st.booleans()) if lists is None else lists
    depth = draw(st.integers(0, 4))
    shape = _chain(depth) if is_list else _bushy(rng, depth)
    return ReadableTree(*base, _nodes(rng, base, shape))


@st.composite
def additives(draw, *, exotic=False, regression=None):
    """Sums of lines, splines and effects of categories; also without any."""
    rng, base = draw(_bases(exotic, regression))
    used = draw(st.integers(0, len(base[0])))
    curves = [c for j in range(used) for c in _curves(rng, base[0][j], j, len(base[2]))]
    return AdditiveModel(*base, _floats(rng, len(base[2])), tuple(curves))


@st.composite
def nearests(draw, *, exotic=False):
    """Prototypes with one metric or one for each, of any rank."""
    rng, base = draw(_bases(exotic, False))
    features = [
        f for j, column in enumerate(base[0]) for f in _features(rng, column, j)
    ]
    owners = [*range(len(base[2])), *rng.integers(len(base[2]), size=rng.integers(3))]
    prototypes = [_floats(rng, len(features)) for _ in owners]
    rank = draw(st.integers(1, len(features)))
    metrics = [
        tuple(_floats(rng, len(features), gaps=True) for _ in range(rank))
        for _ in range(draw(st.sampled_from([1, len(owners)])))
    ]
    return NearestModel(
        *base,
        tuple(features),
        tuple(prototypes),
        tuple(map(int, owners)),
        tuple(metrics),
    )


def models(*, exotic=False):
    """Any of the three kinds."""
    return st.one_of(
        trees(exotic=exotic), additives(exotic=exotic), nearests(exotic=exotic)
    )


@st.composite
def rows(draw, model, *, min_size=1, max_size=20):
    """Rows of a model, (n, n_columns): its own numbers, their neighbours, and gaps."""
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    n = draw(st.integers(min_size, max_size))
    Z = np.stack([_entries(rng, column, n) for column in model.columns], axis=1)
    Z[rng.random(Z.shape) < draw(st.sampled_from([0.0, 0.15]))] = np.nan
    return Z


def words(model, Z):
    """What the user's table holds for rows: lists of values, None where missing."""
    return [
        [_word(*entry) for entry in zip(model.columns, row, strict=True)] for row in Z
    ]


def _word(column, value):
    """A value of a user's table, for one of a row."""
    if np.isnan(value):
        return None
    return float(value) if column.categories is None else column.categories[int(value)]


@st.composite
def _bases(draw, exotic, regression):
    """A generator, and what all kinds begin with: columns, classes, targets."""
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    n_columns = draw(st.integers(1, 4))
    pools = LABELS + EXOTIC if exotic else LABELS
    columns = _columns(rng, n_columns, pools)
    values = draw(st.booleans()) if regression is None else regression
    if values:
        targets = ("price", 'it\'s "much"')[: draw(st.integers(1, 2))]
        return rng, (columns, None, targets)
    pool = pools[draw(st.integers(0, len(pools) - 1))]
    classes = pool[: draw(st.integers(min(2, len(pool)), min(4, len(pool))))]
    return rng, (columns, classes, tuple(map(str, classes)))


def _columns(rng, n, pools):
    """Columns of numbers, whole numbers and categories; positions have gaps."""
    names = rng.permutation(len(NAMES))[:n]
    positions = np.cumsum(rng.integers(1, 3, size=n)) - 1
    columns = []
    for name, position in zip(names, positions, strict=True):
        categories = None
        if rng.random() < 0.5:
            pool = pools[rng.integers(len(pools))]
            categories = pool[: rng.integers(1, len(pool) + 1)]
        whole = categories is None and bool(rng.random() < 0.4)
        gaps = bool(rng.random() < 0.7)
        columns.append(Column(NAMES[name], int(position), categories, whole, gaps))
    return tuple(columns)


def _bushy(rng, depth):
    """The shape of a tree: None for a leaf, or a pair of shapes."""
    if depth == 0 or rng.random() < 0.1:
        return None
    return _bushy(rng, depth - 1), _bushy(rng, depth - 1)


def _chain(depth):
    """The shape of a list of rules."""
    return None if depth == 0 else (None, _chain(depth - 1))


def _nodes(rng, base, shape):
    """Nodes of a shape, by breadth; shares and values of parents follow from leaves."""
    shapes, children = [shape], []
    for current in shapes:  # grows on the way
        if current is None:
            children.append((-1, -1))
        else:
            children.append((len(shapes), len(shapes) + 1))
            shapes.extend(current)
    shares, values = _leaf_numbers(rng, shapes, base)
    for i in reversed(range(len(shapes))):
        if shapes[i] is not None:
            pair = list(children[i])
            shares[i] = shares[pair].sum()
            values[i] = np.average(values[pair], axis=0, weights=shares[pair] + 1e-9)
    return tuple(
        Node(
            tuple(values[i].tolist()),
            float(min(shares[i], 1.0)),
            None if shapes[i] is None else _test(rng, base[0]),
            *children[i],
        )
        for i in range(len(shapes))
    )


def _leaf_numbers(rng, shapes, base):
    """Shares and values of leaves, zeros elsewhere: (n_nodes,), (n_nodes, k)."""
    leaf = np.array([shape is None for shape in shapes])
    shares = np.where(leaf, rng.integers(1, 50, size=len(shapes)), 0)
    values = np.zeros((len(shapes), len(base[2])))
    values[leaf] = rng.normal(size=(leaf.sum(), len(base[2])))
    if base[1] is not None:
        values[leaf] = np.exp(2 * values[leaf])
        values[leaf] /= values[leaf].sum(axis=1, keepdims=True)
    return shares / shares.sum(), values


def _test(rng, columns):
    """A test of one to three literals, some about the same column."""
    n = rng.choice([1, 1, 2, 3])
    literals = tuple(_literal(rng, columns) for _ in range(n))
    return Test(literals, int(rng.integers(1, n + 1)))


def _literal(rng, columns):
    """A literal about any column."""
    j = int(rng.integers(len(columns)))
    missing = bool(rng.random() < 0.5)
    if columns[j].categories is None:
        pool = WHOLES if columns[j].whole else NUMBERS
        return Literal(
            j, float(rng.choice(pool)), bool(rng.random() < 0.5), None, missing
        )
    n = len(columns[j].categories)
    codes = rng.permutation(n)[: rng.integers(1, n + 1)]
    return Literal(j, codes=tuple(sorted(codes.tolist())), missing=missing)


def _curves(rng, column, j, k):
    """Curves of a column: a line, a spline, or one for each category but some."""
    if column.categories is not None:
        codes = range(len(column.categories))
        chosen = [code for code in codes if rng.random() < 0.8]
        return [
            Curve(Feature(j, code), (), (0.0,), (((0.0,) * k, _floats(rng, k)),))
            for code in chosen
        ]
    feature = Feature(j, fill=float(rng.choice(NUMBERS)))
    if rng.random() < 0.5:
        return [Curve(feature, (), (0.0,), (((0.0,) * k, _floats(rng, k)),))]
    n_pieces, degree = rng.integers(1, 5), rng.integers(0, 4)
    breaks = np.sort(rng.choice(NUMBERS, size=n_pieces - 1, replace=False))
    pieces = [
        tuple(_floats(rng, k) for _ in range(degree + 1)) for _ in range(n_pieces)
    ]
    return [
        Curve(feature, tuple(breaks.tolist()), _floats(rng, n_pieces), tuple(pieces))
    ]


def _features(rng, column, j):
    """Features of a column: its number, or all its categories."""
    if column.categories is None:
        return [Feature(j, fill=float(rng.choice(NUMBERS)))]
    return [Feature(j, code) for code in range(len(column.categories))]


def _floats(rng, n, *, gaps=False):
    """Numbers of usual size as a tuple; with gaps, some are zero."""
    numbers = rng.normal(size=n) * rng.choice([0.01, 1.0])
    return tuple(np.where(gaps & (rng.random(n) < 0.3), 0.0, numbers).tolist())


def _entries(rng, column, n):
    """Entries of a column: (n,)."""
    if column.categories is not None:
        return rng.integers(len(column.categories), size=n).astype(float)
    if column.whole:
        return np.round(rng.choice([*WHOLES, -2.0, 3.0, 26.0], size=n))
    own = rng.choice(NUMBERS, size=n)
    near = np.nextafter(own, rng.choice([-np.inf, np.inf], size=n))
    other = rng.normal(size=n) * 3
    return rng.permuted(np.stack([own, near, other]), axis=0)[0]
