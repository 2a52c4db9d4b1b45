"""One way to explain one teacher: rank columns, ask about rows, grow a model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from joblib import Memory

from sklkd.surrogates._evidence import Evidence, Floats, Indices
from sklkd.surrogates._fidelity import explained
from sklkd.surrogates._fitted_model import model_of
from sklkd.surrogates._informant import Informant, inform, oracle_of, rows_of
from sklkd.surrogates._kept import Kept, answers
from sklkd.surrogates._made_up import Queries
from sklkd.surrogates._ranking import Probe, Ranking, ordered, rank, some_rows
from sklkd.surrogates._reading import Reading
from sklkd.surrogates._surrogate import Surrogate
from sklkd.training import Lessons, Question

N_FOLDS = 3
ELBOW, CROSS_VALIDATED = "elbow", "cv"


@dataclass(frozen=True, slots=True)
class Study:
    """One way to explain one teacher.

    Attributes
    ----------
    question : Question
        What the teacher is asked; knows the estimator and the classes.
    teacher : object
        From `as_teacher`.
    surrogate : Surrogate or estimator
        What is grown or fitted.
    n_features : int, "elbow", "cv" or None
        How many columns it sees.
    methods : tuple of str
        By which columns are ranked; none leaves the ranking out.
    groups : list of ndarray of int
        Columns that are ranked together.
    queries : Queries
        Which rows are made up.
    targets : tuple of str
        How outputs are called.
    memory : joblib.Memory
        Keeps teachers.
    seed : int
        Of everything that is drawn.
    teacher_seed : int or None
        For unset random states of a teacher.
    verbose : int
        Whether to show bars.
    """

    question: Question
    teacher: Any
    surrogate: Any
    n_features: int | str | None
    methods: tuple[str, ...]
    groups: list[Indices]
    queries: Queries
    targets: tuple[str, ...]
    memory: Memory
    seed: int
    teacher_seed: int | None
    verbose: int

    def inform(
        self, lessons: Lessons, fit_params: dict[str, dict[str, Any]]
    ) -> Informant:
        """The teacher, fitted to these rows if it comes unfitted."""
        return inform(
            self.teacher,
            self.question,
            lessons,
            fit_params=fit_params,
            memory=self.memory,
            seed=self.teacher_seed,
        )

    def explain(
        self, informant: Informant, X: Any, weight: Floats
    ) -> tuple[Kept, Ranking | None]:
        """Return what explains a teacher on some rows.

        Parameters
        ----------
        informant : Informant
            The teacher.
        X : array or DataFrame of n rows
            Those that count.
        weight : ndarray of shape (n,)
            Positive.
        """
        who = self.question.who
        said = informant.ask(X)
        reading = Reading.fit(who, X, said, weight)
        made = self.queries.rows(who, X, weight, reading)
        Z, n_real = reading.of(who, X), len(weight)
        evidence = Evidence(
            reading.columns,
            Z,
            said,
            weight,
            n_real,
            self._classes,
            self.targets,
            _silent,
            self.seed,
        )
        if made is not None:
            evidence = replace(
                evidence,
                Z=np.vstack([Z, reading.of(who, made)]),
                said=np.vstack([said, informant.ask(made)]),
                weight=np.append(weight, np.full(made.shape[0], weight.mean())),
            )

        def seen(kept: Indices) -> Evidence:
            oracle = oracle_of(informant, X, kept, weight, self.seed)
            columns = tuple(reading.columns[j] for j in kept.tolist())
            is_all = len(kept) == len(reading.columns) and informant.ensemble is None
            return replace(
                evidence,
                columns=columns,
                Z=evidence.Z[:, kept],
                oracle=oracle,
                teacher=informant.teacher if is_all else None,
            )

        ranking = self._ranking(informant, X, weight, reading, seen)
        kept = np.arange(len(reading.columns)) if ranking is None else ranking.kept
        model, scale = self._grow(seen(kept)), _scale(Z[:, kept], weight)
        return Kept(who, reading, kept, model, scale), ranking

    @property
    def _classes(self) -> tuple[Any, ...] | None:
        classes = self.question.classes
        return None if classes is None else tuple(classes.tolist())

    def _grow(self, evidence: Evidence) -> Any:
        """A model of the evidence."""
        if isinstance(self.surrogate, Surrogate):
            return self.surrogate.grow(evidence)
        return model_of(self.question.who, self.surrogate, evidence)

    def _ranking(
        self, informant: Informant, X: Any, weight: Floats, reading: Reading, seen: Any
    ) -> Ranking | None:
        """How columns are ranked, and which are kept."""
        if not self.methods:
            return None
        rows = some_rows(len(weight), len(reading.columns), self.seed)
        probe = Probe(
            informant,
            rows_of(X, rows),
            weight[rows],
            self.groups,
            self.seed,
            self.verbose,
        )
        importances = rank(reading.columns, probe, self.methods)
        order = ordered(importances)
        names = tuple(column.name for column in reading.columns)
        ranking = Ranking(names, importances, order, np.sort(order))
        n_kept = self._n_kept(ranking, seen)
        return replace(ranking, kept=np.sort(order[:n_kept]))

    def _n_kept(self, ranking: Ranking, seen: Any) -> int:
        """How many columns the surrogate sees."""
        n_columns = len(ranking.names)
        if self.n_features is None:
            return n_columns
        if self.n_features == ELBOW:
            return _elbow(ranking)
        if self.n_features == CROSS_VALIDATED:
            return self._cross_validated(ranking, seen)
        return int(self.n_features)

    def _cross_validated(self, ranking: Ranking, seen: Any) -> int:
        """The fewest columns whose fidelity is within a standard error of the best."""
        counts = _counts(len(ranking.names))
        folds = np.array(
            [self._fidelities(seen(np.sort(ranking.order[:count]))) for count in counts]
        )
        mean = folds.mean(axis=1)
        best = int(mean.argmax())
        error = folds[best].std(ddof=1) / np.sqrt(N_FOLDS)
        return counts[int(np.flatnonzero(mean >= mean[best] - error)[0])]

    def _fidelities(self, evidence: Evidence) -> list[float]:
        """Explained variance of what the teacher says, on each fold's real rows."""
        n_real = evidence.n_real
        fold = np.random.default_rng(self.seed).permutation(n_real) % N_FOLDS
        found = []
        for out in range(N_FOLDS):
            test = np.flatnonzero(fold == out)
            train = np.append(
                np.flatnonzero(fold != out), np.arange(n_real, len(evidence.Z))
            )
            model = self._grow(evidence.taken(train))
            own = answers(model, evidence.Z[test])
            found.append(explained(evidence.said[test], own, evidence.weight[test]))
        return found


def _elbow(ranking: Ranking) -> int:
    """Columns up to the knee of the sorted importances."""
    shares = [own / own.max() for own in ranking.importances.values() if own.max() > 0]
    if not shares:
        return 1
    falling = np.mean(shares, axis=0)[ranking.order]
    return knee(np.arange(1, len(falling) + 1), np.cumsum(falling)) + 1


def knee(x: Floats | Indices, y: Floats) -> int:
    """Position of the point of a rising curve furthest above its chord [1]_.

    References
    ----------
    .. [1] V. Satopää, J. Albrecht, D. Irwin, B. Raghavan, "Finding a 'Kneedle' in a
       Haystack", ICDCS Workshops 2011, Sec. III.
    """
    if len(y) < 3 or y[-1] == y[0]:
        return 0
    along = (x - x[0]) / (x[-1] - x[0])
    return int(np.argmax((y - y[0]) / (y[-1] - y[0]) - along))


def _counts(n_columns: int) -> list[int]:
    """Numbers of columns to try: 1, 2, 3, 5, 8 and so on, and all."""
    counts, following = [1], 2
    while following < n_columns:
        counts.append(following)
        following = max(following + 1, round(following * 1.6))
    return [*counts, n_columns] if n_columns > 1 else counts


def _scale(Z: Floats, weight: Floats) -> Floats:
    """Weighted standard deviations of what is there: (n, p), (n,) -> (p,)."""
    there = ~np.isnan(Z)
    share = np.where(there, weight[:, np.newaxis], 0.0)
    share /= np.maximum(share.sum(axis=0), np.finfo(np.float64).tiny)
    filled = np.where(there, Z, 0.0)
    mean = (share * filled).sum(axis=0)
    deviation: Floats = np.sqrt((share * np.square(filled - mean)).sum(axis=0))
    return deviation


def _silent(source: Indices) -> Floats:
    """Stands where nobody is to be asked yet."""
    del source
    raise AssertionError("no teacher to ask")
