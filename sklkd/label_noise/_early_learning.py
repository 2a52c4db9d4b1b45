"""A classifier that does not memorise wrong labels."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from sklkd._validation import (
    FRACTION,
    NON_NEGATIVE,
    Interval,
    check_choice,
    check_interval,
)
from sklkd.estimators import BaseRegularizedClassifier, Encoded, Lesson, Request
from sklkd.label_noise._scores import noise_report
from sklkd.nn import AveragedPair
from sklkd.objectives import EarlyLearning, EarlyLearningPair
from sklkd.training import (
    Curriculum,
    EstimatorStudent,
    Student,
    Trained,
    puts_out_probabilities,
    take,
)

VARIANTS = ["elr", "elr+"]
TERM = "early_learning"


class EarlyLearningClassifier(BaseRegularizedClassifier):
    r"""A classifier that holds on to what it thought before it memorised the labels.

    A network learns what is right about noisy labels first, and memorises the wrong
    ones later. Early-learning regularisation (ELR) remembers for each row an average
    :math:`t` of the probabilities :math:`p` of earlier epochs, and rewards agreement
    with it [1]_. The loss of a row is

    .. math:: \mathrm{CE}(\text{label}, p) + \lambda \log(1 - \langle p, t \rangle),

    times the row's weight.

    Parameters
    ----------
    student : StudentNet, net, Pipeline or str, default=None
        What is trained. None is ``StudentNet()``, a network sized from the data. A
        class of ``torch.nn.Module`` is built, an instance deep-copied; a skorch net
        keeps its optimiser and callbacks. A scikit-learn model has a loss of its own,
        and is refused. A str is a registered name.
    regularization : float, default=3.0
        :math:`\lambda`, not negative; 0 trains on the labels alone. The paper takes 1
        to 7, the more the more classes.
    momentum : float, default=0.7
        In [0, 1), how slowly the memory changes, from epoch to epoch. The paper takes
        0.7 where labels are wrong at random, 0.9 where classes are mixed up in pairs.
    ramp : float, default=0.25
        Share of the training, in [0, 1], until the regularisation has all of its
        strength. The paper has none (0), and hundreds of steps an epoch; with the few
        of a small table the student would hold on to what it thought before it had
        learnt anything, and lose whole classes.
    variant : {"elr", "elr+"}, default="elr"
        "elr+" trains two networks, each of which remembers what the other thinks, on
        rows that are mixed in pairs, and predicts with the moving averages of their
        weights: more accurate in the paper, at three times the cost here.
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
    label_distributions_ : ndarray of shape (n_samples, n_classes)
        The memory of each row of ``fit``; of rows that were not trained on (held out
        for early stopping, or of weight 0), what the student says.
    transduction_ : ndarray of shape (n_samples,)
        The most probable label of each row of ``fit`` by these.
    label_noise_score_ : ndarray of shape (n_samples,)
        How doubtful the label of each row of ``fit`` is, in [0, 1]: one minus the
        probability that `label_distributions_` gives it.
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
    RefinedClassifier : Labels refined out of fold; any student.
    sklkd.distillation.DistilledClassifier :
        Labels beside what an out-of-fold teacher says.

    Notes
    -----
    There must be epochs enough for an average to form: with a `momentum` of 0.7 about
    five. The memory is keyed by the row, whatever the order and the batches; every
    ``fit``, a warm start too, begins with an empty one. Held-out rows are judged by
    their noisy labels, without the second term.

    It helps networks that would memorise. A small one under a strong weight decay
    cannot, and may be more accurate without.

    The variant "elr+" keeps from the paper the two networks, mixup, averages and the
    ramp of :math:`\lambda`; its learning rate is that of the student.

    References
    ----------
    .. [1] S. Liu et al., "Early-Learning Regularization Prevents Memorization of Noisy
       Labels", NeurIPS 2020, Sec. 4. arXiv:2007.00151

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_iris
    >>> from sklkd import EarlyLearningClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> noisy = y.copy()
    >>> noisy[::5] = (y[::5] + 1) % 3
    >>> model = EarlyLearningClassifier(random_state=0).fit(X, noisy)
    >>> wrong = noisy != y
    >>> score = model.label_noise_score_
    >>> bool(score[wrong].mean() > 3 * score[~wrong].mean())
    True
    """

    def __init__(
        self,
        student: Any = None,
        *,
        regularization: float = 3.0,
        momentum: float = 0.7,
        ramp: float = 0.25,
        variant: str = "elr",
        class_weight: Any = None,
        warm_start: bool = False,
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        self.student = student
        self.regularization = regularization
        self.momentum = momentum
        self.ramp = ramp
        self.variant = variant
        self.class_weight = class_weight
        self.warm_start = warm_start
        self.random_state = random_state
        self.verbose = verbose

    def _check_params(self) -> None:
        strength, momentum = self.regularization, self.momentum
        check_interval(self._name, "regularization", strength, NON_NEGATIVE)
        below_one = Interval(0, 1, closed="left")
        check_interval(self._name, "momentum", momentum, below_one)
        check_interval(self._name, "ramp", self.ramp, FRACTION)
        check_choice(self._name, "variant", self.variant, VARIANTS)

    def _student(self, X: Any) -> Student | EstimatorStudent:
        """Two networks in one, where the variant asks for them."""
        student = super()._student(X)
        if self.variant == "elr" or isinstance(student, EstimatorStudent):
            return student
        if puts_out_probabilities(student.net):
            raise ValueError(
                f"{self._name}: variant='elr+' needs a network that puts out logits, "
                f"got a {type(student.net).__name__} with {student.net.criterion!r}, "
                "which wants probabilities. Leave the softmax out, and pass "
                "criterion=torch.nn.CrossEntropyLoss."
            )
        return replace(student, within=partial(partial, AveragedPair))

    def _lesson(self, request: Request, encoded: Encoded) -> Lesson:
        """Labels beside a memory; the pair of networks sees to its labels itself."""
        n_rows = int((request.label_weight > 0).sum())
        if n_rows <= encoded.n_outputs:
            raise ValueError(
                f"{self._name} needs more rows than classes, got {n_rows} rows of "
                f"{encoded.n_outputs} classes. With a row a class there is nothing to "
                "be learnt early."
            )
        strength, momentum = float(self.regularization), float(self.momentum)
        if self.variant == "elr":
            term = EarlyLearning(momentum, ramp=float(self.ramp), weight=strength)
            return Lesson(terms={TERM: term})
        pair = EarlyLearningPair(momentum, strength, ramp=float(self.ramp))
        return Lesson(0.0, {TERM: pair})

    def _note(self, trained: Trained, curriculum: Curriculum, request: Request) -> None:
        """Set what is thought of the labels."""
        assert trained.net is not None
        memory = trained.net.criterion_.terms[TERM].memory.detach().cpu()
        memory = memory.to(torch.float64).numpy()
        memory = memory if memory.ndim == 2 else memory.mean(axis=0)
        proba = np.zeros((len(request.y), memory.shape[1]))
        proba[slice(None) if curriculum.rows is None else curriculum.rows] = memory
        unseen = np.flatnonzero(proba.sum(axis=1) == 0)
        if len(unseen):
            X = request.X_original if trained.sees_original else request.X
            proba[unseen] = _said(trained, take(X, unseen))
        for name, value in noise_report(proba, self.classes_, request.y).items():
            setattr(self, name, value)


def _said(trained: Trained, X: Any) -> NDArray[np.float64]:
    """Probabilities of the student: (n, n_classes)."""
    proba: NDArray[np.float64] = trained.outputs(X).softmax(dim=1).numpy()
    return proba
