"""Generalised learning vector quantisation with relevances of columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sklkd.nn._lvq import LVQ
from sklkd.prototypes._lvq import BaseLVQClassifier, shares


class GRLVQClassifier(BaseLVQClassifier):
    r"""Prototypes, and a weight for each column.

    The distance of a row to a prototype is
    :math:`\sum_j \lambda_j (x_j - w_j)^2` with relevances :math:`\lambda_j \ge 0` that
    sum to 1 and are learnt along [2]_; the loss is that of `GLVQClassifier`.


    Parameters
    ----------
    student : StudentNet, default=None
        How the prototypes are trained: epochs, learning rate, early stopping, device.
        Its module must be None. None is ``StudentNet(lr=0.1)``.
    n_prototypes : int or sequence of int, default=1
        Prototypes of each class, or of every single one in sorted order; at most as
        many as it has rows. They start at the centres of a k-means of the class.
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
    relevances_ : ndarray of shape (n_features,)
        Share of each standardised column in the distance; they sum to 1.
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
    GLVQClassifier : All columns count the same.
    GMLVQClassifier : A whole metric is learnt.

    Notes
    -----
    A relevance says what the metric looks at, given the others: of two columns that
    say the same, one may get it all.

    ``predict_proba`` is the softmax of what `decision_function` returns, which ranks
    classes and is not calibrated.

    A step moves a prototype by about ``lr`` standard deviations in a column at most,
    and so by 15 with the defaults: it may leave the range of its class's rows, and of
    all rows, where that tells classes apart.

    References
    ----------
    .. [1] A. Sato and K. Yamada, "Generalized Learning Vector Quantization", NeurIPS
       1995, Sec. 3.
    .. [2] B. Hammer and T. Villmann, "Generalized relevance learning vector
       quantization", Neural Networks 15, 2002, Sec. 3.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklkd.prototypes import GRLVQClassifier
    >>> X, y = load_wine(return_X_y=True)
    >>> model = GRLVQClassifier(random_state=0).fit(X, y)
    >>> model.prototypes_.shape, bool(model.score(X, y) > 0.9)
    ((3, 13), True)
    """

    def __init__(
        self,
        student: Any = None,
        *,
        n_prototypes: int | Sequence[int] = 1,
        class_weight: Any = None,
        warm_start: bool = False,
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        self.student = student
        self.n_prototypes = n_prototypes
        self.class_weight = class_weight
        self.warm_start = warm_start
        self.random_state = random_state
        self.verbose = verbose

    def _metric(self) -> dict[str, Any]:
        return {"metric": "relevance"}

    def _note_metric(self, module: LVQ) -> None:
        """Set the relevances."""
        self.relevances_ = shares(module.relevances())
