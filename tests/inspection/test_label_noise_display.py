"""The picture of noisy labels: what its panels show, and from what."""

from __future__ import annotations

import itertools
import sys

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

mpl.use("agg")

import matplotlib.pyplot as plt
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklkd import RefinedClassifier
from sklkd.inspection import LabelNoiseDisplay

SCORE = [0.02, 0.04, 0.96, 0.98, 0.52]
WRONG = [False, False, True, True, False]
LABELS = ["cat", "dog", "dog"]
SAID = [[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]]
BEFORE = [[0.55, 0.45], [0.55, 0.45], [0.55, 0.45]]


@pytest.fixture(scope="module")
def iris():
    """Rows to fit on with every fifth label wrong, these, and rows to measure on."""
    X, y = load_iris(return_X_y=True)
    names = np.array(["setosa", "versicolor", "virginica"])
    wrong = np.arange(75) % 5 == 0
    noisy = np.where(wrong, (y[::2] + 1) % 3, y[::2])
    return X[::2], names[noisy], wrong, X[1::2], names[y[1::2]]


@pytest.fixture(scope="module")
def refined(iris):
    return RefinedClassifier(GaussianNB(), n_rounds=1, random_state=0).fit(*iris[:2])


def words(ax):
    """What the legend says."""
    return [text.get_text() for text in ax.get_legend().get_texts()]


def bars(patch):
    """The heights of a histogram's outline that are not zero, by their middle."""
    corners = patch.get_xy()
    return {
        round((a[0] + b[0]) / 2, 3): int(a[1])
        for a, b in itertools.pairwise(corners)
        if a[1] == b[1] > 0
    }


def test_the_left_panel_counts_wrong_labels_apart():
    display = LabelNoiseDisplay.from_predictions(SCORE, LABELS, SAID, is_noisy=WRONG)

    right, wrong = display.axes_[0].patches
    assert bars(right) == {0.025: 2, 0.525: 1}
    assert bars(wrong) == {0.975: 2}


def test_the_left_panel_counts_all_rows_where_it_is_not_known_which_are_wrong():
    display = LabelNoiseDisplay.from_predictions(SCORE, LABELS, SAID)

    (every,) = display.axes_[0].patches
    assert bars(every) == {0.025: 2, 0.525: 1, 0.975: 2}
    assert words(display.axes_[0]) == ["labels"]


def test_the_legend_says_how_well_the_score_tells_them_apart():
    # Of 3 · 2 pairs the wrong label has the higher score in 5.
    score = [0.1, 0.2, 0.6, 0.7, 0.5]
    wrong = [False, False, False, True, True]

    display = LabelNoiseDisplay.from_predictions(score, LABELS, SAID, is_noisy=wrong)

    assert words(display.axes_[0]) == ["right labels", "wrong labels, AUC 0.83"]


@pytest.mark.parametrize("wrong", [np.ones(5, dtype=bool), np.zeros(5, dtype=bool)])
def test_there_is_no_auc_where_labels_are_all_of_one_kind(wrong):
    display = LabelNoiseDisplay.from_predictions(SCORE, LABELS, SAID, is_noisy=wrong)

    assert words(display.axes_[0]) == ["right labels", "wrong labels"]


def test_the_right_panel_has_the_bins_of_both():
    display = LabelNoiseDisplay.from_predictions(
        SCORE, LABELS, SAID, y_proba_before=BEFORE
    )

    # After: 0.6 wrong, 0.8 and 0.9 right. Before: three rows at 0.55, one right.
    before, _, after, _ = display.axes_[1].collections
    np.testing.assert_allclose(before.get_offsets(), [[0.55, 1 / 3]])
    np.testing.assert_allclose(after.get_offsets(), [[0.6, 0], [0.8, 1], [0.9, 1]])


def test_the_legend_says_the_calibration_errors():
    both = LabelNoiseDisplay.from_predictions(
        SCORE, LABELS, SAID, y_proba_before=BEFORE
    )
    alone = LabelNoiseDisplay.from_predictions(SCORE, LABELS, SAID)

    # Gaps of 0.6, 0.2 and 0.1 in three bins of a row; 0.55 and a third in one of all.
    assert words(both.axes_[1]) == ["before, ECE 21.7 %", "after, ECE 30.0 %"]
    assert words(alone.axes_[1]) == ["ECE 30.0 %"]


def test_before_and_after_differ_in_colour_and_in_shape():
    display = LabelNoiseDisplay.from_predictions(
        SCORE, LABELS, SAID, y_proba_before=BEFORE
    )

    before, _, after, _ = display.axes_[1].collections
    assert before.get_facecolor().tolist() != after.get_facecolor().tolist()
    assert len(before.get_paths()[0].vertices) != len(after.get_paths()[0].vertices)


def test_the_number_of_bins():
    display = LabelNoiseDisplay(SCORE, LABELS, SAID).plot(n_bins=1)

    marks, _ = display.axes_[1].collections
    np.testing.assert_allclose(marks.get_offsets(), [[2.3 / 3, 2 / 3]])


def test_it_keeps_its_data_and_can_be_drawn_again():
    display = LabelNoiseDisplay.from_predictions(SCORE, LABELS, SAID)
    first = display.axes_

    again = display.plot()

    assert again is display
    assert display.axes_[0] is not first[0]
    assert display.label_noise_score is SCORE


def test_it_draws_where_it_is_told():
    figure, axes = plt.subplots(2, 1)

    display = LabelNoiseDisplay.from_predictions(SCORE, LABELS, SAID, ax=axes)

    assert display.axes_.tolist() == axes.tolist()
    assert display.figure_ is figure


def test_from_estimator_is_from_its_predictions(iris, refined):
    X, noisy, wrong, X_new, y_new = iris
    plain = GaussianNB().fit(X, noisy)

    display = LabelNoiseDisplay.from_estimator(
        refined, X_new, y_new, before=plain, is_noisy=wrong
    )

    assert display.label_noise_score is refined.label_noise_score_
    assert display.classes.tolist() == ["setosa", "versicolor", "virginica"]
    np.testing.assert_allclose(display.y_proba, refined.predict_proba(X_new))
    np.testing.assert_allclose(display.y_proba_before, plain.predict_proba(X_new))
    assert words(display.axes_[0])[1].startswith("wrong labels, AUC 0.9")


def test_rows_may_lack_a_class_and_come_as_a_frame(iris):
    X, noisy, _, X_new, y_new = iris
    columns = ["a", "b", "c", "d"]
    own = RefinedClassifier(GaussianNB(), n_rounds=1, random_state=0)
    own.fit(pd.DataFrame(X, columns=columns), pd.Series(noisy))
    rows = y_new != "virginica"

    display = LabelNoiseDisplay.from_estimator(
        own, pd.DataFrame(X_new[rows], columns=columns), pd.Series(y_new[rows])
    )

    assert display.y_proba.shape == (rows.sum(), 3)


def test_the_score_is_found_within_pipelines_and_searches(iris):
    X, noisy, _, X_new, y_new = iris
    student = RefinedClassifier(GaussianNB(), n_rounds=1, random_state=0)
    pipe = make_pipeline(StandardScaler(), student)
    search = GridSearchCV(pipe, {"refinedclassifier__mix": [0.5]}, cv=2).fit(X, noisy)

    display = LabelNoiseDisplay.from_estimator(search, X_new, y_new)

    own = search.best_estimator_[-1].label_noise_score_
    assert display.label_noise_score is own


def test_an_estimator_that_is_not_fitted(iris):
    with pytest.raises(NotFittedError):
        LabelNoiseDisplay.from_estimator(RefinedClassifier(), *iris[3:])


def test_an_estimator_without_such_a_score(iris):
    X, noisy, _, X_new, y_new = iris
    pipe = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, noisy)

    with pytest.raises(TypeError) as caught:
        LabelNoiseDisplay.from_estimator(pipe, X_new, y_new)

    assert str(caught.value) == (
        "LabelNoiseDisplay: estimator must have label_noise_score_, as a fitted "
        "EarlyLearningClassifier or RefinedClassifier has, got Pipeline. A score of "
        "another kind goes to from_predictions."
    )


def test_before_with_other_classes(iris, refined):
    X, noisy, _, X_new, y_new = iris
    rows = noisy != "setosa"
    plain = GaussianNB().fit(X[rows], noisy[rows])

    with pytest.raises(ValueError, match=r"^LabelNoiseDisplay: ") as caught:
        LabelNoiseDisplay.from_estimator(refined, X_new, y_new, before=plain)

    assert str(caught.value) == (
        "LabelNoiseDisplay: before must have the classes ['setosa', 'versicolor', "
        "'virginica'], as estimator, got ['versicolor', 'virginica']. Fit both on the "
        "same labels."
    )


def test_bins_that_are_no_count():
    with pytest.raises(ValueError, match=r"n_bins must be an integer in \[1, inf\)"):
        LabelNoiseDisplay(SCORE, LABELS, SAID).plot(n_bins=0)


def test_what_is_wrong_is_said_before_anything_is_drawn():
    with pytest.raises(ValueError, match="y_proba_before must have the shape"):
        LabelNoiseDisplay.from_predictions(
            SCORE, LABELS, SAID, y_proba_before=BEFORE[:2]
        )

    assert plt.get_fignums() == []


def test_without_matplotlib_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)

    with pytest.raises(ImportError, match=r"^LabelNoiseDisplay: .*sklkd\[plot\]$"):
        LabelNoiseDisplay.from_predictions(SCORE, LABELS, SAID)
