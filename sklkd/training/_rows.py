"""Training rows on the device, handed out as slices."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from sklkd.training._scaling import Scaling, chunks

STREAM_ABOVE = 1 << 28  # bytes of a dense copy beyond which rows stay where they are
BLOCK = 1 << 18  # numbers gathered at once in a shuffled epoch; they stay in the cache


@dataclass(frozen=True, slots=True)
class Signals:
    """What each training row is to be learnt from; leading axis: rows.

    Attributes
    ----------
    target : Tensor of shape (n_rows,) or (n_rows, n_outputs)
        Class indices, or standardised values.
    teacher : Tensor of shape (n_rows, n_outputs)
        The teacher's logits or standardised values.
    label_share, teacher_share : Tensor of shape (n_rows,)
        Weight of the row's label loss and of its objective.
    labelled : Tensor of shape (n_rows,) or None
        1 where the row has a label, else 0. None means that all have.
    index : Tensor of shape (n_rows,) or None
        Which of the training's rows each is; None where nobody asks.
    """

    target: Tensor
    teacher: Tensor
    label_share: Tensor
    teacher_share: Tensor
    labelled: Tensor | None = None
    index: Tensor | None = None

    def __len__(self) -> int:
        return len(self.target)

    def __getitem__(self, rows: Any) -> Self:
        # Spelled out: this runs in every batch.
        return type(self)(
            self.target[rows],
            self.teacher[rows],
            self.label_share[rows],
            self.teacher_share[rows],
            None if self.labelled is None else self.labelled[rows],
            None if self.index is None else self.index[rows],
        )

    def parts(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return target, teacher, label share, teacher share."""
        return self.target, self.teacher, self.label_share, self.teacher_share

    def to(self, device: torch.device, dtype: torch.dtype) -> Self:
        """Move to a device; floating-point tensors take `dtype`."""

        def moved(tensor: Tensor | None) -> Any:
            if tensor is None:
                return None
            return tensor.to(device, dtype if tensor.is_floating_point() else None)

        return type(self)(*map(moved, (*self.parts(), self.labelled, self.index)))


@dataclass(slots=True)
class Handout:
    """What the criterion sees of a training besides outputs and targets.

    Attributes
    ----------
    signals : Signals
        Of the batch in work, put there by the iterator.
    inputs : Tensor of shape (n_samples, ...)
        Its inputs.
    module : torch.nn.Module
        The student's.
    done : float
        Share of the epochs that lie behind.
    randomness : Randomness or None
        Rules over what the module draws where the criterion asks it.
    """

    signals: Any = None
    inputs: Any = None
    module: nn.Module | None = None
    done: float = 0.0
    randomness: Any = None

    def clear(self) -> None:
        """Hold on to nothing."""
        self.signals = self.inputs = self.module = self.randomness = None


@dataclass(frozen=True, slots=True)
class Source:
    """Rows of an array as tensors: scaled, in one type, on one device.

    Attributes
    ----------
    X : ndarray, memmap, CSR array, or Tensor
        Where the rows are; a Tensor is ready, anything else is read when asked for.
    scaling : Scaling or None
        Applied to what is read.
    device, dtype
        Of the tensors handed out.
    rows : ndarray of int, default=None
        Which rows of X these are; None means all. A mapped array is never cut.
    """

    X: Any
    scaling: Scaling | None
    device: torch.device
    dtype: torch.dtype
    rows: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return int(self.X.shape[0]) if self.rows is None else len(self.rows)

    def __getitem__(self, rows: Any) -> Tensor:
        if isinstance(self.X, Tensor):
            return self.X[rows]
        if isinstance(rows, Tensor):
            rows = rows.numpy()
        taken = self.X[rows if self.rows is None else self.rows[rows]]
        dense = taken.toarray() if sparse.issparse(taken) else taken
        return self._as_tensor(dense)

    def resident(self) -> Source:
        """Return the same rows with all of them on the device at once."""
        if isinstance(self.X, Tensor):
            return self
        shape = (len(self), *self.row_shape)
        whole = torch.empty(shape, dtype=self.dtype, device=self.device)
        for rows in chunks(shape):
            whole[rows] = self[rows]
        return Source(whole, None, self.device, self.dtype)

    def subset(self, rows: NDArray[np.int64]) -> Source:
        """Return some of the rows, in that order."""
        if isinstance(self.X, Tensor):
            return replace(self, X=self.X[torch.from_numpy(rows).to(self.device)])
        return replace(self, rows=rows if self.rows is None else self.rows[rows])

    @property
    def row_shape(self) -> tuple[int, ...]:
        """Shape of one row, as it is handed out."""
        shape = tuple(self.X.shape[1:])
        return shape if self.scaling is None else self.scaling.row_shape(shape)

    def fits(self) -> bool:
        """Whether a dense copy is wanted: sparse and mapped arrays only if small."""
        in_memory = not sparse.issparse(self.X) and not is_mapped(self.X)
        size = len(self) * math.prod(self.row_shape) * self.dtype.itemsize
        return in_memory or size <= STREAM_ABOVE

    def _as_tensor(self, array: NDArray[Any]) -> Tensor:
        """Copy, so that the caller may overwrite X; any stride and byte order."""
        exotic = array.dtype.kind not in "bif" or array.dtype.itemsize > 8
        dtype = np.float64 if exotic else array.dtype.newbyteorder("=")
        tensor = torch.from_numpy(array.astype(dtype, order="C", copy=True))
        if self.scaling is not None:
            tensor = self.scaling.forward(tensor)
        return tensor.to(self.dtype).to(self.device)


def is_mapped(X: Any) -> bool:
    """Whether an array lies in a file."""
    while isinstance(X, np.ndarray):
        if isinstance(X, np.memmap):
            return True
        X = X.base
    return False


class Rows(Dataset[tuple[Tensor, Tensor]]):
    """Rows to train or validate on, in the form of a torch Dataset.

    skorch, and callbacks that look, see pairs of inputs and targets. The rest of a
    batch's signals goes to the criterion by the `handout` that both share, because
    skorch's scoring callbacks need `y` to be the target alone.

    Parameters
    ----------
    source : Source
        The inputs.
    signals : Signals
        Of the same rows, on the same device.
    handout : Handout
        Holds the batch in work.
    generator : torch.Generator, default=None
        Shuffles the rows in every epoch; without one they keep their order.
    balanced : bool, default=False
        Whether each batch has the same number of rows of each class; those without a
        label are a class of their own.
    """

    def __init__(
        self,
        source: Source,
        signals: Signals,
        handout: Handout,
        generator: torch.Generator | None = None,
        *,
        balanced: bool = False,
    ) -> None:
        self.source = source
        self.signals = signals
        self.handout = handout
        self.generator = generator
        self.groups = _rows_by_class(signals) if balanced else []

    def __len__(self) -> int:
        return len(self.signals)

    def in_batch(self, wanted: int) -> int:
        """Rows in a batch: as many as are wanted, or as many of each class."""
        if not self.groups:
            return min(wanted, len(self))
        return len(self.groups) * max(1, wanted // len(self.groups))

    def in_epoch(self, batch_size: int) -> int:
        """Rows of an epoch, those that come again counted again."""
        if not self.groups:
            return len(self)
        return math.ceil(len(self) / batch_size) * batch_size

    def order(self, batch_size: int) -> Tensor:
        """Draw the rows of an epoch, one batch after the other."""
        if not self.groups:
            return torch.randperm(len(self), generator=self.generator)
        shape = (-1, batch_size // len(self.groups))
        of_each = self.in_epoch(batch_size) // len(self.groups)
        drawn = [self._repeated(rows, of_each).view(shape) for rows in self.groups]
        return torch.cat(drawn, dim=1).flatten()

    def _repeated(self, rows: Tensor, n: int) -> Tensor:
        """The rows of a class, shuffled, as often as makes n of them: (n,)."""
        shuffled = [
            rows[torch.randperm(len(rows), generator=self.generator)]
            for _ in range(math.ceil(n / len(rows)))
        ]
        return torch.cat(shuffled)[:n]

    def __getitem__(self, index: Any) -> tuple[Tensor, Tensor]:
        return self.source[index], self.signals.target[index]

    def blocks(self, batch_size: int) -> Iterator[tuple[Tensor, Signals]]:
        """Shuffle, and gather many batches at a time; the last block may be short."""
        width = max(1, math.prod(self.source.row_shape))
        n_batches = max(1, BLOCK // (width * batch_size))
        order = self.order(batch_size)
        for span in spans(len(order), n_batches * batch_size):
            rows = order[span]
            there = rows.to(self.signals.target.device)
            yield self.source[rows if self._streams else there], self.signals[there]

    @property
    def _streams(self) -> bool:
        return not isinstance(self.source.X, Tensor)


def _rows_by_class(signals: Signals) -> list[Tensor]:
    """The rows of each class, and those without a label."""
    classes = signals.target
    if signals.labelled is not None:
        classes = torch.where(signals.labelled > 0, classes, -1)
    classes = classes.cpu()
    return [(classes == label).nonzero().squeeze(1) for label in classes.unique()]


class Batches:
    """An iterator of batches for skorch, instead of a DataLoader.

    A batch is a slice of rows that lie on the device already. A last batch of a single
    row joins the one before it, since batch normalisation cannot train on one.

    Parameters
    ----------
    dataset : Rows
        What to iterate over.
    batch_size : int
        Rows in a batch.
    """

    def __init__(self, dataset: Rows, batch_size: int) -> None:
        self.dataset = dataset
        self.batch_size = dataset.in_batch(batch_size)

    def __len__(self) -> int:
        n_rows = self.dataset.in_epoch(self.batch_size)
        return len(list(spans(n_rows, self.batch_size)))

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        rows = self.dataset
        whole = self.batch_size >= len(rows) and not rows.groups
        if rows.generator is None or whole:
            return self._cut(rows.source, rows.signals)
        blocks = rows.blocks(self.batch_size)
        return (batch for block in blocks for batch in self._cut(*block))

    def _cut(self, X: Any, signals: Signals) -> Iterator[tuple[Tensor, Tensor]]:
        for rows in spans(len(signals), self.batch_size):
            batch = signals[rows]
            inputs, handout = X[rows], self.dataset.handout
            handout.signals, handout.inputs = batch, inputs
            yield inputs, batch.target


def iterate(dataset: Any, batch_size: int, **loader_options: Any) -> Any:
    """Batches of our rows; of any other data, which users ask about, a DataLoader."""
    if isinstance(dataset, Rows):
        return Batches(dataset, batch_size)
    return DataLoader(dataset, batch_size, **loader_options)


def spans(n: int, size: int) -> Iterator[slice]:
    """Slices of `size` that cover n; a lone last row joins the slice before it."""
    start = 0
    while start < n:
        stop = start + size
        stop = n if n - stop <= 1 else stop
        yield slice(start, stop)
        start = stop


def rows_of(X: Any) -> Any:
    """What transformers gave, or the user, as something with rows: an array or CSR."""
    if hasattr(X, "tocsr"):
        return X.tocsr()
    return X if isinstance(X, np.ndarray) else np.asarray(X)
