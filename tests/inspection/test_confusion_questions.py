"""Wrong questions about confusions: each is answered with what there is."""

import pytest

from sklkd.inspection._confusion_cube import ConfusionCube


@pytest.fixture
def animals():
    return ConfusionCube.from_predictions(
        ["cat", "dog", "fox", "wolf", "wolf"],
        ["cat", "cat", "dog", "fox", "wolf"],
        hierarchy={"pet": ["cat", "dog"], "wild": ["fox", "wolf"]},
    )


@pytest.fixture
def models():
    """Of a teacher and a student, on two sites."""
    return ConfusionCube.from_columns(
        {
            "label": ["a", "a", "b", "b", "c"],
            "teacher": ["a", "b", "b", "c", "b"],
            "student": ["a", "b", "a", "b", "b"],
        },
        further={"site": ["n", "n", "s", "s", "s"]},
    )


def test_an_unknown_label_is_answered_with_the_nearest(animals):
    with pytest.raises(ValueError, match="condition") as caught:
        animals.condition(actual="wlof")

    assert str(caught.value) == (
        "ConfusionCube.condition: actual_label must be a label or a group of them, got "
        "'wlof'. Did you mean 'wolf'? Known: 'pet', 'wild', 'cat', 'dog', 'fox', "
        "'wolf'."
    )


def test_digits_in_words_are_answered_with_the_number():
    cube = ConfusionCube.from_predictions([1, 2], [1, 2])

    with pytest.raises(ValueError, match=r"got '2'\. Did you mean 2\?"):
        cube.condition(actual="2")


def test_an_unknown_column_is_answered_with_the_nearest(models):
    with pytest.raises(ValueError, match="condition") as caught:
        models.condition(techer="a")

    assert str(caught.value) == (
        "ConfusionCube.condition: what is known must be one of 'label', 'site', "
        "'student', 'teacher', got 'techer'. Did you mean 'teacher'?"
    )


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (
            lambda m: m.matrix(),
            "matrix: output must be one of 'student', 'teacher', got",
        ),
        (lambda m: m.matrix("studnt"), "Did you mean 'student'"),
        (
            lambda m: m.matrix("student", against="site"),
            "against must be one of 'label'",
        ),
        (
            lambda m: m.matrix("student", normalize="row"),
            "normalize must be one of 'tru",
        ),
        (lambda m: m.condition(correct=True), "condition: output must be one of"),
        (lambda m: m.condition(), "something must be known of rows, got nothing"),
        (lambda m: m.marginalise("x"), "marginalise: keep must be one of 'label', 'si"),
        (lambda m: m.marginalise([]), "keep must be at least one name, got none"),
        (lambda m: m.nest("teacher", "student"), "'teacher' and 'student' share one"),
        (lambda m: m.nest("site", "student"), "'teacher' does. Leave it out first"),
        (lambda m: m.collapse("a"), "'a'. Groups: none, for no hierarchy was given"),
        (
            lambda m: m.collapse(level=0),
            r"level must be an integer in \[1, inf\), got 0",
        ),
        (lambda m: m.filter(), "name at least one label or group, got none"),
        (lambda m: m.filter("d"), "must be a label or a group of them, got 'd'"),
        (
            lambda m: m.marginalise("site").collapse(),
            "where there are no outputs, got None",
        ),
    ],
)
def test_wrong_questions(models, ask, message):
    with pytest.raises(ValueError, match=f"^ConfusionCube.*{message}"):
        ask(models)


def test_correct_must_be_true_or_false(animals):
    with pytest.raises(TypeError, match="correct must be True or False, got 'no'"):
        animals.condition(correct="no")


def test_a_label_is_no_group(animals):
    with pytest.raises(ValueError, match="collapse") as caught:
        animals.collapse("wlid")

    assert str(caught.value) == (
        "ConfusionCube.collapse: what is named must be a group of the hierarchy, got "
        "'wlid'. Did you mean 'wild'? Groups: 'pet', 'wild'."
    )
