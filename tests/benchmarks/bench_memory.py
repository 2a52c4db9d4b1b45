"""Peak memory of `fit` on a memory-mapped array that is larger than it.

Counted is the process's own memory (`RssAnon`); pages of the mapped file are the
operating system's cache, which it takes back whenever it likes, and are shown apart.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
from timing import start

from sklkd import DistilledClassifier, StudentNet

N_FEATURES = 256


def own_and_mapped():
    """Bytes of this process's memory that are its own, and those of mapped files."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    lines = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    return tuple(int(lines[name].split()[0]) * 1024 for name in ("RssAnon", "RssFile"))


class Peak:
    """The highest readings while a block runs."""

    def __enter__(self):
        self.before, self.own, self.mapped = own_and_mapped()[0], 0, 0
        self.running = True
        self.thread = threading.Thread(target=self._watch)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.running = False
        self.thread.join()

    def _watch(self):
        while self.running:
            own, mapped = own_and_mapped()
            self.own, self.mapped = max(self.own, own), max(self.mapped, mapped)
            time.sleep(0.01)


def make_file(path, n_bytes):
    """A float32 array in a file, written in pieces, and its labels."""
    n = n_bytes // (4 * N_FEATURES)
    X = np.lib.format.open_memmap(path, "w+", np.float32, (n, N_FEATURES))
    y = np.empty(n, dtype=np.int64)
    rng = np.random.default_rng(0)
    for begin in range(0, n, 100_000):
        rows = slice(begin, begin + 100_000)
        X[rows] = rng.standard_normal(X[rows].shape, dtype=np.float32)
        y[rows] = X[rows, :2].sum(axis=1) > 0
    X.flush()
    return y


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=4.0)
    parser.add_argument("--folder", default=None, help="where there is room")
    options = parser.parse_args()
    start()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        path = Path(folder) / "X.npy"
        y = make_file(path, int(options.gigabytes * 2**30))
        X = np.load(path, mmap_mode="r")
        student = StudentNet(hidden=(32,), max_epochs=1, batch_size=4096, device="cpu")
        model = DistilledClassifier(
            teacher, student, soft_weight=0.5, transfer_set=None, random_state=0
        )
        begin = time.perf_counter()
        with Peak() as peak:
            model.fit(X, y)
        seconds = time.perf_counter() - begin
        accuracy = (model.predict(X[:100_000]) == y[:100_000]).mean()
    print(
        f"X of {X.nbytes / 2**30:.1f} GiB, {len(X)} rows, one epoch in {seconds:.0f} s"
    )
    above = peak.own - peak.before
    print(f"own memory at its peak: {above / 2**30:.2f} GiB above", end=", ")
    print(f"{above / len(X):.0f} bytes a row")
    print(f"mapped pages at their peak: {peak.mapped / 2**30:.2f} GiB")
    print(f"accuracy on the first 100 000 rows: {accuracy:.3f}")


def teacher(X):
    """Probabilities of a function that is cheap to ask, in pieces."""
    positive = np.empty(len(X))
    for begin in range(0, len(X), 100_000):
        rows = slice(begin, begin + 100_000)
        positive[rows] = 1 / (1 + np.exp(-4 * X[rows, :2].sum(axis=1)))
    return np.column_stack([1 - positive, positive])


if __name__ == "__main__":
    main()
