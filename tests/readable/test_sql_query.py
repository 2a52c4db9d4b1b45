"""Queries as chains of steps, and how they are laid out."""

from sklkd.readable._sql_dialect import DIALECTS
from sklkd.readable._sql_query import Names, Step, around, case, query

ANSI = DIALECTS["ansi"]


def test_each_step_selects_from_the_one_before():
    steps = [Step("double", {"y": '2 * "x"'}), Step("", {"y": '"y"', "z": '"y" + 1'})]

    assert query(ANSI, '"rows"', ("id",), steps) == (
        'WITH "double" AS (\n'
        "    SELECT\n"
        '        "id",\n'
        '        2 * "x" AS "y"\n'
        '    FROM "rows"\n'
        ")\n"
        "SELECT\n"
        '    "id",\n'
        '    "y",\n'
        '    "y" + 1 AS "z"\n'
        'FROM "double"'
    )


def test_one_step_is_one_select():
    found = query(ANSI, '"rows"', (), [Step("", {"one": "1"})])

    assert found == 'SELECT\n    1 AS "one"\nFROM "rows"'


def test_databases_that_know_how_are_told_to_compute_a_step_once():
    steps = [Step("a", {"x": "1"}), Step("", {"y": '"x"'})]

    for name in ("duckdb", "postgresql", "sqlite"):
        dialect = DIALECTS[name]
        start = f"WITH {dialect.name('a')} AS MATERIALIZED ("
        assert query(dialect, "t", (), steps).startswith(start)


def test_lines_within_words_are_not_indented():
    words = case([("a", ANSI.literal("one\ntwo"))])

    assert "'one\ntwo'" in query(ANSI, '"rows"', (), [Step("", {"x": words})])


def test_a_name_that_is_taken_is_not_free_in_any_case():
    names = Names(["Leaf", "leaf_", "größe"])

    assert names.free("leaf") == "leaf__"
    assert names.free("GRÖSSE") == "GRÖSSE_"
    assert names.free("other") == "other"


def test_cases_have_a_line_for_each_branch():
    assert case([("a", "1"), ("b", "2")], "3") == (
        "CASE\n    WHEN a THEN 1\n    WHEN b THEN 2\n    ELSE 3\nEND"
    )
    assert case([("a", "1")]) == "CASE\n    WHEN a THEN 1\nEND"
    assert case([], "3") == "3"


def test_what_has_several_lines_is_moved_below():
    inner = case([("a", "1")], "2")

    assert case([("x\nOR y", inner)], "0") == (
        "CASE\n"
        "    WHEN\n"
        "        x\n"
        "        OR y\n"
        "    THEN\n"
        "        CASE\n"
        "            WHEN a THEN 1\n"
        "            ELSE 2\n"
        "        END\n"
        "    ELSE 0\n"
        "END"
    )
    assert around("f(", "x\n+ y", " AS z)") == "f(\n    x\n    + y\nAS z)"
    assert around("f(", "x", " AS z)") == "f(x AS z)"
