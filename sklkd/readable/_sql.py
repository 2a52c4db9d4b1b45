"""Models that a person can read as SQL: one SELECT that asks nothing but the table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sklkd._validation import check_choice, did_you_mean
from sklkd.readable._additive import AdditiveModel
from sklkd.readable._base import ReadableModel
from sklkd.readable._export import check_exportable, repeated, unreadable
from sklkd.readable._nearest import NearestModel
from sklkd.readable._sql_dialect import DIALECTS, WHO, Dialect
from sklkd.readable._sql_query import Names, Output, Step, query
from sklkd.readable._sql_scores import additive_steps, nearest_steps
from sklkd.readable._sql_tree import tree_steps
from sklkd.readable._tree import ReadableTree

LABEL = "prediction"


def to_sql(
    model: ReadableModel,
    table: str | Sequence[str] | None = None,
    *,
    output: str | None = None,
    dialect: str = "ansi",
    keep: Iterable[str] = (),
) -> str:
    """One SELECT that computes what a readable model says of each row of a table.

    Its columns are ``proba_<label>`` for each class and ``prediction``, the likeliest
    label; or a column for each value, called as in `ReadableModel.targets`. The table's
    columns are those that the model was fitted on, under their names and with the words
    and units of then.

    A missing value is NULL, and a word that was not there in ``fit`` counts as missing.
    NaN, which some databases know besides NULL, is not missing to them: replace it.

    Parameters
    ----------
    model : ReadableModel
        What is to be computed.
    table : str or sequence of str, default=None
        Name of the table, as it is: it is quoted here. A sequence is a path, such as
        ``("schema", "table")``. None means "rows".
    output : str, default=None
        The one column that is wanted; None for all. A tree of usual size then is a
        single CASE.
    dialect : {"ansi", "duckdb", "mysql", "postgresql", "sqlite"}, default="ansi"
        Whose SQL. "ansi" is understood by most; what is there for one database also
        keeps that one from computing things twice. MySQL must be 8.0.17 or later; it
        compares words as the column's collation does, mostly without regard to case.
    keep : iterable of str, default=()
        Columns of the table that the result has, too, before the others: keys, say.
        The order of rows is not defined in SQL.

    Returns
    -------
    str
        Without a semicolon. Numbers are written so that all 64 bits are kept. Additive
        models of classes need the function ``EXP``, prototypes ``POWER``, too; SQLite
        has them when it was built with its mathematical functions.

    Raises
    ------
    TypeError
        If `model` is of another kind, or a label is no text, number, truth value or
        date.
    ValueError
        If columns share a name, `output` or `dialect` is unknown, or a number is
        infinite.

    Examples
    --------
    >>> from sklkd.readable import Column, Literal, Node, ReadableTree, Test, to_sql
    >>> young = Test((Literal(0, threshold=25.5),))
    >>> tree = ReadableTree(
    ...     columns=(Column("age", 0, whole=True),),
    ...     classes=("no", "yes"),
    ...     targets=("no", "yes"),
    ...     nodes=(
    ...         Node((0.5, 0.5), 1.0, young, 1, 2),
    ...         Node((0.9, 0.1), 0.4),
    ...         Node((0.2, 0.8), 0.6),
    ...     ),
    ... )
    >>> print(to_sql(tree, "people", output="prediction"))
    SELECT
        CASE
            WHEN "age" <= 25.5e0 THEN 'no'  -- no (90 %), 40 % of rows
            ELSE 'yes'  -- yes (80 %), 60 % of rows
        END AS "prediction"
    FROM "people"
    """
    check_exportable(WHO, model)
    check_choice(WHO, "dialect", dialect, DIALECTS)
    if isinstance(keep, str):
        raise TypeError(
            f"{WHO}: keep must list columns, got {keep!r}. Pass [{keep!r}] for one."
        )
    chosen, kept = DIALECTS[dialect], tuple(keep)
    path = ("rows",) if table is None else (table,) if isinstance(table, str) else table
    outputs = _chosen(_outputs(model), output)
    _check_names([*kept, *(each.name for each in outputs)])
    used = [model.columns[j].name for j in model.used]
    names = Names([*path, *kept, *used, *(each.name for each in outputs)])
    steps = _steps(chosen, model, names, outputs)
    return query(chosen, ".".join(map(chosen.name, path)), kept, steps)


def _outputs(model: ReadableModel) -> list[Output]:
    """All that a model says of a row."""
    if model.classes is None:
        return [Output(name, k) for k, name in enumerate(model.targets)]
    shares = [Output(f"proba_{name}", k) for k, name in enumerate(model.targets)]
    return [*shares, Output(LABEL, None)]


def _chosen(outputs: list[Output], name: str | None) -> list[Output]:
    """The output of a name, or all for None."""
    known = [each.name for each in outputs]
    if name is None:
        return outputs
    if name not in known:
        raise ValueError(
            f"{WHO}: output must be one of {', '.join(map(repr, known))} or None, got "
            f"{name!r}.{did_you_mean(name, known)}"
        )
    return [each for each in outputs if each.name == name]


def _check_names(names: list[str]) -> None:
    """Raise where the result would have a name twice."""
    twice = repeated(names)
    if twice:
        raise ValueError(
            f"{WHO}: columns of the result must differ in name, got "
            f"{', '.join(map(repr, twice))} more than once. Leave it out of keep, or "
            "choose one output."
        )


def _steps(
    dialect: Dialect, model: ReadableModel, names: Names, outputs: list[Output]
) -> list[Step]:
    """Write the steps for a model of any kind."""
    if isinstance(model, ReadableTree):
        return tree_steps(dialect, model, names, outputs)
    if isinstance(model, AdditiveModel):
        return additive_steps(dialect, model, names, outputs)
    if isinstance(model, NearestModel):
        return nearest_steps(dialect, model, names, outputs)
    raise unreadable(WHO, model)
