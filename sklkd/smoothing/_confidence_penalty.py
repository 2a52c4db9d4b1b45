"""A classifier that pays for being sure of itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sklkd._validation import NON_NEGATIVE, check_interval
from sklkd.estimators import BaseRegularizedClassifier, Encoded, Lesson, Request
from sklkd.objectives import ConfidencePenalty


class ConfidencePenaltyClassifier(BaseRegularizedClassifier):
    r"""A classifier that is rewarded for the entropy of its predictions.

    The loss of a row is

    .. math:: \mathrm{CE}(\text{label}, p) + \beta \, (\log K - H(p)),

    or, with a ``threshold`` :math:`\Gamma`,
    :math:`\mathrm{CE} + \beta \max(0, \Gamma - H(p))`, times the row's weight [1]_.

    Parameters
    ----------
    student : StudentNet, net, Pipeline or str, default=None
        What is trained. None is ``StudentNet()``, a network sized from the data. A
        class of ``torch.nn.Module`` is built, an instance deep-copied; a skorch net
        keeps its optimiser and callbacks. A scikit-learn model has a loss of its own,
        and is refused. A str is a registered name.
    beta : float, default=0.1
        Weight of the penalty, not negative; 0 trains on the labels alone. The paper
        found 0.1 best on CIFAR-10, 1 on MNIST, and 2 to 2.5 for language.
    threshold : float, default=None
        Entropy in nats, in [0, log(n_classes)], above which there is no penalty. None
        is log(n_classes).
    schedule : {"linear"} or callable, default=None
        Factor of `beta` over the training, from the share of the epochs done, in
        [0, 1), to a number of at least 0; "linear" is weak at first and strong at the
        end. None is 1 throughout.
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
    LabelSmoothingClassifier : The same divergence the other way round.
    sklkd.objectives.ConfidencePenalty : The penalty, to be added to other objectives.

    Notes
    -----
    The penalty is :math:`\mathrm{KL}(p \,\|\, u)` of the uniform distribution
    :math:`u`; label smoothing has :math:`\mathrm{KL}(u \,\|\, p)`. The paper's Section
    3.1 prints the sign of the threshold's term the other way round, which would reward
    low entropy.

    References
    ----------
    .. [1] G. Pereyra et al., "Regularizing Neural Networks by Penalizing Confident
       Output Distributions", 2017, Sec. 3. arXiv:1701.06548

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklkd import ConfidencePenaltyClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> model = ConfidencePenaltyClassifier(beta=1.0, random_state=0).fit(X, y)
    >>> bool(model.predict_proba(X).max() < 0.95)
    True
    """

    def __init__(
        self,
        student: Any = None,
        *,
        beta: float = 0.1,
        threshold: float | None = None,
        schedule: str | Callable[[float], float] | None = None,
        class_weight: Any = None,
        warm_start: bool = False,
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        self.student = student
        self.beta = beta
        self.threshold = threshold
        self.schedule = schedule
        self.class_weight = class_weight
        self.warm_start = warm_start
        self.random_state = random_state
        self.verbose = verbose

    def _check_params(self) -> None:
        check_interval(self._name, "beta", self.beta, NON_NEGATIVE)

    def _lesson(self, request: Request, encoded: Encoded) -> Lesson:
        """The penalty beside the labels."""
        del request, encoded
        penalty = ConfidencePenalty(
            self.threshold, schedule=self.schedule, weight=self.beta
        )
        penalty.check()
        return Lesson(terms={"confidence_penalty": penalty})
