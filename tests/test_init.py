"""The front door: what it lists can be imported, and what can be imported is listed."""

import importlib.metadata
import inspect
import re
import subprocess
import sys

import pytest

import sklkd


@pytest.mark.parametrize("name", sklkd.__all__)
def test_what_is_listed_is_there(name):
    assert hasattr(sklkd, name)


def test_what_is_public_is_listed():
    public = {
        name
        for name, value in vars(sklkd).items()
        if not name.startswith("_") and not inspect.ismodule(value)
    }

    assert public | {"__version__"} == set(sklkd.__all__)


def test_the_list_is_sorted_and_names_nothing_twice():
    names = [name for name in sklkd.__all__ if name != "__version__"]

    assert names == sorted(set(names))


@pytest.mark.parametrize("name", sorted(set(sklkd.__all__) - {"__version__"}))
def test_what_people_type_comes_from_a_public_folder(name):
    """So that a name has the same meaning at the front door and on its floor."""
    floor = ".".join(getattr(sklkd, name).__module__.split(".")[:2])

    assert getattr(sys.modules[floor], name) is getattr(sklkd, name)
    assert name in sys.modules[floor].__all__


def test_the_version_is_that_of_the_installed_package():
    assert sklkd.__version__ == importlib.metadata.version("sklkd")


def test_the_version_is_one_that_installers_understand():
    assert re.fullmatch(r"\d+\.\d+\.\d+((a|b|rc)\d+|\.dev\d+)?", sklkd.__version__)


def test_importing_it_prints_nothing_and_loads_no_plotting():
    code = "import sklkd, sys; sys.exit('matplotlib' in sys.modules)"

    done = subprocess.run(
        [sys.executable, "-W", "error::FutureWarning:sklkd", "-c", code],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
