"""Digits, two at a time: what is left of the first task after the last one.

Run ``python examples/papers/key_value_bottleneck.py``. Five tasks of two digits come
one after the other, each digit in one of them, in another order for every seed. A model
learns a task by ``partial_fit`` and never sees its rows again. After the last task it
is asked about all ten digits [1]_. Rows are scikit-learn's small digits, and MNIST
where ``--data`` holds it.

key-value                 `KeyValueBottleneckClassifier`, keys made of all training
                          rows, without labels
key-value, first task     the same with keys made of the first task's rows
pooled naive Bayes        `PooledGaussianNB`, whose batches add up exactly
SGD                       scikit-learn's ``SGDClassifier``, logistic loss
MLP                       scikit-learn's ``MLPClassifier``, a layer of 100
MLP, all at once          the same on all rows, shuffled: what the tasks cost it

SGD and MLP pass `PASSES` times over the rows of a task. Beside the accuracy on all
digits stand that on the first task's two and that on the last one's. How many keys
there are was not chosen by accuracy: 1024 for MNIST, whose rows are many, and the
default for the small digits.

The paper uses large pretrained encoders and CIFAR-10. Here the encoder is nothing at
all: keys lie in projections of pixels.

Progress goes to standard error, the tables to standard output; ``records.csv`` in
``--out`` keeps each finished run.

References
----------
.. [1] F. Träuble et al., "Discrete Key-Value Bottleneck", ICML 2023. arXiv:2207.11240
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import runs
from sklearn.datasets import load_digits
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

from sklkd.prototypes import KeyValueBottleneckClassifier, PooledGaussianNB

SEEDS = 5
N_ROWS = 20_000  # of MNIST
PASSES = {"digits": 60, "mnist": 10}
DIGITS = np.arange(10)
KEYS = {"digits": {}, "mnist": {"n_heads": 32, "n_keys": 1024}}


def small_digits(seed):
    """Images of 8 x 8 pixels in [0, 1], a third of them new: X, y, X_new, y_new."""
    X, y = load_digits(return_X_y=True)
    X, X_new, y, y_new = train_test_split(
        X / 16, y, test_size=1 / 3, stratify=y, random_state=seed
    )
    return X, y, X_new, y_new


def tasks_of(seed, y):
    """Row numbers of each of five tasks, and the two digits of each."""
    pairs = np.random.default_rng(seed).permutation(DIGITS).reshape(5, 2)
    return [np.flatnonzero(np.isin(y, pair)) for pair in pairs], pairs


def keys_of_all(kind, seed, X, parts):  # noqa: ARG001 - as the others
    return KeyValueBottleneckClassifier(**KEYS[kind], random_state=seed).fit_keys(X)


def keys_of_first(kind, seed, X, parts):
    model = KeyValueBottleneckClassifier(**KEYS[kind], random_state=seed)
    return model.fit_keys(X[parts[0]])


ARMS = {
    "key-value": keys_of_all,
    "key-value, first task": keys_of_first,
    "pooled naive Bayes": lambda *_: PooledGaussianNB(),
    "SGD": lambda _, seed, *__: SGDClassifier(loss="log_loss", random_state=seed),
    "MLP": lambda _, seed, *__: MLPClassifier(random_state=seed),
    "MLP, all at once": lambda _, seed, *__: MLPClassifier(random_state=seed),
}
COUNTING = {"key-value", "key-value, first task", "pooled naive Bayes"}


def learn(model, X, y, rng, passes):
    """Pass over the rows of one task, in batches of 100 in another order each time."""
    for _ in range(passes):
        order = rng.permutation(len(y))
        for start in range(0, len(y), 100):
            rows = order[start : start + 100]
            model.partial_fit(X[rows], y[rows], classes=DIGITS)


def measure(arm, kind, seed, data):
    """Accuracies after the last task, and seconds of the processor."""
    X, y, X_new, y_new = data
    parts, pairs = tasks_of(seed, y)
    begin = time.process_time()
    model = ARMS[arm](kind, seed, X, parts)
    rng = np.random.default_rng(seed)
    batches = [np.arange(len(y))] if arm == "MLP, all at once" else parts
    for rows in batches:
        if arm in COUNTING:
            model.partial_fit(X[rows], y[rows], classes=DIGITS)
        else:
            learn(model, X[rows], y[rows], rng, PASSES[kind])
    seconds = time.process_time() - begin
    right = model.predict(X_new) == y_new
    return {
        "all": float(right.mean()),
        "first": float(right[np.isin(y_new, pairs[0])].mean()),
        "last": float(right[np.isin(y_new, pairs[-1])].mean()),
        "seconds": round(seconds, 1),
    }


def told(kind, records, seeds, n_rows):
    """The table of one data set."""
    rows = [["", "all, %", "first task, %", "last task, %", "seconds"]]
    for arm in ARMS:
        found = [
            records.find({"data": kind, "arm": arm, "seed": seed, "rows": n_rows})
            for seed in seeds
        ]
        shares = [
            runs.spread([100 * record[name] for record in found], ".1f")
            for name in ("all", "first", "last")
        ]
        seconds = np.mean([record["seconds"] for record in found])
        rows.append([arm, *shares, f"{seconds:.1f}"])
    return f"{kind}, {n_rows} training rows\n\n{runs.table(rows)}"


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    runs.add_common(parser, "key_value_bottleneck", SEEDS)
    parser.add_argument(
        "--rows", type=int, default=N_ROWS, help=f"training rows of MNIST ({N_ROWS})"
    )
    options = parser.parse_args(arguments)
    folder, seeds = runs.prepare(options, SEEDS)
    records = runs.Records(folder / "records.csv")
    kinds = {"digits": small_digits}
    if (options.data / "mnist.npz").exists() and not options.quick:
        who = "key_value_bottleneck.py"
        mnist = runs.mnist(who, options.data, options.rows)
        kinds["mnist"] = lambda _: mnist
    tables = []
    for kind, load in kinds.items():
        for seed in seeds:
            data = load(seed)
            for arm in ARMS:
                n_rows = len(data[1])
                case = {"data": kind, "arm": arm, "seed": seed, "rows": n_rows}
                records.get(case, lambda: measure(arm, kind, seed, data))  # noqa: B023
        tables.append(told(kind, records, seeds, n_rows))
    print("\n\n".join(tables))
    print(f"\n{len(seeds)} seed(s), mean ± 95 %. {runs.machine()}")


if __name__ == "__main__":
    main()
