"""Components whose evidence adds up, with a radius in which no prediction changes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from sklkd._validation import POSITIVE, check_choice, check_interval
from sklkd.estimators import Encoded, Lesson, Request
from sklkd.nn import RobustPrototypes
from sklkd.objectives import CertifiedRadius
from sklkd.prototypes._components import BaseComponentsClassifier

LOSSES = ["margin", "radius"]
UNITS = ["standardized", "original"]
LARGEST = 1e300  # of a radius that is infinite


class RobustPrototypeClassifier(BaseComponentsClassifier):
    r"""A classifier by components that says how far a row may be moved.

    Components are detected by :math:`d_k = \exp(-\|x - w_k\| / \sigma)`, and each
    class has one distribution over what it wants to see and what not,
    :math:`\sum_k r^+_{kc} + r^-_{kc} = 1`. Its score is

    .. math:: p_c = \sum_k r^+_{kc} d_k + r^-_{kc} (1 - d_k).

    Detections change no faster than distances, and so there is a radius around each row
    inside of which no move of it changes the predicted class [1]_:
    `certified_radius`.

    Parameters
    ----------
    student : StudentNet, default=None
        How the components are trained: epochs, learning rate, early stopping, device.
        Its module must be None. None is ``StudentNet(lr=0.03)``.
    n_components : int, default=10
        Number of components, at most that of the rows. There may be fewer than classes.
    sigma : float, default=None
        Width, above 0, in standard deviations of the columns. None learns it.
    loss : {"margin", "radius"}, default="margin"
        What is minimised: what the score of the label lacks of a `margin` over all
        others, or what its certified radius lacks of `gamma`.
    margin : float, default=0.1
        In (0, 1]. Scores of a class share its evidence out, so that gaps are small; the
        paper takes 0.025 for deep features.
    gamma : float, default=0.5
        Above 0, in standard deviations of the columns.
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
    components_ : ndarray of shape (n_components, n_features)
        In the units of X (of what a vectorizer makes of it, where X is a DataFrame of
        more than numbers).
    reasoning_ : ndarray of shape (2, n_components, n_classes)
        How much each class wants to see a component, and not to see it. All of a class
        sum to 1.
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
    ComponentsClassifier : What does not matter has a probability of its own.

    Notes
    -----
    Scores do not sum to 1; ``predict_proba`` is the scores divided by their sum, which
    ranks classes and is not calibrated.

    References
    ----------
    .. [1] S. Saralajew, A. Rana, T. Villmann and A. Shaker, "A Robust Prototype-Based
       Network with Interpretable RBF Classifier Foundations", AAAI 2025.
       arXiv:2412.15499

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklkd.prototypes import RobustPrototypeClassifier
    >>> X, y = load_wine(return_X_y=True)
    >>> model = RobustPrototypeClassifier(n_components=6, random_state=0).fit(X, y)
    >>> bool((model.certified_radius(X) > 0).all())
    True
    """

    def __init__(
        self,
        student: Any = None,
        *,
        n_components: int = 10,
        sigma: float | None = None,
        loss: str = "margin",
        margin: float = 0.1,
        gamma: float = 0.5,
        class_weight: Any = None,
        warm_start: bool = False,
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        self.student = student
        self.n_components = n_components
        self.sigma = sigma
        self.loss = loss
        self.margin = margin
        self.gamma = gamma
        self.class_weight = class_weight
        self.warm_start = warm_start
        self.random_state = random_state
        self.verbose = verbose

    def certified_radius(
        self, X: Any, *, unit: str = "standardized"
    ) -> NDArray[np.float64]:
        """Return how far each row may be moved, in any direction, and keep its class.

        Parameters
        ----------
        X : array-like, sparse array or DataFrame of shape (n_samples, n_features)
            Rows.
        unit : {"standardized", "original"}, default="standardized"
            Of the Euclidean length: standard deviations of the columns, or what X is
            in. One of the latter is as long as the least standard deviation of a
            column allows, and so 0 or nearly where there are columns of very different
            size; pass ``student=StudentNet(standardize=False)`` to train in them.

        Returns
        -------
        ndarray of shape (n_samples,)
            Not negative; infinite where no move changes the class. It is a lower bound
            on the distance to the border, in exact arithmetic.

        Raises
        ------
        ValueError
            If the unit is another, or the student's own transformers come before the
            columns: a move of X is then none of what the certificate is about.
        """
        check_choice(f"{self._name}.certified_radius", "unit", unit, UNITS)
        radius: NDArray[np.float64] = self._asked(X, self._radii).numpy()
        radius[radius >= LARGEST] = np.inf
        if unit == "standardized":
            return radius
        trained: Any = self.student_
        if trained.steps is not None:
            raise ValueError(
                f"{self._name}.certified_radius: unit must be 'standardized' where X "
                "has columns that are not numbers, got 'original'."
            )
        if trained.scaling is None:
            return radius
        scale = trained.scaling.scale
        if not (scale > 0).any():  # all rows are the same to it
            return np.full_like(radius, np.inf)
        least: float = scale[scale > 0].min()
        return radius * least

    def _radii(self, rows: Any) -> Any:
        # `through` takes what is not finite for a sign of values that are too large.
        radii = self.net_.module_.certified_radius(rows)
        return radii.double().clamp(max=LARGEST)

    def _importance(self, positive: Any, negative: Any) -> Any:
        del positive, negative  # they sum to 1
        return 1.0

    def _check_params(self) -> None:
        super()._check_params()
        check_choice(self._name, "loss", self.loss, LOSSES)
        check_interval(self._name, "gamma", self.gamma, POSITIVE)
        if self.sigma is not None:
            check_interval(self._name, "sigma", self.sigma, POSITIVE)

    def _module(self) -> tuple[type[nn.Module], dict[str, Any]]:
        params = {"n_components": self.n_components, "sigma": self.sigma}
        return RobustPrototypes, params

    def _lesson(self, request: Request, encoded: Encoded) -> Lesson:
        lesson = super()._lesson(request, encoded)
        if self.loss == "margin":
            return lesson
        return Lesson(0.0, {"certified_radius": CertifiedRadius(float(self.gamma))})
