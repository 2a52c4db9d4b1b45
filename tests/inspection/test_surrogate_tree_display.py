"""The picture of a tree: what is drawn, where, and how much of it there is room for."""

from __future__ import annotations

import sys

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

mpl.use("agg")

import matplotlib.pyplot as plt
from inspection.drawing import cut_off, random_tree, texts_of
from sklearn.datasets import load_iris, make_regression
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB

from sklkd import SurrogateClassifier, SurrogateRegressor
from sklkd.inspection import SurrogateTreeDisplay
from sklkd.readable import Column
from sklkd.surrogates import RuleListClassifier, SoftTree, TrepanClassifier

X, y = load_iris(return_X_y=True, as_frame=True)
FAST = {"importance": None, "queries": None, "random_state": 0}


def texts(display):
    return [text.get_text() for text in display.axes_.texts]


def test_a_whole_tree_hides_nothing():
    tree = random_tree(24)

    display = SurrogateTreeDisplay.from_predictions(tree)

    assert display.n_hidden_ == 0
    assert len(display.axes_.containers) == 24
    assert not any("hidden" in text for text in texts(display))


def test_of_a_large_tree_the_top_is_drawn_and_it_says_so():
    display = SurrogateTreeDisplay.from_predictions(random_tree(60), max_leaves=7)

    assert display.n_hidden_ == 53
    assert len(display.axes_.containers) == 7
    assert "The top of a tree of 60 leaves: 53 are hidden" in texts(display)
    assert any(", ... " in text for text in texts(display))


def test_of_a_long_list_the_first_rules_are_drawn():
    display = SurrogateTreeDisplay.from_predictions(
        random_tree(11, leans=True), max_leaves=np.int64(4)
    )

    assert display.n_hidden_ == 7
    assert "The first 3 of 10 rules" in texts(display)


@pytest.mark.parametrize("n_leaves", [1, 2, 24])
@pytest.mark.parametrize("classes", [("a", "b"), tuple("abcdefghij"), None])
@pytest.mark.parametrize("leans", [False, True])
def test_a_figure_of_its_own_is_as_large_as_it_wants(n_leaves, classes, leans):
    tree = random_tree(n_leaves, classes=classes, leans=leans)

    display = SurrogateTreeDisplay.from_predictions(tree)

    assert cut_off(display.figure_) == []
    box, whole = display.axes_.get_window_extent(), display.figure_.bbox
    assert box.width > whole.width - 12
    assert box.height > whole.height - 12
    sizes = [text.get_size() for text in display.axes_.texts]
    assert sizes == pytest.approx([8] * len(sizes), rel=0.01)


def test_nothing_is_made_before_it_is_drawn():
    display = SurrogateTreeDisplay(random_tree(3))

    assert not plt.get_fignums()
    assert not hasattr(display, "axes_")


# --- Axes that are passed -------------------------------------------------------------


@pytest.mark.parametrize("layout", [None, "constrained"])
@pytest.mark.parametrize("size", [(3, 2), (6, 4), (16, 10)])
def test_on_axes_that_are_passed_it_stays_within_them(size, layout):
    figure, (left, right) = plt.subplots(1, 2, figsize=size, layout=layout)
    left.plot([0, 1])

    display = SurrogateTreeDisplay.from_predictions(random_tree(24), ax=right)

    assert display.axes_ is right
    assert display.figure_ is figure
    assert plt.get_fignums() == [figure.number]
    box = right.get_window_extent()
    for text in texts_of(figure):
        if text.axes is right:
            own = text.get_window_extent()
            assert own.x0 > box.x0 - 2
            assert own.x1 < box.x1 + 2
            assert own.y0 > box.y0 - 2
            assert own.y1 < box.y1 + 2


def test_rather_than_in_letters_too_small_leaves_are_hidden():
    _, ax = plt.subplots(figsize=(8, 5))

    display = SurrogateTreeDisplay.from_predictions(random_tree(40), ax=ax)

    assert display.n_hidden_ > 40 - 24
    assert min(text.get_size() for text in ax.texts) > 4.9
    assert len(ax.containers) == 40 - display.n_hidden_


def test_on_axes_that_are_far_too_small_there_is_one_question():
    _, ax = plt.subplots(figsize=(1, 1))

    display = SurrogateTreeDisplay.from_predictions(random_tree(9), ax=ax)

    assert display.n_hidden_ == 7


@pytest.mark.parametrize("n_leaves", [1, 2])
def test_small_trees_are_drawn_where_it_is_told(n_leaves):
    _, ax = plt.subplots()

    display = SurrogateTreeDisplay.from_predictions(random_tree(n_leaves), ax=ax)

    assert display.n_hidden_ == 0


def test_part_of_a_figure_will_do():
    part = plt.figure(figsize=(10, 6)).subfigures(1, 2)[0]

    display = SurrogateTreeDisplay.from_predictions(random_tree(5), ax=part.subplots())

    assert display.figure_ is part
    display.axes_.figure.canvas.draw()


# --- Estimators -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "model",
    [
        SurrogateClassifier(GaussianNB(), **FAST),
        TrepanClassifier(GaussianNB(), min_samples=0, random_state=0),
        RuleListClassifier(GaussianNB(), queries=None, random_state=0),
    ],
)
def test_the_leaves_of_a_surrogate_are_its_bars(model):
    labels = np.array(["setosa", "versicolor", "virginica"])[y]

    display = SurrogateTreeDisplay.from_estimator(model.fit(X, labels))

    leaves = [model.surrogate_.nodes[at].value for at, _ in model.surrogate_.leaves()]
    drawn = [[part.get_width() for part in bar] for bar in display.axes_.containers]
    shares = np.array(drawn) / np.sum(drawn, axis=1, keepdims=True)
    np.testing.assert_allclose(shares, leaves, atol=1e-12)
    names = [text.get_text() for text in display.axes_.get_legend().get_texts()]
    assert names == ["setosa", "versicolor", "virginica"]
    assert any("petal" in text for text in texts(display))


def test_values_are_drawn():
    rows, values = make_regression(80, 3, random_state=0)
    model = SurrogateRegressor(LinearRegression(), **FAST).fit(rows, values)

    display = SurrogateTreeDisplay.from_estimator(model)

    dots = [line for line in display.axes_.lines if line.get_marker() == "o"]
    assert len(dots) == model.surrogate_.complexity


def test_categories_are_told_in_words():
    table = pd.DataFrame({"job": pd.Categorical(list("aabbcc") * 10)})
    labels = (table["job"] == "b").to_numpy()
    teacher = SurrogateClassifier(
        lambda rows: np.where((rows["job"] == "b").to_numpy()[:, None], [0, 1], [1, 0]),
        **FAST,
    ).fit(table, labels)

    display = SurrogateTreeDisplay.from_estimator(teacher)

    assert any("job is" in text for text in texts(display))


def test_it_looks_into_searches():
    model = SurrogateClassifier(GaussianNB(), SoftTree(), **FAST)
    search = GridSearchCV(model, {"surrogate__max_leaves": [3]}, cv=2).fit(X, y)
    _, ax = plt.subplots()

    display = SurrogateTreeDisplay.from_estimator(search, max_leaves=2, ax=ax)

    assert display.tree is search.best_estimator_.surrogate_
    assert display.n_hidden_ == 1


def test_long_tests_and_many_categories_are_wrapped_and_cut():
    words = tuple(f"word number {k}" for k in range(200))
    columns = (
        Column("a name that is very long " * 12, 0),
        Column("job", 1, categories=words),
    )

    display = SurrogateTreeDisplay.from_predictions(
        random_tree(9, columns=columns, seed=4)
    )

    lines = [text.get_text() for text in display.axes_.texts]
    assert "..." in lines
    assert max(map(len, lines)) < 50
    assert cut_off(display.figure_) == []


# --- Errors ---------------------------------------------------------------------------


def test_a_surrogate_that_is_no_tree_is_refused():
    model = SurrogateClassifier(GaussianNB(), "linear", **FAST).fit(X, y)

    with pytest.raises(TypeError) as caught:
        SurrogateTreeDisplay.from_estimator(model)

    assert str(caught.value) == (
        "SurrogateTreeDisplay: tree must be a ReadableTree, as surrogate_ of a tree or "
        "list of rules is, got AdditiveModel. Explain the teacher by 'tree', 'trepan' "
        "or 'rules'."
    )
    assert not plt.get_fignums()


def test_what_is_no_surrogate_is_refused():
    with pytest.raises(TypeError, match="SurrogateTreeDisplay: estimator must have"):
        SurrogateTreeDisplay.from_estimator(GaussianNB().fit(X, y))


def test_one_that_is_not_fitted_is_refused():
    with pytest.raises(NotFittedError):
        SurrogateTreeDisplay.from_estimator(SurrogateClassifier(GaussianNB()))


@pytest.mark.parametrize("max_leaves", [1, 0, 2.5])
def test_a_single_leaf_is_too_few(max_leaves):
    with pytest.raises(ValueError, match="SurrogateTreeDisplay") as caught:
        SurrogateTreeDisplay.from_predictions(random_tree(4), max_leaves=max_leaves)

    assert str(caught.value) == (
        "SurrogateTreeDisplay: max_leaves must be an integer in [2, inf), got "
        f"{max_leaves!r}."
    )


def test_without_matplotlib_it_says_what_to_install(monkeypatch):
    for name in ("matplotlib.pyplot", "matplotlib.textpath", "matplotlib.patches"):
        monkeypatch.setitem(sys.modules, name, None)

    with pytest.raises(ImportError) as caught:
        SurrogateTreeDisplay.from_predictions(random_tree(4))

    assert str(caught.value) == (
        "SurrogateTreeDisplay: a plot needs matplotlib, which is not installed. "
        "Install it with: pip install sklkd[plot]"
    )
