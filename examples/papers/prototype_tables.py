"""Prototypes on tables: how right, and how far rows may be moved.

Run ``python examples/papers/prototype_tables.py --out DIR``. On iris, wine, breast
cancer, digits and 3 000 rows of Adult, 5 folds measure 5 times (digits and Adult:
once) the accuracy of

GLVQ ... RSLVQ       learning vector quantisation with 1 and with 3 prototypes a class
components           `ComponentsClassifier`
robust               `RobustPrototypeClassifier`, trained for its margin or its radius
nearest mean         `NearestMeanClassifier`
nearest centroid, 5 neighbours, logistic regression, of scikit-learn
sklvq ...            GLVQ, GMLVQ and LGMLVQ of the package sklvq [1]_, if it is there

all on standardised columns with their defaults: nothing is chosen, by test folds or
otherwise, and the rows of a table are all that were run. Of `RobustPrototypeClassifier`
also the certified accuracy: the share of rows that are right and stay so under every
move up to a radius, in standard deviations of the columns.

An interval is Student's of the folds, with the variance that folds which share rows
ask for: that of the values times ``1 / n_folds + n_test / n_train`` [2]_.

Each finished fit is a line of ``DIR/records.csv``; a run that was stopped goes on.
Adult needs ``--data`` (see README.md in this folder); without it, it is left out.

sklvq 0.1.2, its last release, fits with no scikit-learn from 1.7 on, which dropped what
it calls. Where it can be imported, the script gives it the three names that it misses
(`mended`) and changes nothing else.

References
----------
.. [1] R. van Veen, M. Biehl and G.-J. de Vries, "sklvq: Scikit Learning Vector
   Quantization", JMLR 22, 2021.
.. [2] C. Nadeau and Y. Bengio, "Inference for the Generalization Error", Machine
   Learning 52, 2003, Sec. 3.
"""

from __future__ import annotations

import argparse
import itertools
import time
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from types import SimpleNamespace

import numpy as np
import runs
import tabular_study
from scipy import stats
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import RepeatedStratifiedKFold
from sklearn.neighbors import KNeighborsClassifier, NearestCentroid
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import check_array
from sklearn.utils.validation import validate_data
from skrub import TableVectorizer

from sklkd import prototypes

REPEATS = 5
N_FOLDS = 5
ONCE = ("digits", "adult")
SETS = {
    name: tabular_study.SETS[name]
    for name in ("iris", "wine", "breast cancer", "digits", "adult")
}
COUNTS = (1, 3)  # prototypes of a class
RADII = (0.1, 0.25, 0.5, 1.0)  # standard deviations
SKLVQ = "sklvq "


# --- What is compared -----------------------------------------------------------------


def networks():
    """Names to what makes a classifier of a seed; they scale and read frames."""
    family = ("GLVQ", "GRLVQ", "GMLVQ", "LGMLVQ", "RSLVQ")
    found = {
        f"{name}, {count}": partial(
            getattr(prototypes, f"{name}Classifier"), n_prototypes=count
        )
        for name, count in itertools.product(family, COUNTS)
    }
    robust = prototypes.RobustPrototypeClassifier
    return found | {
        "components": prototypes.ComponentsClassifier,
        "robust, margin": partial(robust, loss="margin"),
        "robust, radius": partial(robust, loss="radius"),
    }


def others():
    """Names to classifiers that want columns which are numbers, and scaled."""
    found = {
        "nearest mean": prototypes.NearestMeanClassifier(),
        "nearest centroid": NearestCentroid(),
        "5 neighbours": KNeighborsClassifier(),
        "logistic regression": LogisticRegression(max_iter=1000),
    }
    sklvq = mended()
    names = ("GLVQ", "GMLVQ", "LGMLVQ") if sklvq else ()
    return found | {
        f"{SKLVQ}{name}, {count}": getattr(sklvq, name)(
            prototype_n_per_class=count, random_state=0
        )
        for name, count in itertools.product(names, COUNTS)
    }


def mended():
    """The package sklvq with the names that it misses, or None where it is not."""
    if find_spec("sklvq") is None:
        return None
    sklvq, models = import_module("sklvq"), import_module("sklvq.models._base")

    def _validate_data(self, X, y="no_validation", *, force_all_finite=True):
        return validate_data(self, X, y, ensure_all_finite=force_all_finite)

    def _check_array(X, force_all_finite=True):
        return check_array(X, ensure_all_finite=force_all_finite)

    models.LVQBaseClass._validate_data = _validate_data
    models.check_array = _check_array
    models.np = SimpleNamespace(**{**vars(np), "int": int})  # gone from numpy 1.24
    return sklvq


def arms():
    return [*networks(), *others()]


def estimator(arm, seed, *, is_frame):
    """An unfitted arm."""
    if arm in networks():
        return networks()[arm](random_state=seed)
    reading = [TableVectorizer(), SimpleImputer()] if is_frame else []
    return make_pipeline(*reading, StandardScaler(), others()[arm])


# --- Measuring ------------------------------------------------------------------------


def folds(y, n_repeats):
    """Row numbers to fit on and to measure on, of each repeat and fold."""
    splitter = RepeatedStratifiedKFold(
        n_splits=N_FOLDS, n_repeats=n_repeats, random_state=0
    )
    return list(splitter.split(np.zeros(len(y)), y))


def rows_of(X, rows):
    return X.iloc[rows] if hasattr(X, "iloc") else X[rows]


def measure(arm, data, part, seed):
    """Fit on some folds, and measure on the other: a dict of numbers."""
    X, y = data
    fitted_on, measured_on = part
    model = estimator(arm, seed, is_frame=hasattr(X, "columns"))
    begin = time.process_time()
    model.fit(rows_of(X, fitted_on), y[fitted_on])
    seconds = time.process_time() - begin
    X_new = rows_of(X, measured_on)
    right = model.predict(X_new) == y[measured_on]
    found = {"accuracy": float(right.mean())}
    if hasattr(model, "certified_radius"):
        radius = model.certified_radius(X_new)
        found |= {f"at {r:g}": float((right & (radius >= r)).mean()) for r in RADII}
    return found | {"seconds": round(seconds, 2)}


# --- The report -----------------------------------------------------------------------


def interval(values):
    """Mean and half of its 95 % interval, of folds that share rows."""
    values = np.asarray(values, dtype=float)
    n = len(values)
    if n < 2:
        return float(values.mean()), float("nan")
    factor = 1 / n + 1 / (N_FOLDS - 1)  # n_test / n_train
    half = stats.t.ppf(0.975, n - 1) * np.sqrt(factor * values.var(ddof=1))
    return float(values.mean()), float(half)


def told(values, form=".1f"):
    """Mean ± half of the interval; a dash where nothing was measured."""
    if not len(values):
        return "–"
    mean, half = interval(values)
    text = format(mean, form)
    return text if np.isnan(half) else f"{text} ± {half:.1f}"


class Found:
    """What is in the records, by set, arm and number.

    Parameters
    ----------
    records : runs.Records
        Of this run.
    n_parts : dict
        From each set to the number of its repeats times folds.
    """

    def __init__(self, records, n_parts):
        self.records = records
        self.n_parts = n_parts

    def values(self, name, arm, number="accuracy"):
        """Percent of each fold, in order; empty where one is missing."""
        cases = [
            {"set": name, "part": part, "arm": arm}
            for part in range(self.n_parts[name])
        ]
        rows = [self.records.find(case) for case in cases]
        if any(row is None or number not in row for row in rows):
            return np.array([])
        return 100 * np.array([row[number] for row in rows])


def report(found, names):
    """Accuracy, certified accuracy, and the best of two packages: a text."""
    parts = ["### Accuracy, %", accuracies(found, names)]
    parts += ["### Certified accuracy, %, by radius", certified(found, names)]
    if mended():
        parts += ["### The best of sklkd and of sklvq", best(found, names)]
    return "\n\n".join(parts)


def accuracies(found, names):
    rows = [["", *names]]
    for arm in arms():
        rows.append([arm, *(told(found.values(name, arm)) for name in names)])
    return runs.table(rows)


def certified(found, names):
    rows = [["", "accuracy", *(f"{radius:g}" for radius in RADII)]]
    numbers = ["accuracy", *(f"at {radius:g}" for radius in RADII)]
    for name, arm in itertools.product(names, ["robust, margin", "robust, radius"]):
        cells = [told(found.values(name, arm, number)) for number in numbers]
        rows.append([f"{name}: {arm}", *cells])
    return runs.table(rows)


def best(found, names):
    """The arm of each package with the highest mean, which flatters both alike."""
    rows = [["", "sklkd", "", "sklvq", "", "difference"]]
    theirs = [arm for arm in arms() if arm.startswith(SKLVQ)]
    for name in names:
        tops = []
        for group in ([*networks(), "nearest mean"], theirs):
            means = {
                arm: values
                for arm in group
                if len(values := found.values(name, arm)) > 0
            }
            tops.append(max(means.items(), key=lambda x: x[1].mean(), default=None))
        if None in tops:
            continue
        (ours, our), (other, their) = tops
        cells = [ours, told(our), other.removeprefix(SKLVQ), told(their)]
        rows.append([name, *cells, told(our - their, "+.1f")])
    return runs.table(rows)


# --- The run --------------------------------------------------------------------------


def work(records, name, n_repeats):
    """Every arm on every fold of a set: how many folds there are."""
    X, y = SETS[name](0)
    parts = folds(y, n_repeats)
    for number, part in enumerate(parts):
        for arm in arms():
            case = {"set": name, "part": number, "arm": arm}
            records.get(case, lambda a=arm, p=part, n=number: measure(a, (X, y), p, n))
    return len(parts)


def names_of(options):
    """The sets that are asked for and there."""
    names = options.sets or (["iris", "wine"] if options.quick else list(SETS))
    if "adult" in names and not (options.data / "adult.csv.gz").exists():
        runs.say(f"adult: no {options.data / 'adult.csv.gz'}, left out")
        names = [name for name in names if name != "adult"]
    return names


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    runs.add_common(parser, "prototype_tables", "repeats of the folds, 5")
    parser.add_argument("--sets", nargs="+", choices=SETS, default=None, help="(all)")
    options = parser.parse_args(arguments)
    folder, repeats = runs.prepare(options, REPEATS)
    tabular_study.DATA = options.data
    names, n_parts = names_of(options), {}
    records = runs.Records(folder / "records.csv")
    for name in names:
        n_parts[name] = work(records, name, 1 if name in ONCE else len(repeats))
        done = list(n_parts)
        head = ", ".join(f"{name} {n_parts[name]} folds" for name in done)
        told_all = report(Found(records, n_parts), done)
        text = f"{head}, mean ± 95 %\n\n{told_all}\n\n{runs.machine()}"
        (folder / "report.md").write_text(f"{text}\n", encoding="utf-8")
    print(f"\n{text}")


if __name__ == "__main__":
    main()
