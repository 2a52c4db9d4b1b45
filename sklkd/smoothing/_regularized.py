"""A classifier that learns from labels and any objective that needs no teacher."""

from __future__ import annotations

from typing import Any

from sklkd._validation import NON_NEGATIVE, check_interval
from sklkd.estimators import BaseRegularizedClassifier, Encoded, Lesson, Request
from sklkd.objectives import Objective, SoftTargets, as_objective


class RegularizedClassifier(BaseRegularizedClassifier):
    r"""A classifier that minimises an objective of one's choice beside the labels.

    The loss of a row is

    .. math:: \lambda\,\mathrm{CE}(\text{label}, p) + \mathrm{objective},

    with ``label_weight`` :math:`\lambda`, times the row's weight. Objectives add and
    scale: ``0.1 * ConfidencePenalty() + VirtualAdversarial()``. With ``label_weight=0``
    one takes the place of the cross-entropy, such as `GeneralizedCrossEntropy`.

    Parameters
    ----------
    student : StudentNet, net, Pipeline or str, default=None
        What is trained. None is ``StudentNet()``, a network sized from the data. A
        class of ``torch.nn.Module`` is built, an instance deep-copied; a skorch net
        keeps its optimiser and callbacks. A scikit-learn model has a loss of its own,
        and is refused where there is an objective. A str is a registered name.
    objective : Objective or str, default=None
        What is minimised beside the labels: an object of `sklkd.objectives` that needs
        no teacher, or the name of a registered one. None is nothing.
    label_weight : float, default=1.0
        Factor of the label's cross-entropy, not negative.
    unlabeled : object, default=None
        The value in y that marks rows without a label. They learn from objectives that
        need none, such as `VirtualAdversarial`.
    class_weight : dict or "balanced", default=None
        Factors on the weights of the rows by their label, as in scikit-learn.
    warm_start : bool, default=False
        Whether a further ``fit`` goes on training the student of the last.
    random_state : int, RandomState instance or None, default=None
        Initialisation, shuffling, dropout, held-out rows. An int makes fits
        bit-identical on one device.
    verbose : int, default=0
        1 shows a progress bar over the epochs.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features,)
        Their names, where X is a DataFrame.
    net_ : skorch.NeuralNet
        The trained net, on standardised columns.
    student_ : TrainedStudent
        What predicts: transformers, scaling and net.
    history_ : list of dict
        A record for each epoch: ``train_loss``, the mean of each term by name, and
        those of held-out rows as ``valid_*``.
    n_iter_ : int
        Number of epochs.

    See Also
    --------
    sklkd.distillation.DistilledClassifier : For objectives that imitate a teacher.
    LabelSmoothingClassifier : Labels with a share of a prior; any student.

    Examples
    --------
    Two half moons, and four labels:

    >>> import numpy as np
    >>> from sklearn.datasets import make_moons
    >>> from sklkd import RegularizedClassifier
    >>> from sklkd.objectives import VirtualAdversarial
    >>> X, y = make_moons(200, noise=0.05, random_state=0)
    >>> known = np.full(200, -1)
    >>> for label in (0, 1):
    ...     rows = np.flatnonzero(y == label)[:2]
    ...     known[rows] = label
    >>> model = RegularizedClassifier(
    ...     objective=VirtualAdversarial(0.5), unlabeled=-1, random_state=0
    ... ).fit(X, known)
    >>> model.classes_
    array([0, 1])
    """

    def __init__(
        self,
        student: Any = None,
        *,
        objective: Objective | str | None = None,
        label_weight: float = 1.0,
        unlabeled: Any = None,
        class_weight: Any = None,
        warm_start: bool = False,
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        self.student = student
        self.objective = objective
        self.label_weight = label_weight
        self.unlabeled = unlabeled
        self.class_weight = class_weight
        self.warm_start = warm_start
        self.random_state = random_state
        self.verbose = verbose

    def _check_params(self) -> None:
        check_interval(self._name, "label_weight", self.label_weight, NON_NEGATIVE)
        if self.objective is None and self.label_weight == 0:
            raise ValueError(
                f"{self._name}: label_weight must be above 0 where there is no "
                "objective, got 0. There is nothing to learn from."
            )

    def _lesson(self, request: Request, encoded: Encoded) -> Lesson:
        """Labels, and the terms of the objective."""
        del request, encoded
        share = float(self.label_weight)
        if self.objective is None:
            return Lesson(share)
        objective = as_objective(
            self._name, self.objective, "classification", SoftTargets()
        )
        terms = objective.terms()
        for name, term in terms.items():
            if "teacher" in term.needs:
                raise ValueError(
                    f"{self._name}: the objective {name!r} imitates a teacher, and "
                    "there is none. Pass one that needs none, or use "
                    "DistilledClassifier. (An Objective of your own says so by "
                    "needs = frozenset().)"
                )
        return Lesson(share, terms)
