"""The picture of noisy labels: which are doubted, and what it does to probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.calibration import calibration_curve
from sklearn.metrics import roc_auc_score
from sklearn.utils.validation import check_is_fitted

from sklkd._validation import COUNT, check_interval
from sklkd.inspection._calibration import SUM_TOLERANCE, expected_calibration_error
from sklkd.inspection._columns import label_column
from sklkd.inspection._figure import new_axes, quiet
from sklkd.inspection._labels import FAINT

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WHO = "LabelNoiseDisplay"
SCORE_BINS = 20

# Okabe and Ito's colours, told apart by the colour-blind; shapes differ as well.
RIGHT, WRONG, BEFORE = "#0072B2", "#D55E00", "#E69F00"
LARGEST = 150.0  # square points, of the disc for a bin that has all rows
LEAST = 12.0  # of one that has next to none


class LabelNoiseDisplay:
    """Two panels: how doubtful labels are, and whether probabilities can be believed.

    On the left is the histogram of `label_noise_score_` over the rows of ``fit``;
    where it is known which labels were wrong, theirs apart, and the area under the ROC
    curve (AUC). On the right is the reliability on other rows: how often a classifier
    is right, against how sure it was, in bins of the probability of its most probable
    class. On the dashed line it is as often right as it is sure; below it, it is too
    sure. Discs are larger the more rows a bin has. ECE is the
    `expected_calibration_error`.

    Parameters
    ----------
    label_noise_score : array-like of shape (n_fitted,)
        In [0, 1], 1 where a label is certainly wrong.
    y_true : array-like of shape (n_samples,)
        Labels of the rows on the right.
    y_proba : array-like of shape (n_samples, n_classes)
        What is said of them.
    y_proba_before : array-like of shape (n_samples, n_classes), default=None
        What a classifier says of them that was trained plainly.
    classes : array-like of shape (n_classes,), default=None
        The label of each column. None takes the sorted labels in `y_true`, which must
        then be all there are.
    is_noisy : array-like of shape (n_fitted,), default=None
        Of bool, which of the labels that were learnt from are wrong, where that is
        known.

    Attributes
    ----------
    axes_ : ndarray of 2 matplotlib.axes.Axes
        The two panels.
    figure_ : matplotlib.figure.Figure
        The figure around them.

    See Also
    --------
    EarlyLearningClassifier, RefinedClassifier : They have such scores.
    sklearn.calibration.CalibrationDisplay : Reliability of one class.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from sklkd import RefinedClassifier
    >>> from sklkd.inspection import LabelNoiseDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> noisy = y[::2].copy()
    >>> noisy[::5] = (noisy[::5] + 1) % 3
    >>> refined = RefinedClassifier(GaussianNB(), random_state=0).fit(X[::2], noisy)
    >>> display = LabelNoiseDisplay.from_estimator(
    ...     refined, X[1::2], y[1::2], is_noisy=noisy != y[::2]
    ... )
    >>> [ax.get_ylabel() for ax in display.axes_]
    ['rows', 'accuracy']
    """

    def __init__(
        self,
        label_noise_score: Any,
        y_true: Any,
        y_proba: Any,
        *,
        y_proba_before: Any = None,
        classes: Any = None,
        is_noisy: Any = None,
    ) -> None:
        self.label_noise_score = label_noise_score
        self.y_true = y_true
        self.y_proba = y_proba
        self.y_proba_before = y_proba_before
        self.classes = classes
        self.is_noisy = is_noisy

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: Any,
        *,
        before: Any = None,
        is_noisy: Any = None,
        n_bins: int = 10,
        ax: Sequence[Axes] | None = None,
    ) -> Self:
        """Ask fitted classifiers, and draw.

        Parameters
        ----------
        estimator : estimator
            A fitted one with ``label_noise_score_``, or a pipeline or search around it.
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows that neither classifier was fitted on.
        y : array-like of shape (n_samples,)
            Their labels, right ones where there are any.
        before : estimator, default=None
            A fitted classifier with the same classes that was trained plainly.
        is_noisy : array-like of shape (n_fitted,), default=None
            As for the class.
        n_bins, ax
            As for `plot`.

        Returns
        -------
        LabelNoiseDisplay

        Raises
        ------
        TypeError
            If the estimator has no such score.
        ValueError
            If the two classifiers have different classes, or the arrays do not fit
            together.
        """
        score = _scores_of(estimator)
        classes = np.asarray(estimator.classes_)
        other = None if before is None else _said_before(before, X, classes)
        return cls.from_predictions(
            score,
            y,
            estimator.predict_proba(X),
            y_proba_before=other,
            classes=classes,
            is_noisy=is_noisy,
            n_bins=n_bins,
            ax=ax,
        )

    @classmethod
    def from_predictions(
        cls,
        label_noise_score: Any,
        y_true: Any,
        y_proba: Any,
        *,
        y_proba_before: Any = None,
        classes: Any = None,
        is_noisy: Any = None,
        n_bins: int = 10,
        ax: Sequence[Axes] | None = None,
    ) -> Self:
        """Draw numbers that there are already.

        The first six are as for the class, `n_bins` and `ax` as for `plot`.
        """
        display = cls(
            label_noise_score,
            y_true,
            y_proba,
            y_proba_before=y_proba_before,
            classes=classes,
            is_noisy=is_noisy,
        )
        return display.plot(ax, n_bins=n_bins)

    def plot(self, ax: Sequence[Axes] | None = None, *, n_bins: int = 10) -> Self:
        """Draw.

        Parameters
        ----------
        ax : sequence of 2 matplotlib.axes.Axes, default=None
            Where, for the left panel and the right one; None makes a figure.
        n_bins : int, default=10
            Number of bins of the probability in (0, 1], at least 1.

        Returns
        -------
        self

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If the arrays do not fit together.
        """
        check_interval(WHO, "n_bins", n_bins, COUNT)
        score = _check_score(self.label_noise_score)
        is_noisy = _check_noisy(self.is_noisy, len(score))
        y_true = label_column(WHO, "y_true", self.y_true)
        classes = _check_classes(self.classes, y_true)
        named = {"y_proba": self.y_proba, "y_proba_before": self.y_proba_before}
        said = {
            name: _check_proba(name, proba, len(y_true), len(classes))
            for name, proba in named.items()
            if proba is not None
        }
        axes = new_axes(WHO, 2, (8.6, 3.6)) if ax is None else _check_axes(ax)
        self.axes_ = np.array(axes, dtype=object)
        self.figure_: Figure = axes[0].figure  # type: ignore[assignment]
        _draw_scores(axes[0], score, is_noisy)
        _frame_reliability(axes[1], len(classes))
        if "y_proba_before" in said:
            before = _Reliability(y_true, said["y_proba_before"], classes, n_bins)
            before.draw(axes[1], "before, ", BEFORE, "s")
        words = "after, " if "y_proba_before" in said else ""
        after = _Reliability(y_true, said["y_proba"], classes, n_bins)
        after.draw(axes[1], words, RIGHT, "o")
        axes[1].legend(loc="upper left", frameon=False)
        return self


class _Reliability:
    """How often one classifier is right, by how sure it is."""

    def __init__(
        self,
        y_true: NDArray[Any],
        proba: NDArray[np.float64],
        classes: NDArray[Any],
        n_bins: int,
    ) -> None:
        sure = np.minimum(proba.max(axis=1), 1.0)  # rounded, it may be above
        right = classes[proba.argmax(axis=1)] == y_true
        self.accuracy, self.sureness = calibration_curve(
            right.astype(int), sure, n_bins=n_bins, pos_label=1
        )
        edges = np.linspace(0, 1, n_bins + 1)[1:-1]
        count = np.bincount(np.searchsorted(edges, sure))
        self.share = count[count > 0] / len(sure)
        self.error = expected_calibration_error(
            y_true, proba, labels=classes, n_bins=n_bins
        )

    def draw(self, ax: Axes, words: str, colour: str, marker: str) -> None:
        """Draw a line through the bins, with a mark for each."""
        label = f"{words}ECE {100 * self.error:.1f} %"
        size = LEAST + (LARGEST - LEAST) * self.share
        ax.plot(self.sureness, self.accuracy, color=colour, linewidth=1.4)
        ax.plot([], [], color=colour, marker=marker, label=label, markeredgewidth=0)
        ax.scatter(
            self.sureness, self.accuracy, size, color=colour, marker=marker, zorder=3
        )


def _draw_scores(
    ax: Axes, score: NDArray[np.float64], is_noisy: NDArray[np.bool_] | None
) -> None:
    """A histogram of all rows, or of wrong labels and right ones, each from 0."""
    groups = [("", RIGHT, np.ones(len(score), dtype=bool))]
    if is_noisy is not None:
        groups = [("right labels", RIGHT, ~is_noisy), ("wrong labels", WRONG, is_noisy)]
    for label, colour, rows in groups:
        style: dict[str, Any] = {"bins": np.linspace(0, 1, SCORE_BINS + 1)}
        ax.hist(score[rows], histtype="stepfilled", color=colour, alpha=0.25, **style)
        ax.hist(
            score[rows],
            histtype="step",
            color=colour,
            linewidth=1.6,
            label=label,
            **style,
        )
    ax.set(xlim=(0, 1), xlabel="label noise score", ylabel="rows")
    quiet(ax)
    if is_noisy is not None:
        ax.legend(loc="upper center", frameon=False, title=_area(score, is_noisy))


def _area(score: NDArray[np.float64], is_noisy: NDArray[np.bool_]) -> str | None:
    """The AUC in words; none where all labels are right, or all are wrong."""
    if is_noisy.all() or not is_noisy.any():
        return None
    return f"AUC {roc_auc_score(is_noisy, score):.2f}"


def _frame_reliability(ax: Axes, n_classes: int) -> None:
    """Axes from what a guess is sure of to 1, with the line of those who are right."""
    least = 1 / max(n_classes, 2)
    ax.plot([0, 1], [0, 1], color=FAINT, linewidth=1, linestyle=(0, (4, 3)))
    ax.set(xlim=(least - 0.03, 1.03), ylim=(-0.04, 1.04))
    ax.set(xlabel="probability of the most probable class", ylabel="accuracy")
    quiet(ax)


def _scores_of(estimator: Any) -> Any:
    """The score of a fitted estimator, or of what is fitted within it."""
    check_is_fitted(estimator)
    inner = estimator
    while inner is not None and not hasattr(inner, "label_noise_score_"):
        steps = getattr(inner, "steps", None)
        inner = steps[-1][1] if steps else getattr(inner, "best_estimator_", None)
    if inner is None:
        raise TypeError(
            f"{WHO}: estimator must have label_noise_score_, as a fitted "
            f"EarlyLearningClassifier or RefinedClassifier has, got "
            f"{type(estimator).__name__}. Pass from_predictions a score of another kind."
        )
    return inner.label_noise_score_


def _said_before(before: Any, X: Any, classes: NDArray[Any]) -> Any:
    """Probabilities of the plain classifier: (n, k)."""
    check_is_fitted(before)
    known = np.asarray(before.classes_)
    if known.tolist() != classes.tolist():
        raise ValueError(
            f"{WHO}: before must have the classes {classes.tolist()}, as estimator, "
            f"got {known.tolist()}. Fit both on the same labels."
        )
    return before.predict_proba(X)


def _check_score(label_noise_score: Any) -> NDArray[np.float64]:
    """Scores, checked: (n,) -> (n,)."""
    score = label_column(WHO, "label_noise_score", label_noise_score)
    score = score.astype(np.float64)
    if not ((score >= 0) & (score <= 1)).all():  # also where it is not a number
        raise ValueError(
            f"{WHO}: label_noise_score must be in [0, 1], got values from "
            f"{score.min():g} to {score.max():g}."
        )
    return score


def _check_noisy(is_noisy: Any, n_rows: int) -> NDArray[np.bool_] | None:
    """Which labels are wrong, checked: (n,) -> (n,)."""
    if is_noisy is None:
        return None
    column = np.asarray(is_noisy)
    if column.shape != (n_rows,):
        raise ValueError(
            f"{WHO}: is_noisy must have the shape {(n_rows,)}, as label_noise_score, "
            f"got {column.shape}. It is about the rows of fit."
        )
    if column.dtype.kind not in "biuO" or not set(column.tolist()) <= {0, 1}:
        raise ValueError(
            f"{WHO}: is_noisy must be True where a label is wrong and False elsewhere, "
            f"got {column.dtype}. Pass y_noisy != y."
        )
    return column.astype(bool)


def _check_classes(classes: Any, y_true: NDArray[Any]) -> NDArray[Any]:
    """The label of each column: (k,)."""
    known = np.unique(y_true) if classes is None else np.asarray(classes)
    unknown = sorted(set(y_true.tolist()) - set(known.tolist()), key=str)
    if unknown:
        raise ValueError(
            f"{WHO}: classes must name every label in y_true, got {known.tolist()} "
            f"without {unknown}."
        )
    return known


def _check_proba(
    name: str, y_proba: Any, n_rows: int, n_classes: int
) -> NDArray[np.float64]:
    """Probabilities, checked: (n, k) -> (n, k)."""
    proba = np.asarray(y_proba, dtype=np.float64)
    if proba.shape != (n_rows, n_classes):
        raise ValueError(
            f"{WHO}: {name} must have the shape {(n_rows, n_classes)}, a row for each "
            f"row of y_true and a column for each class, got {proba.shape}. Pass "
            "classes=classifier.classes_ where y_true lacks some of them."
        )
    off = np.abs(proba.sum(axis=1) - 1)
    if not (proba >= 0).all() or off.max() > SUM_TOLERANCE:
        raise ValueError(
            f"{WHO}: {name} must be probabilities that sum to 1 in every row, got "
            f"values from {proba.min():g} and sums up to {proba.sum(axis=1).max():g}. "
            "Pass what predict_proba returns."
        )
    return proba


def _check_axes(ax: Any) -> list[Axes]:
    """Two axes, in any kind of sequence."""
    axes = list(np.ravel(np.asarray(ax, dtype=object)))
    if len(axes) != 2:
        raise ValueError(
            f"{WHO}: ax must be two axes, got {len(axes)}. Pass "
            "plt.subplots(1, 2)[1], or None."
        )
    return axes
