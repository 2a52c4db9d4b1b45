"""A regressor distilled from any teacher."""

from __future__ import annotations

import warnings
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import RegressorMixin
from sklearn.exceptions import DataConversionWarning
from sklearn.utils import Tags
from torch import Tensor

from sklkd.distillation._base import BaseDistilled, Encoded
from sklkd.distillation._request import Extras, Request
from sklkd.exceptions import DivergedError
from sklkd.losses import squared_error
from sklkd.objectives import Objective, SquaredError
from sklkd.training import Question, Scaling, atomic


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
    student : StudentNet, skorch net, torch.nn.Module, Pipeline or str, default=None
        What is trained, as for `DistilledClassifier`; its network puts out a column a
        target.
    objective : Objective or str, default=None
        What the student minimises besides the targets; None is ``SquaredError()``.
    soft_weight : float, default=0.5
        Share of the objective in [0, 1]. 0 trains on the targets alone and asks no
        teacher, 1 on the teacher alone.
    cv : int, splitter, iterable of splits or None, default=5
        Folds in which an unfitted teacher is fitted on some rows and asked about the
        others. An int makes shuffled folds, the same ones in every fit; rows of one of
        ``fit``'s groups stay together. Rows in no test fold are learnt from their
        targets. None fits the teacher on all rows and asks it about the same.
    transfer_set : None
        Reserved.
    memory : str, path or joblib.Memory, default=None
        Where teacher targets are kept, by the content of teacher, rows, weights and
        folds. A search over student and objective then fits the teacher once for each
        of its folds.
    n_jobs : int, default=None
        Folds that are fitted at a time.
    unlabeled : float, default=None
        The value in y that marks rows without a target; they learn from the teacher.
    warm_start : bool, default=False
        Whether a further ``fit`` goes on training the student of the last.
    random_state : int, RandomState instance or None, default=None
        Initialisation, shuffling, dropout, held-out rows, and whatever the teacher
        leaves unset. An int makes fits bit-identical on one device.
    verbose : int, default=0
        1 shows a progress bar over the teacher's folds and the student's epochs.

    Attributes
    ----------
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features,)
        Their names, where X is a DataFrame.
    n_outputs_ : int
        Number of targets.
    net_ : skorch.NeuralNet
        The trained net, from standardised columns to standardised targets.
    student_ : TrainedStudent
        What predicts: transformers, scaling and net.
    teacher_ : object
        The teacher, where one fitted object spoke for all rows (``cv=None``, or it came
        fitted).
    teacher_weights_ : dict of str to float
        Weights of the members of a `TeacherEnsemble`.
    history_ : list of dict
        A record for each epoch: ``train_loss``, the mean of each term by name
        (``label``, ``squared_error``), and the same of held-out rows as ``valid_*``.
    n_iter_ : int
        Number of epochs.

    See Also
    --------
    DistilledClassifier : The same for classes.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.ensemble import RandomForestRegressor
    >>> from sklkd import DistilledRegressor
    >>> X, y = load_diabetes(return_X_y=True)
    >>> teacher = RandomForestRegressor(20)
    >>> student = DistilledRegressor(teacher, soft_weight=1.0, random_state=0)
    >>> student.fit(X, y).predict(X[:2]).shape
    (2,)
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
        soft_weight: float = 0.5,
        cv: Any = 5,
        transfer_set: None = None,
        memory: Any = None,
        n_jobs: int | None = None,
        unlabeled: Any = None,
        warm_start: bool = False,
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        self.teacher = teacher
        self.student = student
        self.objective = objective
        self.soft_weight = soft_weight
        self.cv = cv
        self.transfer_set = transfer_set
        self.memory = memory
        self.n_jobs = n_jobs
        self.unlabeled = unlabeled
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
        **fit_params: Any,
    ) -> Self:
        """Ask the teacher, and train the student.

        Parameters
        ----------
        X : array-like, sparse array or DataFrame of shape (n_samples, n_features)
            Finite numbers. A student with a module of its own takes other shapes.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Not negative. They weigh the student's rows, in both of its terms, and reach
            the teachers that take them.
        groups : array-like of shape (n_samples,), default=None
            Rows of one group are not split by `cv`.
        teacher_prediction : array-like of the shape of y, default=None
            For ``teacher="precomputed"``: its values. A search slices them with the
            rows.
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
            X, y, Extras(sample_weight, groups, teacher_prediction, fit_params)
        )

    def predict(self, X: Any) -> NDArray[np.float64]:
        """Return the predicted values: (n_samples,) or (n_samples, n_outputs)."""
        outputs = self._outputs(X).numpy()
        with np.errstate(over="ignore"):
            values: NDArray[np.float64] = self._target_scaling.inverse(outputs)
        if not np.isfinite(values).all():
            raise DivergedError(
                "X contains values too large for this student: its output is not "
                "finite. Scale X."
            )
        return values[:, 0] if self._single else values

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
                stacklevel=6,
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
        return Encoded(
            scaling.standardised(columns),
            columns.shape[1],
            np.ones(len(y)),
            None,
            {
                "n_outputs_": columns.shape[1],
                "_target_scaling": scaling,
                "_single": y.ndim == 1,
            },
        )

    def _question(self, encoded: Encoded) -> Question:
        return Question(self._name, "regression", encoded.n_outputs)

    def _rescaled(
        self, said: NDArray[np.float64], encoded: Encoded
    ) -> NDArray[np.float64]:
        """Values are standardised like the targets."""
        scaling: Scaling = encoded.fitted["_target_scaling"]
        return scaling.standardised(said)

    @staticmethod
    def _label_loss(output: Tensor, target: Tensor) -> Tensor:
        """Squared error of each sample: (n, k), (n, k) -> (n,)."""
        return squared_error(output, target)
