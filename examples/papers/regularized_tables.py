"""When do output penalties help on tables? Twelve sets, one network, four ways.

The sets are those of ``tabular_study.py``: iris, wine, breast cancer and digits, Adult,
and seven that are generated, two of them with flipped labels. Each is split into two
halves five times; one that is made, or drawn from Adult, is made anew each time. On one
half the default network is fitted, in every arm with the same seed:

plain               `RegularizedClassifier`, on the labels alone
label smoothing     `LabelSmoothingClassifier`, a share of 0.1 of every label
confidence penalty  `ConfidencePenaltyClassifier`, beta 0.1
distilled           `DistilledClassifier` from a forest of 200 trees, with its defaults

The other half measures, once: accuracy, log-loss and expected calibration error.
Nothing is chosen by it. Intervals are Student's, of five differences to the plain
network on the same halves; halves of a stored set share rows, so that its intervals are
too narrow if they are taken for those of another sample from the same world.

Run ``python examples/papers/regularized_tables.py --out DIR``. Each finished fit is a
line of ``DIR/records.csv``; a run that was stopped goes on. Adult needs ``--data`` (see
README.md in this folder); without it, it is left out.
"""

from __future__ import annotations

import argparse

import numpy as np
import runs
import tabular_study
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from skrub import TableVectorizer

from sklkd import DistilledClassifier
from sklkd.smoothing import (
    ConfidencePenaltyClassifier,
    LabelSmoothingClassifier,
    RegularizedClassifier,
)

SEEDS = 5
SETS = tabular_study.SETS
PLAIN = "plain"
ARMS = [PLAIN, "label smoothing", "confidence penalty", "distilled"]
MEASURES = {  # name: (title, factor, format, whether more is better)
    "accuracy": ("Accuracy, %", 100, ".1f", True),
    "log_loss": ("Log-loss, nats", 1, ".3f", False),
    "calibration_error": ("Expected calibration error, %", 100, ".1f", False),
}


def estimator(arm, seed, *, is_frame):
    """An unfitted arm."""
    if arm == "label smoothing":
        return LabelSmoothingClassifier(smoothing=0.1, random_state=seed)
    if arm == "confidence penalty":
        return ConfidencePenaltyClassifier(beta=0.1, random_state=seed)
    if arm == PLAIN:
        return RegularizedClassifier(random_state=seed)
    forest = RandomForestClassifier(200, random_state=seed)
    if is_frame:
        forest = make_pipeline(TableVectorizer(), SimpleImputer(), forest)
    return DistilledClassifier(forest, random_state=seed)


def measure(arm, name, seed):
    """Fit on one half, and measure on the other: a dict of numbers."""
    X, y = SETS[name](seed)
    X, X_new, y, y_new = train_test_split(
        X, y, test_size=0.5, stratify=y, random_state=seed
    )
    model = estimator(arm, seed, is_frame=hasattr(X, "columns"))
    found = runs.fit_and_measure(model, X, y, X_new, y_new)
    return {"accuracy": 1 - found.pop("error")} | found


# --- The report -----------------------------------------------------------------------


def report(records, names, seeds):
    """A table a measure, and a count: a text."""
    parts = []
    for measured, (title, factor, form, more) in MEASURES.items():
        values = {
            (name, arm): factor
            * np.array(
                [
                    records.find({"seed": s, "set": name, "arm": arm})[measured]
                    for s in seeds
                ]
            )
            for name in names
            for arm in ARMS
        }
        text = of_measure(values, names, form, more=more)
        parts.append(f"### {title}: plain, and differences to it\n\n{text}")
    return "\n\n".join(parts)


def of_measure(values, names, form, *, more):
    """Sets down, arms across: a table, and how often each arm is better or worse."""
    rows = [["", *ARMS]]
    counts = {arm: np.zeros(2, dtype=int) for arm in ARMS[1:]}
    for name in names:
        cells = [name, runs.spread(values[name, PLAIN], form)]
        for arm in ARMS[1:]:
            gap = values[name, arm] - values[name, PLAIN]
            side = verdict(gap)
            counts[arm] += [side > 0, side < 0] if more else [side < 0, side > 0]
            told = runs.spread(gap, f"+{form}").replace("± +", "± ")
            cells.append(f"**{told}**" if side else told)
        rows.append(cells)
    means = [f"{np.mean([values[n, PLAIN].mean() for n in names]):{form}}"]
    for arm in ARMS[1:]:
        gaps = [(values[n, arm] - values[n, PLAIN]).mean() for n in names]
        means.append(f"{np.mean(gaps):+{form}}")
    rows.append(["mean of sets", *means])
    beyond = [f"{better} / {worse}" for better, worse in counts.values()]
    rows.append(["better / worse beyond the interval", "", *beyond])
    return runs.table(rows)


def verdict(gap):
    """1, -1, or 0 where the interval of a difference holds 0."""
    mean, half = runs.interval(gap)
    return int(np.sign(mean)) if abs(mean) > half else 0


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    runs.add_common(parser, "regularized_tables", SEEDS)
    parser.add_argument("--sets", nargs="+", choices=SETS, default=None, help="(all)")
    options = parser.parse_args(arguments)
    folder, seeds = runs.prepare(options, SEEDS)
    tabular_study.DATA = options.data
    names = options.sets or (["iris", "wine"] if options.quick else list(SETS))
    if "adult" in names and not (options.data / "adult.csv.gz").exists():
        runs.say(f"adult: no {options.data / 'adult.csv.gz'}, left out")
        names.remove("adult")
    records = runs.Records(folder / "records.csv")
    for seed in seeds:
        for name in names:
            for arm in ARMS:
                case = {"seed": seed, "set": name, "arm": arm}
                records.get(case, lambda a=arm, n=name, s=seed: measure(a, n, s))
        done = range(seed + 1)
        head = f"{len(names)} sets, {len(done)} seed(s), mean ± 95 %"
        text = f"{head}\n\n{report(records, names, done)}\n\n{runs.machine()}"
        (folder / "report.md").write_text(f"{text}\n", encoding="utf-8")
    print(f"\n{text}")


if __name__ == "__main__":
    main()
