"""The front door: what it lists can be imported, and what can be imported is listed."""

import importlib.metadata
import inspect
import pkgutil
import re
import subprocess
import sys

import pytest

import sklkd

IMPORTED = {"Any", "TYPE_CHECKING", "import_module"}


@pytest.mark.parametrize("name", sklkd.__all__)
def test_what_is_listed_is_there(name):
    assert hasattr(sklkd, name)


def test_what_is_public_is_listed():
    public = {
        name
        for name in dir(sklkd)
        if not name.startswith("_") and not inspect.ismodule(getattr(sklkd, name))
    }

    assert public - IMPORTED | {"__version__"} == set(sklkd.__all__)


def test_every_floor_is_there_after_an_import_of_the_whole():
    floors = {m.name for m in pkgutil.iter_modules(sklkd.__path__)}
    public = {name for name in floors if not name.startswith("_")}

    assert {n for n in dir(sklkd) if inspect.ismodule(getattr(sklkd, n))} >= public


def test_what_is_not_there_is_said_not_to_be():
    with pytest.raises(AttributeError, match="'sklkd' has no attribute 'Distiller'"):
        sklkd.Distiller  # noqa: B018


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


@pytest.mark.parametrize(
    "code",
    [
        "import sklkd, sys; sys.exit('torch' in sys.modules)",
        "import sklkd, sys; sklkd.StudentNet; sys.exit('matplotlib' in sys.modules)",
    ],
)
def test_importing_it_prints_nothing_and_loads_nothing_heavy(code):
    done = subprocess.run(
        [sys.executable, "-W", "error::FutureWarning:sklkd", "-c", code],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
