"""Faults: at which call they are raised, whom they spare, and what comes out."""

import contextlib
import gc
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklkd.testing._injection import InjectedFault, count_calls, interrupt


def first():
    pass


def second():
    pass


def both():
    first()
    second()


def test_calls_of_python_functions_are_counted():
    assert count_calls(first) == 1
    assert count_calls(both) == 3
    assert count_calls(lambda: [len([]) for _ in range(3)]) >= 1


@given(st.integers(1, 3))
def test_a_fault_is_raised_at_the_call_of_that_number(at):
    done = []

    def step():
        done.append(None)

    def steps():
        step()
        step()

    error = interrupt(steps, at)

    assert isinstance(error, InjectedFault)
    assert len(done) == max(at - 2, 0)


def test_nothing_comes_out_where_no_call_is_left():
    assert interrupt(both, 4) is None


def test_it_is_not_swallowed_by_those_who_catch_exceptions():
    def careless():
        with contextlib.suppress(Exception):
            first()

    assert isinstance(interrupt(careless, 2), InjectedFault)


def test_one_that_is_swallowed_is_told():
    def greedy():
        with contextlib.suppress(BaseException):
            first()

    assert interrupt(greedy, 4) is None


def test_an_error_that_is_raised_because_of_it_comes_out():
    def translating():
        try:
            first()
        except BaseException as error:
            raise ValueError("translated") from error

    error = interrupt(translating, 2)

    assert isinstance(error, ValueError)


def test_an_error_of_ones_own_is_raised():
    def wrong():
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        interrupt(wrong, 9)


def test_what_cleans_up_is_spared():
    done = []

    def clean():
        done.append("cleaned")

    def careful():
        try:
            first()
        finally:
            clean()

    error = interrupt(careful, 3)

    assert error is None
    assert done == ["cleaned"]


def test_what_handles_an_error_is_spared():
    def handling():
        try:
            raise KeyError
        except KeyError:
            first()
        second()

    error = interrupt(handling, 2)

    assert isinstance(error, InjectedFault)
    assert error.__traceback__.tb_next is not None
    assert _innermost(error) == "second"


def test_context_managers_are_spared():
    class Manager:
        def __enter__(self):
            first()

        def __exit__(self, *error):
            first()

    def using():
        with Manager():
            second()

    for at in (2, 3, 4):
        assert _innermost(interrupt(using, at)) == "second"
    assert interrupt(using, 5) is None


def _innermost(error):
    trace, name = error.__traceback__, ""
    while trace is not None:
        if not trace.tb_frame.f_code.co_filename.endswith("/_injection.py"):
            name = trace.tb_frame.f_code.co_name
        trace = trace.tb_next
    return name


def test_profile_hook_and_collector_are_put_back():
    before = sys.getprofile(), sys.unraisablehook, gc.isenabled()

    interrupt(both, 2)

    assert (sys.getprofile(), sys.unraisablehook, gc.isenabled()) == before
