"""A regressor distilled from any teacher."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import RegressorMixin
from sklearn.exceptions import DataConversionWarning
from sklearn.utils import Tags
from sklearn.utils.metaestimators import available_if
from torch import Tensor

from sklkd.distillation._base import BaseDistilled
from sklkd.distillation._case import Case
from sklkd.distillation._course import Course
from sklkd.estimators import Encoded, Extras, Request
from sklkd.exceptions import DivergedError
from sklkd.losses import squared_error
from sklkd.objectives import Objective, SquaredError
from sklkd.training import EstimatorStudent, Question, Scaling, Student, Trained, atomic
from sklkd.training._spread import Spread, as_spread
from sklkd.transfer_sets import TransferSet


def _has_levels(estimator: DistilledRegressor) -> bool:
    """Whether quantiles are what is learnt besides the mean."""
    return estimator.spread is not None and not isinstance(estimator.spread, str)


class DistilledRegressor(RegressorMixin, BaseDistilled):
    r"""A small regressor that imitates a teacher as well as the targets.

    The loss of a row is

    .. math:: (1 - s)\,(\text{target} - \text{student})^2
       + s\,\mathrm{objective}(\text{teacher}, \text{student}),

    with ``s = soft_weight``, times the row's weight, on targets that are standardised
    inside. A teacher that comes unfitted is cross-fitted, so that what it says about a
    row is not what it has memorised.

    Parameters
    ----------
    teacher : estimator, list, torch.nn.Module, skorch net, callable or "precomputed"
        Where the knowledge comes from, as for `DistilledClassifier`. A module puts out
        values in the units of y, a callable returns them, and "precomputed" takes them
        from ``fit(X, y, teacher_prediction=...)``.
    student : StudentNet, net, regressor, Pipeline or str, default=None
        What is trained, as for `DistilledClassifier`; a network puts out a column a
        target. A scikit-learn regressor is fitted to
        :math:`(1 - s)\,\text{target} + s\,\text{teacher}`, which for a squared error is
        the loss above up to a constant.
    objective : Objective or str, default=None
        What the student minimises besides the targets; None is ``SquaredError()``.
    soft_weight : float or "auto", default="auto"
        Share of the objective in [0, 1], on rows that have a label; the others listen
        to the teacher alone. 0 trains on the labels alone and asks no teacher, 1 on the
        teacher alone. "auto" chooses among 0, 0.1 and 0.5; see Notes.
    targets : {"auto", "out_of_fold", "in_sample", "out_of_bag"}, default="auto"
        How an unfitted teacher is asked about the rows that it learns from.

        - "out_of_fold": fitted in the folds of `cv`, it is asked about those it was not
          fitted on. A splitter that repeats, such as
          :class:`~sklearn.model_selection.RepeatedKFold`, gives their mean.
        - "in_sample": fitted once, on all, it repeats what it has memorised.
        - "out_of_bag": fitted once, the members of a forest or a bag are asked about
          rows that they never drew.
        - "auto" is "out_of_fold".
    cv : int, splitter, iterable of splits or None, default=5
        Folds of "out_of_fold"; None is 5. An int makes shuffled folds, the same
        ones in every fit; rows of one of ``fit``'s groups stay together. Rows in no
        test fold are learnt from their targets.
    transfer_set : TransferSet, str, "auto" or None, default="auto"
        What synthesises further rows, about which the teacher is asked: an object of
        `sklkd.transfer_sets`, or the name of a registered one. "auto" takes a
        `Spunge`, where choosing finds that it pays.
    memory : str, path or joblib.Memory, default=None
        Where teacher targets are kept, by the content of teacher, rows, weights and
        folds. A search over student and objective then fits the teacher once for each
        of its folds.
    n_jobs : int, default=None
        Folds of the teacher that are fitted, and students that are tried, at a time:
        processes. -1 is all cores. The fitted student is the same with any number.
    unlabeled : float, default=None
        The value in y that marks rows without a target; they learn from the teacher.
    spread : "std", sequence of float or None, default=None
        What is learnt of each target besides its mean: the standard deviation that the
        teacher believes in, or the quantiles of these levels, which increase, in
        (0, 1). See Notes for which teachers know them.
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
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features,)
        Their names, where X is a DataFrame.
    n_outputs_ : int
        Number of targets.
    net_ : skorch.NeuralNet
        The trained net, from standardised columns to standardised targets; not of a
        scikit-learn student.
    student_ : TrainedStudent or TrainedEstimator
        What predicts: transformers, scaling and net, or the fitted scikit-learn model
        as ``student_.estimator``; where there is a spread, ``student_.estimator.mean``
        and ``.spread`` are one each.
    policy_ : Policy
        What was learnt from: ``targets``, ``soft_weight``, ``transfer_set``,
        the ``reason``, and a record of every trial.
    teacher_ : object
        The teacher, where one fitted object spoke for all rows (in-sample, out-of-bag,
        or it came fitted).
    teacher_weights_ : dict of str to float
        Weights of the members of a `TeacherEnsemble`.
    history_ : list of dict
        A record for each epoch: ``train_loss``, the mean of each term by name
        (``label``, ``squared_error``, and ``spread`` where there is one), and the same
        of held-out rows as ``valid_*``.
    n_iter_ : int
        Number of epochs.

    See Also
    --------
    DistilledClassifier : The same for classes.

    Notes
    -----
    Where `soft_weight` or `transfer_set` is "auto", a quarter of the labelled rows is
    held out from teacher and student, and below 1 000 rows another quarter after it;
    the same ones in every fit. On the others (at most 20 000) the teacher is
    cross-fitted, and a student trained for each candidate: a share of a half and of a
    tenth with synthesised rows, a half without, and labels alone. The least squared
    error there wins. That costs ``cv`` further fits of the teacher and four of the
    student, below 1 000 rows twice as many. Below 200 rows nothing is tried: a tenth,
    and no synthesised rows. `policy_` says what was chosen, and why.

    With fixed parameters and no transfer set a sample weight of 2 is a repeated row.
    Held-out and synthesised rows are drawn from the rows, and so then it is not.

    **Spread.** What a teacher believes about y has a mean, and is a normal of

    - regressors whose ``predict`` takes ``return_std``: Gaussian processes,
      ``BayesianRidge``, ``ARDRegression``, and a student with ``spread="std"``;
    - a tree, in each leaf: the mean and variance of its training rows. Forests, and
      bags of trees, are mixtures of these, with the variance between the trees and the
      mean of that in leaves [1]_. For trees that are fully grown, the default, the
      quantiles are those of a quantile regression forest [2]_, of rows as the trees
      drew them; rows that share a leaf count as a normal.

    A list of teachers, and other bags, are mixtures of their members. One that knows no
    variance counts as certain, and then the spread is how far members disagree: the
    noise of y is not in it. For quantiles a list may hold quantile learners, such as
    ``HistGradientBoostingRegressor(loss="quantile", quantile=0.1)``, one for each
    level, beside one for the mean. A module, a callable, and ``teacher_prediction``
    give standard deviations or quantiles as further columns: means of all targets
    first, then a column a target, level by level.

    A network has as many columns, and adds to its loss the squared error of these:
    with that of the mean it is, for standard deviations, the squared 2-Wasserstein
    distance of two normals [3]_. Standard deviations, which may be 0, are learnt in
    units of that of y, without a logarithm, and clipped at 0. Of quantiles labels speak
    too, by the pinball loss, with their share ``1 - s``. Of standard deviations they
    say nothing, and of quantiles nothing to a scikit-learn model, which is fitted to
    the spread apart from the mean: there the teacher alone is learnt from, and is asked
    even with ``soft_weight=0``. "auto" judges by the mean only.

    References
    ----------
    .. [1] F. Hutter et al., "Algorithm runtime prediction: Methods & evaluation",
       Artificial Intelligence 206, 2014, Sec. 4.3.2.
    .. [2] N. Meinshausen, "Quantile Regression Forests", JMLR 7, 2006, Sec. 3.
    .. [3] G. Peyré, M. Cuturi, "Computational Optimal Transport", Foundations and
       Trends in Machine Learning 11, 2019, Rem. 2.31. arXiv:1803.00567

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.ensemble import RandomForestRegressor
    >>> from sklkd import DistilledRegressor
    >>> X, y = load_diabetes(return_X_y=True)
    >>> teacher = RandomForestRegressor(20)
    >>> student = DistilledRegressor(
    ...     teacher, soft_weight=1.0, transfer_set=None, random_state=0
    ... )
    >>> student.fit(X, y).predict(X[:2]).shape
    (2,)

    An interval that holds about 80 % of targets:

    >>> student.set_params(spread=(0.1, 0.9)).fit(X, y)
    DistilledRegressor(...)
    >>> low, high = student.predict_quantiles(X[:3]).T
    >>> low.shape, bool((low <= high).all())
    ((3,), True)
    """

    _precomputed_name = "teacher_prediction"
    _y_checks: ClassVar[dict[str, Any]] = {"y_numeric": True, "multi_output": True}
    _default_objective = SquaredError()

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
        memory: Any = None,
        n_jobs: int | None = None,
        unlabeled: Any = None,
        spread: str | Sequence[float] | None = None,
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
        self.memory = memory
        self.n_jobs = n_jobs
        self.unlabeled = unlabeled
        self.spread = spread
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
        teacher_prediction: Any = None,
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
            a module of its own takes other shapes.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Not negative. They weigh the student's rows, in both of its terms, and reach
            the teachers that take them.
        groups : array-like of shape (n_samples,), default=None
            Rows of one group are not split by `cv`.
        teacher_prediction : array-like of the shape of y, default=None
            For ``teacher="precomputed"``: its values. A search slices them with the
            rows. With a `spread` it has further columns; see Notes.
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
            Extras(sample_weight, groups, teacher_prediction, X_unlabeled, fit_params),
        )

    def predict(self, X: Any, return_std: bool = False) -> Any:
        """Return the predicted values.

        Parameters
        ----------
        X : array-like, sparse array or DataFrame of shape (n_samples, n_features)
            Rows.
        return_std : bool, default=False
            Whether to return standard deviations too; needs ``spread="std"``.

        Returns
        -------
        mean : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        std : ndarray of the same shape
            In the units of y, at least 0. Only with `return_std`.
        """
        values = self._values(X)
        mean = self._shaped(values[:, 0])
        if not return_std:
            return mean
        if self._learnt != "std":
            raise ValueError(
                f"{self._name}: return_std=True needs a student that has learnt the "
                f"standard deviation, got one fitted with spread={self._learnt!r}. Fit "
                "it with spread='std'."
            )
        return mean, self._shaped(values[:, 1])

    @available_if(_has_levels)
    def predict_quantiles(self, X: Any) -> NDArray[np.float64]:
        """Return the quantiles of the levels in `spread`, in increasing order.

        Quantiles of a row that cross are sorted, which brings them nearer to the true
        ones [1]_.

        Parameters
        ----------
        X : array-like, sparse array or DataFrame of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        ndarray of shape (n_samples, n_levels) or (n_samples, n_levels, n_outputs)
            In the units of y.

        References
        ----------
        .. [1] V. Chernozhukov, I. Fernández-Val, A. Galichon, "Quantile and Probability
           Curves Without Crossing", Econometrica 78, 2010, Prop. 4.
        """
        values = self._values(X)
        if self._learnt != as_spread(self._name, self.spread):
            raise ValueError(
                f"{self._name}: predict_quantiles needs a student that has learnt "
                f"spread={self.spread!r}, got one fitted with spread={self._learnt!r}. "
                "Fit it again."
            )
        return self._shaped(values[:, 1:])

    @property
    def _learnt(self) -> str | tuple[float, ...] | None:
        """The spread that the student was fitted with."""
        return None if self._spread is None else self._spread.asked

    def _values(self, X: Any) -> NDArray[np.float64]:
        """Means, and after them the spread: (n, 1 + n_more, n_outputs)."""
        values: NDArray[np.float64] = self._outputs(X).numpy()
        if self.student_.net is not None:  # others speak in the units of y
            with np.errstate(over="ignore"):
                values = self._target_scaling.inverse(values)
            if not np.isfinite(values).all():
                raise DivergedError(
                    "X contains values too large for this student: its output is not "
                    "finite. Scale X."
                )
        if self._spread is not None:
            values = self._spread.rearranged(values)
        return values.reshape(len(values), -1, self.n_outputs_)

    def _shaped(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Without the axis of targets where y had none: (..., k) -> (...)."""
        return values[..., 0] if self._single else values

    def __sklearn_tags__(self) -> Tags:
        """Return what the estimator takes: several targets too."""
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def _encode(self, request: Request) -> Encoded:
        """Targets, standardised by the rows that have one."""
        y = request.y
        if y.ndim == 2 and y.shape[1] == 1:
            warnings.warn(
                "A column-vector y was passed when a 1d array was expected. Please "
                "change the shape of y to (n_samples,), for example using ravel().",
                DataConversionWarning,
                stacklevel=7,
            )
            y = y[:, 0]
        used = request.label_weight > 0
        if used.sum() < 2:
            found = "1 sample" if used.any() else "no sample"
            raise ValueError(
                f"{self._name} needs at least 2 rows with a target, got {found}."
            )
        columns = y.reshape(len(y), -1).astype(np.float64)
        scaling = Scaling.fit(columns[used], request.label_weight[used])
        target, width = scaling.standardised(columns), columns.shape[1]
        spread = as_spread(self._name, self.spread)
        asked = None
        if spread is not None:
            asked = Spread(width, None if isinstance(spread, str) else spread)
            scaling, width = asked.scaling(scaling), asked.width
        return Encoded(
            target,
            width,
            np.ones(len(y)),
            None,
            {
                "n_outputs_": columns.shape[1],
                "_target_scaling": scaling,
                "_single": y.ndim == 1,
                "_spread": asked,
            },
        )

    def _check_params(self) -> None:
        if as_spread(self._name, self.spread) is None:
            return
        if isinstance(self.targets, str) and self.targets == "out_of_bag":
            raise ValueError(
                f"{self._name}: targets='out_of_bag' are means alone and no spread. "
                "Pass targets='out_of_fold', or spread=None."
            )

    def _case(self, request: Request, extras: Extras, *, asks: bool) -> Case:
        """A teacher is asked about a spread even where labels alone give the mean."""
        asks = asks or self.spread is not None
        return super()._case(request, extras, asks=asks)

    def _previous(self, encoded: Encoded) -> Trained | None:
        """A network's columns go on to mean what they meant."""
        previous = super()._previous(encoded)
        if previous is None or previous.net is None:
            return previous
        before, after = self._learnt, as_spread(self._name, self.spread)
        if before != after:
            raise ValueError(
                f"{self._name}: warm_start goes on with spread={before!r}, got "
                f"{after!r}. Pass warm_start=False."
            )
        return previous

    def _course(
        self, student: Student | EstimatorStudent, question: Question, seed: int
    ) -> Course:
        course = super()._course(student, question, seed)
        if question.spread is None:
            return course
        return replace(course, label_loss=question.spread.label_loss)

    def _question(self, encoded: Encoded) -> Question:
        n_outputs, spread = encoded.n_outputs, encoded.fitted["_spread"]
        return Question(self._name, "regression", n_outputs, spread=spread)

    @staticmethod
    def _judged(
        student: Trained, X: Any, encoded: Encoded
    ) -> tuple[NDArray[np.float64], None, None]:
        """Squared error of the mean in variances of y, averaged over targets."""
        outputs = student.outputs(X).numpy()
        if student.net is None:
            outputs = DistilledRegressor._rescaled(outputs, encoded)
        means = outputs[:, : encoded.target.shape[1]]
        return np.square(means - encoded.target).mean(axis=1), None, None

    @staticmethod
    def _rescaled(said: NDArray[np.float64], encoded: Encoded) -> NDArray[np.float64]:
        """Values are standardised like the targets."""
        scaling: Scaling = encoded.fitted["_target_scaling"]
        return scaling.standardised(said)

    @staticmethod
    def _label_loss(output: Tensor, target: Tensor) -> Tensor:
        """Squared error of each sample: (n, k), (n, k) -> (n,)."""
        return squared_error(output, target)
