"""Parcels: which modules another process finds, and what is sent along."""

import importlib.util
import pickle
import sys
import types

import cloudpickle
import pytest
from sklearn.ensemble import BaggingRegressor
from sklearn.linear_model import Ridge
from testing.reference import NetworkRegressor

from sklkd.testing import CONTRACTS, PROFILES, Subject
from sklkd.testing._parcel import NotSentError, is_found, is_in, modules_of, pack

HOW = (PROFILES["quick"], 0)


@pytest.fixture
def hidden_module(tmp_path):
    """A module that is imported, and that no path leads to."""
    name = "sklkd_hidden"
    file = tmp_path / f"{name}.py"
    file.write_text("from sklearn.linear_model import Ridge\nclass Mine(Ridge): pass\n")
    spec = importlib.util.spec_from_file_location(name, file)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[name]


@pytest.mark.parametrize("name", ["sklearn.linear_model", "sys", "math", "torch.nn"])
def test_installed_modules_are_found(name):
    assert is_found(name)


def test_what_is_run_as_a_file_is_not_found():
    assert not is_found("__main__")


def test_what_is_imported_and_on_no_path_is_not_found(hidden_module):
    """`importlib.util.find_spec` says that it is: it looks at what is imported."""
    assert importlib.util.find_spec("sklkd_hidden") is not None
    assert not is_found("sklkd_hidden")


def test_another_module_of_the_same_name_is_not_the_same(hidden_module):
    sys.modules["json.tool"], before = hidden_module, sys.modules.get("json.tool")
    try:
        assert not is_found("json.tool")
    finally:
        sys.modules.pop("json.tool")
        if before is not None:
            sys.modules["json.tool"] = before


def test_a_module_that_was_made_by_hand_is_not_found(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklkd_by_hand", types.ModuleType("sklkd_by_hand"))

    assert not is_found("sklkd_by_hand")


def test_modules_are_those_of_parts_and_bases():
    subject = Subject(BaggingRegressor(NetworkRegressor()))

    modules = modules_of(subject)

    assert {"sklearn.ensemble._bagging", "testing.reference", "sklearn.base"} <= modules


@pytest.mark.parametrize(
    ("name", "package", "answer"),
    [("a", "a", True), ("a.b", "a", True), ("ab", "a", False), ("a", "", False)],
)
def test_a_package_holds_its_modules(name, package, answer):
    assert is_in(name, package) is answer


def test_what_is_not_found_is_sent_by_value(hidden_module):
    subject = Subject(hidden_module.Mine())

    job = pack(CONTRACTS["B01"], subject, HOW, {"sklkd_hidden"})

    content = pickle.loads(job)[2]
    del sys.modules["sklkd_hidden"]
    try:
        estimator, _ = cloudpickle.loads(content)
    finally:
        sys.modules["sklkd_hidden"] = hidden_module
    assert type(estimator).__name__ == "Mine"
    assert cloudpickle.list_registry_pickle_by_value() == set()


def test_the_suites_own_contracts_are_sent_by_name():
    assert pickle.loads(pack(CONTRACTS["B01"], Subject(Ridge()), HOW, set()))[1] == b""


def test_what_cannot_be_pickled_is_not_sent():
    class Stubborn(Ridge):
        def __reduce__(self):
            raise TypeError("I stay")

    with pytest.raises(NotSentError, match="TypeError: I stay"):
        pack(CONTRACTS["B01"], Subject(Stubborn()), HOW, set())
