"""A network whose classes are the means of their rows' codes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from sklkd._validation import COUNT, check_interval
from sklkd.estimators import Encoded, Lesson, Request
from sklkd.nn import Prototypical
from sklkd.objectives import Episodes
from sklkd.prototypes._base import SMALL, BasePrototypeClassifier
from sklkd.training import Curriculum, StudentNet, Trained, take


class PrototypicalClassifier(BasePrototypeClassifier):
    r"""A network that is trained to tell rows by the means of their classes.

    In every batch some rows of each class are its support, and the others are told by
    the nearest mean of the support's codes :math:`f(x)` [1]_. Up to 500 rows, where no
    ``batch_size`` is given, a batch is all of them, and each is told by the means of
    all, as in [2]_: a weight of 2 is then a repeated row. Once trained, a class is
    the mean of the codes of all of its rows, and

    .. math:: p(c \mid x) \propto \exp(-\|f(x) - \bar f_c\|^2).

    Parameters
    ----------
    student : StudentNet, default=None
        How the network is trained: epochs, learning rate, early stopping, device. Its
        module must be None, and ``balanced_batches`` should be True. None is
        ``StudentNet(balanced_batches=True)``.
    n_latent : int, default=16
        Width of a code.
    hidden : sequence of int, default=(128,)
        Widths of the layers before it.
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
    NearestMeanClassifier : Means of the columns, or of what another network makes.

    References
    ----------
    .. [1] J. Snell, K. Swersky and R. Zemel, "Prototypical Networks for Few-shot
       Learning", NeurIPS 2017, Sec. 2. arXiv:1703.05175
    .. [2] T. Mensink, J. Verbeek, F. Perronnin and G. Csurka, "Distance-Based Image
       Classification: Generalizing to New Classes at Near-Zero Cost", IEEE TPAMI
       35(11), 2013, Sec. 3.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklkd.prototypes import PrototypicalClassifier
    >>> X, y = load_wine(return_X_y=True)
    >>> model = PrototypicalClassifier(random_state=0).fit(X, y)
    >>> bool(model.score(X, y) > 0.9)
    True
    """

    _default_net: ClassVar[StudentNet] = StudentNet(balanced_batches=True)
    class_weight = None  # classes are their means, however many rows they have

    def __init__(
        self,
        student: Any = None,
        *,
        n_latent: int = 16,
        hidden: Sequence[int] = (128,),
        warm_start: bool = False,
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        self.student = student
        self.n_latent = n_latent
        self.hidden = hidden
        self.warm_start = warm_start
        self.random_state = random_state
        self.verbose = verbose

    @property
    def _n_features_out(self) -> int:
        return len(self.classes_)

    def _check_params(self) -> None:
        check_interval(self._name, "n_latent", self.n_latent, COUNT)

    def _module(self) -> tuple[type[nn.Module], dict[str, Any]]:
        return Prototypical, {"n_latent": self.n_latent, "hidden": tuple(self.hidden)}

    def _lesson(self, request: Request, encoded: Encoded) -> Lesson:
        """Episodes in place of labels; of few rows, all are told by all."""
        self._check_counts(request, encoded)
        n_rows = int((request.row_weight > 0).sum())
        given = None if self.student is None else self.student.batch_size
        whole = given is None and n_rows <= SMALL
        return Lesson(0.0, {"episodes": Episodes(whole=whole)})

    def _note(self, trained: Trained, curriculum: Curriculum, request: Request) -> None:
        """Take the class means of all rows that were learnt from."""
        del request
        asked: Any = trained
        module = asked.net.module_
        X, rows = curriculum.X, curriculum.rows
        codes = asked.through(X if rows is None else take(X, rows), module.encoder)
        weight = torch.from_numpy(curriculum.weight)
        where = {"device": module.means.device, "dtype": module.means.dtype}
        parts: list[Tensor] = [codes.to(**where), curriculum.signals.target, weight]
        module.set_means(*(part.to(module.means.device) for part in parts))
