"""Where the parts of a drawn tree are: questions in frames, leaves, and lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sklkd.inspection._fitting_text import width_of, wrapped
from sklkd.inspection._tree_words import question_of, said_by
from sklkd.readable import ReadableTree

SIZE = 8.0  # points of type
LINE = 11.0  # points from a line of text to the next
PAD = 4.0  # points between a text and its frame
APART = 7.0  # points between what stands above each other
AHEAD = 44.0  # points from the widest frame of a level to the next level
BEND = 30.0  # points before the next level where a line bends
BAR = (64.0, 16.0)  # points: width and height of a leaf's bar
ASIDE = 6.0  # points from a bar to its text
QUESTION, RULE = (34, 6), (64, 4)  # letters of a line, and lines

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Frame:
    """A question in a frame.

    Attributes
    ----------
    lines : tuple of str
        Its text.
    x, y : float
        Left end and middle, to the right and down from the upper left corner.
    width, height : float
        Of the frame.
    """

    lines: tuple[str, ...]
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Leaf:
    """What is said at the end of a branch.

    Attributes
    ----------
    position : int
        Of its node in the tree.
    lines : tuple of str
        What stands beside its bar.
    x, y : float
        Left end and middle.
    text_x : float
        Left end of the text.
    """

    position: int
    lines: tuple[str, ...]
    x: float
    y: float
    text_x: float


@dataclass(frozen=True, slots=True)
class Way:
    """A line from a question to what follows from an answer.

    Attributes
    ----------
    points : tuple of (float, float)
        Its corners.
    share : float
        Of the rows, in [0, 1].
    word : str
        The answer, where it is not plain from the place.
    """

    points: tuple[Point, ...]
    share: float
    word: str = ""


@dataclass(slots=True)
class Layout:
    """All parts, in points, and what they take."""

    frames: list[Frame] = field(default_factory=list)
    leaves: list[Leaf] = field(default_factory=list)
    ways: list[Way] = field(default_factory=list)
    width: float = 0.0
    height: float = 0.0


@dataclass(slots=True)
class _Spot:
    """A node while its place is being found; `parent` and `children` are spots."""

    position: int
    depth: int
    parent: int
    text: tuple[str, ...]
    width: float
    height: float
    span: float = 0.0
    top: float = 0.0
    y: float = 0.0
    children: list[int] = field(default_factory=list)


def lay_out(tree: ReadableTree, max_leaves: int) -> Layout:
    """Return where the parts of a tree, or of its top, are.

    A list of rules is read from above, any other tree from left to right. Of more than
    `max_leaves` leaves those nodes are opened first that most rows come to; others then
    stand as leaves.
    """
    opened = _opened(tree, max_leaves)
    return _list(tree, opened) if tree.is_list else _branches(tree, opened)


def _opened(tree: ReadableTree, max_leaves: int) -> set[int]:
    """The nodes whose question is shown."""
    opened: set[int] = set()
    border = [0]
    while len(border) < max_leaves:
        inner = [at for at in border if tree.nodes[at].test is not None]
        if not inner:
            break
        largest = max(inner, key=lambda at: (tree.nodes[at].share, -at))
        opened.add(largest)
        border.remove(largest)
        border += [tree.nodes[largest].yes, tree.nodes[largest].no]
    return opened


# --- A list of rules ------------------------------------------------------------------


def _list(tree: ReadableTree, opened: set[int]) -> Layout:
    """Rules below each other, with what they say in a second column."""
    rows: list[tuple[tuple[str, ...], int]] = []
    at = 0
    while at in opened:
        start = "else if" if rows else "if"
        text = wrapped(f"{start} {question_of(tree, at)}", *RULE)
        rows.append((text, tree.nodes[at].yes))
        at = tree.nodes[at].no
    rows.append((("else",) if rows else ("always",), at))
    frames = [_frame(text) for text, _ in rows]
    column = max(width for width, _ in frames) + AHEAD / 2
    layout, top = Layout(), 0.0
    for (text, position), (width, height) in zip(rows, frames, strict=True):
        lines = said_by(tree, position)
        row = max(height, _leaf_height(lines)) + APART
        y = top + row / 2
        if layout.frames:
            down = ((2 * PAD, layout.frames[-1].y), (2 * PAD, y))  # behind the frames
            layout.ways.append(Way(down, _remaining(tree, layout)))
        layout.frames.append(Frame(text, 0.0, y, width, height))
        layout.leaves.append(_leaf(tree, position, lines, column, y))
        along = ((width, y), (column, y))
        layout.ways.append(Way(along, tree.nodes[position].share))
        layout.width = max(layout.width, column + _leaf_width(tree, lines))
        top += row
    layout.height = top
    return layout


def _remaining(tree: ReadableTree, layout: Layout) -> float:
    """Share of the rows that none of the rules so far is about."""
    gone = sum(tree.nodes[leaf.position].share for leaf in layout.leaves)
    return max(tree.nodes[0].share - gone, 0.0)


# --- Any other tree -------------------------------------------------------------------


def _branches(tree: ReadableTree, opened: set[int]) -> Layout:
    """Levels beside each other; what is below a node has a band of its own."""
    spots = _spots(tree, opened)
    _stack(spots)
    left = _levels(spots)
    layout = Layout(height=spots[0].span)
    for spot in spots:
        x = left[spot.depth]
        layout.width = max(layout.width, x + spot.width)
        if not spot.children:
            layout.leaves.append(_leaf(tree, spot.position, spot.text, x, spot.y))
            continue
        layout.frames.append(Frame(spot.text, x, spot.y, spot.width, spot.height))
        following = left[spot.depth + 1]
        bend = following - BEND
        out = ((x + spot.width, spot.y), (bend, spot.y))
        layout.ways.append(Way(out, 0.0))
        for child, word in zip(spot.children, ("yes", "no"), strict=True):
            y, share = spots[child].y, tree.nodes[spots[child].position].share
            way = ((bend, spot.y), (bend, y), (following, y))
            layout.ways.append(Way(way, share, word))
    return layout


def _spots(tree: ReadableTree, opened: set[int]) -> list[_Spot]:
    """The nodes that are drawn, each after its parent, yes before no."""
    spots: list[_Spot] = []
    waiting = [(0, 0, -1)]
    while waiting:
        position, depth, parent = waiting.pop()
        if parent >= 0:
            spots[parent].children.append(len(spots))
        here = len(spots)
        if position in opened:
            text = wrapped(question_of(tree, position), *QUESTION)
            spots.append(_Spot(position, depth, parent, text, *_frame(text)))
            node = tree.nodes[position]
            waiting += [(node.no, depth + 1, here), (node.yes, depth + 1, here)]
        else:
            text = said_by(tree, position)
            size = (_leaf_width(tree, text), _leaf_height(text))
            spots.append(_Spot(position, depth, parent, text, *size))
    return spots


def _stack(spots: list[_Spot]) -> None:
    """Give each node a band as high as it and what is below it need, and a middle."""
    for spot in reversed(spots):
        below = sum(spots[child].span for child in spot.children)
        spot.span = max(spot.height + APART, below)
    for spot in spots:
        below = sum(spots[child].span for child in spot.children)
        top = spot.top + (spot.span - below) / 2
        for child in spot.children:
            spots[child].top = top
            top += spots[child].span
    for spot in reversed(spots):
        spot.y = spot.top + spot.span / 2
        if spot.children:
            spot.y = sum(spots[child].y for child in spot.children) / 2


def _levels(spots: Sequence[_Spot]) -> list[float]:
    """Left ends of the levels; frames must fit between them, leaves need not."""
    left = [0.0]
    for depth in range(max(spot.depth for spot in spots)):
        widest = max(s.width for s in spots if s.depth == depth and s.children)
        left.append(left[-1] + widest + AHEAD)
    return left


# --- Sizes ----------------------------------------------------------------------------


def _frame(text: Sequence[str]) -> Point:
    """Width and height of a text with its frame."""
    widest = max(width_of(line, SIZE) for line in text)
    return widest + 2 * PAD, LINE * len(text) + PAD


def _bar_width(tree: ReadableTree) -> float:
    """What stands left of a leaf's text; nothing where values are told in words."""
    has_bar = tree.classes is not None or len(tree.targets) == 1
    return BAR[0] + ASIDE if has_bar else PAD


def _leaf_width(tree: ReadableTree, text: Sequence[str]) -> float:
    return _bar_width(tree) + max(width_of(line, SIZE) for line in text)


def _leaf_height(text: Sequence[str]) -> float:
    return max(BAR[1], LINE * len(text))


def _leaf(
    tree: ReadableTree, position: int, text: tuple[str, ...], x: float, y: float
) -> Leaf:
    return Leaf(position, text, x, y, x + _bar_width(tree))
