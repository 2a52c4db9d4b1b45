"""A classifier that refines its labels before it learns them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import torch
from joblib import Parallel, delayed
from numpy.typing import NDArray
from tqdm.auto import tqdm

from sklkd._validation import FRACTION, Interval, check_interval
from sklkd.estimators import (
    BaseStudentEstimator,
    Encoded,
    Extras,
    Request,
    StudentClassifierMixin,
)
from sklkd.label_noise._scores import noise_report
from sklkd.objectives import SoftTargets
from sklkd.training import (
    Curriculum,
    EstimatorStudent,
    Lessons,
    Question,
    Signals,
    Split,
    Student,
    TrainingInterrupted,
    atomic,
    draw_seed,
    make_splits,
    take,
    train,
)

Floats = NDArray[np.float64]
Task = tuple[Student | EstimatorStudent, Curriculum, int, Any]
TINY = float(np.finfo(np.float64).tiny)  # a probability of zero, to take logarithms of


class RefinedClassifier(StudentClassifierMixin, BaseStudentEstimator):
    r"""A classifier whose labels are softened by what rows alike say of each other.

    In every round the rows are split anew, students are fitted to the labels as they
    stand, and the labels of rows that they were not fitted on move towards what they
    say:

    .. math:: q_i \leftarrow (1 - a)\big[(1 - m)\, q_i + m\, f_{-i}(x_i)\big]
       + a\,\mathrm{onehot}(y_i),

    with the ``mix`` :math:`m` and the ``anchor`` :math:`a`; it begins with the given
    labels. A last student is fitted to all rows with the refined ones. It is
    distillation from itself, out of fold, several times over; a wrong label, which rows
    alike do not share, fades [1]_.

    Parameters
    ----------
    student : StudentNet, net, estimator, Pipeline or str, default=None
        What is trained. None is ``StudentNet()``, a network sized from the data. A
        class of ``torch.nn.Module`` is built, an instance deep-copied; a skorch net
        keeps its optimiser and callbacks. A scikit-learn classifier is fitted on each
        row once a class where it takes weights, which is the cross-entropy of the soft
        labels exactly. A str is a registered name.
    n_rounds : int, default=3
        Rounds of refining; 0 trains on the labels as they are.
    mix : float, default=0.5
        In [0, 1], by how much labels move in a round.
    anchor : float, default=0.0
        In [0, 1], by how much they are drawn back to the given ones after it.
    cv : int, splitter, iterable of splits or None, default=5
        Folds of a round; None is 5. An int makes shuffled stratified folds, others in
        every round; rows of one of ``fit``'s groups stay together. Rows in no test
        fold, and rows of a class that their fold lacks, keep their labels.
    n_jobs : int, default=None
        Folds that are fitted at a time.
    class_weight : dict or "balanced", default=None
        Factors on the weights of the rows by their label, as in scikit-learn.
    random_state : int, RandomState instance or None, default=None
        Initialisation, shuffling, dropout, held-out rows, folds. An int makes fits
        bit-identical on one device.
    verbose : int, default=0
        1 shows a progress bar over the folds, and one over the epochs.

    Attributes
    ----------
    label_distributions_ : ndarray of shape (n_samples, n_classes)
        The refined labels of the rows of ``fit``.
    transduction_ : ndarray of shape (n_samples,)
        The most probable label of each row of ``fit`` by these.
    label_noise_score_ : ndarray of shape (n_samples,)
        How doubtful the label of each row of ``fit`` is, in [0, 1]: one minus the
        probability that `label_distributions_` gives it.
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features,)
        Their names, where X is a DataFrame.
    net_ : skorch.NeuralNet
        The trained net, on standardised columns; not of a scikit-learn student.
    student_ : TrainedStudent or TrainedEstimator
        What predicts: transformers, scaling and net, or the fitted scikit-learn model
        as ``student_.estimator``.
    history_ : list of dict
        A record for each epoch: ``train_loss``, the mean of each term by name, and
        those of held-out rows as ``valid_*``.
    n_iter_ : int
        Number of epochs.

    See Also
    --------
    EarlyLearningClassifier : A network that does not memorise wrong labels.
    sklkd.distillation.DistilledClassifier :
        Labels beside what an out-of-fold teacher says.

    Notes
    -----
    It costs ``cv * n_rounds + 1`` fits of the student. In the first round what is said
    of a row does not depend on its own label; later on it does, by way of the others.

    The idea, refining labels on stochastic splits, is the paper's; the rule above and
    its defaults are this library's, for the paper's were not at hand.

    References
    ----------
    .. [1] H. Dai et al., "Stochastic Label Refinery: Toward Better Target Label
       Distribution", ICPR 2020.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from sklkd import RefinedClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> noisy = y.copy()
    >>> noisy[::5] = (y[::5] + 1) % 3
    >>> tree = DecisionTreeClassifier(min_samples_leaf=10)
    >>> model = RefinedClassifier(tree, random_state=0).fit(X, noisy)
    >>> bool((model.transduction_ == y).mean() > (noisy == y).mean() + 0.1)
    True
    """

    warm_start = False

    def __init__(
        self,
        student: Any = None,
        *,
        n_rounds: int = 3,
        mix: float = 0.5,
        anchor: float = 0.0,
        cv: Any = 5,
        n_jobs: int | None = None,
        class_weight: Any = None,
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        self.student = student
        self.n_rounds = n_rounds
        self.mix = mix
        self.anchor = anchor
        self.cv = cv
        self.n_jobs = n_jobs
        self.class_weight = class_weight
        self.random_state = random_state
        self.verbose = verbose

    @atomic
    def fit(
        self, X: Any, y: Any, sample_weight: Any = None, *, groups: Any = None
    ) -> Self:
        """Refine the labels, and train the student on them.

        Parameters
        ----------
        X : array-like, sparse array or DataFrame of shape (n_samples, n_features)
            Numbers; missing ones as NaN where the student takes them. The default
            student reads the other columns of a DataFrame with skrub.
        y : array-like of shape (n_samples,)
            Labels.
        sample_weight : array-like of shape (n_samples,), default=None
            Not negative.
        groups : array-like of shape (n_samples,), default=None
            Rows of one group are not split by `cv`.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If data, student and parameters do not fit together; the estimator is then
            what it was before.
        """
        self._check_params()
        student = self._student(X)
        extras = Extras(sample_weight, groups)
        request = self._check_data(student, X, y, extras)
        encoded = self._encode(request)
        self._check_taught(request, encoded)
        seed = draw_seed(self.random_state)
        refinery = _Refinery(self._name, student, request, encoded, self._label_loss)
        proba = self._refined(refinery, groups, seed)
        self._begin(encoded)
        for name, value in noise_report(proba, self.classes_, request.y).items():
            setattr(self, name, value)
        row_shape = tuple(request.X.shape[1:])
        everything = np.arange(len(request.y))
        try:
            trained = train(
                self._name,
                student,
                refinery.curriculum(proba, everything),
                seed=student.seed(seed),
                verbose=self.verbose,
            )
        except TrainingInterrupted as interrupt:
            self._keep(interrupt.student, row_shape)
            raise
        return self._keep(trained, row_shape)

    def _check_params(self) -> None:
        rounds = Interval(0, integer=True)
        check_interval(self._name, "n_rounds", self.n_rounds, rounds)
        check_interval(self._name, "mix", self.mix, FRACTION)
        check_interval(self._name, "anchor", self.anchor, FRACTION)

    def _refined(self, refinery: _Refinery, groups: Any, seed: int) -> Floats:
        """The labels after all rounds: (n_rows, n_classes)."""
        given = refinery.given()
        proba, n_rounds = given, self.n_rounds if self.mix > 0 else 0
        cv = list(self.cv) if isinstance(self.cv, Iterator) else self.cv
        for number in range(n_rounds):
            splits = refinery.splits(cv, groups, seed + number)
            label = f"{self._name}, round {number + 1} of {n_rounds}"
            said, known = refinery.said(
                proba, splits, seed, n_jobs=self.n_jobs, bar=label * bool(self.verbose)
            )
            moved = (1 - self.mix) * proba + self.mix * said
            moved = (1 - self.anchor) * moved + self.anchor * given
            proba = np.where(known[:, np.newaxis], moved, proba)
        return proba


@dataclass(frozen=True, slots=True)
class _Refinery:
    """What one round of refining after the other works on."""

    who: str
    student: Student | EstimatorStudent
    request: Request
    encoded: Encoded
    label_loss: Any

    @property
    def inputs(self) -> Any:
        """The rows as the student sees them."""
        request = self.request
        return request.X_original if self.student.sees_original else request.X

    @property
    def weight(self) -> Floats:
        """Weight of each row: (n_rows,)."""
        return self.request.row_weight * self.encoded.row_factor

    def given(self) -> Floats:
        """The labels; all classes alike for rows of a class that none is learnt of.

        (n_rows, n_classes)
        """
        n_classes, target = self.encoded.n_outputs, self.encoded.target
        known = self.encoded.fitted["classes_"][target] == self.request.y
        return np.where(known[:, np.newaxis], np.eye(n_classes)[target], 1 / n_classes)

    def splits(self, cv: Any, groups: Any, seed: int) -> list[Split]:
        """The folds of a round."""
        request, encoded = self.request, self.encoded
        self._check_folds(cv, groups)
        classes = encoded.fitted["classes_"]
        question = Question(self.who, "classification", encoded.n_outputs, classes)
        weight = request.label_weight
        lessons = Lessons(request.X_original, request.y, encoded.target, weight)
        return make_splits(question, cv, lessons, groups, seed=seed)

    def _check_folds(self, cv: Any, groups: Any) -> None:
        """Raise if there are fewer rows, or groups, than folds."""
        rows = np.flatnonzero(self.request.label_weight > 0)
        n = len(rows if groups is None else np.unique(np.asarray(groups)[rows]))
        cv = 5 if cv is None else cv
        if isinstance(cv, (int, np.integer)) and n < cv:
            unit = "rows" if groups is None else "groups"
            raise ValueError(
                f"{self.who}: cv={cv} needs at least {cv} {unit} with a weight, got "
                f"{n}. Pass fewer folds, or n_rounds=0 to leave the labels as they are."
            )

    def said(
        self, proba: Floats, splits: list[Split], seed: int, *, n_jobs: Any, bar: str
    ) -> tuple[Floats, NDArray[np.bool_]]:
        """What students say of rows that they were not fitted on, and of which.

        (n_rows, n_classes), (n_rows,)
        """
        folds = [fold for split in splits if (fold := self._fold(split, proba))]
        tasks = (delayed(self._ask)(*fold, proba, seed) for fold in folds)
        results = Parallel(n_jobs=n_jobs, return_as="generator")(tasks)
        total, count = np.zeros_like(proba), np.zeros(len(proba))
        for rows, said in tqdm(results, bar, len(folds), unit="fold", disable=not bar):
            total[rows] += said
            count[rows] += 1
        return total / np.maximum(count, 1)[:, np.newaxis], count > 0

    def _fold(
        self, split: Split, proba: Floats
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
        """The rows of a fold, without those to test whose class it lacks."""
        train, test = split
        train = train[self.weight[train] > 0]
        target = self.encoded.target
        test = test[np.isin(target[test], target[train])]
        n_seen = (proba[train].sum(axis=0) > 0).sum()
        return (train, test) if n_seen > 1 and len(test) else None

    def _ask(
        self,
        rows: NDArray[np.int64],
        others: NDArray[np.int64],
        proba: Floats,
        seed: int,
    ) -> tuple[NDArray[np.int64], Floats]:
        """Fit to some rows, and ask about others: probabilities."""
        student = self.student.for_trial()
        curriculum = self.curriculum(proba, rows)
        own = student.seed(seed)
        trained = train(self.who, student, curriculum, seed=own, verbose=0)
        said: Floats = trained.outputs(take(self.inputs, others)).softmax(dim=1).numpy()
        return others, said

    def curriculum(self, proba: Floats, rows: NDArray[np.int64]) -> Curriculum:
        """What a student learns from some rows; sure labels are learnt as labels."""
        rows = rows[self.weight[rows] > 0]
        weight, proba = self.weight[rows], proba[rows]
        unit = float(weight.mean())
        weight = weight / unit
        sure = bool((proba.max(axis=1) == 1).all())
        target = proba.argmax(axis=1)
        none = np.zeros_like(weight)
        arrays = (
            target,
            np.log(np.maximum(proba, TINY)),
            weight if sure else none,
            none if sure else weight,
        )
        return Curriculum(
            self.inputs,
            None if len(rows) == len(self.weight) else rows,
            Signals(*map(torch.from_numpy, arrays)),
            self.encoded.n_outputs,
            self.label_loss,
            {} if sure else {"refined_labels": SoftTargets()},
            target,
            classes=self.encoded.fitted["classes_"],
            unit=unit,
        )
