"""The child process: what it answers, how it ends, and who comes after it."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import pytest
import torch
from hypothesis import strategies as st
from sklearn.linear_model import Ridge

from sklkd.testing import CONTRACTS, Case, Profile, Subject, Violation, contract
from sklkd.testing._run import Run
from sklkd.testing._worker import _Child, _child, end_children, in_child

SHORT = Profile("short", 2, 100.0)


@pytest.fixture(autouse=True, scope="module")
def _childless():
    yield
    end_children()


@pytest.fixture
def law():
    """Make a contract of a function; it is gone after the test."""
    before = dict(CONTRACTS)

    def make(body, **options):
        body.__doc__ = "A law."
        return contract("X01", group="tests", **options)(body)

    yield make
    CONTRACTS.clear()
    CONTRACTS.update(before)


def asked(item, model=None, profile=SHORT):
    return in_child(item, Subject(Ridge() if model is None else model), profile, 0)


def test_the_child_says_what_the_parent_would():
    for name in ("B01", "C03", "C12"):
        here = Run(CONTRACTS[name], Subject(Ridge()), SHORT, 0).result()
        there = asked(CONTRACTS[name])
        assert (there.status, there.examples) == (here.status, here.examples)


def test_one_child_serves_all():
    asked(CONTRACTS["B01"])
    first = _child().process.pid

    asked(CONTRACTS["B02"])

    assert _child().process.pid == first


def test_a_contract_of_a_test_is_sent(law):
    def body(subject, case):
        raise Violation(f"{case.n} rows, {os.getpid() == parent}")

    parent = os.getpid()

    result = asked(law(body))

    assert (result.status, result.message) == ("failed", "12 rows, False")


def test_variants_and_strategies_are_sent(law):
    def body(subject, case, variant):
        if case.n == 9:
            raise Violation(variant)

    item = law(body, variants={"one": "1"}, data=st.just(Case(n=9)))

    assert asked(item).message == "1"


def test_an_estimator_of_a_test_is_sent():
    class Mine(Ridge):
        def predict(self, X):
            return super().predict(X) + len(X)

    assert asked(CONTRACTS["B02"], Mine()).status == "failed"


def test_one_that_cannot_be_sent_is_not_applicable():
    class Stubborn(Ridge):
        def __reduce__(self):
            raise TypeError("I stay")

    result = asked(CONTRACTS["B01"], Stubborn())

    assert result.status == "not_applicable"
    assert result.reason == "it cannot be sent to a child: TypeError: I stay"


def test_a_crash_fails_with_its_last_words_and_the_next_is_served(law):
    def body(subject, case):
        import ctypes

        ctypes.string_at(0)

    result = asked(law(body))

    assert result.status == "failed"
    assert "The process was ended by SIGSEGV." in result.message
    assert "Fatal Python error: Segmentation fault" in result.message
    assert "in string_at" in result.message
    assert "Extension modules" not in result.message
    assert asked(CONTRACTS["B01"]).status == "passed"


def test_an_exit_fails_with_its_status(law):
    def body(subject, case):
        os._exit(3)

    assert asked(law(body)).message == "The process ended with status 3."


def test_words_are_those_of_this_crash_alone(law):
    def body(subject, case):
        os.write(2, b"goodbye")
        os._exit(3)

    item = law(body)
    asked(item)

    assert asked(item).message.count("goodbye") == 1


def test_one_that_takes_too_long_is_stopped(law, monkeypatch):
    def body(subject, case):
        import time

        time.sleep(60)

    monkeypatch.setattr("sklkd.testing._worker.GRACE", 1.0)
    asked(CONTRACTS["B01"])  # so that starting does not count
    begin = time.monotonic()

    result = asked(law(body), profile=Profile("none", 1, 0.1))

    assert result.message == "The process took more than 2 s, and was stopped."
    assert time.monotonic() - begin < 20


def test_what_an_estimator_prints_and_reads_is_no_part_of_the_talk(law):
    def body(subject, case):
        import sys

        sys.stdout.write("x" * 100_000)
        os.write(1, b"y" * 100)
        if sys.stdin.read() != "":
            raise Violation("there was something to read")

    assert asked(law(body)).status == "passed"


def test_a_large_answer_and_a_large_job_arrive(law):
    words = "w" * 3_000_000

    def body(subject, case):
        raise Violation(words)

    assert asked(law(body)).message == words


def test_it_works_with_as_many_threads_as_the_parent(law):
    def body(subject, case):
        import torch

        raise Violation(str(torch.get_num_threads()))

    assert asked(law(body)).message == str(torch.get_num_threads())


def test_an_interrupt_of_the_parent_does_not_leave_an_answer_behind(law):
    def body(subject, case):
        import time

        time.sleep(3)
        raise Violation("late")

    asked(CONTRACTS["B01"])
    timer = threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGINT))
    # The processes of xdist ignore it.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            asked(law(body))
        timer.join()
    finally:
        signal.signal(signal.SIGINT, before)

    assert asked(CONTRACTS["B01"]).contract == "B01"


def test_two_threads_get_their_own_answers():
    results = {}

    def ask(name):
        results[name] = asked(CONTRACTS[name]).contract

    threads = [threading.Thread(target=ask, args=(n,)) for n in ("B01", "B02", "C09")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert results == {"B01": "B01", "B02": "B02", "C09": "C09"}


def test_an_ended_child_is_gone():
    child = _Child()

    child.end()

    assert child.process.returncode is not None
    assert child.words.closed


def test_a_script_may_check_its_own_class_and_ends_without_a_word(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent(
            """
            from sklearn.linear_model import Ridge
            from sklkd.testing import check_contracts

            class Mine(Ridge):
                pass

            report = check_contracts(
                Mine(), include=["C11"], profile="quick", on_fail=None
            )
            print(report.counts)
            """
        )
    )

    done = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )

    assert done.stdout == "{'passed': 1}\n"
    assert done.stderr == ""
