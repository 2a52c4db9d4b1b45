"""A classifier whose labels are smoothed."""

from __future__ import annotations

from typing import Any

import numpy as np

from sklkd._validation import FRACTION, check_interval
from sklkd.estimators import BaseRegularizedClassifier, Encoded, Lesson, Request
from sklkd.objectives import SoftTargets, class_prior

TINY = float(np.finfo(np.float64).tiny)  # of a class that the prior rules out


class LabelSmoothingClassifier(BaseRegularizedClassifier):
    r"""A classifier that learns every label with a share of a prior.

    The loss of a row is

    .. math:: (1 - \varepsilon)\,\mathrm{CE}(\text{label}, p)
       + \varepsilon\,\mathrm{KL}(u \,\|\, p),

    with ``smoothing`` :math:`\varepsilon` and the prior :math:`u`, times the row's
    weight: the cross-entropy of smoothed labels [1]_ up to a constant. It is
    distillation from a teacher that always says the same. Predictions become less sure
    of themselves, which helps where labels are noisy or a network is too large.

    Parameters
    ----------
    student : StudentNet, net, estimator, Pipeline or str, default=None
        What is trained. None is ``StudentNet()``, a network sized from the data. A
        class of ``torch.nn.Module`` is built, an instance deep-copied; a skorch net
        keeps its optimiser and callbacks. A scikit-learn classifier is fitted on each
        row once a class where it takes weights, which is the loss above exactly. A str
        is a registered name.
    smoothing : float, default=0.1
        Share of the prior in [0, 1]; 0 trains on the labels alone.
    prior : {"uniform", "unigram"} or array-like of shape (n_classes,)
        The same probability for all classes, the default; their shares among the
        labels, by weight [2]_; or probabilities with the sum 1, in the order of the
        sorted labels.
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
    prior_ : ndarray of shape (n_classes,)
        The prior, as probabilities in the order of `classes_`.
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
    ConfidencePenaltyClassifier : The same divergence the other way round.
    sklkd.distillation.DistilledClassifier :
        Labels smoothed by what a teacher thinks of each row.

    Notes
    -----
    The prior counts the true class too, as torch and [1]_ do: with K classes and the
    uniform prior the label keeps :math:`1 - \varepsilon + \varepsilon / K`. At the
    optimum the logit of the label is
    :math:`\log(1 + K (1 - \varepsilon) / \varepsilon)` above the others.

    A network trained so makes a worse teacher [3]_: it forgets which of the other
    classes are alike.

    References
    ----------
    .. [1] C. Szegedy et al., "Rethinking the Inception Architecture for Computer
       Vision", CVPR 2016, Sec. 7. arXiv:1512.00567
    .. [2] G. Pereyra et al., "Regularizing Neural Networks by Penalizing Confident
       Output Distributions", 2017, Sec. 3.2. arXiv:1701.06548
    .. [3] R. Mueller, S. Kornblith, G. Hinton, "When Does Label Smoothing Help?",
       NeurIPS 2019, Sec. 4. arXiv:1906.02629

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklkd import LabelSmoothingClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> smoothed = LabelSmoothingClassifier(smoothing=0.2, random_state=0).fit(X, y)
    >>> bool(smoothed.predict_proba(X).max(axis=1).mean() < 0.9)
    True
    """

    def __init__(
        self,
        student: Any = None,
        *,
        smoothing: float = 0.1,
        prior: Any = "uniform",
        class_weight: Any = None,
        warm_start: bool = False,
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        self.student = student
        self.smoothing = smoothing
        self.prior = prior
        self.class_weight = class_weight
        self.warm_start = warm_start
        self.random_state = random_state
        self.verbose = verbose

    def _check_params(self) -> None:
        check_interval(self._name, "smoothing", self.smoothing, FRACTION)

    def _lesson(self, request: Request, encoded: Encoded) -> Lesson:
        """The prior is what a teacher would say of every row."""
        weight = request.label_weight * encoded.row_factor
        total = np.bincount(encoded.target, weight, encoded.n_outputs)
        prior = class_prior(self._name, self.prior, total / total.sum())
        encoded.fitted["prior_"] = prior
        share = float(self.smoothing)
        terms = {"label_smoothing": SoftTargets()}
        said = np.log(np.maximum(prior, TINY))
        return Lesson(1 - share, dict(terms), share, said)
