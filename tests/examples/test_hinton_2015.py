"""The script of Hinton et al. 2015: its parts, and a run of it on few rows."""

import importlib.util
import json
import re
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

SCRIPT = Path(__file__).parents[2] / "examples" / "papers" / "hinton_2015.py"


@pytest.fixture
def script(monkeypatch):
    """The script as a module, whose classes can be pickled."""
    spec = importlib.util.spec_from_file_location("hinton_2015", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "hinton_2015", module)
    spec.loader.exec_module(module)
    monkeypatch.setattr(torch, "set_num_threads", lambda _: None)
    return module


@pytest.fixture
def quick(script, monkeypatch):
    """The script with two epochs a network."""
    recipe = {arm: replace(s, epochs=2) for arm, s in script.RECIPE.items()}
    monkeypatch.setattr(script, "RECIPE", recipe)
    return script


@pytest.fixture
def data(tmp_path):
    """A folder with a file in the shape of MNIST; its digits are bright stripes."""
    rng = np.random.default_rng(0)
    arrays = {}
    for part, n_rows in [("train", 240), ("test", 60)]:
        labels = np.arange(n_rows) % 10
        images = rng.integers(0, 50, (n_rows, 28, 28), dtype=np.uint8)
        images[np.arange(n_rows), 4 + 2 * labels, 4:24] = 255
        arrays |= {f"X_{part}": images, f"y_{part}": labels.astype(np.uint8)}
    np.savez(tmp_path / "mnist.npz", **arrays)
    return tmp_path


def arguments(data, *more):
    out = data / "out"
    return ["--data", str(data), "--out", str(out), "--device", "cpu", *more]


# --- Parts ----------------------------------------------------------------------------


def test_jitter_makes_each_of_the_25_shifts_and_no_other(script):
    image = torch.rand(28, 28)
    shifts = []
    for down in range(-2, 3):
        for across in range(-2, 3):
            shifted = torch.zeros(28, 28)
            here = [slice(max(0, d), 28 + min(0, d)) for d in (down, across)]
            there = [slice(max(0, -d), 28 + min(0, -d)) for d in (down, across)]
            shifted[here[0], here[1]] = image[there[0], there[1]]
            shifts.append(shifted.flatten())

    jittered = script.Jitter()(image.flatten().repeat(1000, 1))

    found = (jittered[:, None] == torch.stack(shifts)).all(dim=2)
    assert found.any(dim=1).all()
    assert found.any(dim=0).all()


@pytest.mark.parametrize("layer", ["Jitter", "Dropout"])
def test_what_disturbs_in_training_is_silent_afterwards(script, layer):
    made = {"Jitter": script.Jitter, "Dropout": lambda: script.Dropout(0.5)}[layer]()
    X = torch.rand(3, 784)

    assert torch.equal(made.eval()(X), X)


@pytest.mark.parametrize("share", [0.25, 0.5])
def test_dropout_leaves_out_its_share_and_keeps_the_mean(script, share):
    n_draws = 1000 * 999  # no multiple of eight in a row

    dropped = script.Dropout(share)(torch.ones(1000, 999))

    deviation = (share * (1 - share) / n_draws) ** 0.5
    assert abs((dropped == 0).float().mean().item() - share) < 5 * deviation
    assert torch.equal(dropped.unique(), torch.tensor([0, 1 / (1 - share)]))


def test_dropout_treats_every_one_of_the_eight_alike(script):
    dropped = script.Dropout(0.5)(torch.ones(20_000, 8))

    deviation = (0.25 / 20_000) ** 0.5
    assert ((dropped == 0).float().mean(dim=0) - 0.5).abs().max() < 5 * deviation


def test_max_norm_shortens_long_weights_and_leaves_short_ones(script):
    layer = nn.Linear(2, 2)
    layer.weight.data = torch.tensor([[3.0, 4.0], [0.3, 0.4]])
    net = type("Net", (), {"module_": nn.Sequential(layer)})

    script.MaxNorm(2.5).on_epoch_end(net)

    torch.testing.assert_close(layer.weight, torch.tensor([[1.5, 2.0], [0.3, 0.4]]))


# --- A run ----------------------------------------------------------------------------


def test_it_prints_a_table_and_the_share_of_the_gap(quick, data, capsys):
    quick.main(arguments(data, "--seeds", "2"))

    printed = capsys.readouterr().out
    for arm, errors in quick.PAPER.items():
        assert re.search(rf"\| +{arm} \|.* \d+ \d+ \| +{errors} \|", printed)
    assert "Share of the gap that is closed" in printed
    assert "Errors of 60 test images" in printed


def test_a_second_run_finds_what_the_first_has_finished(quick, data, capsys):
    quick.main(arguments(data, "--seeds", "1"))
    first = capsys.readouterr().out
    (data / "out" / "seed0-distilled.json").unlink()

    quick.main(arguments(data, "--seeds", "1"))

    again = capsys.readouterr()
    assert again.err.count("found in") == 2
    assert first.split("|")[:12] == again.out.split("|")[:12]


def test_a_distilled_student_of_a_teacher_read_again_is_the_same(quick, data):
    file = data / "out" / "seed0-distilled.json"
    quick.main(arguments(data, "--seeds", "1"))
    before = json.loads(file.read_text())
    file.unlink()

    quick.main(arguments(data, "--seeds", "1"))

    after = json.loads(file.read_text())
    assert after["train_loss"] == before["train_loss"]
    assert after["log_loss"] == before["log_loss"]


def test_a_teacher_whose_model_is_gone_is_trained_again(quick, data, capsys):
    quick.main(arguments(data, "--seeds", "1"))
    model = data / "out" / "seed0-teacher.pkl"
    model.unlink()
    capsys.readouterr()

    quick.main(arguments(data, "--seeds", "1"))

    assert model.exists()
    assert capsys.readouterr().err.count("found in") == 2  # the students


def test_a_quick_run_leaves_the_records_of_a_full_one(quick, data):
    quick.main(arguments(data, "--seeds", "1"))
    records = sorted((data / "out").glob("*.json"))
    before = [path.read_text() for path in records]

    quick.main(arguments(data, "--quick"))

    assert len(before) == 3
    assert [path.read_text() for path in records] == before


def test_other_settings_are_not_taken_for_the_same(quick, data, capsys, monkeypatch):
    quick.main(arguments(data, "--seeds", "1"))
    changed = quick.RECIPE | {"teacher": replace(quick.RECIPE["teacher"], dropout=0.1)}
    monkeypatch.setattr(quick, "RECIPE", changed)
    capsys.readouterr()

    quick.main(arguments(data, "--seeds", "1"))

    assert capsys.readouterr().err.count("found in") == 1  # the labels' student


def test_choosing_looks_at_no_test_row(quick, data, monkeypatch, capsys):
    candidates = [("teacher", {}), ("distilled", {"temperature": 4.0})]
    monkeypatch.setattr(quick, "CANDIDATES", candidates)
    load = quick.load

    def without_test_rows(*args):
        X, y, _, _ = load(*args)
        return X, y, None, None

    monkeypatch.setattr(quick, "load", without_test_rows)

    quick.main(arguments(data, "--choose"))

    printed = capsys.readouterr().out
    assert "Errors on 40 training rows" in printed
    assert "temperature 4.0" in printed


def test_missing_data_ends_it_with_the_way_to_get_them(script, tmp_path):
    with pytest.raises(SystemExit, match="fetch_openml") as ended:
        script.main(["--data", str(tmp_path), "--out", str(tmp_path / "out")])

    assert "mnist.npz must hold MNIST" in str(ended.value)


def test_half_of_the_gap_is_half(script):
    seeds = [
        {"teacher": {"errors": 60}, "hard labels": {"errors": 100}, "distilled": e}
        for e in ({"errors": 80}, {"errors": 60})
    ]

    told = script.closed(seeds)

    assert "75 ± 35 %" in told
    assert "seeds: 50, 100; paper: 91" in told
