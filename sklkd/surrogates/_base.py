"""What surrogates of classifiers and regressors share: everything but the labels."""

from __future__ import annotations

import contextlib
from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupShuffleSplit
from sklearn.utils import Tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from sklkd._validation import Interval, check_choice, check_interval
from sklkd.estimators import BaseStudentEstimator, Encoded, Extras, Request
from sklkd.readable import (
    LocalExplanation,
    ReadableModel,
    ReadableTree,
    explain,
    rules,
    to_dict,
    to_python,
    to_sql,
    to_text,
)
from sklkd.surrogates._evidence import Floats, Indices
from sklkd.surrogates._fidelity import Fidelity, fidelity_of
from sklkd.surrogates._informant import Informant, rows_of
from sklkd.surrogates._kept import Kept
from sklkd.surrogates._made_up import Queries
from sklkd.surrogates._ranking import METHODS
from sklkd.surrogates._study import CROSS_VALIDATED, ELBOW, Study
from sklkd.surrogates._surrogate import as_surrogate
from sklkd.training import (
    EstimatorStudent,
    Lessons,
    Question,
    as_memory,
    as_teacher,
    draw_seed,
    is_fitted_here,
    members_of,
    weight_param,
)

HELD_OUT = Interval(0, 1, closed="left")


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows that count in a fit.

    Attributes
    ----------
    request : Request
        All rows.
    encoded : Encoded
        Their labels.
    used : ndarray of int
        Those with a weight.
    weight : ndarray of shape (n_rows,)
        Of all rows.
    """

    request: Request
    encoded: Encoded
    used: Indices
    weight: Floats

    def taken(self, rows: Indices) -> tuple[Any, Floats]:
        """Return X and weights of some of the rows."""
        return rows_of(self.request.X_original, rows), self.weight[rows]

    def lessons(self, rows: Indices) -> Lessons:
        """Return what a teacher is fitted on, of some of the rows."""
        request = self.request
        X = rows_of(request.X_original, rows)
        weight = request.label_weight[rows]
        return Lessons(X, request.y[rows], self.encoded.target[rows], weight)


def _has_model(self: Any) -> bool:
    """Whether there is a model that can be written down; raises where there is none."""
    check_is_fitted(self)
    if isinstance(self.surrogate_, ReadableModel):
        return True
    raise AttributeError(
        f"{type(self).__name__}: {type(self.surrogate_).__name__} cannot be written "
        "down; pass one of sklkd.surrogates or a tree as surrogate."
    )


class BaseSurrogate(BaseStudentEstimator):
    """Explain a teacher by a model that can be read.

    Subclasses say what labels mean, and which model is grown.
    """

    student_: Any
    warm_start = False

    @abstractmethod
    def _encode(self, request: Request) -> Encoded:
        """Encode the labels."""

    @abstractmethod
    def _question(self, encoded: Encoded) -> Question:
        """What the teacher is asked for."""

    @abstractmethod
    def _target_names(self, encoded: Encoded) -> tuple[str, ...]:
        """How outputs are called."""

    def _surrogate(self) -> Any:
        """What is grown, checked."""
        return as_surrogate(self._name, self.surrogate)

    def _fit(self, X: Any, y: Any, extras: Extras) -> Self:
        """Fit; the caller is `atomic`."""
        self._check_params()
        surrogate = self._surrogate()
        request = self._check_data(EstimatorStudent(surrogate), X, y, extras)
        encoded = self._encode(request)
        self._check_width(request.X.shape)
        weight = request.label_weight * encoded.row_factor
        rows = Rows(request, encoded, np.flatnonzero(weight > 0), weight)
        study = self._study(surrogate, encoded)
        fidelity = self._measured(study, rows, extras.groups)
        informant = self._informed(study, rows, rows.used)
        kept, ranking = study.explain(informant, *rows.taken(rows.used))
        self._begin(encoded)
        for name in ("ranking_", "rules_"):
            self.__dict__.pop(name, None)
        self.teacher_, self.fidelity_ = informant.teacher, fidelity
        if ranking is not None:
            self.ranking_ = ranking
        model = kept.model
        self.surrogate_ = model if isinstance(model, ReadableModel) else model.estimator
        if isinstance(model, ReadableTree):
            self.rules_ = rules(model)
        self._row_shape = tuple(request.X.shape[1:])
        self.student_ = kept
        return self

    def _study(self, surrogate: Any, encoded: Encoded) -> Study:
        """How the teacher is explained."""
        seed = draw_seed(self.random_state)
        return Study(
            self._question(encoded),
            as_teacher(self._name, self.teacher),
            surrogate,
            self.n_features,
            self._methods(),
            self._groups(),
            Queries.of(self._name, self.queries, seed),
            self._target_names(encoded),
            as_memory(self._name, self.memory),
            seed,
            None if self.random_state is None else seed,
            self.verbose,
        )

    def _informed(self, study: Study, rows: Rows, which: Indices) -> Informant:
        """The teacher, fitted to some of the rows if it comes unfitted."""
        weight = rows.request.sample_weight
        params: dict[str, dict[str, Any]] = {}
        if weight is not None:
            teachers = members_of(study.teacher).items()
            params = {
                name: weight_param(self._name, member, weight[which])
                for name, member in teachers
                if is_fitted_here(member)
            }
        return study.inform(rows.lessons(which), params)

    def _measured(self, study: Study, rows: Rows, groups: Any) -> Fidelity | None:
        """How faithful the surrogate is on rows that are held out for that."""
        train, test = self._split(rows, groups, study.seed)
        if not len(test):
            return None
        informant = self._informed(study, rows, train)
        kept, _ = study.explain(informant, *rows.taken(train))
        X, weight = rows.taken(test)
        return fidelity_of(
            informant.ask(X),
            kept.answers(X),
            rows.encoded.target[test],
            weight,
            is_classifier=study.question.task == "classification",
            seed=study.seed,
        )

    def _split(self, rows: Rows, groups: Any, seed: int) -> tuple[Indices, Indices]:
        """Rows to fit and to measure on; a class keeps a row to be fitted on."""
        used, share = rows.used, float(self.validation_fraction)
        if share == 0:
            return used, used[:0]
        if groups is not None:
            splitter = GroupShuffleSplit(1, test_size=share, random_state=seed)
            train, test = next(splitter.split(used, groups=np.asarray(groups)[used]))
            return used[train], used[test]
        rng = np.random.default_rng(seed)
        order = rng.permutation(used)
        stratify = rows.encoded.stratify
        kinds = np.zeros(len(order)) if stratify is None else stratify[order]
        held = np.zeros(len(order), dtype=bool)
        for kind in np.unique(kinds):
            own = np.flatnonzero(kinds == kind)
            held[own[: min(round(share * len(own)), len(own) - 1)]] = True
        return np.sort(order[~held]), np.sort(order[held])

    # --- Parameters -------------------------------------------------------------------

    def _check_params(self) -> None:
        held_out = self.validation_fraction
        check_interval(self._name, "validation_fraction", held_out, HELD_OUT)
        if isinstance(self.n_features, str):
            words = [ELBOW, CROSS_VALIDATED]
            check_choice(self._name, "n_features", self.n_features, words)
        elif self.n_features is not None:
            least = Interval(1, integer=True)
            check_interval(self._name, "n_features", self.n_features, least)
        if self.n_features is not None and not self._methods():
            raise ValueError(
                f"{self._name}: n_features={self.n_features!r} needs a ranking, got "
                "importance=(). Pass importance='permutation', or n_features=None."
            )

    def _methods(self) -> tuple[str, ...]:
        """Methods of the ranking, checked."""
        given = self.importance
        names = (given,) if isinstance(given, str) else tuple(given or ())
        for name in names:
            check_choice(self._name, "importance", name, METHODS)
        return names

    def _check_width(self, shape: tuple[int, ...]) -> None:
        """Raise unless X has columns, and as many as are to be kept."""
        if len(shape) != 2:
            raise ValueError(
                f"{self._name}: X must be flat, of shape (n_samples, n_features), got "
                f"{shape}. Flatten each row, for instance by X.reshape(len(X), -1)."
            )
        wanted = self.n_features
        if isinstance(wanted, (int, np.integer)) and wanted > shape[1]:
            raise ValueError(
                f"{self._name}: n_features must be at most the number of columns of "
                f"X, {shape[1]}, got {wanted}. Pass None for all."
            )

    def _groups(self) -> list[Indices]:
        """Columns that are ranked together, by position; the others alone."""
        n_columns = self.n_features_in_
        names = list(getattr(self, "feature_names_in_", range(n_columns)))
        places = {name: j for j, name in enumerate(names)}
        free, found = set(range(n_columns)), []
        for group in self.feature_groups or ():
            try:
                members = sorted({places.get(name, name) for name in group})
                free.difference_update(members)
                found.append(np.array(members, dtype=np.int64))
                valid = all(0 <= j < n_columns for j in members)
            except (TypeError, ValueError):
                valid = False
            if not valid:
                raise ValueError(
                    f"{self._name}: feature_groups must be lists of names or positions "
                    f"of columns of X, got {group!r}."
                )
        return [*found, *(np.array([j]) for j in sorted(free))]

    def _parts(self) -> Iterator[Any]:
        """Teachers."""
        # `fit` says what is wrong with a teacher.
        with contextlib.suppress(TypeError, ValueError):
            yield from members_of(as_teacher(self._name, self.teacher)).values()

    def _student_takes_missing(self) -> bool:
        return True

    def __sklearn_tags__(self) -> Tags:
        """Return what the estimator takes: no sparse X."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = False
        return tags

    def _input_checks(self, student: Any) -> dict[str, Any]:
        return super()._input_checks(student) | {"accept_sparse": False}

    # --- What can be asked ------------------------------------------------------------

    def get_feature_names_out(self) -> NDArray[Any]:
        """Return the names of the columns that the surrogate sees: (n_kept,)."""
        check_is_fitted(self)
        kept: Kept = self.student_
        columns = kept.reading.columns
        return np.array([columns[j].name for j in kept.columns.tolist()], dtype=object)

    @available_if(_has_model)
    def explain_local(
        self, X: Any, *, target: Any = None, immutable: Any = (), background: Any = None
    ) -> LocalExplanation:
        """Explain predictions of the surrogate, row by row.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Rows.
        target : object, default=None
            What counterfactuals shall reach: a label, or an interval of values; None is
            anything else.
        immutable : list of str, default=()
            Columns, by name, that a counterfactual must not change.
        background : array-like of shape (n_others, n_features), default=None
            Usual rows, to which contributions of curves are relative, and from which
            counterfactuals of curves and prototypes take values.

        Returns
        -------
        LocalExplanation
            The rule that decided, the columns that did and by how much, and the
            nearest row to which the surrogate says something else.
        """
        kept: Kept = self.student_
        Z = kept.rows(self._seen(X))
        usual = None if background is None else kept.rows(self._seen(background))
        return explain(
            self.surrogate_,
            Z,
            kept.scale,
            background=usual,
            target=self._goal(target),
            mutable=self._mutable(immutable),
        )

    def _goal(self, target: Any) -> Any:
        """A label as its position; an interval of values as it is."""
        known = list(self.surrogate_.classes or ())
        if target is None or not known:
            return target
        if target not in known:
            raise ValueError(
                f"{self._name}: target must be one of the classes {known}, got "
                f"{target!r}."
            )
        return known.index(target)

    def _mutable(self, immutable: Any) -> list[int]:
        """Positions of the columns that may change."""
        names = self.get_feature_names_out().tolist()
        unknown = [name for name in immutable if name not in names]
        if unknown:
            raise ValueError(
                f"{self._name}: immutable must be names of columns that the surrogate "
                f"sees, {names}, got {unknown[0]!r}."
            )
        return [j for j, name in enumerate(names) if name not in immutable]

    @available_if(_has_model)
    def to_text(self, max_rows: int | None = None) -> str:
        """Return the surrogate as text for a person; see `sklkd.readable.to_text`."""
        return to_text(self.surrogate_, max_rows=max_rows)

    @available_if(_has_model)
    def to_dict(self) -> dict[str, Any]:
        """Return the surrogate as what JSON has; see `sklkd.readable.to_dict`."""
        return to_dict(self.surrogate_)

    @available_if(_has_model)
    def to_sql(self, table: Any = None, **options: Any) -> str:
        """Return the surrogate as a query.

        Parameters
        ----------
        table : str or sequence of str, default=None
            Name of the table; None means "rows".
        **options
            As for `sklkd.readable.to_sql`: `output`, `dialect`, `keep`.
        """
        return to_sql(self.surrogate_, table, **options)

    @available_if(_has_model)
    def to_python(self, name: str | None = None) -> str:
        """Return the surrogate as a module; see `sklkd.readable.to_python`."""
        return to_python(self.surrogate_, name)
