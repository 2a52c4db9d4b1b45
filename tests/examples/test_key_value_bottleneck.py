"""The script of tasks: which rows come when, and what a run leaves."""

import numpy as np
import pytest


@pytest.fixture
def script(imported, monkeypatch):
    """The script, with two passes over each task."""
    script = imported("key_value_bottleneck")
    monkeypatch.setattr(script, "PASSES", {"digits": 2, "mnist": 2})
    monkeypatch.setattr(script, "KEYS", {"digits": {"n_heads": 2}, "mnist": {}})
    return script


def test_each_digit_is_in_one_of_five_tasks(script):
    y = np.arange(100) % 10

    parts, pairs = script.tasks_of(3, y)

    assert sorted(np.concatenate(pairs)) == list(range(10))
    assert sorted(np.concatenate(parts)) == list(range(100))
    for part, pair in zip(parts, pairs, strict=True):
        assert set(y[part]) == set(pair)


def test_orders_differ_by_seed(script):
    assert not np.array_equal(
        script.tasks_of(0, np.arange(10))[1], script.tasks_of(1, np.arange(10))[1]
    )


def test_counting_arms_forget_nothing_and_descent_does(script):
    data = script.small_digits(0)

    found = {
        arm: script.measure(arm, "digits", 0, data) for arm in ("key-value", "SGD")
    }

    assert found["key-value"]["first"] > 0.7
    assert found["SGD"]["first"] < 0.2 < found["SGD"]["last"]


def test_keys_of_the_first_task_know_nothing_of_the_others(script):
    X, y, *_ = script.small_digits(0)
    parts, _ = script.tasks_of(0, y)

    model = script.ARMS["key-value, first task"]("digits", 0, X, parts)

    expected = script.KeyValueBottleneckClassifier(n_heads=2, random_state=0)
    expected.fit_keys(X[parts[0]])
    assert np.array_equal(model.keys_[0], expected.keys_[0])


def test_a_run_prints_every_arm_and_a_second_one_finds_it(script, mnist, capsys):
    told = ["--out", str(mnist / "out"), "--data", str(mnist), "--seeds", "2"]

    script.main(told)
    first = capsys.readouterr()
    script.main(told)
    again = capsys.readouterr()

    for arm in script.ARMS:
        assert first.out.count(f"| {arm} ") == 2
    assert "digits, 1198 training rows" in first.out
    assert "mnist, 240 training rows" in first.out
    assert again.out == first.out
    assert again.err.count("found in") == 4 * len(script.ARMS)
