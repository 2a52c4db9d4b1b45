"""What users may catch: each error is also of the builtin kind they would expect."""

import inspect

import pytest

from sklkd import exceptions


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("TeacherError", [ValueError]),
        ("DivergedError", [ValueError]),
        ("UnknownNameError", [ValueError, LookupError]),
        ("PluginError", [ImportError]),
        ("UnweightedTeacherWarning", [UserWarning]),
        ("UnweightedStudentWarning", [UserWarning]),
        ("CacheWarning", [UserWarning]),
    ],
)
def test_is_caught_as_its_builtin_kind(name, kinds):
    exception = getattr(exceptions, name)

    assert all(issubclass(exception, kind) for kind in kinds)


def test_all_lists_every_class_of_the_file():
    defined = inspect.getmembers(exceptions, inspect.isclass)

    assert sorted(exceptions.__all__) == sorted(name for name, _ in defined)


@pytest.mark.parametrize("name", exceptions.__all__)
def test_reads_as_the_sentence_it_was_raised_with(name):
    """A LookupError that is a KeyError would quote it."""
    assert str(getattr(exceptions, name)("No 'x' here.")) == "No 'x' here."
