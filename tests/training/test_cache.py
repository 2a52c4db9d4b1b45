"""A result is computed once for each content, whoever asks, wherever, and when."""

import os
import pickle
import re
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pytest
from joblib import Memory, Parallel, delayed
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from training.classroom import (
    CLASSES,
    blobs,
    counted,
    failing,
    lessons,
    question,
    together,
)

from sklkd.exceptions import CacheWarning
from sklkd.training import as_memory
from sklkd.training._cache import recall
from sklkd.training._cross_fit import cross_fit, make_splits

X, Y = blobs(12)


@pytest.fixture
def calls(tmp_path):
    """How often `counted` ran: a path it appends to, and a count of its lines."""
    return Calls(tmp_path / "calls")


class Calls:
    def __init__(self, path):
        self.path = path

    def __len__(self):
        return len(self.path.read_text().split()) if self.path.exists() else 0


@pytest.fixture
def memory(tmp_path):
    return Memory(tmp_path / "cache", verbose=0)


def mapped(array, folder):
    np.save(folder / "array.npy", array)
    return np.load(folder / "array.npy", mmap_mode="r")


CONTENTS = {
    "array": X,
    "strings": CLASSES[Y],
    "objects": CLASSES[Y].astype(object),
    "sparse": sparse.csr_array(np.round(X)),
    "pandas": pd.DataFrame({"a": X[:, 0], "b": CLASSES[Y]}),
    "polars": pl.DataFrame({"a": X[:, 0], "b": CLASSES[Y].tolist()}),
    "estimator": LogisticRegression(C=3.0, class_weight={"ash": 2.0}),
    "nested": {"splits": [(np.arange(3), np.arange(4))], "name": "x", "none": None},
}


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
def test_equal_copies_are_one_content(memory, calls, content):
    twin = pickle.loads(pickle.dumps(content))

    first = recall(memory, counted, content, 1, log=calls.path)
    again = recall(memory, counted, twin, 1, log=calls.path)

    assert first == again == 1
    assert len(calls) == 1


@pytest.mark.parametrize(
    "other",
    [X + 1e-12, X[::-1], X.astype("f4"), X[:6], X.T],
    ids=["value", "order", "type", "rows", "transposed"],
)
def test_other_content_is_computed_anew(memory, calls, other):
    recall(memory, counted, X, 1, log=calls.path)

    recall(memory, counted, other, 1, log=calls.path)

    assert len(calls) == 2


def test_a_memory_map_is_the_array_that_it_maps(memory, calls, tmp_path):
    recall(memory, counted, X, 1, log=calls.path)

    recall(memory, counted, mapped(X, tmp_path), 1, log=calls.path)

    assert len(calls) == 1


def test_how_it_is_computed_is_no_part_of_the_key(memory, calls, tmp_path):
    recall(memory, counted, X, 1, log=calls.path, n_jobs=1)

    recall(memory, counted, X, 1, log=tmp_path / "elsewhere", n_jobs=2)

    assert len(calls) == 1
    assert not (tmp_path / "elsewhere").exists()


def test_the_function_is_part_of_the_key(memory, calls):
    recall(memory, counted, X, 1, log=calls.path)

    result = recall(memory, np.shape, X)

    assert result == (12, 3)


def test_another_memory_object_of_the_same_folder_remembers(tmp_path, calls):
    for _ in range(2):
        memory = as_memory("Test", str(tmp_path / "cache"))
        recall(memory, counted, X, 1, log=calls.path)

    assert len(calls) == 1


def test_processes_that_ask_at_the_same_moment_compute_once(tmp_path, calls):
    """One computes for half a second; the other waits for it."""
    memory = Memory(tmp_path / "cache", verbose=0)
    (tmp_path / "ready").mkdir()
    asked = (recall, memory, counted, X, 7)

    results = Parallel(n_jobs=2)(
        delayed(together)(
            tmp_path / "ready", number, 2, *asked, log=calls.path, seconds=0.5
        )
        for number in range(2)
    )

    assert results == [7, 7]
    assert len(calls) == 1


def test_a_result_of_another_process_is_found_here(tmp_path, calls):
    memory = Memory(tmp_path / "cache", verbose=0)
    task = delayed(recall)(memory, counted, (X, CLASSES[Y]), 7, log=calls.path)
    Parallel(n_jobs=2)([task])

    recall(memory, counted, (X.copy(), CLASSES[Y]), 7, log=calls.path)

    assert len(calls) == 1


def test_what_fails_is_not_remembered(memory, calls):
    for _ in range(2):
        with pytest.raises(RuntimeError, match=r"^no luck$"):
            recall(memory, failing, X, log=calls.path)

    assert len(calls) == 2


def test_arrays_come_back_bit_identical(memory):
    args = (np.asarray, X)

    first, again = recall(memory, *args), recall(memory, *args)

    np.testing.assert_array_equal(first, X)
    np.testing.assert_array_equal(again, X)


def test_targets_that_are_remembered_equal_those_computed(memory):
    content = lessons(X, Y), {}, make_splits(question(), 2, lessons(X, Y)), question()
    teacher = LogisticRegression()
    expected = cross_fit(teacher, *content)

    recall(memory, cross_fit, teacher, *content, n_jobs=1, verbose=0)
    outputs, known = recall(memory, cross_fit, teacher, *content, n_jobs=None)

    np.testing.assert_array_equal(outputs, expected[0])
    np.testing.assert_array_equal(known, expected[1])


def test_no_memory_computes_every_time_and_writes_nothing(calls, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    for _ in range(2):
        recall(as_memory("Test", None), counted, X, 1, log=calls.path)

    assert len(calls) == 2
    assert os.listdir(tmp_path) == ["calls"]


@pytest.mark.parametrize(
    "content", [lambda: None, (X, lambda: None)], ids=["itself", "inside"]
)
def test_content_that_cannot_be_pickled_is_computed_with_a_warning(
    memory, calls, content
):
    with pytest.raises(pickle.PicklingError, match="lambda") as reason:
        joblib.hash(("counted", (content, 5)), coerce_mmap=True)
    sentence = (
        f"memory= cannot identify {content!r} by its content ({reason.value}); it is "
        "fitted anew in every fit. Use functions defined in a module."
    )

    for _ in range(2):
        with pytest.warns(CacheWarning) as caught:
            result = recall(memory, counted, content, 5, log=calls.path)
        assert [str(warning.message) for warning in caught] == [sentence]

    assert result == 5
    assert len(calls) == 2


@pytest.mark.parametrize("kind", [str, Path])
def test_a_path_becomes_a_memory_there(kind, tmp_path):
    memory = as_memory("Test", kind(tmp_path / "cache"))

    assert isinstance(memory, Memory)
    assert str(memory.location) == str(tmp_path / "cache")


def test_a_memory_stays_itself(memory):
    assert as_memory("Test", memory) is memory


def test_none_is_a_memory_without_a_place():
    assert as_memory("Test", None).location is None


@pytest.mark.parametrize("memory", [3, True, ["cache"]])
def test_anything_else_is_refused(memory):
    sentence = f"Test: memory must be None, a path or a joblib.Memory, got {memory!r}."

    with pytest.raises(TypeError, match=f"^{re.escape(sentence)}$"):
        as_memory("Test", memory)
