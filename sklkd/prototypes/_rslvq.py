"""Robust soft learning vector quantisation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch.nn.functional as F
from scipy.special import softmax
from torch import Tensor

from sklkd._validation import POSITIVE, check_interval
from sklkd.prototypes._explanation import Explanation, best_two
from sklkd.prototypes._lvq import BaseLVQClassifier


class RSLVQClassifier(BaseLVQClassifier):
    r"""Prototypes as the centres of Gaussians, by the likelihood of the labels.

    With :math:`p(x, c) \propto \sum_{k \in c} \exp(-\|x - w_k\|^2 / 2 \sigma^2)`, the
    loss of a row is

    .. math:: -\log \frac{p(x, y)}{\sum_c p(x, c)},

    the cross-entropy of a mixture of Gaussians of one width [1]_, on standardised
    columns.


    Parameters
    ----------
    student : StudentNet, default=None
        How the prototypes are trained: epochs, learning rate, early stopping, device.
        Its module must be None. None is ``StudentNet(lr=0.1)``.
    n_prototypes : int or sequence of int, default=1
        Prototypes of each class, or of every single one in sorted order; at most as
        many as it has rows. They start at the centres of a k-means of the class.
    sigma : float, default=1.0
        Width of the Gaussians, above 0, in standard deviations of the columns.
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
    prototypes_ : ndarray of shape (n_all, n_features)
        In the units of X (of what a vectorizer makes of it, where X is a DataFrame of
        more than numbers).
    prototype_labels_ : ndarray of shape (n_all,)
        The label of each.
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
    GLVQClassifier : Distances instead of likelihoods.

    Notes
    -----
    Probabilities are those of the mixture, and as calibrated as it is.

    A step moves a prototype by about ``lr`` standard deviations in a column at most,
    and so by 15 with the defaults: it may leave the range of its class's rows, and of
    all rows, where that tells classes apart.

    References
    ----------
    .. [1] S. Seo and K. Obermayer, "Soft Learning Vector Quantization", Neural
       Computation 15, 2003, Sec. 3.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklkd.prototypes import RSLVQClassifier
    >>> X, y = load_wine(return_X_y=True)
    >>> model = RSLVQClassifier(random_state=0).fit(X, y)
    >>> model.prototypes_.shape, bool(model.score(X, y) > 0.9)
    ((3, 13), True)
    """

    def __init__(
        self,
        student: Any = None,
        *,
        n_prototypes: int | Sequence[int] = 1,
        sigma: float = 1.0,
        class_weight: Any = None,
        warm_start: bool = False,
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        self.student = student
        self.n_prototypes = n_prototypes
        self.sigma = sigma
        self.class_weight = class_weight
        self.warm_start = warm_start
        self.random_state = random_state
        self.verbose = verbose

    def _check_params(self) -> None:
        super()._check_params()
        check_interval(self._name, "sigma", self.sigma, POSITIVE)

    def _metric(self) -> dict[str, Any]:
        return {"soft": True, "sigma": float(self.sigma)}

    def explain(self, X: Any) -> Explanation:
        """Say which prototypes decided about each row, and by how much.

        A prototype speaks for its class by its share of the mixture's density at the
        row; the shares of a class are its probability.

        Parameters
        ----------
        X : array-like, sparse array or DataFrame of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        Explanation
            Contributions are gaps of probabilities.
        """
        share = softmax(-self.transform(X) / (2 * self.sigma**2), axis=1)
        own = np.searchsorted(self.classes_, self.prototype_labels_)
        first, second = best_two(self._logits(X).numpy())
        sign = (own == first[:, None]).astype(float) - (own == second[:, None])
        return Explanation(
            self.classes_[first],
            self.classes_[second],
            sign * share,
            np.zeros(len(share)),
        )

    @staticmethod
    def _label_loss(output: Tensor, target: Tensor) -> Tensor:
        """Cross-entropy of each sample: (n, k), (n,) -> (n,)."""
        return F.cross_entropy(output, target, reduction="none")
