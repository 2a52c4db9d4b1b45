"""The study of wrong labels: the noise, the share that is recovered, and a run."""

import numpy as np
import pytest


@pytest.fixture
def script(imported, monkeypatch):
    """The script with a few epochs, one noise, and a small forest."""
    script = imported("noisy_labels")
    forest = script.RandomForestClassifier
    monkeypatch.setattr(
        script, "RandomForestClassifier", lambda _, **more: forest(5, **more)
    )
    monkeypatch.setattr(script, "EPOCHS", 3)
    monkeypatch.setattr(script, "NOISES", [("pair", 0.4)])
    short = {"refinery": script.SETTINGS["refinery"] | {"n_rounds": 1}}
    monkeypatch.setattr(script, "SETTINGS", script.SETTINGS | short)
    return script


# --- Noise ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["symmetric", "pair"])
@pytest.mark.parametrize("share", [0.0, 0.2, 0.6])
def test_exactly_the_share_is_wrong(script, kind, share):
    y = np.arange(1000) % 10

    noisy = script.corrupt(y, kind, share, seed=0)

    assert (noisy != y).sum() == 1000 * share
    assert set(noisy) <= set(range(10))


def test_in_pairs_a_wrong_label_is_the_next_digit(script):
    y = np.arange(1000) % 10

    noisy = script.corrupt(y, "pair", 0.4, seed=0)

    assert set((noisy - y) % 10) == {0, 1}


def test_at_random_a_wrong_label_is_any_other_digit(script):
    y = np.zeros(9000, dtype=int)

    noisy = script.corrupt(y, "symmetric", 1.0, seed=0)

    counts = np.bincount(noisy, minlength=10)
    assert counts[0] == 0
    deviation = (9000 * (1 / 9) * (8 / 9)) ** 0.5
    assert (abs(counts[1:] - 1000) < 5 * deviation).all()


def test_the_given_labels_stay_as_they_are(script):
    y = np.arange(100) % 10

    script.corrupt(y, "symmetric", 0.4, seed=0)

    assert (y == np.arange(100) % 10).all()


# --- Numbers --------------------------------------------------------------------------


def test_half_of_the_cost_is_half(script):
    clean = {"clean labels": {"accuracy": 0.8}}
    clean |= {"clean labels, to the end": {"accuracy": 0.9}}
    found = [
        {"cross-entropy": {"accuracy": 0.7}, "refinery": {"accuracy": r}} | clean
        for r in (0.75, 0.85)
    ]

    recovered = {
        arm: script.recovered(found, arm, "cross-entropy")
        for arm in ("cross-entropy", "refinery", "clean labels, to the end")
    }

    assert recovered == {
        "cross-entropy": "0 (0 0)",
        "refinery": "50 (25 75)",
        "clean labels, to the end": "100 (100 100)",
    }


def test_doubt_is_what_the_label_is_not_given(script):
    class Model:
        classes_ = np.array([3, 5])

        def predict_proba(self, X):
            return np.array([[0.9, 0.1], [0.9, 0.1]])

    doubt = script.doubt(Model(), np.zeros((2, 1)), np.array([3, 5]))

    np.testing.assert_allclose(doubt, [0.1, 0.9])


# --- A run ----------------------------------------------------------------------------


def test_a_run_tells_of_every_arm_and_a_second_one_finds_it(script, told, capsys):
    script.main(told("--seeds", "1"))
    first = capsys.readouterr().out

    script.main(told("--seeds", "1"))

    again = capsys.readouterr()
    assert "### Pair, 40 %" in first
    for arm in [*script.SETTINGS, *script.CLEAN]:
        assert f"| {arm} " in first
    assert again.err.count("found in") == len(script.SETTINGS) + 2
    assert again.out == first


def test_choosing_looks_at_no_test_row(script, told, capsys, monkeypatch):
    monkeypatch.setattr(script, "CANDIDATES", [("early learning", {"momentum": 0.9})])
    load = script.runs.mnist
    monkeypatch.setattr(
        script.runs, "mnist", lambda *args: (*load(*args)[:2], None, None)
    )

    script.main(told("--choose"))

    assert "momentum 0.9" in capsys.readouterr().out
