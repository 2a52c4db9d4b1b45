"""Batches: every row once an epoch, in a seeded order, from wherever the rows lie."""

from dataclasses import replace
from itertools import chain

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from torch.utils.data import DataLoader, TensorDataset

from sklkd.training import Scaling, Signals
from sklkd.training import _rows as floor
from sklkd.training._rows import (
    Batches,
    Handout,
    Rows,
    Source,
    is_mapped,
    iterate,
    spans,
)

CPU = torch.device("cpu")


def numbered(n, width=2):
    """Rows whose first number is their index, and signals that hold it too."""
    X = np.arange(n * width, dtype=float).reshape(n, width)
    X[:, 0] = np.arange(n)
    index = torch.arange(n)
    signals = Signals(
        index, index.double()[:, None], index.double() + 0.25, index.double() + 0.5
    )
    return X, signals


def rows_on(X, signals, *, seed=None, resident=True, handout=None):
    source = Source(X, None, CPU, torch.float64)
    generator = None if seed is None else torch.Generator().manual_seed(seed)
    return Rows(
        source.resident() if resident else source,
        signals,
        Handout() if handout is None else handout,
        generator,
    )


def epoch(rows, batch_size):
    """Indices in each batch of an epoch, once all parts are seen to be aligned."""
    seen = []
    for X, target in Batches(rows, batch_size):
        batch = rows.handout.signals
        assert X[:, 0].tolist() == target.tolist()
        assert torch.equal(batch.target, target)
        assert batch.teacher[:, 0].tolist() == target.tolist()
        assert (batch.label_share - 0.25).tolist() == target.tolist()
        assert (batch.teacher_share - 0.5).tolist() == target.tolist()
        seen.append(target.tolist())
    return seen


@st.composite
def sizes(draw):
    """Rows and batch size, on both sides of where one is a multiple of the other."""
    size = draw(st.integers(1, 7))
    n = draw(st.integers(0, 4)) * size + draw(st.integers(-1, 2))
    return max(1, n), size


def expected_sizes(n, size):
    """Whole batches, the rest, and no batch of one where there is one to join."""
    size = min(size, n)
    whole, rest = divmod(n, size)
    lengths = [size] * whole + [rest] * (rest > 0)
    if lengths[-1] == 1 and len(lengths) > 1:
        return [*lengths[:-2], lengths[-2] + 1]
    return lengths


@given(case=sizes(), block=st.sampled_from([1, 10, 24, 1 << 20]), stream=st.booleans())
def test_every_row_is_in_one_batch_of_an_epoch(case, block, stream):
    n, size = case
    rows = rows_on(*numbered(n), seed=0, resident=not stream)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(floor, "BLOCK", block)

        batches = epoch(rows, size)

    assert sorted(chain(*batches)) == list(range(n))
    assert size == 1 or all(len(batch) > 1 for batch in batches[1:])


@given(case=sizes())
def test_a_lone_last_row_joins_the_batch_before(case):
    n, size = case

    batches = epoch(rows_on(*numbered(n), seed=0), size)

    assert [len(batch) for batch in batches] == expected_sizes(n, size)
    assert len(Batches(rows_on(*numbered(n)), size)) == len(batches)


@given(case=sizes(), block=st.sampled_from([1, 10, 24]))
def test_there_are_as_many_batches_as_are_announced(case, block):
    n, size = case
    rows = rows_on(*numbered(n), seed=0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(floor, "BLOCK", block)

        assert len(epoch(rows, size)) == len(Batches(rows, size))


@given(case=sizes(), seed=st.integers(0, 9), stream=st.booleans())
def test_the_order_is_a_permutation_of_the_generator(case, seed, stream):
    n, size = case
    rows = rows_on(*numbered(n), seed=seed, resident=not stream)
    generator = torch.Generator().manual_seed(seed)

    epochs = [list(chain(*epoch(rows, size))) for _ in range(3)]

    for order in epochs:
        shuffled = torch.randperm(n, generator=generator).tolist()
        assert order == (shuffled if size < n else list(range(n)))


def test_epochs_differ():
    rows = rows_on(*numbered(30), seed=0)

    assert epoch(rows, 8) != epoch(rows, 8)


@pytest.mark.parametrize("size", [3, 100])
def test_without_a_generator_rows_keep_their_order(size):
    rows = rows_on(*numbered(10))

    assert list(chain(*epoch(rows, size))) == list(range(10))


def test_a_full_batch_is_not_shuffled():
    """Sums do not depend on order, but for rounding."""
    rows = rows_on(*numbered(10), seed=0)

    assert epoch(rows, 10) == [list(range(10))]


def mapped(array, folder):
    np.save(folder / "array.npy", array)
    return np.load(folder / "array.npy", mmap_mode="r")


CONTAINERS = {
    "array": lambda X, folder: X,
    "memmap": mapped,
    "csr": lambda X, folder: sparse.csr_array(X),
    "csr_matrix": lambda X, folder: sparse.csr_matrix(X),
}


@pytest.mark.parametrize("kind", CONTAINERS)
@pytest.mark.parametrize("size", [4, 7, 100])
def test_streamed_rows_make_the_same_batches(tmp_path, monkeypatch, kind, size):
    monkeypatch.setattr(floor, "BLOCK", 20)
    X, signals = numbered(23)
    streamed = rows_on(CONTAINERS[kind](X, tmp_path), signals, seed=3, resident=False)
    resident = rows_on(X, signals, seed=3)

    for _ in range(2):
        pairs = zip(Batches(streamed, size), Batches(resident, size), strict=True)
        for (X_there, y_there), (X_here, y_here) in pairs:
            assert torch.equal(X_there, X_here)
            assert torch.equal(y_there, y_here)


@pytest.mark.parametrize("kind", ["array", "memmap", "csr"])
def test_some_rows_of_an_array_are_those_rows(tmp_path, kind):
    X, _ = numbered(10)
    some = np.array([7, 2, 2, 9])
    source = Source(CONTAINERS[kind](X, tmp_path), None, CPU, torch.float64)

    for chosen in [source.subset(some), source.resident().subset(some)]:
        assert len(chosen) == 4
        assert chosen[:].numpy()[:, 0].tolist() == [7, 2, 2, 9]
        assert chosen.subset(np.array([3, 0]))[:].numpy()[:, 0].tolist() == [9, 7]
        assert chosen.resident()[torch.tensor([1, 3])][:, 0].tolist() == [2, 9]


@pytest.mark.parametrize(
    ("kind", "above", "fits"),
    [
        ("array", 0, True),
        ("memmap", 0, False),
        ("csr", 0, False),
        ("memmap", 160, True),
        ("memmap", 159, False),
        ("csr", 160, True),
    ],
)
def test_only_sparse_and_mapped_rows_may_be_too_many(
    tmp_path, monkeypatch, kind, above, fits
):
    monkeypatch.setattr(floor, "STREAM_ABOVE", above)
    X = CONTAINERS[kind](numbered(10)[0], tmp_path)

    assert Source(X, None, CPU, torch.float64).fits() is fits


def test_some_rows_of_a_mapped_array_may_fit_where_all_do_not(tmp_path, monkeypatch):
    monkeypatch.setattr(floor, "STREAM_ABOVE", 100)
    source = Source(mapped(numbered(10)[0], tmp_path), None, CPU, torch.float64)

    assert source.subset(np.arange(6)).fits()
    assert not source.fits()


@pytest.mark.parametrize("view", [lambda X: X, lambda X: X[2:], np.asarray], ids="012")
def test_a_view_of_a_mapped_array_is_mapped(tmp_path, view):
    assert is_mapped(view(mapped(np.ones((4, 2)), tmp_path)))


@pytest.mark.parametrize("X", [np.ones(3), np.ones((4, 2))[1:], sparse.eye_array(2)])
def test_other_arrays_are_not_mapped(X):
    assert not is_mapped(X)


NUMBERS = np.array([[0, 1, 2], [3, 0, 1], [1, 1, 0], [2, 3, 1]])
LAYOUTS = {
    "fortran": lambda X: np.asfortranarray(X, dtype="f8"),
    "negative strides": lambda X: X[::-1, ::-1].astype("f8").copy()[::-1, ::-1],
    "strided": lambda X: np.repeat(np.repeat(X, 2, 0), 3, 1).astype("f8")[::2, ::3],
    "transposed": lambda X: X.T.astype("f8").copy().T,
    "big-endian": lambda X: X.astype(">f8"),
    "big-endian integers": lambda X: X.astype(">i4"),
    "little-endian": lambda X: X.astype("<f4"),
    "uint8": lambda X: X.astype("u1"),
    "uint16": lambda X: X.astype("u2"),
    "uint32": lambda X: X.astype("u4"),
    "uint64": lambda X: X.astype("u8"),
    "int8": lambda X: X.astype("i1"),
    "float16": lambda X: X.astype("f2"),
    "longdouble": lambda X: X.astype(np.longdouble),
}


@pytest.mark.parametrize("scaled", [False, True], ids=["raw", "scaled"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_any_layout_and_type_gives_the_right_numbers(layout, scaled):
    X = LAYOUTS[layout](NUMBERS)
    scaling = Scaling.fit(X, np.ones(4)) if scaled else None
    expected = NUMBERS.astype(float)
    if scaled:
        expected = (expected - expected.mean(axis=0)) / expected.std(axis=0)
    source = Source(X, scaling, CPU, torch.float64)

    for rows in (source[:], source.resident()[:], source[np.arange(4)]):
        np.testing.assert_allclose(rows.numpy(), expected, rtol=1e-12, atol=1e-15)


def test_truth_values_are_zeros_and_ones():
    source = Source(NUMBERS > 0, None, CPU, torch.float32)

    assert source[:].tolist() == (NUMBERS > 0).astype(float).tolist()
    assert source[:].dtype is torch.float32


def test_an_array_that_cannot_be_written_is_read():
    X = NUMBERS.astype(float)
    X.flags.writeable = False

    rows = Source(X, None, CPU, torch.float64).resident()[:]
    rows += 1

    assert X.tolist() == NUMBERS.tolist()


@pytest.mark.parametrize("resident", [True, False])
def test_the_caller_may_overwrite_what_was_read(resident):
    X = NUMBERS.astype(float)
    source = Source(X, None, CPU, torch.float64)
    rows = source.resident()[:] if resident else source[:]

    X[:] = np.nan

    assert rows.tolist() == NUMBERS.tolist()


def test_what_is_read_may_be_overwritten():
    X = NUMBERS.astype(float)

    Source(X, None, CPU, torch.float64)[:].zero_()

    assert X.tolist() == NUMBERS.tolist()


def test_images_keep_their_shape():
    X = np.arange(2 * 3 * 4 * 5.0).reshape(2, 3, 4, 5)

    source = Source(X, None, CPU, torch.float64)

    assert source.row_shape == (3, 4, 5)
    assert source[1:].shape == (1, 3, 4, 5)
    np.testing.assert_array_equal(source.resident()[:].numpy(), X)


def test_a_resident_source_stays_itself():
    resident = Source(NUMBERS, None, CPU, torch.float64).resident()

    assert resident.resident() is resident


def test_rows_become_resident_in_chunks(monkeypatch):
    chunks = floor.chunks
    monkeypatch.setattr(floor, "chunks", lambda shape: chunks(shape, 7))
    X, _ = numbered(9)

    assert Source(X, None, CPU, torch.float64).resident()[:].tolist() == X.tolist()


def test_signals_are_cut_together():
    _, signals = numbered(5)

    cut = signals[1:3]

    assert len(signals) == 5
    assert len(cut) == 2
    assert cut.target.tolist() == [1, 2]
    assert cut.teacher.tolist() == [[1.0], [2.0]]
    assert cut.label_share.tolist() == [1.25, 2.25]
    assert cut.teacher_share.tolist() == [1.5, 2.5]


def test_moved_signals_keep_whole_numbers_whole():
    moved = numbered(5)[1].to(CPU, torch.float32)

    assert moved.target.dtype is torch.int64
    assert {
        moved.teacher.dtype,
        moved.label_share.dtype,
        moved.teacher_share.dtype,
    } == {torch.float32}


def test_rows_are_a_dataset_of_inputs_and_targets():
    rows = rows_on(*numbered(5))

    X, target = rows[3]

    assert len(rows) == 5
    assert X[0] == target == 3


def test_other_data_is_loaded_by_torch():
    dataset = TensorDataset(torch.zeros(5, 2))

    loader = iterate(dataset, 2, drop_last=True)

    assert isinstance(loader, DataLoader)
    assert [len(batch) for (batch,) in loader] == [2, 2]


def test_our_rows_are_not_loaded_by_torch():
    batches = iterate(rows_on(*numbered(5)), 2, num_workers=3)

    assert isinstance(batches, Batches)


def test_no_global_generator_is_read_or_advanced():
    rows = rows_on(*numbered(30), seed=0)
    state = torch.get_rng_state()
    torch.manual_seed(7)
    first = epoch(rows_on(*numbered(30), seed=0), 8)

    again = epoch(rows, 8)

    torch.set_rng_state(state)
    assert again == first


@given(n=st.integers(0, 40), size=st.integers(1, 9))
def test_spans_cover_every_row_in_order(n, size):
    covered = [i for span in spans(n, size) for i in range(n)[span]]

    assert covered == list(range(n))


def test_spans_by_hand():
    assert [(s.start, s.stop) for s in spans(7, 3)] == [(0, 3), (3, 7)]
    assert [(s.start, s.stop) for s in spans(8, 3)] == [(0, 3), (3, 6), (6, 8)]
    assert [(s.start, s.stop) for s in spans(1, 3)] == [(0, 1)]
    assert list(spans(0, 3)) == []


# --- Batches with as many rows of each class ------------------------------------------


def balanced(classes, *, labelled=None, seed=0):
    """Rows whose inputs are their numbers, of some classes."""
    X, signals = numbered(len(classes))
    classes = torch.tensor(classes)
    known = None if labelled is None else torch.tensor(labelled, dtype=torch.float64)
    signals = replace(signals, target=classes, labelled=known)
    source = Source(X, None, CPU, torch.float64).resident()
    generator = torch.Generator().manual_seed(seed)
    return Rows(source, signals, Handout(), generator, balanced=True)


def numbers_in(rows, size):
    """The numbers of the rows in each batch of an epoch."""
    return [X[:, 0].long().tolist() for X, _ in Batches(rows, size)]


@given(
    counts=st.lists(st.integers(1, 9), min_size=2, max_size=4),
    size=st.integers(1, 12),
    block=st.sampled_from([1, 10, 1 << 20]),
)
def test_a_balanced_batch_has_as_many_rows_of_each_class(counts, size, block):
    classes = [label for label, n in enumerate(counts) for _ in range(n)]
    rows = balanced(classes)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(floor, "BLOCK", block)

        batches = numbers_in(rows, size)

    of_each = max(1, size // len(counts))
    for batch in batches:
        found = np.bincount([classes[number] for number in batch])
        assert found.tolist() == [of_each] * len(counts)
    assert len(Batches(rows, size)) == len(batches)
    assert sum(map(len, batches)) >= len(classes)


def test_rows_of_small_classes_come_again_before_any_comes_a_third_time():
    batches = numbers_in(balanced([0] * 6 + [1] * 2), 4)

    drawn = np.bincount(list(chain(*batches)), minlength=8)
    assert drawn[:6].max() == 1
    assert drawn[6:].tolist() == [2, 2]


def test_rows_without_a_label_are_a_class_of_their_own():
    rows = balanced([0, 0, 1, 1, 0, 0], labelled=[1, 1, 1, 1, 0, 0])

    (first, *_) = numbers_in(rows, 3)

    assert {number // 2 for number in first} == {0, 1, 2}


def test_balanced_epochs_differ_and_are_those_of_their_seed():
    rows, same = balanced([0] * 8 + [1] * 8), balanced([0] * 8 + [1] * 8)

    first, second = numbers_in(rows, 4), numbers_in(rows, 4)

    assert first != second
    assert numbers_in(same, 4) == first
