"""Occlusion: how what a model says changes when a part of a row is hidden."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm.auto import tqdm

from sklkd._validation import COUNT, check_interval
from sklkd.inspection._occlusion_answers import Answers, answers_of
from sklkd.inspection._occlusion_fill import Hideable, hideable
from sklkd.inspection._occlusion_windows import Windows, column_groups, image_windows

WHO = "occlusion"
Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

NUMBERS = 1 << 20  # of X that a model is asked about at once, where nothing is said
MOST = 4096  # rows that it is asked about at once, however narrow


@dataclass(frozen=True, slots=True)
class Occlusion:
    """What hiding parts of rows did to what a model says of them.

    With ``target="all"`` arrays of effects have one more axis, of outputs.

    Attributes
    ----------
    effects : ndarray of shape (n_samples, n_windows)
        What is said of a row, less what is said of it with the window hidden. Positive
        where the window speaks for the target.
    maps : ndarray of shape (n_samples, height, width) or (n_samples, n_features)
        Of each pixel or column, the mean effect of the windows that cover it; 0 where
        none does.
    baseline : ndarray of shape (n_samples,)
        What is said of the rows as they are.
    target : ndarray of shape (n_samples,) or None
        The label of the output that was looked at; None for all.
    unit : {"probability", "logit", "value"}
        Of effects, maps and baseline.
    fill : ndarray of the shape of a row, or DataFrame of one row
        What was put in the place of what is hidden.
    positions : ndarray of shape (n_windows, 2) or None
        Top and left of each window of an image.
    window : (int, int) or None
        Height and width of these.
    groups : tuple of tuple of int, or None
        Positions of the columns of each group of a table.
    names : tuple of str
        Of these groups; empty for images.
    """

    effects: Floats
    maps: Floats
    baseline: Floats
    target: NDArray[Any] | None
    unit: str
    fill: Any
    positions: Indices | None = None
    window: tuple[int, int] | None = None
    groups: tuple[tuple[int, ...], ...] | None = None
    names: tuple[str, ...] = ()


def occlusion(
    estimator: Any,
    X: Any,
    *,
    window: int | tuple[int, int] | None = None,
    stride: int | tuple[int, int] | None = None,
    fill: Any = None,
    target: Any = None,
    output: str = "auto",
    groups: Any = None,
    image_shape: tuple[int, ...] | None = None,
    chunk: int | None = None,
    verbose: int = 0,
) -> Occlusion:
    r"""Hide parts of rows, one after the other, and see what the model says then.

    The effect of a window :math:`W` on a row :math:`x` is

    .. math:: e_W(x) = f(x) - f(x_W), \qquad
        (x_W)_j = c_j \text{ for } j \in W \text{ and } x_j \text{ elsewhere},

    with the fill :math:`c`. The map is, of each pixel or column, the mean of
    :math:`e_W` over the windows that cover it. It was a grey square over images, and
    the probability of the class [1]_; here it is that and groups of columns of a table,
    for any model. Of a linear one
    :math:`e_W = \sum_{j \in W} w_j (x_j - c_j)`, exactly.

    Parameters
    ----------
    estimator : estimator, skorch net, torch.nn.Module or callable
        A fitted classifier or regressor, also within a pipeline or search; a network,
        whose outputs are logits where there are several; or a function from rows to an
        array of shape (n_samples,) or (n_samples, n_outputs).
    X : array-like, sparse array, DataFrame or Tensor
        A table of shape (n_samples, n_features); or images of shape (n_samples,
        n_channels, height, width) or (n_samples, height, width), or flat ones with
        `image_shape`. It is not changed, and DataFrames of pandas and polars reach the
        model as such.
    window : int or (int, int), default=None
        For images, and needed there: height and width in pixels of what is hidden, in
        all channels. 0 hides nothing.
    stride : int or (int, int), default=None
        By how many pixels windows move, from 1 to the window; None is half of it. All
        lie within the image: where they do not reach the far border, a last one ends
        at it. Pixels near a border are covered by fewer.
    fill : float, "mean", "median" or a row, default=None
        What is put in the place of what is hidden. None is "mean": of each column, or
        of each pixel, over X. A column of a DataFrame that holds no numbers gets its
        most frequent value unless a row is given: an array, a DataFrame of one row, or
        a mapping from names. Pass the mean of the *training* rows where X is few: what
        is said of a row should not depend on which others are asked about, and of a
        single row the mean is the row itself, which is refused.
    target : label, array-like of shape (n_samples,), "all" or None, default=None
        The class, or the number of the output where there are none; one for each row
        if it is an array. None is the one that the model predicts for the row as it is;
        of a function, the highest.
    output : {"auto", "probability", "logit", "value"}, default="auto"
        What changes: "logit" is the ``decision_function``, or what a network puts out;
        of two classes the gap to the other. "auto" is the probability, the logit of a
        classifier without any, and the value of what is no classifier.
    groups : list of lists, or mapping, default=None
        For tables: names or positions of columns that are hidden together, such as
        those that one word was encoded as. Keys of a mapping name the groups. None
        hides each column alone.
    image_shape : tuple of int, default=None
        (height, width) or (height, width, n_channels) of flat images.
    chunk : int, default=None
        How many rows the model is asked about at once, at least 1. None is as many as
        have a million numbers, and at most 4096.
    verbose : int, default=0
        Whether to show a progress bar.

    Returns
    -------
    Occlusion

    Raises
    ------
    TypeError, ValueError
        If a parameter is out of range, does not fit X, or asks for what the model
        cannot say.

    See Also
    --------
    OcclusionDisplay : The same as a picture.
    sklearn.inspection.permutation_importance : Of a model on all rows, by its score.

    Notes
    -----
    A fill that no row has, such as grey in the middle of a word, shows what the model
    does outside of its data. Columns that say the same can hide each other: hide them
    together, as a group.

    An effect of what a model does not look at is exactly 0 if what it says of a row
    depends on the row and on the number of rows alone.

    References
    ----------
    .. [1] M. D. Zeiler and R. Fergus, "Visualizing and understanding convolutional
       networks", ECCV 2014, Sec. 4.2. arXiv:1311.2901

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklkd.inspection import occlusion
    >>> X, y = load_digits(return_X_y=True)
    >>> model = LogisticRegression(max_iter=5000).fit(X[::2], y[::2])
    >>> found = occlusion(
    ...     model, X[1:4], window=3, image_shape=(8, 8), fill=X[::2].mean(axis=0)
    ... )
    >>> found.maps.shape, found.unit, found.target.tolist()
    ((3, 8, 8), 'probability', [1, 2, 3])
    """
    rows = hideable(WHO, X, fill)
    windows, place = _windows(rows, window, stride, groups, image_shape)
    if chunk is None:
        width = max(1, int(np.prod(rows.row_shape)))
        chunk = min(MOST, max(1, NUMBERS // width))
    check_interval(WHO, "chunk", chunk, COUNT)
    answers = answers_of(WHO, estimator, output, rows.shown(slice(0, 1), 1))
    asking = _Asking(rows, windows, answers, target, chunk)
    effects, baseline, labels = asking.run(verbose)
    return Occlusion(
        effects,
        windows.spread(effects),
        baseline,
        labels,
        answers.unit,
        rows.fill,
        **place,
    )


def _windows(
    rows: Hideable, window: Any, stride: Any, groups: Any, image_shape: Any
) -> tuple[Windows, dict[str, Any]]:
    """What is hidden together, and what the result says of it."""
    image = image_shape is not None or len(rows.row_shape) > 1
    if not image and (window is not None or stride is not None):
        raise ValueError(
            f"{WHO}: window and stride are for images, got a table. Pass "
            "image_shape=(height, width), or groups of columns."
        )
    if image and groups is not None:
        raise ValueError(
            f"{WHO}: groups are for tables, got images. Pass a window instead."
        )
    if not image:
        found = column_groups(WHO, rows.names, groups)
        lists = tuple(tuple(index[0].tolist()) for index in found.cells)
        return found, {"groups": lists, "names": found.names}
    if window is None:
        raise ValueError(
            f"{WHO}: window must be a number of pixels for images, got None."
        )
    found, positions, size = image_windows(
        WHO, rows.row_shape, image_shape, window, stride
    )
    return found, {"positions": positions, "window": size}


@dataclass(frozen=True, slots=True)
class _Asking:
    """Rows, windows and a model: all that is asked, in bounded memory."""

    rows: Hideable
    windows: Windows
    answers: Answers
    target: Any
    chunk: int

    def run(self, verbose: int) -> tuple[Floats, Floats, NDArray[Any] | None]:
        """Effects, baseline and target of all rows."""
        n_rows, n_windows = self.rows.n_rows, len(self.windows)
        label = "occlusion"
        with tqdm(
            total=n_rows * n_windows, desc=label, unit="row", disable=not verbose
        ) as bar:
            parts = [
                self._part(rows, bar.update) for rows in _slices(n_rows, self.step)
            ]
        effects, baseline, target = zip(*parts, strict=True)
        # How it is said may depend on how many are asked about; nothing is nothing.
        joined = np.concatenate(effects)
        joined[:, self.windows.empty] = 0.0
        labels = None if target[0] is None else np.concatenate(target)
        return joined, np.concatenate(baseline), labels

    @property
    def step(self) -> int:
        """Rows that are asked about together."""
        return min(self.rows.n_rows, self.chunk)

    def _part(
        self, rows: slice, tell: Callable[[int], Any]
    ) -> tuple[Floats, Floats, NDArray[Any] | None]:
        """Effects, baseline and target of some rows."""
        n_rows = len(range(*rows.indices(self.rows.n_rows)))
        at_once = max(1, self.chunk // n_rows) if self.rows.together else 1
        said = self._said(self.rows.shown(rows, 1))
        wanted = self._wanted(rows, said)
        known: dict[int, Floats] = {1: said}
        effects = np.zeros((n_rows, len(self.windows), said.shape[1]))
        for part in _slices(len(self.windows), at_once):
            masks = self.windows.masks(part)
            copies = len(masks)
            # Linear algebra rounds by the number of rows: like is compared with like.
            if copies not in known:
                known[copies] = self._said(self.rows.shown(rows, copies))
            change = known[copies] - self._said(self.rows.hidden(rows, masks))
            effects[:, part] = change.reshape(copies, n_rows, -1).swapaxes(0, 1)
            tell(n_rows * copies)
        if wanted is None:
            return effects, said, None
        each = np.arange(n_rows)
        return effects[each, :, wanted], said[each, wanted], self._labels(wanted)

    def _wanted(self, rows: slice, said: Floats) -> Indices | None:
        """The output that is looked at, of each of some rows."""
        alone = self.target is None or np.ndim(self.target) == 0
        if not alone and len(self.target) != self.rows.n_rows:
            raise ValueError(
                f"{WHO}: target must be one label, or one for each of the "
                f"{self.rows.n_rows} rows, got {len(self.target)}."
            )
        target = self.target if alone else np.asarray(self.target)[rows]
        return self.answers.chosen(WHO, target, said)

    def _said(self, X: Any) -> Floats:
        return self.answers.of(WHO, X)

    def _labels(self, wanted: Indices) -> NDArray[Any]:
        """The labels of outputs, or their numbers: (n,) -> (n,)."""
        labels = self.answers.labels
        return wanted if labels is None else np.asarray(labels)[wanted]


def _slices(n: int, size: int) -> Iterator[slice]:
    """Slices of a size that cover n."""
    return (slice(start, min(start + size, n)) for start in range(0, n, size))
