"""A classifier distilled from any teacher."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sklkd._validation import NON_NEGATIVE, Interval, check_interval
from sklkd.distillation._base import BaseDistilled
from sklkd.distillation._policy import Wishes
from sklkd.estimators import Encoded, Extras, StudentClassifierMixin
from sklkd.objectives import Objective, SoftTargets
from sklkd.training import Question, Trained, atomic
from sklkd.transfer_sets import TransferSet


class DistilledClassifier(StudentClassifierMixin, BaseDistilled):
    r"""A small classifier that imitates a teacher as well as the labels.

    The loss of a row is

    .. math:: (1 - s)\,\mathrm{CE}(\text{label}, \text{student})
       + s\,\mathrm{objective}(\text{teacher}, \text{student}),

    with ``s = soft_weight``, times the row's weight. A teacher that comes unfitted is
    cross-fitted, so that what it says about a row is not what it has memorised.

    Parameters
    ----------
    teacher : estimator, list, torch.nn.Module, skorch net, callable or "precomputed"
        Where the soft knowledge comes from.

        - An estimator is fitted, as clones; it is itself never changed. One in
          :class:`~sklearn.frozen.FrozenEstimator` is used as it is.
        - A list of (name, teacher) is a `TeacherEnsemble`.
        - A ``torch.nn.Module`` puts out logits, a column a class in sorted order; it is
          used as it is, and so is a skorch net that has been fitted. (A search clones a
          skorch net, which forgets its weights: freeze it there.)
        - A callable turns X into probabilities, a column a class in sorted order.
        - "precomputed" takes them from ``fit(X, y, teacher_proba=...)``.
    student : StudentNet, net, estimator, Pipeline or str, default=None
        What is trained. None is ``StudentNet()``, a network sized from the data. A
        class of ``torch.nn.Module`` is built, an instance deep-copied. A skorch net
        keeps its optimiser, callbacks and ``train_split``; its criterion gives way to
        the loss above. A scikit-learn classifier is fitted to the mixture of labels and
        targets, on each row once a class where it takes weights, which is the loss
        above exactly; a regressor to its centred logits. ``student_.strategy`` says
        how. A ``Pipeline`` ends in one of these; its transformers are fitted along. A
        str is a registered name.
    objective : Objective or str, default=None
        What the student minimises besides the labels; None is ``SoftTargets()``.
    soft_weight : float or "auto", default="auto"
        Share of the objective in [0, 1], on rows that have a label; the others listen
        to the teacher alone. 0 trains on the labels alone and asks no teacher, 1 on the
        teacher alone. "auto" chooses among 0, 0.1 and 0.5; see Notes.
    targets : {"auto", "out_of_fold", "in_sample", "out_of_bag"}, default="auto"
        How an unfitted teacher is asked about the rows that it learns from.

        - "out_of_fold": fitted in the folds of `cv`, it is asked about those it was not
          fitted on. A splitter that repeats, such as
          :class:`~sklearn.model_selection.RepeatedStratifiedKFold`, gives their mean.
        - "in_sample": fitted once, on all, it repeats what it has memorised.
        - "out_of_bag": fitted once, the members of a forest or a bag are asked about
          rows that they never drew.
        - "auto" is "out_of_fold".
    cv : int, splitter, iterable of splits or None, default=5
        Folds of "out_of_fold"; None is 5. An int makes shuffled stratified folds, the
        same ones in every fit; rows of one of ``fit``'s groups stay together. Rows in
        no test fold, and rows of a class that their fold lacks, are learnt from their
        labels.
    transfer_set : TransferSet, str, "auto" or None, default="auto"
        What synthesises further rows, about which the teacher is asked: an object of
        `sklkd.transfer_sets`, or the name of a registered one. "auto" takes a
        `Spunge`, where choosing finds that it pays.
    calibration : {"auto", "temperature"} or None, default="auto"
        "temperature" divides the teacher's logits by the one number under which they
        fit the labels best. "auto" does where targets are out of fold or out of bag:
        elsewhere the labels are what the teacher has memorised. Where anything is
        chosen on held-out rows, "auto" divides the student's logits likewise, by the
        number that fits those rows best.
    proba_floor : float, default=1e-4
        In (0, 1). Probabilities below are raised to it before logarithms are taken.
        Forests and boosting say exactly 0, and at a high temperature a tiny floor is
        no small matter: at ``temperature=20``, 1e-7 turns into 0.45 of the top class.
    leaf_smoothing : float, default=0.0
        Pseudo-count of every class in every leaf of a teacher made of trees: 1 is
        Laplace's correction. A leaf of one row then says less.
    memory : str, path or joblib.Memory, default=None
        Where teacher targets are kept, by the content of teacher, rows, weights and
        folds. A search over student and objective then fits the teacher once for each
        of its folds, whatever the number of candidates and processes.
    n_jobs : int, default=None
        Folds of the teacher that are fitted, and students that are tried, at a time:
        processes. -1 is all cores. The fitted student is the same with any number.
    unlabeled : object, default=None
        The value in y that marks rows without a label; they learn from the teacher.
    class_weight : dict or "balanced", default=None
        Factors on the weights of the student's rows by their label, as in
        scikit-learn. A teacher has parameters of its own.
    warm_start : bool, default=False
        Whether a further ``fit`` goes on training the student of the last.
    random_state : int, RandomState instance or None, default=None
        Initialisation, shuffling, dropout, held-out rows, and whatever the teacher
        leaves unset. An int makes fits bit-identical on one device.
    verbose : int, default=0
        1 shows progress bars: over the teacher's folds, trials, and the student's
        epochs.

    Attributes
    ----------
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
    policy_ : Policy
        What was learnt from: ``targets``, ``soft_weight``, ``transfer_set``,
        ``calibration``, ``temperature``, ``student_temperature``, the ``reason``, and a
        record of every trial.
    teacher_ : object
        The teacher, where one fitted object spoke for all rows (in-sample, out-of-bag,
        or it came fitted).
    teacher_weights_ : dict of str to float
        Weights of the members of a `TeacherEnsemble`.
    history_ : list of dict
        A record for each epoch: ``train_loss``, the mean of each term by name
        (``label``, ``soft_targets``, ...), and those of held-out rows as ``valid_*``.
        ``pandas.DataFrame(history_)`` works.
    n_iter_ : int
        Number of epochs.

    See Also
    --------
    DistilledRegressor : The same for values.

    Notes
    -----
    Where `soft_weight` or `transfer_set` is "auto", a quarter of the labelled rows is
    held out from teacher and student, and below 1 000 rows another quarter after it;
    the same ones in every fit. On the others (at most 20 000) the teacher is
    cross-fitted, and a student trained for each candidate: a share of a half and of a
    tenth with synthesised rows, a half without, and labels alone. Whatever is less
    accurate there than labels alone, by more than a standard error, is out; of the
    rest, the least log-loss wins. That costs ``cv`` further fits of the teacher and
    four of the student, below 1 000 rows twice as many. Below 200 rows nothing is
    tried: a tenth, and no synthesised rows. `policy_` says what was chosen, and why.

    With fixed parameters and no transfer set a sample weight of 2 is a repeated row.
    Held-out and synthesised rows are drawn from the rows, and so then it is not.

    References
    ----------
    .. [1] G. Hinton, O. Vinyals, J. Dean, "Distilling the Knowledge in a Neural
       Network", 2015, Sec. 2. arXiv:1503.02531

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from sklearn.model_selection import train_test_split
    >>> from sklkd import DistilledClassifier
    >>> X, X_test, y, y_test = train_test_split(
    ...     *load_digits(return_X_y=True), random_state=0
    ... )
    >>> teacher = RandomForestClassifier(50)
    >>> student = DistilledClassifier(teacher, random_state=0).fit(X, y)
    >>> bool(student.score(X_test, y_test) > 0.95)
    True
    """

    _precomputed_name = "teacher_proba"
    _default_objective = SoftTargets()

    def __init__(
        self,
        teacher: Any,
        student: Any = None,
        *,
        objective: Objective | str | None = None,
        soft_weight: float | str = "auto",
        targets: str = "auto",
        cv: Any = 5,
        transfer_set: TransferSet | str | None = "auto",
        calibration: str | None = "auto",
        proba_floor: float = 1e-4,
        leaf_smoothing: float = 0.0,
        memory: Any = None,
        n_jobs: int | None = None,
        unlabeled: Any = None,
        class_weight: Any = None,
        warm_start: bool = False,
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        self.teacher = teacher
        self.student = student
        self.objective = objective
        self.soft_weight = soft_weight
        self.targets = targets
        self.cv = cv
        self.transfer_set = transfer_set
        self.calibration = calibration
        self.proba_floor = proba_floor
        self.leaf_smoothing = leaf_smoothing
        self.memory = memory
        self.n_jobs = n_jobs
        self.unlabeled = unlabeled
        self.class_weight = class_weight
        self.warm_start = warm_start
        self.random_state = random_state
        self.verbose = verbose

    @atomic
    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        groups: Any = None,
        teacher_proba: Any = None,
        X_unlabeled: Any = None,
        **fit_params: Any,
    ) -> Self:
        """Ask the teacher, and train the student.

        Parameters
        ----------
        X : array-like, sparse array or DataFrame of shape (n_samples, n_features)
            Numbers; missing ones as NaN where teacher and student take them. A
            DataFrame may hold strings, categories, dates and booleans: the default
            student reads them with skrub, the teacher gets it as it is. A student with
            a module of its own takes other shapes, such as images (n_samples,
            n_channels, height, width).
        y : array-like of shape (n_samples,)
            Labels.
        sample_weight : array-like of shape (n_samples,), default=None
            Not negative. They weigh the student's rows, in both of its terms, and reach
            the teachers that take them.
        groups : array-like of shape (n_samples,), default=None
            Rows of one group are not split by `cv`.
        teacher_proba : array-like of shape (n_samples, n_classes), default=None
            For ``teacher="precomputed"``: its probabilities, columns in the order of
            the sorted labels. A search slices them with the rows.
        X_unlabeled : table of shape (n_more, n_features), default=None
            Rows without a label, of the kind and with the columns of X, about which the
            teacher is asked. A search hands them to every fold.
        **fit_params
            More for the teacher or the splitter, by metadata routing.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If data, teacher, student and parameters do not fit together; the estimator
            is then what it was before.
        """
        return self._fit(
            X,
            y,
            Extras(sample_weight, groups, teacher_proba, X_unlabeled, fit_params),
        )

    def _logits(self, X: Any) -> Tensor:
        """The student's logits, calibrated where it is: (n, n_classes)."""
        outputs = super()._logits(X)
        temperature = self.policy_.student_temperature
        return outputs if temperature is None else outputs / temperature

    def _check_params(self) -> None:
        super()._check_params()
        floor = Interval(0, 1, closed="neither")
        check_interval(self._name, "proba_floor", self.proba_floor, floor)
        smoothing = self.leaf_smoothing
        check_interval(self._name, "leaf_smoothing", smoothing, NON_NEGATIVE)

    def _wishes(self) -> Wishes:
        return replace(super()._wishes(), calibration=self.calibration)

    def _question(self, encoded: Encoded) -> Question:
        return Question(
            self._name,
            "classification",
            encoded.n_outputs,
            encoded.fitted["classes_"],
            self.proba_floor,
            float(self.leaf_smoothing),
        )

    @staticmethod
    def _judged(
        student: Trained, X: Any, encoded: Encoded
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.float64]]:
        """Log-loss in nats, whether the most probable class is the label, logits."""
        logits = student.outputs(X)
        log_proba = logits.log_softmax(dim=1).numpy()
        own = log_proba[np.arange(len(log_proba)), encoded.target]
        hit = log_proba.argmax(axis=1) == encoded.target
        return -own, hit, logits.to(torch.float64).numpy()

    @staticmethod
    def _rescaled(said: NDArray[np.float64], encoded: Encoded) -> NDArray[np.float64]:
        """Logits have no unit."""
        del encoded
        return said
