"""Classification by components: what is there, and what is not."""

from __future__ import annotations

import functools
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from sklkd._validation import COUNT, POSITIVE, Interval, check_choice, check_interval
from sklkd.estimators import Encoded, Request
from sklkd.losses import components_margin
from sklkd.nn import Components
from sklkd.prototypes._base import BasePrototypeClassifier
from sklkd.prototypes._explanation import Explanation, best_two
from sklkd.training import Curriculum, LabelLoss, StudentNet, Trained

MARGIN = Interval(0, 1, closed="right")


class BaseComponentsClassifier(BasePrototypeClassifier):
    """Components that are detected or not, and reasons of classes about them."""

    _default_net: ClassVar[StudentNet] = StudentNet(lr=3e-2)
    n_components: int
    margin: float

    def transform(self, X: Any) -> NDArray[np.float64]:
        """Return how much of each component is in each row, in [0, 1].

        Parameters
        ----------
        X : array-like, sparse array or DataFrame of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        ndarray of shape (n_samples, n_components)
            Detections.
        """
        return super().transform(X)

    def explain(self, X: Any) -> Explanation:
        """Say which components decided about each row, and by how much.

        Parameters
        ----------
        X : array-like, sparse array or DataFrame of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        Explanation
            Contributions are shares of the classes' scores.
        """
        detected = self.transform(X)[:, :, np.newaxis]
        positive, negative = self.reasoning_[:2]
        parts = detected * positive + (1 - detected) * negative
        parts /= self._importance(positive, negative)
        first, second = best_two(self._logits(X).numpy())
        chosen = np.arange(len(parts))
        contributions = parts[chosen, :, first] - parts[chosen, :, second]
        return Explanation(
            self.classes_[first],
            self.classes_[second],
            contributions,
            np.zeros(len(parts)),
        )

    def _importance(self, positive: Any, negative: Any) -> Any:
        """What the sum over a class's components is divided by: (n_classes,)."""
        return (positive + negative).sum(axis=0)

    def _distances(self, rows: Tensor) -> Tensor:
        detected: Tensor = self.net_.module_.detections(rows)
        return detected

    def _check_params(self) -> None:
        check_interval(self._name, "n_components", self.n_components, COUNT)
        check_interval(self._name, "margin", self.margin, MARGIN)

    def _check_counts(self, request: Request, encoded: Encoded) -> None:
        """There may be no more components than rows."""
        n_rows = int((request.label_weight * encoded.row_factor > 0).sum())
        if self.n_components > n_rows:
            raise ValueError(
                f"{self._name}: n_components must be at most the number of rows, got "
                f"{self.n_components} for {n_rows} rows."
            )

    def _row_loss(self) -> LabelLoss:
        return functools.partial(_margin_loss, margin=float(self.margin))

    def _note(self, trained: Trained, curriculum: Curriculum, request: Request) -> None:
        """Set the components in the user's units, and what classes make of them."""
        del curriculum, request
        assert trained.net is not None
        module = trained.net.module_
        self.components_ = self._in_units(trained, module.prototypes)
        self.reasoning_ = module.reasoning().detach().cpu().double().numpy()


def _margin_loss(output: Tensor, target: Tensor, *, margin: float) -> Tensor:
    """What scores lack of the margin: (n, k), (n,) -> (n,)."""
    return components_margin(output, None, target, margin=margin)


class ComponentsClassifier(BaseComponentsClassifier):
    r"""A classifier that says what speaks for a class, what against it, and what not.

    Components are rows that belong to no class. Each is detected in a row with
    :math:`d_k \in [0, 1]`; a class wants to see it with probability :math:`r^+`, not to
    see it with :math:`r^-`, and does not mind otherwise. Its score is the share of what
    matters that is as it shall be [1]_,

    .. math:: p_c = \frac{\sum_k r^+_{kc} d_k + r^-_{kc} (1 - d_k)}
       {\sum_k r^+_{kc} + r^-_{kc}},

    and the loss of a row is :math:`\max(0, \max_{c \ne y} p_c - p_y + m)`.

    Parameters
    ----------
    student : StudentNet, default=None
        How the components are trained: epochs, learning rate, early stopping, device.
        Its module must be None. None is ``StudentNet(lr=0.03)``.
    n_components : int, default=10
        Number of components, at most that of the rows. There may be fewer than classes.
    detection : {"rbf", "cosine"}, default="rbf"
        By distance, :math:`\exp(-\|x - w\|^2 / 2 \sigma^2)`, or by direction,
        :math:`\max(0, \cos(x, w))`; on standardised columns.
    sigma : float, default=None
        Width of "rbf", above 0, in standard deviations of the columns. None learns it.
    margin : float, default=0.3
        :math:`m`, in (0, 1].
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
    reasoning_ : ndarray of shape (3, n_components, n_classes)
        How much each class wants to see a component, not to see it, and does not mind.
        The three sum to 1.
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
    RobustPrototypeClassifier : The same with a certificate.

    Notes
    -----
    Scores do not sum to 1; ``predict_proba`` is the scores divided by their sum, which
    ranks classes and is not calibrated.

    References
    ----------
    .. [1] S. Saralajew et al., "Classification-by-Components: Probabilistic Modeling of
       Reasoning over a Set of Components", NeurIPS 2019, Sec. 2.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklkd.prototypes import ComponentsClassifier
    >>> X, y = load_wine(return_X_y=True)
    >>> model = ComponentsClassifier(n_components=5, random_state=0).fit(X, y)
    >>> model.components_.shape, bool(model.score(X, y) > 0.9)
    ((5, 13), True)
    """

    def __init__(
        self,
        student: Any = None,
        *,
        n_components: int = 10,
        detection: str = "rbf",
        sigma: float | None = None,
        margin: float = 0.3,
        class_weight: Any = None,
        warm_start: bool = False,
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        self.student = student
        self.n_components = n_components
        self.detection = detection
        self.sigma = sigma
        self.margin = margin
        self.class_weight = class_weight
        self.warm_start = warm_start
        self.random_state = random_state
        self.verbose = verbose

    def _check_params(self) -> None:
        super()._check_params()
        check_choice(self._name, "detection", self.detection, ["rbf", "cosine"])
        if self.sigma is not None:
            check_interval(self._name, "sigma", self.sigma, POSITIVE)

    def _module(self) -> tuple[type[nn.Module], dict[str, Any]]:
        params = {"n_components": self.n_components, "detection": self.detection}
        return Components, {**params, "sigma": self.sigma}
