"""When does distillation help on tables? Twelve sets, four teachers, four students.

Each set is split into two halves five times; one that is made, or drawn from Adult, is
made anew each time. On one half teacher and student are fitted, in every arm with the
same student:

hard labels           the student alone
the same, calibrated  and its temperature fitted by three folds
label smoothing       a teacher that always says the same, with a share of 0.1
in-sample             the teacher alone, asked about the rows that it was fitted on
out-of-fold, raw      the teacher alone, asked about rows that it was not fitted on
out-of-fold           the same, calibrated
blend                 half labels, half out-of-fold
blend, transfer set   the same, and five synthesised rows for each that is real
auto                  the defaults of `DistilledClassifier`: chosen on held-out rows
permuted              blend with the targets of other rows: a control that must not help

The other half measures, once: accuracy, log-loss, expected calibration error, and
agreement with the teacher. Nothing is chosen by it.

Run ``python examples/papers/tabular_study.py --out DIR``. Each finished fit is written
to ``DIR/records.csv``; a run that was stopped goes on. ``--report`` prints the
tables of what is there. The Adult set needs ``--data`` (see README.md in this folder);
without it, it is left out.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import os
import platform
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import sklearn
import torch
from scipy import stats
from sklearn import datasets
from sklearn.calibration import CalibratedClassifierCV
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    StackingClassifier,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import (
    StratifiedKFold,
    cross_val_predict,
    train_test_split,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
from skrub import TableVectorizer
from threadpoolctl import threadpool_limits

import sklkd
from sklkd import DistilledClassifier
from sklkd.inspection import expected_calibration_error
from sklkd.transfer_sets import Spunge

SEEDS = range(20, 25)  # the defaults were chosen by scores on others
SMALLEST = 1e-12  # probability, in the log-loss of a test row
NET = "network"


# --------------------------------------------------------------------------- the parts


def stored(load):
    return lambda _: load(return_X_y=True)


def made(n_rows, *, n_classes, flip_y):
    parts = {"n_features": 20, "n_informative": 10, "n_redundant": 2}
    return lambda seed: datasets.make_classification(
        n_rows, n_classes=n_classes, flip_y=flip_y, random_state=seed, **parts
    )


def moons(seed):
    return datasets.make_moons(800, noise=0.3, random_state=seed)


def hastie(seed):
    return datasets.make_hastie_10_2(1200, random_state=seed)


def shells(seed):
    """Three classes, each a shell around the one before."""
    return datasets.make_gaussian_quantiles(
        n_samples=1200, n_features=8, n_classes=3, random_state=seed
    )


def friedman(seed):
    """Four classes by the quartiles of a noisy function of five of ten columns."""
    X, values = datasets.make_friedman1(1200, noise=1.0, random_state=seed)
    return X, np.digitize(values, np.quantile(values, [0.25, 0.5, 0.75]))


def adult(seed):
    """Raw columns of 3 000 people: numbers, categories, missing values."""
    frame = pd.read_csv(DATA / "adult.csv.gz").sample(3000, random_state=seed)
    y = frame["income"].to_numpy(dtype=object).astype(str)
    return frame.drop(columns=["income", "split"]).reset_index(drop=True), y


SETS = {
    "iris": stored(datasets.load_iris),
    "wine": stored(datasets.load_wine),
    "breast cancer": stored(datasets.load_breast_cancer),
    "digits": stored(datasets.load_digits),
    "four classes": made(1200, n_classes=4, flip_y=0.0),
    "10 % flipped": made(1200, n_classes=3, flip_y=0.1),
    "30 % flipped": made(1200, n_classes=2, flip_y=0.3),
    "hastie": hastie,
    "moons": moons,
    "shells": shells,
    "friedman": friedman,
    "adult": adult,
}


def teachers(is_frame):
    svm = CalibratedClassifierCV(
        make_pipeline(StandardScaler(), SVC()), ensemble=False, cv=3
    )
    few = RandomForestClassifier(50, random_state=0)
    short = HistGradientBoostingClassifier(max_iter=50, random_state=0)
    parts = [("forest", few), ("boosting", short), ("svm", svm)]
    found = {
        "forest": RandomForestClassifier(200, random_state=0),
        "boosting": HistGradientBoostingClassifier(random_state=0),
        "svm": svm,
        "stacking": StackingClassifier(parts, LogisticRegression(max_iter=1000), cv=3),
    }
    if not is_frame:
        return found
    return {
        name: make_pipeline(TableVectorizer(), SimpleImputer(), model)
        for name, model in found.items()
    }


def students(is_frame):
    models = {
        "logistic": make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)),
        "tree of 15": DecisionTreeClassifier(max_leaf_nodes=15, random_state=0),
        "boosting of 20": HistGradientBoostingClassifier(max_iter=20, random_state=0),
    }
    if is_frame:
        models = {
            name: make_pipeline(TableVectorizer(), SimpleImputer(), model)
            for name, model in models.items()
        }
    return {NET: None, **models}


FIXED = {"transfer_set": None, "soft_weight": 1.0}
ARMS = {
    "in-sample": {**FIXED, "targets": "in_sample"},
    "out-of-fold, raw": {**FIXED, "targets": "out_of_fold", "calibration": None},
    "out-of-fold": {**FIXED, "targets": "out_of_fold"},
    "blend": {**FIXED, "soft_weight": 0.5},
    "blend, transfer set": {"soft_weight": 0.5, "transfer_set": Spunge()},
    "auto": {},
}
ALONE = {"hard labels": 0.0, "label smoothing": 0.1}  # the teacher's share
CALIBRATED = "hard labels, calibrated"
ORDER = ["hard labels", CALIBRATED, "label smoothing", *ARMS, "permuted"]


# --------------------------------------------------------------------------- the work


class Piece:
    """One half of one set, and everything that is fitted on it."""

    def __init__(self, name, seed, memory):
        X, y = SETS[name](seed)
        self.name, self.seed, self.memory = name, seed, memory
        self.is_frame = hasattr(X, "columns")
        self.X, self.X_test, self.y, self.y_test = train_test_split(
            X, y, test_size=0.5, stratify=y, random_state=seed
        )
        self.classes = np.unique(y)

    def model(self, teacher, student, params):
        return DistilledClassifier(
            teacher, student, memory=self.memory, random_state=self.seed, **params
        )

    def run(self, student_name, done):
        """Records of a student in every arm, those that are done left out."""
        student = students(self.is_frame)[student_name]
        proba = np.full((len(self.y), len(self.classes)), 1 / len(self.classes))
        for arm, soft_weight in ALONE.items():
            key = (self.name, self.seed, "none", student_name, arm)
            if key not in done:
                params = {"transfer_set": None, "soft_weight": soft_weight}
                model = self.model("precomputed", student, params)
                yield self.record(key, model, None, teacher_proba=proba)
        key = (self.name, self.seed, "none", student_name, CALIBRATED)
        if key not in done:
            yield self.record(key, self.calibrated(student), None)
        for teacher_name, teacher in teachers(self.is_frame).items():
            head = (self.name, self.seed, teacher_name, student_name)
            arms = [arm for arm in ARMS if (*head, arm) not in done]
            if arms:
                yield from self.taught(head, student, teacher, arms)

    def taught(self, head, student, teacher, arms):
        """Records of a teacher, and of its student in some arms."""
        fitted = teacher.fit(self.X, self.y)
        key = (*head[:3], "teacher", "teacher")
        yield self.measured(key, fitted, fitted, 0.0)
        for arm in arms:
            model = self.model(teacher, student, ARMS[arm])
            yield self.record((*head, arm), model, fitted)
        if head[2] == "forest":
            params = {"transfer_set": None, "soft_weight": 0.5}
            model = self.model("precomputed", student, params)
            key, proba = (*head, "permuted"), self.permuted(teacher)
            yield self.record(key, model, fitted, teacher_proba=proba)

    def calibrated(self, student):
        """The student on labels alone, made as sure of itself as it is right."""
        params = {"transfer_set": None, "soft_weight": 0.0}  # which asks no teacher
        alone = self.model(DummyClassifier(), student, params)
        return CalibratedClassifierCV(
            alone, method="temperature", ensemble=False, cv=StratifiedKFold(3)
        )

    def permuted(self, teacher):
        """Out-of-fold probabilities of other rows."""
        folds = StratifiedKFold(5, shuffle=True, random_state=0)
        proba = cross_val_predict(
            teacher, self.X, self.y, cv=folds, method="predict_proba"
        )
        return np.random.default_rng(self.seed).permutation(proba)

    def record(self, key, model, teacher, **fit_params):
        start = time.perf_counter()
        model.fit(self.X, self.y, **fit_params)
        return self.measured(key, model, teacher, time.perf_counter() - start)

    def measured(self, key, model, teacher, seconds):
        proba = model.predict_proba(self.X_test)
        said = model.classes_[proba.argmax(axis=1)]
        policy = getattr(model, "policy_", None)
        agreement = np.nan
        if teacher is not None:
            agreement = np.mean(said == teacher.predict(self.X_test))
        clipped = np.clip(proba, SMALLEST, None)
        return [
            *key,
            np.mean(said == self.y_test),
            log_loss(
                self.y_test,
                clipped / clipped.sum(axis=1, keepdims=True),
                labels=self.classes,
            ),
            expected_calibration_error(self.y_test, proba),
            agreement,
            seconds,
            getattr(policy, "soft_weight", ""),
            type(getattr(policy, "transfer_set", None)).__name__,
        ]


COLUMNS = [
    *("set", "seed", "teacher", "student", "arm"),
    *("accuracy", "log_loss", "calibration_error", "agreement", "seconds"),
    *("soft_weight", "transfer_set"),
]


def work(out, names, student_names, seeds):
    path = out / "records.csv"
    out.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.write_text(",".join(COLUMNS) + "\n")
    for seed, name in itertools.product(seeds, names):
        done = {(r[0], int(r[1]), *r[2:5]) for r in read(path)}
        with tempfile.TemporaryDirectory() as folder:
            piece = Piece(name, seed, folder)  # one cache of answers for all students
            records = (piece.run(student, done) for student in student_names)
            for record in itertools.chain.from_iterable(records):
                with path.open("a", newline="") as file:
                    csv.writer(file).writerow(record)
                print(*record[:5], f"{record[5]:.3f} {record[6]:.3f}", file=sys.stderr)


def read(path):
    with path.open(newline="") as file:
        return list(csv.reader(file))[1:]


# --------------------------------------------------------------------------- the report


def report(out):
    key = ["set", "seed", "teacher", "student", "arm"]
    frame = pd.read_csv(out / "records.csv").drop_duplicates(key)
    print(about(frame))
    for student in [s for s in students(False) if s in set(frame["student"])]:
        print(f"\n## {student}\n")
        print(summary(frame, student))
        print(f"\nLog-loss below calibrated hard labels: {below(frame, student):.0f} %")
    print("\n## Every set and teacher: network, auto\n")
    print(by_pair(frame))
    print("\n## Arms by set: network, mean over teachers and seeds\n")
    print(by_set(frame))


def about(frame):
    n_sets, n_seeds = frame["set"].nunique(), frame["seed"].nunique()
    versions = f"sklkd {sklkd.__version__}, scikit-learn {sklearn.__version__}"
    return (
        f"{n_sets} sets, {n_seeds} seeds, {len(frame)} fits. {versions}, torch "
        f"{torch.__version__}, one thread of {platform.machine()}."
    )


def paired(frame, student, arm):
    """Rows of an arm beside hard labels and the teacher, on the same halves."""
    own = frame[(frame["student"] == student) & (frame["arm"] == arm)]
    hard = frame[(frame["student"] == student) & (frame["arm"] == "hard labels")]
    told = frame[frame["arm"] == "teacher"]
    both = own.merge(hard, on=["set", "seed"], suffixes=("", "_hard"))
    keep = ["set", "seed", "teacher", "accuracy", "log_loss"]
    return both.merge(
        told[keep], on=["set", "seed", "teacher"], how="left", suffixes=("", "_teacher")
    )


def interval(differences):
    """Mean and half of the 95 % interval, of one number a set and seed."""
    n = len(differences)
    half = stats.t.ppf(0.975, n - 1) * differences.std(ddof=1) / np.sqrt(n)
    return differences.mean(), half


def pairs_of(both):
    """For each set and teacher: mean gaps over seeds, and their 95 % half interval."""
    records = []
    for (name, teacher), group in both.groupby(["set", "teacher"], sort=False):
        accuracy = group["accuracy"] - group["accuracy_hard"]
        loss = group["log_loss"] - group["log_loss_hard"]
        ratio = group["accuracy"].mean() / group["accuracy_teacher"].mean()
        records.append(
            (name, teacher, *interval(accuracy), *interval(loss), ratio, group)
        )
    return records


def summary(frame, student):
    head = (
        "| arm | accuracy, points over hard labels | log-loss over hard labels | "
        "calibration error | agreement | log-loss lower | higher beyond noise | "
        "accuracy held | 99 % of teacher | seconds |"
    )
    lines = [
        head,
        "|:--|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for arm in ORDER:
        both = paired(frame, student, arm)
        if both.empty:
            continue
        pairs = pairs_of(both)
        per_half = both.groupby(["set", "seed"])
        points = interval(
            100 * (per_half["accuracy"].mean() - per_half["accuracy_hard"].mean())
        )
        nats = interval(per_half["log_loss"].mean() - per_half["log_loss_hard"].mean())
        lower = np.mean([pair[4] < 0 for pair in pairs])
        higher = np.mean([pair[4] > pair[5] for pair in pairs])
        held = np.mean([pair[2] >= -pair[3] for pair in pairs])
        reached = np.mean([pair[6] >= 0.99 for pair in pairs])
        told = (
            f"{100 * reached:.0f} %" if both["accuracy_teacher"].notna().any() else ""
        )
        lines.append(
            f"| {arm} | {points[0]:+.2f} ± {points[1]:.2f} | {nats[0]:+.3f} ± "
            f"{nats[1]:.3f} | {100 * both['calibration_error'].mean():.1f} % | "
            f"{percent(both['agreement'].mean())} | {100 * lower:.0f} % | "
            f"{100 * higher:.0f} % | "
            f"{100 * held:.0f} % | {told} | {both['seconds'].mean():.1f} |"
        )
    return "\n".join(lines)


def below(frame, student):
    """How often "auto" loses less than labels alone do that are calibrated, in %."""
    own = frame[(frame["student"] == student) & (frame["arm"] == "auto")]
    alone = frame[(frame["student"] == student) & (frame["arm"] == CALIBRATED)]
    both = own.merge(alone, on=["set", "seed"], suffixes=("", "_alone"))
    means = both.groupby(["set", "teacher"])[["log_loss", "log_loss_alone"]].mean()
    return 100 * (means["log_loss"] < means["log_loss_alone"]).mean()


def percent(share):
    return "" if np.isnan(share) else f"{100 * share:.1f} %"


def by_pair(frame):
    head = (
        "| set | teacher | teacher | hard labels | auto | points | log-loss hard | "
        "log-loss auto | share | transfer set |"
    )
    lines = [
        head,
        "|:--|:--|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for pair in pairs_of(paired(frame, NET, "auto")):
        group = pair[7]
        used = (group["transfer_set"] == "Spunge").mean()
        lines.append(
            f"| {pair[0]} | {pair[1]} | {100 * group['accuracy_teacher'].mean():.1f} | "
            f"{100 * group['accuracy_hard'].mean():.1f} | "
            f"{100 * group['accuracy'].mean():.1f} | {100 * pair[2]:+.1f} ± "
            f"{100 * pair[3]:.1f} | {group['log_loss_hard'].mean():.3f} | "
            f"{group['log_loss'].mean():.3f} | {group['soft_weight'].mean():.2f} | "
            f"{100 * used:.0f} % |"
        )
    return "\n".join(lines)


def by_set(frame):
    chosen = frame[frame["student"].isin([NET, "teacher"])]
    cells = chosen.groupby(["set", "arm"], sort=False)[["accuracy", "log_loss"]].mean()
    arms = ["teacher", *ORDER]
    lines = ["| set | " + " | ".join(arms) + " |", "|:--" + "|--:" * len(arms) + "|"]
    for name in chosen["set"].unique():
        row = [name]
        for arm in arms:
            if (name, arm) in cells.index:
                cell = cells.loc[name, arm]
                row.append(f"{100 * cell['accuracy']:.1f} / {cell['log_loss']:.2f}")
            else:
                row.append("")
        lines.append("| " + " | ".join(row) + " |")
    return "\n".join(lines)


def main():
    options = parse()
    global DATA  # noqa: PLW0603
    DATA = options.data
    names = options.sets or list(SETS)
    if "adult" in names and not (DATA / "adult.csv.gz").exists():
        print("adult.csv.gz is not in --data; the set is left out.", file=sys.stderr)
        names.remove("adult")
    if not options.report:
        torch.set_num_threads(1)
        with threadpool_limits(1), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            work(
                options.out,
                names,
                options.students or [*students(False)],
                options.seeds,
            )
    report(options.out)


def parse():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    default = os.environ.get("SKLKD_DATA", Path.home() / ".cache" / "sklkd")
    parser.add_argument("--data", type=Path, default=Path(default))
    parser.add_argument("--out", type=Path, default=Path("tabular_study"))
    parser.add_argument("--sets", nargs="*", choices=list(SETS))
    parser.add_argument("--students", nargs="*", choices=list(students(False)))
    parser.add_argument("--seeds", nargs="*", type=int, default=list(SEEDS))
    parser.add_argument("--report", action="store_true", help="print tables only")
    return parser.parse_args()


DATA = Path()

if __name__ == "__main__":
    main()
