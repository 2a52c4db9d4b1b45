"""The picture of confusions: a matrix with the hierarchy of classes along both axes."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from sklkd._validation import COUNT, check_choice, check_interval
from sklkd.inspection._class_tree import ClassTree, Label
from sklkd.inspection._confusion_base import AXES, Normalize
from sklkd.inspection._confusion_cube import ConfusionCube
from sklkd.inspection._confusion_panel import Panel
from sklkd.inspection._confusion_questions import find_name
from sklkd.inspection._figure import axes_for

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WHO = "ConfusionTreeDisplay"
MANY = 40  # classes; with more, a cell is smaller than what can be written


class ConfusionTreeDisplay:
    """A confusion matrix for each output, with the hierarchy of its classes beside it.

    Actual classes are rows, predicted ones columns. A group that is open is a line of
    the indented tree, with its classes below; a group that is collapsed is one class,
    and how many labels it has stands in brackets. What is right and what is wrong have
    colours of their own, and each the darkest for its own largest number, so that
    errors are seen however rare they are [1]_. A number is written where it fits.

    Parameters
    ----------
    cube : ConfusionCube
        What is drawn; best made by `from_estimator` or `from_predictions`. Groups that
        are collapsed in it are so in the picture, and its conditions are written above.

    Attributes
    ----------
    axes_ : ndarray of matplotlib.axes.Axes
        A panel for each output.
    figure_ : matplotlib.figure.Figure
        The figure around them.
    classes_ : list of tuple
        The classes that each panel shows.
    matrices_ : list of ndarray of shape (n_shown, n_shown)
        Their numbers, normalised as they are drawn.

    See Also
    --------
    ConfusionCube : The numbers, and what may be asked of them.
    sklearn.metrics.ConfusionMatrixDisplay : One output without a hierarchy.

    References
    ----------
    .. [1] J. Görtler et al., "Neo: Generalizing Confusion Matrix Visualization to
       Hierarchical and Multi-Output Labels", CHI 2022. arXiv:2110.12536

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from sklkd.inspection import ConfusionTreeDisplay
    >>> X, y = load_digits(return_X_y=True)
    >>> digits = {"even": [0, 2, 4, 6, 8], "odd": [1, 3, 5, 7, 9]}
    >>> display = ConfusionTreeDisplay.from_estimator(
    ...     GaussianNB().fit(X[::2], y[::2]), X[1::2], y[1::2],
    ...     hierarchy=digits, expand=["odd"], normalize="true",
    ... )
    >>> display.classes_
    [('even', 1, 3, 5, 7, 9)]
    """

    def __init__(self, cube: ConfusionCube) -> None:
        self.cube = cube

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: Any,
        *,
        output_names: Sequence[str] | None = None,
        hierarchy: Any = None,
        sample_weight: Any = None,
        ax: Axes | Sequence[Axes] | None = None,
        **how: Any,
    ) -> Self:
        """Ask a fitted classifier, and draw.

        Parameters
        ----------
        estimator : estimator
            Fitted, with ``predict``; of one output or several.
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows that it was not fitted on.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Their labels.
        output_names, hierarchy, sample_weight
            As for `ConfusionCube.from_predictions`.
        ax, **how
            As for `plot`.

        Returns
        -------
        ConfusionTreeDisplay
        """
        return cls.from_predictions(
            y,
            estimator.predict(X),
            output_names=output_names,
            hierarchy=hierarchy,
            sample_weight=sample_weight,
            ax=ax,
            **how,
        )

    @classmethod
    def from_predictions(
        cls,
        y_true: Any,
        y_pred: Any,
        *,
        output_names: Sequence[str] | None = None,
        hierarchy: Any = None,
        sample_weight: Any = None,
        ax: Axes | Sequence[Axes] | None = None,
        **how: Any,
    ) -> Self:
        """Draw predictions that there are already.

        The first five are as for `ConfusionCube.from_predictions`, the others as for
        `plot`.
        """
        cube = ConfusionCube.from_predictions(
            y_true,
            y_pred,
            output_names=output_names,
            hierarchy=hierarchy,
            sample_weight=sample_weight,
        )
        return cls(cube).plot(ax, **how)

    def plot(
        self,
        ax: Axes | Sequence[Axes] | None = None,
        *,
        outputs: str | Sequence[str] | None = None,
        normalize: Normalize | None = None,
        depth: int | None = None,
        expand: Label | Iterable[Label] | None = None,
        max_classes: int = MANY,
        colorbar: bool = True,
    ) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib.axes.Axes or sequence of them, default=None
            Where, one for each output; None makes a figure.
        outputs : str or sequence of str, default=None
            Which outputs; None is all. Nest two of them first to see both in one
            matrix.
        normalize : {"true", "pred", "all"}, default=None
            What sums to 100 %: each row, each column, or all. None shows weights.
        depth : int, default=None
            How many levels of the hierarchy are open, 1 being the top. None leaves
            groups as they are in the cube, or is 1 where `expand` is given.
        expand : label or list of them, default=None
            Groups to open besides, with those around them.
        max_classes : int, default=40
            How many classes a panel may show, at least 1. Where there are more, it
            shows those with most errors, and warns.
        colorbar : bool, default=True
            Whether there is a scale of the errors' colour.

        Returns
        -------
        self

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If there is no such output or group, or there are too few axes.

        Warns
        -----
        UserWarning
            If there are more classes than `max_classes`.
        """
        check_interval(WHO, "max_classes", max_classes, COUNT)
        if normalize is not None:
            check_choice(WHO, "normalize", normalize, AXES)
        names = self._names(outputs)
        cube = _opened(self.cube, names, depth, _listed(expand))
        panels = [_panel(cube, name, normalize, max_classes) for name in names]
        for panel in panels:
            _warn_of_hidden(panel)
        axes = axes_for(WHO, ax, len(panels), (6.0, 6.0))
        if ax is None:
            sizes = np.array([panel.size() for panel in panels])
            axes[0].figure.set_size_inches(sizes[:, 0].sum(), sizes[:, 1].max())  # type: ignore[union-attr]
        for each, panel in zip(axes, panels, strict=True):
            panel.draw(each, colorbar=colorbar)
        self.classes_: list[tuple[Label, ...]] = [panel.classes for panel in panels]
        self.matrices_: list[NDArray[Any]] = [panel.matrix for panel in panels]
        self.axes_ = np.array(axes, dtype=object)
        self.figure_: Figure = axes[0].figure  # type: ignore[assignment]
        return self

    def _names(self, outputs: str | Sequence[str] | None) -> list[str]:
        """The outputs to draw, which must be there."""
        names = _listed(outputs) or list(self.cube.outputs)
        if not names:
            raise ValueError(
                f"{WHO}: cube must have an output, got {self.cube!r}. Keep one when "
                "you marginalise."
            )
        for name in names:
            find_name(WHO, "outputs", name, self.cube.outputs)
        return names


def _listed(names: Any) -> list[Any]:
    """Names as a list: none, one or several."""
    if names is None:
        return []
    return [names] if isinstance(names, (str, tuple)) else list(names)


def _opened(
    cube: ConfusionCube, names: Sequence[str], depth: int | None, expand: list[Label]
) -> ConfusionCube:
    """The cube with its hierarchies open as far as they shall be seen."""
    if depth is None and not expand:
        return cube
    if depth is not None:
        check_interval(WHO, "depth", depth, COUNT)
    own = _one_per_tree(cube, names)
    groups = {group: name for name in own for group in _tree(cube, name).groups}
    for name in own:
        cube = cube.collapse(level=depth or 1, output=name)
    for group in expand:
        cube = cube.expand(group, output=groups.get(group, own[-1]))
    return cube


def _one_per_tree(cube: ConfusionCube, names: Sequence[str]) -> list[str]:
    """Outputs with hierarchies of their own; those of a shared one are left out."""
    pairs = {pair.name: pair for pair in cube.pairs if pair.name in names}
    kinds = {cube.joint.kind(pair.actual): name for name, pair in pairs.items()}
    return list(kinds.values())


def _tree(cube: ConfusionCube, name: str) -> ClassTree:
    (actual,) = (pair.actual for pair in cube.pairs if pair.name == name)
    return cube.joint.tree(actual)


def _panel(
    cube: ConfusionCube, name: str, normalize: Normalize | None, max_classes: int
) -> Panel:
    """One output's numbers, of all classes or of those with most errors."""
    classes = cube.labels(name)
    shown = most_confused(cube.matrix(name), max_classes)
    matrix = cube.matrix(name, normalize=normalize)[np.ix_(shown, shown)]
    some = tuple(classes[k] for k in shown)
    return Panel(
        title=name if len(cube.outputs) > 1 or name != "label" else "",
        conditions=cube.conditions,
        accuracy=cube.accuracy(name),
        n_classes=len(classes),
        classes=some,
        lines=_tree(cube, name).lines(some),
        matrix=matrix,
        normalize=normalize,
    )


def _warn_of_hidden(panel: Panel) -> None:
    """Warn the caller of the caller that a panel shows some classes only."""
    n_shown = len(panel.classes)
    if n_shown == panel.n_classes:
        return
    warnings.warn(
        f"{WHO}: {panel.n_classes} classes are too many to be read, so only the "
        f"{n_shown} with most errors are shown. Give a hierarchy and collapse it "
        "(depth=1), or raise max_classes.",
        UserWarning,
        stacklevel=3,
    )


def most_confused(counts: NDArray[Any], n_shown: int) -> NDArray[np.int64]:
    """Classes in most errors, as the actual one or the predicted, in their order.

    (k, k) -> (min(k, n_shown),)
    """
    errors = counts.sum(axis=0) + counts.sum(axis=1) - 2 * np.diagonal(counts)
    order = np.argsort(-errors, kind="stable")[:n_shown]
    return np.sort(order)
