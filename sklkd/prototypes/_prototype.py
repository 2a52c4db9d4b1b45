"""A network that classifies by distances to prototypes which can be looked at."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from sklkd._validation import COUNT, NON_NEGATIVE, check_interval
from sklkd.estimators import Encoded, Lesson, Request
from sklkd.nn import ConvDecoder, ConvEncoder, PrototypeAutoencoder
from sklkd.objectives import PrototypesNearRows, Reconstruction, RowsNearPrototypes
from sklkd.prototypes._base import BasePrototypeClassifier
from sklkd.prototypes._explanation import Explanation, best_two
from sklkd.training import (
    Curriculum,
    EstimatorStudent,
    Student,
    StudentNet,
    Trained,
)


class PrototypeClassifier(BasePrototypeClassifier):
    r"""A network whose prototypes are decoded into rows, or images, to be looked at.

    An autoencoder turns a row into a code :math:`f(x)`; the distances
    :math:`d_k = \|f(x) - p_k\|^2` of the code to prototypes decide, by logits
    :math:`z = d W` without bias [1]_. The loss of a row is

    .. math:: \mathrm{CE} + \lambda \|g(f(x)) - x\|^2
       + \lambda_1 \frac1P \sum_k \min_i d_{ik} + \lambda_2 \min_k d_{k}:

    codes must hold what a row is made of, every prototype must be like some row, and
    every row like some prototype.

    Parameters
    ----------
    student : StudentNet, default=None
        How the network is trained: epochs, learning rate, early stopping, device.
        Its module must be None. None is ``StudentNet(max_epochs=100)``. Columns are
        standardised for "mlp" only, unless it says otherwise.
    n_prototypes : int, default=15
        Number of prototypes, at most that of the rows. They belong to no class.
    encoder : {"mlp", "conv"} or (module, module), default="mlp"
        The two halves of the autoencoder: layers on columns; convolutions on images
        (n_samples, n_channels, height, width) with values in [0, 1]; or an encoder,
        whose attribute ``n_latent`` is the width of its code, and a decoder, as
        modules or callables that make them.
    n_latent : int, default=10
        Width of the code of "mlp".
    hidden : sequence of int, default=(128,)
        Widths of the layers of "mlp", from rows to codes; backwards they are the
        decoder's.
    reconstruction : float, default=0.05
        :math:`\lambda`, not negative.
    near_rows : float, default=0.05
        :math:`\lambda_1`, not negative.
    near_prototypes : float, default=0.05
        :math:`\lambda_2`, not negative.
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
    prototypes_ : ndarray of shape (n_prototypes, ...)
        Decoded, in the units of X (of what a vectorizer makes of it, where X is a
        DataFrame of more than numbers).
    weights_ : ndarray of shape (n_prototypes, n_classes)
        :math:`W`; a negative one means that being near speaks for the class.
    prototype_labels_ : ndarray of shape (n_prototypes,)
        The class that each prototype speaks for most, by its weights.
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
    GLVQClassifier : Prototypes among the rows themselves, with labels.
    ComponentsClassifier : Evidence for and against.

    Notes
    -----
    The weights of the paper are 20 : 1 : 1 : 1, which is 0.05 here. The second term is
    a sum over columns or pixels. Prototypes start at the centres of a k-means of codes,
    and :math:`W` at what the clusters hold; the paper starts at random.

    References
    ----------
    .. [1] O. Li, H. Liu, C. Chen and C. Rudin, "Deep Learning for Case-Based Reasoning
       through Prototypes: A Neural Network That Explains Its Predictions", AAAI 2018.
       arXiv:1710.04806

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklkd.prototypes import PrototypeClassifier
    >>> X, y = load_wine(return_X_y=True)
    >>> model = PrototypeClassifier(n_prototypes=6, random_state=0).fit(X, y)
    >>> model.prototypes_.shape, bool(model.score(X, y) > 0.9)
    ((6, 13), True)
    """

    _default_net: ClassVar[StudentNet] = StudentNet(max_epochs=100)

    def __init__(
        self,
        student: Any = None,
        *,
        n_prototypes: int = 15,
        encoder: Any = "mlp",
        n_latent: int = 10,
        hidden: Sequence[int] = (128,),
        reconstruction: float = 0.05,
        near_rows: float = 0.05,
        near_prototypes: float = 0.05,
        class_weight: Any = None,
        warm_start: bool = False,
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        self.student = student
        self.n_prototypes = n_prototypes
        self.encoder = encoder
        self.n_latent = n_latent
        self.hidden = hidden
        self.reconstruction = reconstruction
        self.near_rows = near_rows
        self.near_prototypes = near_prototypes
        self.class_weight = class_weight
        self.warm_start = warm_start
        self.random_state = random_state
        self.verbose = verbose

    def transform(self, X: Any) -> NDArray[np.float64]:
        """Return the squared distance of each code to each prototype.

        Parameters
        ----------
        X : array-like, sparse array or DataFrame of shape (n_samples, ...)
            Rows.

        Returns
        -------
        ndarray of shape (n_samples, n_prototypes)
            What the logits are linear in.
        """
        return super().transform(X)

    def explain(self, X: Any) -> Explanation:
        """Say which prototypes decided about each row, and by how much.

        Parameters
        ----------
        X : array-like, sparse array or DataFrame of shape (n_samples, ...)
            Rows.

        Returns
        -------
        Explanation
            Contributions are gaps of logits.
        """
        distances = self.transform(X)
        first, second = best_two(self._logits(X).numpy())
        gaps = self.weights_[:, first] - self.weights_[:, second]
        return Explanation(
            self.classes_[first],
            self.classes_[second],
            distances * gaps.T,
            np.zeros(len(distances)),
        )

    def _check_params(self) -> None:
        check_interval(self._name, "n_prototypes", self.n_prototypes, COUNT)
        for name in ("reconstruction", "near_rows", "near_prototypes"):
            check_interval(self._name, name, getattr(self, name), NON_NEGATIVE)
        if self._encoder_is("mlp"):
            check_interval(self._name, "n_latent", self.n_latent, COUNT)
            self._check_hidden()
        pair = isinstance(self.encoder, (tuple, list)) and len(self.encoder) == 2
        if not (pair or self._encoder_is("mlp") or self._encoder_is("conv")):
            raise ValueError(
                f"{self._name}: encoder must be 'mlp', 'conv' or a pair of an encoder "
                f"and a decoder, got {self.encoder!r}."
            )

    def _check_hidden(self) -> None:
        """Raise unless there is a sequence of widths."""
        if not isinstance(self.hidden, (Sequence, np.ndarray)):
            raise TypeError(
                f"{self._name}: hidden must be a sequence of widths, got "
                f"{self.hidden!r}."
            )
        for width in self.hidden:
            check_interval(self._name, "each width in hidden", width, COUNT)

    def _encoder_is(self, name: str) -> bool:
        """Whether it is the one of this name."""
        return isinstance(self.encoder, str) and self.encoder == name

    @property
    def _standardizes(self) -> bool:
        """Pixels, and what modules of one's own take, stay as they are."""
        return self._encoder_is("mlp")

    def _student_takes_missing(self) -> bool:
        own = getattr(self.student, "standardize", None)
        return self._standardizes if own is None else bool(own)

    def _module(self) -> tuple[type[nn.Module], dict[str, Any]]:
        params: dict[str, Any] = {"n_prototypes": int(self.n_prototypes)}
        if self._encoder_is("mlp"):
            params |= {"n_latent": self.n_latent, "hidden": tuple(self.hidden)}
        elif not self._encoder_is("conv"):  # whose size is that of the images
            params |= dict(zip(("encoder", "decoder"), self.encoder, strict=True))
        return PrototypeAutoencoder, params

    def _sized(
        self, student: Student | EstimatorStudent, request: Request
    ) -> Student | EstimatorStudent:
        student = super()._sized(student, request)
        if self._encoder_is("conv"):
            net: Any = student.net
            self._check_pixels(request.X, scaled=net.scales)
            of = {"n_channels": request.X.shape[1], "size": request.X.shape[2:]}
            net.set_params(
                module__encoder=partial(ConvEncoder, **of),
                module__decoder=partial(ConvDecoder, **of, sigmoid=not net.scales),
            )
        return student

    def _check_shape(self, shape: tuple[int, ...]) -> None:
        """Raise unless rows are vectors for "mlp", and images for "conv"."""
        if self._encoder_is("conv") and len(shape) != 4:
            raise ValueError(
                f"{self._name}: encoder='conv' takes images of shape (n_samples, "
                f"n_channels, height, width), got X of shape {shape}. Reshape X, or "
                "pass encoder='mlp'."
            )
        if self._encoder_is("mlp") and len(shape) != 2:
            raise ValueError(
                f"{self._name}: encoder='mlp' takes flat rows of shape (n_samples, "
                f"n_features), got X of shape {shape}. Flatten them, or pass images "
                "with encoder='conv'."
            )

    def _check_pixels(self, X: Any, *, scaled: bool) -> None:
        """Raise unless pixels are such that the decoder can make them."""
        if not scaled and (X.min() < 0 or X.max() > 1):
            raise ValueError(
                f"{self._name}: encoder='conv' takes pixels in [0, 1], got some in "
                f"[{X.min():g}, {X.max():g}]. Scale X, or pass "
                "student=StudentNet(standardize=True)."
            )

    def _check_counts(self, request: Request, encoded: Encoded) -> None:
        """There may be no more prototypes than rows."""
        n_rows = int((request.label_weight * encoded.row_factor > 0).sum())
        if self.n_prototypes > n_rows:
            raise ValueError(
                f"{self._name}: n_prototypes must be at most the number of rows, got "
                f"{self.n_prototypes} for {n_rows} rows."
            )

    def _lesson(self, request: Request, encoded: Encoded) -> Lesson:
        """Labels, and what keeps prototypes readable."""
        self._check_counts(request, encoded)
        terms = {
            "reconstruction": Reconstruction(weight=float(self.reconstruction)),
            "near_rows": PrototypesNearRows(weight=float(self.near_rows)),
            "near_prototypes": RowsNearPrototypes(weight=float(self.near_prototypes)),
        }
        return Lesson(terms=dict(terms))

    def _note(self, trained: Trained, curriculum: Curriculum, request: Request) -> None:
        """Set the prototypes as rows, and their weights."""
        del curriculum, request
        assert trained.net is not None
        module = trained.net.module_
        self.prototypes_ = self._in_units(trained, _decoded(module))
        self.weights_ = module.weights.detach().cpu().double().numpy()
        self.prototype_labels_ = self.classes_[self.weights_.argmin(axis=1)]


def _decoded(module: Any) -> Tensor:
    """The prototypes of a module as rows, decoded as in predictions."""
    decoded: Tensor = module.eval().decoded()
    return decoded
