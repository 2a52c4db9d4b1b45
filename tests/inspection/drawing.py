"""What the tests of pictures share: trees of any size, and where text came to be."""

from __future__ import annotations

import numpy as np
from matplotlib.text import Text

from sklkd.readable import Column, Literal, Node, ReadableTree, Test


def node(value, share, threshold=None, yes=-1, no=-1):
    """A leaf, or a node that asks for the first column."""
    test = None if threshold is None else Test((Literal(0, threshold),))
    return Node(tuple(value), share, test, yes, no)


def random_tree(
    n_leaves, *, classes=("no", "yes"), n_values=1, columns=None, leans=False, seed=0
):
    """A tree of tests of one to four columns; one that leans is a list of rules."""
    rng = np.random.default_rng(seed)
    columns = columns or tuple(Column(f"x{j}", j) for j in range(5))
    n_outputs = n_values if classes is None else len(classes)
    shares, children, leaves = [1.0], {}, [0]
    while len(leaves) < n_leaves:
        at = leaves.pop(-1 if leans else int(rng.integers(len(leaves))))
        children[at] = (len(shares), len(shares) + 1)
        part = rng.uniform(0.1, 0.9)
        shares += [shares[at] * part, shares[at] * (1 - part)]
        leaves += children[at]
    nodes = []
    for at, share in enumerate(shares):
        if classes is None:
            value = rng.normal(100, 50, n_outputs)
        else:
            value = rng.dirichlet(np.full(n_outputs, 0.3))
        test = _random_test(rng, columns) if at in children else None
        nodes.append(
            Node(tuple(value.tolist()), share, test, *children.get(at, (-1, -1)))
        )
    names = [f"value{k}" for k in range(n_outputs)] if classes is None else classes
    targets = tuple(map(str, names))
    return ReadableTree(tuple(columns), classes, targets, tuple(nodes))


def _random_test(rng, columns):
    chosen = rng.choice(len(columns), rng.integers(1, min(4, len(columns)) + 1), False)
    literals = []
    for j in chosen.tolist():
        words = columns[j].categories
        if words is None:
            literals.append(Literal(j, round(float(rng.normal(0, 100)), 3)))
        else:
            codes = rng.choice(len(words), max(len(words) // 2, 1), replace=False)
            literals.append(Literal(j, codes=tuple(sorted(codes.tolist()))))
    return Test(tuple(literals), int(rng.integers(1, len(literals) + 1)))


def texts_of(figure):
    """All texts that can be seen."""
    figure.canvas.draw()
    beyond = {text for ax in figure.axes for text in _beyond(ax)}
    return [
        text
        for text in figure.findobj(Text)
        if text.get_visible() and text.get_text().strip() and text not in beyond
    ]


def _beyond(ax):
    """Numbers of ticks that are not drawn, for they are beyond the ends of an axis."""
    for axis in (ax.xaxis, ax.yaxis):
        low, high = sorted(axis.get_view_interval())
        ticks = axis.get_major_ticks()
        places = axis.get_majorticklocs()
        for tick, place in zip(ticks, places, strict=True):
            if not ax.axison or not low <= place <= high:
                yield from (tick.label1, tick.label2)


def cut_off(figure, slack=1.0):
    """Texts that reach over the border of the figure, by more than some pixels."""
    width, height = figure.bbox.size
    boxes = {text: text.get_window_extent() for text in texts_of(figure)}
    return [
        text.get_text()
        for text, box in boxes.items()
        if min(box.x0, box.y0) < -slack
        or box.x1 > width + slack
        or box.y1 > height + slack
    ]


def overlapping(boxes):
    """Pairs of boxes (x0, y0, x1, y1) that cover a common area."""
    return [
        (a, b)
        for i, a in enumerate(boxes)
        for b in boxes[:i]
        if min(a[2], b[2]) - max(a[0], b[0]) > 1e-6
        and min(a[3], b[3]) - max(a[1], b[1]) > 1e-6
    ]
