"""Which small tree says best what an opaque model says? Twelve sets, three teachers.

The sets are those of ``tabular_study.py``: iris, wine, breast cancer and digits, Adult,
and seven that are generated, two of them with flipped labels. Each is split into two
halves five times; one that is made, or drawn from Adult, is made anew each time. On one
half a teacher is fitted: a forest of 200 trees, boosting with the defaults of
scikit-learn, or a network of two layers of 64 units. Then the same fitted teacher is
explained from the same half, by models of the same size:

trepan                `TrepanClassifier`, 15 leaves
trepan, plain splits  the same with one condition in each test
soft tree             `SurrogateClassifier` with `SoftTree`, 15 leaves, made-up rows
soft tree, real rows  the same with nothing but the real rows
rule list             `RuleListClassifier`, 14 rules and "else"
hard tree             `DecisionTreeClassifier` of 15 leaves, fitted to the labels that
                      the teacher gives the rows
label tree            the same, fitted to the labels themselves

The other half measures, once: fidelity, which is the share of rows to which model and
teacher give the same label, and accuracy. Nothing is chosen by it. Intervals are
Student's, of five differences on the same halves; halves of a stored set share rows, so
that its intervals are too narrow if they are taken for those of another sample from the
same world. A test of TREPAN may have several conditions; how many a tree has in all is
told beside its leaves.

Run ``python examples/papers/surrogate_trees.py --out DIR``. Each finished fit is a line
of ``DIR/records.csv``; a run that was stopped goes on. Adult needs ``--data`` (see
README.md in this folder); without it, it is left out.
"""

from __future__ import annotations

import argparse
import itertools
import time
import warnings
from functools import cached_property, partial

import numpy as np
import runs
import tabular_study
from sklearn.exceptions import ConvergenceWarning
from sklearn.frozen import FrozenEstimator
from sklearn.impute import SimpleImputer
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
from skrub import TableVectorizer

from sklkd.surrogates import (
    RuleListClassifier,
    SoftTree,
    SurrogateClassifier,
    TrepanClassifier,
)

SEEDS = 5
SETS = tabular_study.SETS
TEACHERS = ("forest", "boosting", "network")
N_LEAVES = 15
HARD, LABELS = "hard tree", "label tree"
OURS = {
    "trepan": partial(TrepanClassifier, max_leaves=N_LEAVES),
    "trepan, plain splits": partial(
        TrepanClassifier, max_leaves=N_LEAVES, m_of_n=False
    ),
    "soft tree": partial(
        SurrogateClassifier, surrogate=SoftTree(max_leaves=N_LEAVES), importance=None
    ),
    "soft tree, real rows": partial(
        SurrogateClassifier,
        surrogate=SoftTree(max_leaves=N_LEAVES),
        importance=None,
        queries=None,
    ),
    "rule list": partial(RuleListClassifier, max_rules=N_LEAVES - 1),
}
ARMS = [*OURS, HARD, LABELS]
SHARES = ("fidelity", "accuracy", "teacher_accuracy")
MEASURES = ("fidelity", "accuracy", "conditions", "seconds")


# --- What is compared -----------------------------------------------------------------


def teacher(name, *, is_frame):
    """An unfitted teacher that takes the columns as they are."""
    if name != "network":
        return tabular_study.teachers(is_frame)[name]
    network = MLPClassifier((64, 64), max_iter=300, random_state=0)
    reading = [TableVectorizer(), SimpleImputer()] if is_frame else []
    return make_pipeline(*reading, StandardScaler(), network)


class Half:
    """One half of a set, and a teacher that is fitted on it once it is needed.

    Parameters
    ----------
    name, seed, teacher_name : str, int, str
        Which.
    """

    def __init__(self, name, seed, teacher_name):
        X, y = SETS[name](seed)
        self.seed, self.teacher_name = seed, teacher_name
        self.is_frame = hasattr(X, "columns")
        self.X, self.X_new, self.y, self.y_new = train_test_split(
            X, y, test_size=0.5, stratify=y, random_state=seed
        )

    @cached_property
    def teacher(self):
        """Fitted."""
        model = teacher(self.teacher_name, is_frame=self.is_frame)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            return model.fit(self.X, self.y)

    @cached_property
    def said(self):
        """The teacher's labels of both halves."""
        return self.teacher.predict(self.X), self.teacher.predict(self.X_new)

    def fitted(self, arm):
        """What explains the teacher."""
        if arm in OURS:
            model = OURS[arm](
                FrozenEstimator(self.teacher),
                validation_fraction=0,
                random_state=self.seed,
            )
            return model.fit(self.X, self.y)
        tree = DecisionTreeClassifier(max_leaf_nodes=N_LEAVES, random_state=self.seed)
        reading = [TableVectorizer(), SimpleImputer()] if self.is_frame else []
        target = self.y if arm == LABELS else self.said[0]
        return make_pipeline(*reading, tree).fit(self.X, target)

    def measure(self, arm):
        """Explain, and measure on the other half: a dict of numbers."""
        told = self.said[1]  # so that the teacher's time is not the arm's
        begin = time.process_time()
        model = self.fitted(arm)
        seconds = time.process_time() - begin
        own = model.predict(self.X_new)
        leaves, conditions = size(model)
        return {
            "fidelity": float(np.mean(own == told)),
            "accuracy": float(np.mean(own == self.y_new)),
            "teacher_accuracy": float(np.mean(told == self.y_new)),
            "leaves": leaves,
            "conditions": conditions,
            "seconds": round(seconds, 2),
        }


def size(model):
    """Leaves of a tree, and conditions in all of its tests."""
    if not hasattr(model, "surrogate_"):
        n_leaves = int(model[-1].get_n_leaves())
        return n_leaves, n_leaves - 1
    tests = [node.test for node in model.surrogate_.nodes if node.test is not None]
    return len(tests) + 1, sum(len(test.literals) for test in tests)


# --- The report -----------------------------------------------------------------------


class Found:
    """What is in the records.

    Parameters
    ----------
    records : runs.Records
        Of this run.
    names, seeds : list
        Sets and seeds that are done.
    """

    def __init__(self, records, names, seeds):
        self.records, self.seeds = records, seeds
        self.pairs = list(itertools.product(names, TEACHERS))

    def values(self, pair, arm, number="fidelity"):
        """One number a seed; shares in percent."""
        name, teacher_name = pair
        factor = 100 if number in SHARES else 1
        cases = [
            {"set": name, "seed": seed, "teacher": teacher_name, "arm": arm}
            for seed in self.seeds
        ]
        return factor * np.array([self.records.find(case)[number] for case in cases])

    def gaps(self, arm, other, number="fidelity"):
        """Differences of two arms by pair: (n_pairs, n_seeds)."""
        return np.array(
            [
                self.values(pair, arm, number) - self.values(pair, other, number)
                for pair in self.pairs
            ]
        )


def report(found):
    """All tables: a text."""
    parts = [
        f"### {len(found.pairs)} pairs of set and teacher, in short",
        summary(found),
        "### Fidelity, %",
        by_pair(found, "fidelity"),
        "### Accuracy, %",
        by_pair(found, "accuracy"),
    ]
    return "\n\n".join(parts)


def summary(found):
    """How each arm does beside the tree of hard labels, over all pairs."""
    head = ["", "fidelity", "over the hard tree", "higher", "not lower", "beyond noise"]
    rows = [[*head, "accuracy", "conditions", "seconds"]]
    for arm in ARMS:
        means = {
            number: np.mean([found.values(p, arm, number) for p in found.pairs])
            for number in MEASURES
        }
        gaps = found.gaps(arm, HARD)
        cells = ["", "", "", ""] if arm == HARD else verdicts(gaps)
        rows.append(
            [
                arm,
                f"{means['fidelity']:.1f}",
                *cells,
                f"{means['accuracy']:.1f}",
                f"{means['conditions']:.1f}",
                f"{means['seconds']:.1f}",
            ]
        )
    return runs.table(rows)


def verdicts(gaps):
    """Mean gap with the interval over pairs, and shares of pairs: cells.

    Beyond noise are pairs whose interval over seeds has no zero: above / below.
    """
    mean = gaps.mean(axis=1)
    sides = [side(own) for own in gaps]
    n = len(mean)
    return [
        signed(mean),
        f"{100 * np.mean(mean > 0):.0f} %",
        f"{100 * np.mean(mean >= 0):.0f} %",
        f"{sides.count(1)} / {sides.count(-1)} of {n}",
    ]


def side(gap):
    """1, -1, or 0 where the interval of a difference holds 0."""
    mean, half = runs.interval(gap)
    return int(np.sign(mean)) if abs(mean) > half else 0


def signed(values):
    """Mean with its sign ± half of the interval."""
    return runs.spread(values, "+.1f").replace("± +", "± ")


def by_pair(found, number):
    """The hard tree, and differences to it, in bold beyond their interval."""
    others = [arm for arm in ARMS if arm != HARD]
    first = ["teacher_accuracy"] if number == "accuracy" else []
    rows = [["", *("teacher" for _ in first), HARD, *others]]
    for pair in found.pairs:
        cells = [f"{found.values(pair, HARD, name).mean():.1f}" for name in first]
        cells.append(runs.spread(found.values(pair, HARD, number), ".1f"))
        for arm in others:
            gap = found.values(pair, arm, number) - found.values(pair, HARD, number)
            told = signed(gap)
            cells.append(f"**{told}**" if side(gap) else told)
        rows.append([", ".join(pair), *cells])
    return runs.table(rows)


# --- The run --------------------------------------------------------------------------


def work(records, name, seed):
    """Every arm of every teacher on one half of a set."""
    for teacher_name in TEACHERS:
        half = Half(name, seed, teacher_name)
        for arm in ARMS:
            case = {"set": name, "seed": seed, "teacher": teacher_name, "arm": arm}
            records.get(case, lambda a=arm, h=half: h.measure(a))


def names_of(options):
    """The sets that are asked for and there."""
    names = options.sets or (["iris", "wine"] if options.quick else list(SETS))
    if "adult" in names and not (options.data / "adult.csv.gz").exists():
        runs.say(f"adult: no {options.data / 'adult.csv.gz'}, left out")
        names = [name for name in names if name != "adult"]
    return names


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    runs.add_common(parser, "surrogate_trees", SEEDS)
    parser.add_argument("--sets", nargs="+", choices=SETS, default=None, help="(all)")
    options = parser.parse_args(arguments)
    folder, seeds = runs.prepare(options, SEEDS)
    tabular_study.DATA = options.data
    names, done = names_of(options), []
    records = runs.Records(folder / "records.csv")
    for name in names:
        for seed in seeds:
            work(records, name, seed)
        done.append(name)
        head = f"{len(done)} sets, {len(seeds)} seed(s), mean ± 95 %"
        told = report(Found(records, done, seeds))
        text = f"{head}\n\n{told}\n\n{runs.machine()}"
        (folder / "report.md").write_text(f"{text}\n", encoding="utf-8")
    print(f"\n{text}")


if __name__ == "__main__":
    main()
