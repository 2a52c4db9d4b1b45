"""Small trees beside each other: verdicts by hand, sizes, and a run on small sets."""

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier


@pytest.fixture
def script(imported, monkeypatch):
    """The script with one small teacher."""
    script = imported("surrogate_trees")
    monkeypatch.setattr(script, "TEACHERS", ("forest",))
    monkeypatch.setattr(
        script, "teacher", lambda *_, **__: RandomForestClassifier(5, random_state=0)
    )
    return script


@pytest.fixture
def known(script):
    """Gaps over the hard tree: 2 points for trepan, none for the soft tree."""
    rows = []
    for seed, noise in enumerate([0.0, 0.01, -0.01]):
        for arm in script.ARMS:
            gap = {"trepan": 0.02 + noise / 10}.get(arm, noise)
            rows.append(
                {"set": "iris", "seed": seed, "teacher": "forest", "arm": arm}
                | dict.fromkeys(script.SHARES, 0.5 if arm == script.HARD else 0.5 + gap)
                | {"leaves": 15, "conditions": 14, "seconds": 1.0}
            )

    class Records:
        def find(self, case):
            return next(row for row in rows if case.items() <= row.items())

    return script.Found(Records(), ["iris"], range(3))


def test_verdicts_by_hand(script):
    gaps = np.array([[1.0, 1.1, 0.9], [0.0, 0.0, 0.0], [-1.0, -1.1, -0.9]])

    cells = script.verdicts(gaps)

    # Student's t of 2 degrees is 4.303; deviation 1 over the root of 3.
    assert cells == ["+0.0 ± 2.5", "33 %", "67 %", "1 / 1 of 3"]


def test_gaps_beyond_their_interval_are_bold(script, known):
    line = script.by_pair(known, "fidelity").splitlines()[-1]

    assert "**+2.0 ± 0.2**" in line
    assert line.count("**") == 2
    assert line.startswith("| iris, forest | 50.0 ± 0.0 |")


def test_accuracy_stands_beside_the_teachers(script, known):
    head, _, line = script.by_pair(known, "accuracy").splitlines()

    assert [cell.strip() for cell in head.split("|")[1:4]] == [
        "",
        "teacher",
        "hard tree",
    ]
    assert line.split("|")[2].strip() == "50.0"


def test_the_summary_judges_all_but_the_hard_tree(script, known):
    lines = script.summary(known).splitlines()[2:]

    cells = {line.split("|")[1].strip(): line.split("|")[2:-1] for line in lines}
    assert [cell.strip() for cell in cells["trepan"][:5]] == [
        *("52.0", "+2.0", "100 %", "100 %", "1 / 0 of 1")
    ]
    assert {cell.strip() for cell in cells[script.HARD][1:5]} == {""}


def test_sizes_are_those_of_the_fitted_models(script):
    X, y = load_iris(return_X_y=True)
    tree = make_pipeline(DecisionTreeClassifier(max_leaf_nodes=4)).fit(X, y)
    frozen = script.FrozenEstimator(tree[-1])
    model = script.OURS["trepan"](frozen, random_state=0).fit(X, y)
    tests = [node.test for node in model.surrogate_.nodes if node.test is not None]

    n_leaves, n_conditions = script.size(model)

    assert script.size(tree) == (4, 3)
    assert n_leaves == model.surrogate_.complexity
    assert n_conditions == sum(len(test.literals) for test in tests)


def test_halves_share_no_row_and_the_teacher_sees_one(script):
    half = script.Half("iris", 0, "forest")

    assert len(half.X) == len(half.X_new) == 75
    assert half.teacher.n_features_in_ == 4
    np.testing.assert_array_equal(half.said[1], half.teacher.predict(half.X_new))


def test_a_run_tells_of_its_arms_and_a_second_one_finds_them(script, told, capsys):
    options = told("--quick", "--sets", "iris")
    script.main(options)
    first = capsys.readouterr().out

    script.main(options)

    again = capsys.readouterr()
    assert again.err.count("found in") == len(script.ARMS)
    assert again.out == first
    assert all(f"| {arm}" in first for arm in script.ARMS)


def test_without_its_file_adult_is_left_out(script, told, capsys, monkeypatch):
    numbers = dict.fromkeys((*script.SHARES, "leaves", "conditions", "seconds"), 0.5)
    monkeypatch.setattr(script.Half, "measure", lambda *_: numbers)

    script.main(told("--quick", "--sets", "iris", "adult"))

    captured = capsys.readouterr()
    assert "adult: no" in captured.err
    assert "| adult" not in captured.out


@pytest.mark.parametrize("is_frame", [False, True])
def test_a_teacher_takes_the_columns_as_they_are(imported, is_frame):
    script = imported("surrogate_trees")
    X, y = load_iris(return_X_y=True, as_frame=is_frame)
    if is_frame:
        X["sepal length (cm)"] = np.where(X["sepal length (cm)"] > 6, "long", "short")

    network = script.teacher("network", is_frame=is_frame)
    network[-1].set_params(max_iter=500, hidden_layer_sizes=(8,), solver="lbfgs")

    assert network.fit(X, y).score(X, y) > 0.9
