"""StudentNet: everything about a student network, as searchable parameters."""

from __future__ import annotations

import copy
import inspect
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from types import NoneType
from typing import Any, Self

import numpy as np
import torch
from sklearn.base import BaseEstimator
from skorch.callbacks import Callback, EarlyStopping
from torch import nn

from sklkd._validation import (
    COUNT,
    NON_NEGATIVE,
    POSITIVE,
    Interval,
    check_choice,
    check_flag,
    check_interval,
)
from sklkd.nn import MLP
from sklkd.training._callbacks import SCHEDULES, EpochBar, Schedule, TermLog
from sklkd.training._criterion import DistillationLoss
from sklkd.training._device import check_device, check_dtype
from sklkd.training._net import Net
from sklkd.training._rows import iterate
from sklkd.training._seeds import Randomness

FULL_BATCH = 100  # rows up to which a batch is all of them
STEPS = 1500  # of a training whose number of epochs is open
WEIGHT_DECAY = 3.0
FEW, FEW_DECAY = 200, 5.0  # rows
DECAY_IN_FULL = 2500  # rows
WIDE = 128  # units that take all of the decay
PREFIXES = ("module__", "optimizer__")


class StudentNet(BaseEstimator):
    """A student network: what it is, and how it is trained.

    It is a parameter object, not an estimator: `DistilledClassifier` and its kin build
    a skorch net from it, sized from the data.

    Parameters
    ----------
    module : type of torch.nn.Module or torch.nn.Module, default=None
        The network; by default a `sklkd.nn.MLP` on standardised columns. A class is
        built with the ``module__*`` parameters, and with ``n_features`` and
        ``n_outputs`` when its signature has them (``n_features`` is ``X.shape[1]``, the
        number of channels of images). An instance is deep-copied, and
        starts from the weights that it has. It puts out logits or values,
        (n_rows, n_outputs).
    hidden : sequence of int, default=None
        Widths of the default network's hidden layers. None takes (128, 128) up to
        5 000 rows, and (256, 256) above.
    dropout : float, default=0.0
        Of the default network, in [0, 1).
    weight_decay : float, default=None
        Decoupled weight decay of the default optimizer [1]_, not negative: in a step a
        weight shrinks by the factor ``1 - lr * weight_decay``. None takes for the
        default network 5 up to 200 rows, 3 up to 2 500 and 7 500 / n_rows above, the
        more rows the less [2]_; of that, below 128 units, their share of 128 in the
        narrowest layer; and 0 for a module. An optimizer of your own takes
        ``optimizer__weight_decay`` only, which goes before this one elsewhere.
    max_epochs : int, default=None
        Passes over the rows. None takes as many as make about 1 500 steps, in
        [20, 300].
    lr : float, default=3e-3
        Learning rate at the beginning.
    lr_schedule : {"cosine", "linear", "constant"} or callable, default="cosine"
        Factor on the learning rate, from the share of epochs done in [0, 1) to a
        positive number. With an `LRScheduler` among the callbacks, pass "constant".
    batch_size : int, default=None
        Rows in a step. None takes all of them up to 100 rows, and from there about
        1/50 of them, in [32, 256].
    balanced_batches : bool, default=False
        Whether each batch has the same number of rows of each class. Rows of small
        classes come several times in an epoch; rows without a label are a class of
        their own. `GaussianClasses` measures every class in every batch.
    optimizer : type of torch.optim.Optimizer, default=None
        None takes AdamW, fused where the device can. ``optimizer__*`` reach it.
    early_stopping : bool, default=False
        Whether to hold out rows, stop when their loss no longer falls, and keep the
        best epoch's weights. The rows are taken from the training rows, stratified by
        class; never from what the caller holds out.
    validation_fraction : float, default=0.1
        Share of rows held out for early stopping, in (0, 1).
    n_iter_no_change : int, default=10
        Epochs without a lower loss before early stopping.
    tol : float, default=1e-4
        Relative fall of the loss that counts.
    standardize : bool, default=None
        Whether columns are standardised for the network, by weighted mean and
        standard deviation. None means for the default network only.
    checkpoint : path, default=None
        A folder. After every epoch the training is saved there, under a name made of
        its parameters, its data and its seed; a killed fit, run again, goes on from
        there and ends as an uninterrupted one. Needs an integer `random_state`. The
        files stay until you remove them.
    device : "auto", str or torch.device, default="auto"
        "auto" takes CUDA, then MPS, then the CPU; asking for what is not there is an
        error.
    dtype : {"auto", "float32", "float64"}, default="auto"
        "auto" takes float64 for the default network on a CPU in full batches, where a
        sample weight of 2 is then a repeated row to rounding, and float32 elsewhere.
    callbacks : list of skorch callbacks, default=None
        For instance `skorch.callbacks.LRScheduler`. Those that look at batches cost
        time in every batch.
    random_state : int, RandomState instance or None, default=None
        Initialisation, shuffling, dropout and the held-out rows. None takes the
        estimator's.
    verbose : int, default=0
        1 shows a progress bar. The estimator's counts too.
    **kwargs
        ``module__*`` and ``optimizer__*``.

    References
    ----------
    .. [1] I. Loshchilov and F. Hutter, "Decoupled Weight Decay Regularization", ICLR
       2019, Algorithm 2. arXiv:1711.05101
    .. [2] X. Wang and L. Aitchison, "How to set AdamW's weight decay as you scale model
       and dataset size", ICML 2025, Sec. 3. arXiv:2405.13698

    Examples
    --------
    >>> from sklkd import StudentNet
    >>> student = StudentNet(hidden=(64,), max_epochs=50, optimizer__weight_decay=1e-4)
    >>> student.get_params()["optimizer__weight_decay"]
    0.0001
    """

    def __init__(
        self,
        module: type[nn.Module] | nn.Module | None = None,
        *,
        hidden: Sequence[int] | None = None,
        dropout: float = 0.0,
        weight_decay: float | None = None,
        max_epochs: int | None = None,
        lr: float = 3e-3,
        lr_schedule: str | Callable[[float], float] = "cosine",
        batch_size: int | None = None,
        balanced_batches: bool = False,
        optimizer: type[torch.optim.Optimizer] | None = None,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        tol: float = 1e-4,
        standardize: bool | None = None,
        checkpoint: str | Path | None = None,
        device: str | torch.device = "auto",
        dtype: str = "auto",
        callbacks: list[Callback] | None = None,
        random_state: Any = None,
        verbose: int = 0,
        **kwargs: Any,
    ) -> None:
        self.module = module
        self.hidden = hidden
        self.dropout = dropout
        self.weight_decay = weight_decay
        self.max_epochs = max_epochs
        self.lr = lr
        self.lr_schedule = lr_schedule
        self.batch_size = batch_size
        self.balanced_batches = balanced_batches
        self.optimizer = optimizer
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.standardize = standardize
        self.checkpoint = checkpoint
        self.device = device
        self.dtype = dtype
        self.callbacks = callbacks
        self.random_state = random_state
        self.verbose = verbose
        for name, value in kwargs.items():
            if not name.startswith(PREFIXES):
                raise TypeError(
                    f"StudentNet: unexpected parameter {name!r}. Parameters of the "
                    "module and the optimizer are module__* and optimizer__*."
                )
            setattr(self, name, value)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters, ``module__*`` and ``optimizer__*`` included."""
        params: dict[str, Any] = super().get_params(deep=deep)
        return params | self._prefixed("")

    def set_params(self, **params: Any) -> Self:
        """Set parameters; ``module__*`` and ``optimizer__*`` may be new."""
        prefixed = {k: v for k, v in params.items() if k.startswith(PREFIXES)}
        super().set_params(**{k: v for k, v in params.items() if k not in prefixed})
        for name, value in prefixed.items():
            setattr(self, name, value)
        return self

    def check(self) -> None:
        """Raise if a parameter is out of range."""
        who = type(self).__name__
        always = {
            "dropout": Interval(0, 1, closed="left"),
            "lr": POSITIVE,
            "validation_fraction": Interval(0, 1, closed="neither"),
            "n_iter_no_change": COUNT,
            "tol": NON_NEGATIVE,
        }
        optional = {
            "weight_decay": NON_NEGATIVE,
            "max_epochs": COUNT,
            "batch_size": COUNT,
        }
        for name, interval in always.items():
            check_interval(who, name, getattr(self, name), interval)
        for name, interval in optional.items():
            if getattr(self, name) is not None:
                check_interval(who, name, getattr(self, name), interval)
        if not isinstance(self.hidden, (Sequence, np.ndarray, NoneType)):
            raise TypeError(
                f"{who}: hidden must be a sequence of widths or None, got "
                f"{self.hidden!r}."
            )
        for width in () if self.hidden is None else self.hidden:
            check_interval(who, "each width in hidden", width, COUNT)
        if not callable(self.lr_schedule):
            check_choice(who, "lr_schedule", self.lr_schedule, SCHEDULES)
        check_flag(who, "balanced_batches", self.balanced_batches)
        self._check_module(who)

    @property
    def is_default(self) -> bool:
        """Whether the network is the default one."""
        return self.module is None

    @property
    def scales(self) -> bool:
        """Whether columns are standardised for the network."""
        return self.is_default if self.standardize is None else bool(self.standardize)

    def rows_in_batch(self, n_rows: int) -> int:
        """Rows in a step, for a number of training rows."""
        if self.batch_size is not None:
            return min(self.batch_size, n_rows)
        if n_rows <= FULL_BATCH:
            return n_rows
        return int(min(256, max(32, 2 ** round(math.log2(n_rows / 50)))))

    def epochs(self, n_rows: int) -> int:
        """Passes over a number of training rows."""
        if self.max_epochs is not None:
            return self.max_epochs
        steps_in_epoch = math.ceil(n_rows / self.rows_in_batch(n_rows))
        return min(300, max(20, round(STEPS / steps_in_epoch)))

    def decay(self, n_rows: int) -> float:
        """Weight decay of the default optimizer, for a number of training rows."""
        if self.weight_decay is not None:
            return self.weight_decay
        if not self.is_default:
            return 0.0
        hidden = (WIDE,) if self.hidden is None else tuple(self.hidden) or (0,)
        room = min(1.0, min(hidden) / WIDE)  # a bound on weights binds few units more
        if n_rows <= FEW:
            return room * FEW_DECAY
        return room * WEIGHT_DECAY * min(1.0, DECAY_IN_FULL / n_rows)

    def placement(self, n_rows: int) -> tuple[torch.device, torch.dtype]:
        """Device and floating-point type, for a number of training rows."""
        device = check_device(type(self).__name__, self.device)
        full_batch = self.rows_in_batch(n_rows) >= n_rows
        exact = self.is_default and device.type == "cpu" and full_batch
        return device, check_dtype(type(self).__name__, self.dtype, exact=exact)

    def build(
        self,
        n_features: int,
        n_outputs: int,
        n_rows: int,
        criterion: DistillationLoss,
        randomness: Randomness,
        *,
        label: str,
        verbose: int,
    ) -> Net:
        """Build the untrained, uninitialised skorch net.

        Parameters
        ----------
        n_features, n_outputs, n_rows : int
            Of the training data.
        criterion : DistillationLoss
            What it minimises.
        randomness : Randomness
            The fit's own.
        label : str
            Of the progress bar.
        verbose : int
            Whether there is a bar.
        """
        device, _ = self.placement(n_rows)
        epochs = self.epochs(n_rows)
        stochastic = not self.is_default or self.dropout > 0
        return Net(
            **self._module(n_features, n_outputs, n_rows),
            criterion=criterion,
            **self._optimizer(device, n_rows),
            lr=self.lr,
            max_epochs=epochs,
            batch_size=self.rows_in_batch(n_rows),
            iterator_train=iterate,
            iterator_valid=iterate,
            train_split=None,
            callbacks=self._callbacks(epochs, label, max(verbose, self.verbose)),
            verbose=0,
            device=device,
            randomness=randomness if stochastic else None,
        )

    def _callbacks(self, epochs: int, label: str, verbose: int) -> list[Any]:
        factor = self.lr_schedule
        if not callable(factor):
            factor = SCHEDULES[factor]
        callbacks: list[Any] = [TermLog(), *(self.callbacks or [])]
        if self.lr_schedule != "constant":  # or it would undo a user's LRScheduler
            callbacks.append(Schedule(factor, epochs))
        if verbose:
            callbacks.append(EpochBar(epochs, label))
        if self.early_stopping:
            stopping = EarlyStopping(
                patience=self.n_iter_no_change,
                threshold=self.tol,
                load_best=True,
                sink=_silent,
            )
            callbacks.append(stopping)
        return callbacks

    def _module(self, n_features: int, n_outputs: int, n_rows: int) -> dict[str, Any]:
        """The module, and the parameters it is to be built with."""
        given = self._prefixed("module__")
        if isinstance(self.module, nn.Module):
            return {"module": copy.deepcopy(self.module)}
        sizes: dict[str, Any] = {"n_features": n_features, "n_outputs": n_outputs}
        if self.module is None:
            hidden = self.hidden
            if hidden is None:
                hidden = (128, 128) if n_rows <= 5000 else (256, 256)
            sizes |= {"hidden": tuple(hidden), "dropout": self.dropout}
            return {"module": MLP, **_prefixed(sizes), **given}
        known = inspect.signature(self.module).parameters
        sizes = {name: size for name, size in sizes.items() if name in known}
        return {"module": self.module, **_prefixed(sizes), **given}

    def _optimizer(self, device: torch.device, n_rows: int) -> dict[str, Any]:
        given = self._prefixed("optimizer__")
        if self.optimizer is not None:
            return {"optimizer": self.optimizer, **given}
        fused = device.type in ("cpu", "cuda")
        return {
            "optimizer": torch.optim.AdamW,
            "optimizer__fused": fused,
            "optimizer__weight_decay": self.decay(n_rows),
            **given,
        }

    def _prefixed(self, prefix: str) -> dict[str, Any]:
        wanted = prefix or PREFIXES
        return {name: v for name, v in vars(self).items() if name.startswith(wanted)}

    def _check_module(self, who: str) -> None:
        is_class = inspect.isclass(self.module) and issubclass(self.module, nn.Module)
        if not (self.module is None or is_class or isinstance(self.module, nn.Module)):
            raise TypeError(
                f"{who}: module must be a torch.nn.Module, a class of them or None, "
                f"got {self.module!r}."
            )
        if isinstance(self.module, nn.Module) and self._prefixed("module__"):
            raise TypeError(
                f"{who}: module__* parameters build a class, but module is an instance "
                f"of {type(self.module).__name__}. Pass the class."
            )


def _prefixed(sizes: dict[str, Any]) -> dict[str, Any]:
    """{"n_features": 4} -> {"module__n_features": 4}."""
    return {f"module__{name}": value for name, value in sizes.items()}


def _silent(*_: Any) -> None:
    """Say nothing; skorch's early stopping wants to print."""
