"""What wrong labels cost on MNIST, and how much of it each remedy brings back.

Run ``python examples/papers/noisy_labels.py``. Of 10 000 training labels a share is
made wrong: at random (symmetric: any other class), or by taking the next digit for it
(pair). A network of two layers of 256 units is trained on them for each seed:

cross-entropy             and stopped where the loss of held-out rows was lowest
cross-entropy, to the end  of all epochs, as does who does not stop
early learning            `EarlyLearningClassifier`
refinery                  `RefinedClassifier`
generalized CE            `GeneralizedCrossEntropy` in place of the cross-entropy
forest, distilled         `DistilledClassifier` from a forest, asked out of fold
clean labels              cross-entropy on labels of which none is wrong, stopped
clean labels, to the end  the same, not stopped

Where a network is stopped, a tenth of the training rows is held out to stop by, and its
labels are as noisy as the others. The share of the cost that is recovered is

    (accuracy - accuracy of cross-entropy) / (accuracy on clean labels - the same),

of means over seeds, and with the better of the two on clean labels; once for
cross-entropy that is stopped, once for that which goes on to the end.
`label_noise_score_` is compared with which labels were wrong, by the area under the ROC
curve; of arms that have none it is one minus what the network gives the label.

Progress goes to standard error, the tables to standard output and to ``report.md`` in
``--out``, where ``records.csv`` keeps each finished fit: a killed run goes on.

What was chosen, and on what ---------------------------- `SETTINGS` was chosen on
training rows: ``--choose`` holds out a sixth of them, once, with labels as noisy as the
others. With one seed, under 40 % of symmetric noise (where nobody can be right about
more than 60 %), it gave

    arm                        settings                        right, %  epochs
    cross-entropy              stopped                            54.77      20
    cross-entropy, to the end                                     39.47      60
    early learning             regularization 1, momentum 0.7     42.53      60
    early learning             the same, stopped                  55.61      19
    early learning             regularization 3, momentum 0.7     56.27      60
    early learning             the same, stopped                  50.63      16
    early learning             regularization 7, momentum 0.7     56.57      60
    early learning             the same, stopped                  49.67      16
    early learning             regularization 3, momentum 0.9     49.91      60
    early learning             the same, stopped                  55.61      19
    refinery                   1 round, mix 0.5, stopped          55.13      22
    refinery                   1 round, mix 1, stopped            55.61      22
    refinery                   3 rounds, mix 0.5, stopped         55.49      25
    refinery                   3 rounds, mix 1, stopped           55.49      48
    generalized CE                                                56.03      60
    generalized CE             stopped                            55.43      31

Early learning and generalized cross-entropy are not stopped: they do not memorise,
become sure of themselves, and are then judged harshly by noisy labels, whose
cross-entropy stops them far too early. The settings of the refinery cannot be told
apart on 1 667 rows; its defaults stayed. The other noises got the same settings, as
from someone who does not know what is wrong with the labels. Network, rate and epochs
were not compared.
"""

from __future__ import annotations

import argparse
import itertools
import json
from functools import partial

import numpy as np
import runs
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import roc_auc_score

from sklkd import DistilledClassifier, StudentNet
from sklkd.label_noise import EarlyLearningClassifier, RefinedClassifier
from sklkd.nn import MLP
from sklkd.objectives import GeneralizedCrossEntropy
from sklkd.smoothing import RegularizedClassifier

SEEDS = 3
N_ROWS = 10_000
NOISES = [("symmetric", 0.4), ("pair", 0.4), ("symmetric", 0.2), ("symmetric", 0.6)]
EPOCHS = 60

# What an arm is trained with; "stop" is whether it is stopped by held-out rows. Chosen
# by `--choose`.
SETTINGS = {
    "cross-entropy": {"stop": True},
    "cross-entropy, to the end": {"stop": False},
    "early learning": {"stop": False, "regularization": 7.0, "momentum": 0.7},
    "refinery": {"stop": True, "n_rounds": 3, "mix": 0.5},
    "generalized CE": {"stop": False},
    "forest, distilled": {"stop": True},
}
PLAIN, TO_THE_END = "cross-entropy", "cross-entropy, to the end"
CLEAN = {"clean labels": PLAIN, "clean labels, to the end": TO_THE_END}

# What `--choose` compares, on 40 % symmetric noise.
CANDIDATES = [
    ("cross-entropy", {}),
    ("cross-entropy, to the end", {}),
    *(
        ("early learning", {"stop": stop, "regularization": strength, "momentum": m})
        for strength, m in [(1.0, 0.7), (3.0, 0.7), (7.0, 0.7), (3.0, 0.9)]
        for stop in (False, True)
    ),
    *(
        ("refinery", {"n_rounds": n_rounds, "mix": mix})
        for n_rounds, mix in [(1, 0.5), (1, 1.0), (3, 0.5), (3, 1.0)]
    ),
    ("generalized CE", {"stop": False}),
    ("generalized CE", {"stop": True}),
]


# --- Noise ----------------------------------------------------------------------------


def corrupt(y, kind, share, seed, n_classes=10):
    """Labels of which a share is wrong: exactly that share of the rows."""
    rng = np.random.default_rng([seed, 7])
    wrong = rng.permutation(len(y))[: round(share * len(y))]
    step = 1 if kind == "pair" else rng.integers(1, n_classes, len(wrong))
    noisy = y.copy()
    noisy[wrong] = (y[wrong] + step) % n_classes
    return noisy


# --- Arms -----------------------------------------------------------------------------


def network(epochs, *, stop):
    """Two layers of 256, on pixels as they are."""
    return StudentNet(
        MLP,
        module__hidden=(256, 256),
        max_epochs=epochs,
        lr=1e-3,
        batch_size=128,
        early_stopping=stop,
        n_iter_no_change=15,
        device="cpu",
    )


def estimator(arm, settings, epochs, seed):
    """An unfitted arm."""
    settings = dict(settings)
    net = network(epochs, stop=settings.pop("stop"))
    forest = RandomForestClassifier(100, random_state=seed)
    makers = {
        # The paper has no ramp, and neither had what `--choose` compared.
        "early learning": partial(EarlyLearningClassifier, ramp=0),
        "refinery": RefinedClassifier,
        "generalized CE": partial(
            RegularizedClassifier, objective=GeneralizedCrossEntropy(), label_weight=0
        ),
        "forest, distilled": lambda student, **more: DistilledClassifier(
            forest, student, soft_weight=1.0, transfer_set=None, **more
        ),
    }
    maker = makers.get(arm, RegularizedClassifier)
    return maker(net, random_state=seed, **settings)


def doubt(model, X, noisy):
    """How doubtful each training label is: (n,)."""
    if hasattr(model, "label_noise_score_"):
        return model.label_noise_score_
    proba = model.predict_proba(X)
    return 1 - proba[np.arange(len(noisy)), np.searchsorted(model.classes_, noisy)]


def measure(model, data, noisy):
    """Fit to noisy labels; measure on test rows, and what is thought of the labels."""
    X, y, X_new, y_new = data
    found = runs.fit_and_measure(model, X, noisy, X_new, y_new)
    more = {"epochs": int(model.n_iter_)}
    if (noisy != y).any():
        more["auc"] = float(roc_auc_score(noisy != y, doubt(model, X, noisy)))
    return {"accuracy": 1 - found.pop("error")} | more | found


def record(records, arm, noise, data, *, seed, epochs, settings=None):
    """Fit and measure one arm, unless its record is there."""
    settings = SETTINGS[arm] if settings is None else settings
    case = {
        "seed": seed,
        "noise": f"{noise[0]} {100 * noise[1]:.0f} %",
        "arm": arm,
        "settings": json.dumps(settings),
        "epochs_at_most": epochs,
        "rows": len(data[0]),
        "new_rows": len(data[2]),
    }
    noisy = corrupt(data[1], *noise, seed)
    model = estimator(arm, settings, epochs, seed)
    return records.get(case, lambda: measure(model, data, noisy))


def run_noise(records, noise, data, *, seed, epochs):
    """Every arm under one noise, and clean labels: records by arm."""
    how = {"seed": seed, "epochs": epochs}
    found = {arm: record(records, arm, noise, data, **how) for arm in SETTINGS}
    none = ("symmetric", 0.0)
    clean = {
        name: record(records, arm, none, data, **how) for name, arm in CLEAN.items()
    }
    return found | clean


# --- Choosing, on training rows -------------------------------------------------------


def choose(records, data, epochs):
    """Measure `CANDIDATES` on a sixth of the training rows, with noisy labels."""
    X, y = data[:2]
    noise = ("symmetric", 0.4)
    fitted, new = runs.held_out(y)
    noisy_new = corrupt(y, *noise, 1)[new]  # what one would have to choose by
    parts = X[fitted], y[fitted], X[new], noisy_new
    rows = [["arm", "settings", "right by noisy labels, %", "epochs", "seconds"]]
    for arm, changes in CANDIDATES:
        settings = SETTINGS[arm] | changes
        how = {"seed": 0, "epochs": epochs, "settings": settings}
        found = record(records, arm, noise, parts, **how)
        told = ", ".join(f"{name} {value}" for name, value in settings.items())
        right = f"{100 * found['accuracy']:.2f}"
        rows.append([arm, told, right, str(found["epochs"]), f"{found['seconds']:.0f}"])
    print(f"\n{noise}, accuracy on {len(new)} noisy training rows held out\n")
    print(runs.table(rows))


# --- The report -----------------------------------------------------------------------


def report(found):
    """A table a noise, of the seeds that are finished: a text."""
    parts = []
    for (kind, share), seeds in found.items():
        head = f"### {kind.capitalize()}, {100 * share:.0f} %, {len(seeds)} seed(s)"
        parts.append(f"{head}\n\n{of_noise(seeds)}")
    return "\n\n".join(parts)


def of_noise(found):
    """The arms under one noise: a table."""
    head = ["", "accuracy, %", "recovered, % (each seed)", "if one does not stop, %"]
    rows = [[*head, "log-loss", "AUC of wrong labels", "epochs", "seconds"]]
    for arm in [*SETTINGS, *CLEAN]:
        values = {
            name: np.array([seed[arm].get(name, np.nan) for seed in found], dtype=float)
            for name in ("accuracy", "log_loss", "auc", "epochs", "seconds")
        }
        rows.append(
            [
                arm,
                runs.spread(100 * values["accuracy"]),
                recovered(found, arm, PLAIN),
                recovered(found, arm, TO_THE_END),
                runs.spread(values["log_loss"], ".3f"),
                "" if arm in CLEAN else runs.spread(values["auc"], ".3f"),
                f"{values['epochs'].mean():.0f}",
                f"{values['seconds'].mean():.0f}",
            ]
        )
    return runs.table(rows)


def recovered(found, arm, plain):
    """Share of what noise cost the plain arm, in per cent: of means (of each seed)."""

    def accuracy(name):
        return np.array([seed[name]["accuracy"] for seed in found])

    own, start = accuracy(arm), accuracy(plain)
    best = np.max([accuracy(name) for name in CLEAN], axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        each = 100 * (own - start) / (best - start)
        share = 100 * (own - start).mean() / (best - start).mean()
    return f"{share:.0f} ({' '.join(f'{value:.0f}' for value in each)})"


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    runs.add_common(parser, "noisy_labels", SEEDS)
    add = parser.add_argument
    add("--rows", type=int, default=N_ROWS, help=f"to train on ({N_ROWS})")
    add("--choose", action="store_true", help="compare settings on training rows")
    options = parser.parse_args(arguments)
    folder, seeds = runs.prepare(options, SEEDS)
    n_rows, epochs = (1000, 10) if options.quick else (options.rows, EPOCHS)
    data = runs.mnist("noisy_labels", options.data, n_rows)
    records = runs.Records(folder / "records.csv")
    if options.choose:
        choose(records, data, epochs)
        return
    found = {}
    for seed, noise in itertools.product(seeds, NOISES):
        how = {"seed": seed, "epochs": epochs}
        found.setdefault(noise, []).append(run_noise(records, noise, data, **how))
        head = f"MNIST, {len(data[0])} training rows, mean ± 95 %"
        text = f"{head}\n\n{report(found)}\n\n{runs.machine()}"
        (folder / "report.md").write_text(f"{text}\n", encoding="utf-8")
    print(f"\n{text}")


if __name__ == "__main__":
    main()
