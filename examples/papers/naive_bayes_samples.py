"""How many samples naive Bayes needs, and how many logistic regression.

Run ``python examples/papers/naive_bayes_samples.py``; it takes minutes. Each class is a
Gaussian around a point on the diagonal, (-1, ..., -1), (1, ..., 1), (2, ..., 2) and so
on. Columns are independent, and their variance is that of all classes: the number of
columns in the first half of them, and 1 in the second. All assumptions of naive Bayes
with a pooled variance hold, and the best classifier is linear, so that logistic
regression ends up as good. The question is when [1]_.

Rows are added, the same number of each class, until the error on 4 000 new rows, as a
mean over the repeats, is at most one percent above that of the best classifier, which
is known exactly. Theory says that naive Bayes needs in the order of log n rows for n
columns, and logistic regression in the order of n.

pooled naive Bayes        `PooledGaussianNB`
naive Bayes               scikit-learn's ``GaussianNB``, a variance for each class
logistic regression       as in the paper: columns as they are, C = 1
the same, scaled          with columns between 0 and 1
the same, C chosen        with standardised columns, and C chosen in three folds

The last two are not the paper's. Half of the columns here are large and say little, and
a penalty on weights, which knows nothing of units, takes them for the important ones;
naive Bayes divides by variances. With scaled columns its lead is gone for two classes,
and smaller for three. Rows of all classes come by turns; the paper draws them.

References
----------
.. [1] C. Zheng et al., "Revisiting Discriminative vs. Generative Classifiers: Theory
   and Implications", ICML 2023. arXiv:2302.02334
"""

from __future__ import annotations

import argparse
import time
import warnings

import numpy as np
import runs
import torch
from scipy.stats import norm
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from sklkd.prototypes import PooledGaussianNB

REPEATS = 5
PROBLEMS = [(k, n) for k in (2, 3) for n in (50, 100, 200, 400)]
N_NEW = 4000
EXCESS = 0.01
STEP = 1.15  # by which the number of rows grows
LIMIT = 16  # times the number of columns, after which nothing is tried

ARMS = {
    "pooled naive Bayes": lambda _: PooledGaussianNB(),
    "naive Bayes": lambda _: GaussianNB(),
    "logistic regression": lambda _: LogisticRegression(max_iter=1000),
    "the same, scaled": lambda _: make_pipeline(
        MinMaxScaler(), LogisticRegression(max_iter=1000)
    ),
    "the same, C chosen": lambda per_class: GridSearchCV(
        make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)),
        {"logisticregression__C": [1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0]},
        cv=min(3, per_class),
    ),
}


def places(k):
    """Where the classes are on the diagonal: -1, 1, 2, 4, 8 ..."""
    return np.array([-1.0, *(2.0**i for i in range(k - 1))])


def variances(n):
    """Of the n columns."""
    return np.where(np.arange(n) < n // 2, float(n), 1.0)


def rows(k, n, per_class, rng):
    """Rows that come by turns from the k classes, and their classes."""
    y = np.tile(np.arange(k), per_class)
    noise = rng.normal(size=(len(y), n)) * np.sqrt(variances(n))
    return places(k)[y][:, np.newaxis] + noise, y


def least_error(k, n):
    """The error of the best classifier, of classes that are equally frequent.

    The means lie on a line, so that a border lies half way between each two of them.
    """
    apart = np.diff(places(k)) * np.sqrt((1 / variances(n)).sum())
    return 2 * norm.sf(apart / 2).sum() / k


def ladder(k, n):
    """Numbers of rows of each class, from 2 on."""
    size = 2
    while k * size <= LIMIT * n:
        yield size
        size = max(size + 1, round(STEP * size))


def needed(arm, k, n, repeats):
    """How many rows bring the mean error down, or None; and what it is then."""
    rngs = [np.random.default_rng([seed, k, n]) for seed in range(repeats)]
    news = [rows(k, n, N_NEW // k, rng) for rng in rngs]
    pools = [rows(k, n, LIMIT * n // k, rng) for rng in rngs]
    goal, error = least_error(k, n) + EXCESS, 1.0
    for per_class in ladder(k, n):
        m = k * per_class
        errors = [
            1 - ARMS[arm](per_class).fit(X[:m], y[:m]).score(*new)
            for (X, y), new in zip(pools, news, strict=True)
        ]
        error = float(np.mean(errors))
        if error <= goal:
            return m, error
    return None, error


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    add = parser.add_argument
    add("--repeats", type=int, default=REPEATS, help=f"how many ({REPEATS})")
    add("--quick", action="store_true", help="one small problem, one repeat")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    warnings.simplefilter("ignore", ConvergenceWarning)
    problems = [(2, 20)] if options.quick else PROBLEMS
    repeats = 1 if options.quick else options.repeats
    table = [["classes, columns", "least error, %", *ARMS]]
    begin = time.process_time()
    for k, n in problems:
        cells = []
        for arm in ARMS:
            m, error = needed(arm, k, n, repeats)
            cells.append(f"> {LIMIT * n}" if m is None else str(m))
            runs.say(f"{k} classes, {n} columns, {arm}: {cells[-1]}, error {error:.4f}")
        table.append([f"{k}, {n}", f"{100 * least_error(k, n):.2f}", *cells])
    seconds = time.process_time() - begin
    print(
        f"Rows until the error is at most {100 * EXCESS:.0f} % above the least\n\n"
        f"{runs.table(table)}\n\n{repeats} repeat(s), {seconds:.0f} s. {runs.machine()}"
    )


if __name__ == "__main__":
    main()
