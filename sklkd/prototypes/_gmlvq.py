"""Generalised learning vector quantisation with a learnt metric."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sklkd.prototypes._lvq import BaseMatrixLVQClassifier


class GMLVQClassifier(BaseMatrixLVQClassifier):
    r"""Prototypes, and a metric of all columns.

    The distance of a row to a prototype is :math:`\|\Omega (x - w)\|^2` with a matrix
    :math:`\Omega` that is learnt along, at :math:`\mathrm{tr}(\Omega^T \Omega) = 1`
    [2]_; the loss is that of `GLVQClassifier`.


    Parameters
    ----------
    student : StudentNet, default=None
        How the prototypes are trained: epochs, learning rate, early stopping, device.
        Its module must be None. None is ``StudentNet(lr=0.1)``.
    n_prototypes : int or sequence of int, default=1
        Prototypes of each class, or of every single one in sorted order; at most as
        many as it has rows. They start at the centres of a k-means of the class.
    rank : int, default=None
        Rows of the matrix, in [1, n_features]; 2 makes a map that can be drawn. None is
        n_features.
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
    omega_ : ndarray of shape (rank, n_features)
        What maps standardised columns to where distances are Euclidean.
    relevances_ : ndarray of shape (n_features,)
        Share of each standardised column in the distance, the diagonal of
        ``omega_.T @ omega_``; they sum to 1.
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
    GRLVQClassifier : Columns are weighted, and not mixed.
    LGMLVQClassifier : A metric for each prototype.

    Notes
    -----
    ``X_standardised @ omega_.T`` is the space in which the classes are apart.

    ``predict_proba`` is the softmax of what `decision_function` returns, which ranks
    classes and is not calibrated.

    A step moves a prototype by about ``lr`` standard deviations in a column at most,
    and so by 15 with the defaults: it may leave the range of its class's rows, and of
    all rows, where that tells classes apart.

    References
    ----------
    .. [1] A. Sato and K. Yamada, "Generalized Learning Vector Quantization", NeurIPS
       1995, Sec. 3.
    .. [2] P. Schneider, M. Biehl, B. Hammer, "Adaptive Relevance Matrices in Learning
       Vector Quantization", Neural Computation 21, 2009, Sec. 3.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklkd.prototypes import GMLVQClassifier
    >>> X, y = load_wine(return_X_y=True)
    >>> model = GMLVQClassifier(random_state=0).fit(X, y)
    >>> model.prototypes_.shape, bool(model.score(X, y) > 0.9)
    ((3, 13), True)
    """

    def __init__(
        self,
        student: Any = None,
        *,
        n_prototypes: int | Sequence[int] = 1,
        rank: int | None = None,
        class_weight: Any = None,
        warm_start: bool = False,
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        self.student = student
        self.n_prototypes = n_prototypes
        self.rank = rank
        self.class_weight = class_weight
        self.warm_start = warm_start
        self.random_state = random_state
        self.verbose = verbose

    def _metric(self) -> dict[str, Any]:
        return {"metric": "matrix", "rank": self.rank}
