"""The study of gradient noise: its networks, and a run on few rows."""

import pytest
import torch
from torch import nn


@pytest.fixture
def script(imported, monkeypatch):
    script = imported("gradient_noise")
    monkeypatch.setattr(script, "STARTS", {"simple": 0.1, "zero": 0.0})
    return script


@pytest.mark.parametrize("deviation", [0.1, 0.0])
def test_weights_have_the_deviation_that_is_asked_for(script, deviation):
    torch.manual_seed(0)
    layers = [
        m for m in script.Deep(784, 10, deviation).layers if isinstance(m, nn.Linear)
    ]

    weights = torch.cat([layer.weight.flatten() for layer in layers])
    biases = torch.cat([layer.bias for layer in layers])
    assert len(layers) == 21
    assert weights.std().item() == pytest.approx(deviation, rel=0.02)
    assert not biases.any()


def test_noise_is_added_after_the_norm_is_bounded(script):
    callbacks = script.estimator(0.1, 0.01, 1, 0).student.callbacks

    names = [type(callback).__name__ for callback in callbacks]
    assert names == ["GradientNormClipping", "GradientNoise"]


def test_a_run_tells_of_every_start_and_a_second_one_finds_it(script, told, capsys):
    options = told("--seeds", "2", "--epochs", "1")
    script.main(options)
    first = capsys.readouterr().out

    script.main(options)

    again = capsys.readouterr()
    assert first.count("| simple ") == first.count("| zero ") == 2
    assert again.err.count("found in") == 8
    assert again.out == first
