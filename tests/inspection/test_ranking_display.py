"""The picture of a ranking: bars are importances, those that are kept are dark."""

from __future__ import annotations

import sys

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("agg")

import matplotlib.pyplot as plt
from inspection.drawing import cut_off
from matplotlib.colors import to_hex
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB

from sklkd import SurrogateClassifier
from sklkd.inspection import RankingDisplay
from sklkd.inspection._ranking_display import KEPT, LEFT, LONGEST
from sklkd.surrogates import TrepanClassifier

X, y = load_iris(return_X_y=True)
NAMES = ["age", "job", "height", "city"]
ONE = {"permutation": [0.1, 0.7, 0.0, 0.3]}
TWO = ONE | {"leave_one_out": [900.0, 1000.0, 30.0, 20.0]}


def bars(axes):
    """Lengths and colours of the bars, from above."""
    drawn = sorted(axes.patches, key=lambda bar: bar.get_y())
    return [bar.get_width() for bar in drawn], [
        to_hex(bar.get_facecolor()) for bar in drawn
    ]


def names(axes):
    return [label.get_text() for label in axes.get_yticklabels()]


def test_bars_are_the_importances_from_the_largest_down():
    (axes,) = RankingDisplay.from_predictions(NAMES, ONE).axes_

    assert bars(axes)[0] == [0.7, 0.3, 0.1, 0.0]
    assert names(axes) == ["job", "city", "age", "height"]
    assert axes.get_ylim()[0] > axes.get_ylim()[1]
    assert axes.get_title(loc="left") == "permutation"


def test_several_methods_stand_beside_each_other_in_one_order():
    """Mean ranks are 2.5, 1, 3.5 and 3: job, age, city, height."""
    display = RankingDisplay.from_predictions(NAMES, TWO)

    first, second = display.axes_
    assert bars(first)[0] == [0.7, 0.1, 0.3, 0.0]
    assert bars(second)[0] == [1000.0, 900.0, 20.0, 30.0]
    assert names(first) == ["job", "age", "city", "height"]
    assert set(names(second)) == {""}
    assert second.get_title(loc="left") == "leave one out"


def test_columns_that_the_surrogate_does_not_see_are_pale():
    (axes,) = RankingDisplay.from_predictions(NAMES, ONE, kept=[3, 1]).axes_

    assert bars(axes)[1] == [KEPT, KEPT, LEFT, LEFT]
    assert axes.get_xlabel() == "dark: the 2 that the surrogate sees"


def test_without_anything_left_out_nothing_is_said():
    (axes,) = RankingDisplay.from_predictions(NAMES, ONE).axes_

    assert axes.get_xlabel() == ""
    assert set(bars(axes)[1]) == {KEPT}


def test_the_first_columns_are_shown_and_how_many_there_are():
    (axes,) = RankingDisplay.from_predictions(NAMES, ONE, n_features=2).axes_

    assert names(axes) == ["job", "city"]
    assert bars(axes)[0] == [0.7, 0.3]
    assert axes.get_xlabel() == "2 of 4 columns"


def test_both_notes_stand_below_each_other():
    display = RankingDisplay.from_predictions(
        NAMES, TWO, kept=[1], n_features=np.int64(3)
    )

    assert display.axes_[0].get_xlabel() == (
        "3 of 4 columns\ndark: the 1 that the surrogate sees"
    )


def test_it_draws_where_it_is_told():
    figure, axes = plt.subplots(1, 2)

    display = RankingDisplay.from_predictions(NAMES, TWO, ax=axes)

    assert display.axes_ == axes.tolist()
    assert display.figure_ is figure
    assert set(names(axes[1])) == {""}
    assert figure.get_size_inches().tolist() == plt.rcParams["figure.figsize"]


def test_axes_below_each_other_all_have_names():
    _, axes = plt.subplots(2, 1)

    RankingDisplay.from_predictions(NAMES, TWO, ax=axes)

    assert names(axes[0]) == names(axes[1]) == ["job", "age", "city", "height"]


def test_one_axes_will_do_for_one_method():
    _, axes = plt.subplots()

    assert RankingDisplay.from_predictions(NAMES, ONE, ax=axes).axes_ == [axes]


def test_nothing_is_made_before_it_is_drawn():
    ranking = RankingDisplay.from_predictions(NAMES, ONE).ranking
    plt.close("all")

    display = RankingDisplay(ranking)

    assert not plt.get_fignums()
    assert not hasattr(display, "axes_")


def test_long_names_are_cut_in_the_middle_and_stay_apart():
    long = [f"{'a name that goes on and on ' * 4}{end}" for end in ("x", "y", "z", "")]

    display = RankingDisplay.from_predictions(long, TWO, kept=[0])

    shown = names(display.axes_[0])
    assert max(map(len, shown)) == LONGEST
    assert len(set(shown)) == 4
    assert cut_off(display.figure_) == []
    assert min(axes.get_window_extent().width for axes in display.axes_) > 120


def test_names_are_no_mathematics_and_break_no_lines():
    odd = ["$a$", "$\\frac$", "two\nlines", ""]

    display = RankingDisplay.from_predictions(odd, ONE)

    display.figure_.canvas.draw()
    assert names(display.axes_[0]) == [r"\$\frac\$", "''", r"\$a\$", r"'two\nlines'"]


def test_names_need_not_be_text():
    (axes,) = RankingDisplay.from_predictions(range(4), ONE).axes_

    assert names(axes) == ["1", "3", "0", "2"]


@pytest.mark.parametrize("values", [[0.0], [1e-300], [1e300]])
def test_one_column_of_any_size(values):
    display = RankingDisplay.from_predictions(["x"], {"permutation": values})

    display.figure_.canvas.draw()
    assert bars(display.axes_[0])[0] == values


@pytest.mark.parametrize("n_features", [1, 15, 60])
def test_no_text_is_cut_off(n_features):
    rng = np.random.default_rng(0)
    importances = {
        name: scale * rng.exponential(size=80)
        for name, scale in (("permutation", 1e-5), ("gradient", 1e4), ("attention", 1))
    }

    display = RankingDisplay.from_predictions(
        [f"column {j}" for j in range(80)],
        importances,
        kept=range(7),
        n_features=n_features,
    )

    assert cut_off(display.figure_) == []


# --- Estimators -----------------------------------------------------------------------


def test_an_estimator_tells_its_ranking():
    model = SurrogateClassifier(GaussianNB(), n_features=2, random_state=0).fit(X, y)

    (axes,) = RankingDisplay.from_estimator(model).axes_

    ranking = model.ranking_
    assert bars(axes)[0] == ranking.importances["permutation"][ranking.order].tolist()
    dark = [color == KEPT for color in bars(axes)[1]]
    assert dark == np.isin(ranking.order, ranking.kept).tolist()


def test_it_looks_into_searches():
    model = SurrogateClassifier(GaussianNB(), queries=None, random_state=0)
    search = GridSearchCV(model, {"n_features": [1]}, cv=2).fit(X, y)
    _, axes = plt.subplots()

    display = RankingDisplay.from_estimator(search, n_features=3, ax=axes)

    assert display.ranking is search.best_estimator_.ranking_
    assert len(names(axes)) == 3


@pytest.mark.parametrize(
    "model",
    [
        SurrogateClassifier(GaussianNB(), importance=None),
        TrepanClassifier(GaussianNB(), min_samples=0),
    ],
)
def test_one_that_ranks_nothing_is_refused(model):
    with pytest.raises(TypeError) as caught:
        RankingDisplay.from_estimator(model.fit(X, y))

    assert str(caught.value) == (
        "RankingDisplay: estimator must have ranking_, as a fitted SurrogateClassifier "
        f"with an importance has, got {type(model).__name__}. Of a pipeline pass the "
        "last step."
    )


def test_one_that_is_not_fitted_is_refused():
    with pytest.raises(NotFittedError):
        RankingDisplay.from_estimator(SurrogateClassifier(GaussianNB()))


# --- Errors ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "importances", [{}, {"permutation": [1, 2]}, {"permutation": [1, 2, 3, -1]}]
)
def test_importances_that_do_not_fit_are_refused(importances):
    with pytest.raises(ValueError, match="RankingDisplay") as caught:
        RankingDisplay.from_predictions(NAMES, importances)

    assert str(caught.value) == (
        "RankingDisplay: importances must be at least one array of 4 finite numbers "
        f"that are not negative, one for each name, got {importances!r}."
    )


@pytest.mark.parametrize("n_features", [0, -1, 1.5])
def test_no_columns_at_all_are_refused(n_features):
    with pytest.raises(ValueError, match="RankingDisplay") as caught:
        RankingDisplay.from_predictions(NAMES, ONE, n_features=n_features)

    assert str(caught.value) == (
        f"RankingDisplay: n_features must be an integer in [1, inf), got {n_features}."
    )


def test_too_few_axes_are_refused():
    with pytest.raises(ValueError, match="ax must be at least 2 axes, got 1"):
        RankingDisplay.from_predictions(NAMES, TWO, ax=plt.subplots()[1])


def test_without_matplotlib_it_says_what_to_install(monkeypatch):
    for name in ("matplotlib.pyplot", "matplotlib.textpath"):
        monkeypatch.setitem(sys.modules, name, None)

    with pytest.raises(ImportError) as caught:
        RankingDisplay.from_predictions(NAMES, ONE)

    assert str(caught.value) == (
        "RankingDisplay: a plot needs matplotlib, which is not installed. Install it "
        "with: pip install sklkd[plot]"
    )
