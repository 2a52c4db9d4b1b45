"""The picture of noisy labels: which are doubted, and what it does to probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score
from sklearn.utils.validation import check_is_fitted

from sklkd._validation import COUNT, check_interval
from sklkd.inspection._columns import label_column
from sklkd.inspection._figure import legend_above, new_axes, quiet
from sklkd.inspection._label_noise_checks import (
    WHO,
    check_axes,
    check_classes,
    check_noisy,
    check_proba,
    check_score,
)
from sklkd.inspection._labels import FAINT
from sklkd.inspection._reliability import Reliability, reliability

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SCORE_BINS = 20

# Okabe and Ito's colours, told apart by the colour-blind; shapes differ as well.
RIGHT, WRONG, BEFORE = "#0072B2", "#D55E00", "#E69F00"


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
    sklkd.label_noise.EarlyLearningClassifier : It has such scores.
    sklkd.label_noise.RefinedClassifier : It does too.
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
        score = check_score(self.label_noise_score)
        is_noisy = check_noisy(self.is_noisy, len(score))
        y_true = label_column(WHO, "y_true", self.y_true)
        classes = check_classes(self.classes, y_true)
        named = {"y_proba": self.y_proba, "y_proba_before": self.y_proba_before}
        said = {
            name: check_proba(name, proba, len(y_true), len(classes))
            for name, proba in named.items()
            if proba is not None
        }
        axes = new_axes(WHO, 2, (8.6, 3.6)) if ax is None else check_axes(ax)
        self.axes_ = np.array(axes, dtype=object)
        self.figure_: Figure = axes[0].figure  # type: ignore[assignment]
        _draw_scores(axes[0], score, is_noisy)
        curves = {
            name: reliability(y_true, proba, classes, n_bins)
            for name, proba in said.items()
        }
        _draw_curves(axes[1], curves, len(classes))
        return self


def _draw_scores(
    ax: Axes, score: NDArray[np.float64], is_noisy: NDArray[np.bool_] | None
) -> None:
    """A histogram of all rows, or of wrong labels and right ones, each from 0."""
    everyone = np.ones(len(score), dtype=bool)
    groups = [("labels", RIGHT, everyone)]
    if is_noisy is not None:
        wrong = f"wrong labels{_area(score, is_noisy)}"
        groups = [("right labels", RIGHT, ~is_noisy), (wrong, WRONG, is_noisy)]
    bins = np.linspace(0, 1, SCORE_BINS + 1).tolist()
    for label, colour, rows in groups:
        style: dict[str, Any] = {"histtype": "stepfilled", "linewidth": 1.4}
        style |= {"facecolor": (colour, 0.25), "edgecolor": colour}
        ax.hist(score[rows], bins, label=label, **style)
    ax.set(xlim=(-0.02, 1.02), xlabel="label noise score", ylabel="rows")
    quiet(ax)
    legend_above(ax)


def _area(score: NDArray[np.float64], is_noisy: NDArray[np.bool_]) -> str:
    """The AUC in words; none where all labels are right, or all are wrong."""
    if is_noisy.all() or not is_noisy.any():
        return ""
    return f", AUC {roc_auc_score(is_noisy, score):.2f}"


def _draw_curves(ax: Axes, curves: dict[str, Reliability], n_classes: int) -> None:
    """The line of those who are right, and the curves, what came before below."""
    ax.plot([0, 1], [0, 1], color=FAINT, linewidth=1, linestyle=(0, (4, 3)))
    least = 1 / max(n_classes, 2)  # the most probable of them has no less
    ax.set(xlim=(least - 0.03, 1.03), ylim=(-0.04, 1.04))
    ax.set(xlabel="probability of the most probable class", ylabel="accuracy")
    if "y_proba_before" in curves:
        curves["y_proba_before"].draw(ax, "before, ", BEFORE, "s")
    words = "after, " if "y_proba_before" in curves else ""
    curves["y_proba"].draw(ax, words, RIGHT, "o")
    quiet(ax)
    legend_above(ax)


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
            "EarlyLearningClassifier or RefinedClassifier has, got "
            f"{type(estimator).__name__}. A score of another kind goes to "
            "from_predictions."
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
