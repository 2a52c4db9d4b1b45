"""Registries: names without imports, one plugin at a time, and no name twice.

Third-party packages are real ones here: a metadata folder and a module on the path.
"""

import functools
import sys
from importlib.metadata import EntryPoint

import pytest

import sklkd
from sklkd import transfer_sets
from sklkd.exceptions import PluginError, UnknownNameError
from sklkd.plugins import (
    ESTIMATORS,
    OBJECTIVES,
    STUDENTS,
    TRANSFER_SETS,
    Plugin,
    Registry,
)

GROUP = "sklkd.tests"


@pytest.fixture
def registry():
    return Registry(GROUP)


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Make a package that announces plugins: install(package, source, **plugins)."""
    monkeypatch.syspath_prepend(tmp_path)
    modules = []

    def _install(package, source, **plugins):
        module = f"{package}_module"
        modules.append(module)
        (tmp_path / f"{module}.py").write_text(source)
        metadata = tmp_path / f"{package}-1.0.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(f"Name: {package}\nVersion: 1.0\n")
        lines = [f"{name} = {module}:{value}" for name, value in plugins.items()]
        (metadata / "entry_points.txt").write_text("\n".join([f"[{GROUP}]", *lines]))
        return module

    yield _install
    for module in modules:
        sys.modules.pop(module, None)


@pytest.mark.parametrize(
    ("registry", "name", "factory"),
    [
        (OBJECTIVES, "soft_targets", sklkd.SoftTargets),
        (OBJECTIVES, "logit_matching", sklkd.LogitMatching),
        (OBJECTIVES, "squared_error", sklkd.SquaredError),
        (STUDENTS, "net", sklkd.StudentNet),
        (ESTIMATORS, "distilled_classifier", sklkd.DistilledClassifier),
        (ESTIMATORS, "distilled_regressor", sklkd.DistilledRegressor),
        (TRANSFER_SETS, "conditional", transfer_sets.Conditional),
        (TRANSFER_SETS, "interpolation", transfer_sets.Interpolation),
        (TRANSFER_SETS, "jitter", transfer_sets.Jitter),
        (TRANSFER_SETS, "mixup", transfer_sets.Mixup),
        (TRANSFER_SETS, "munge", transfer_sets.Munge),
        (TRANSFER_SETS, "spunge", transfer_sets.Spunge),
    ],
)
def test_what_is_built_in_comes_through_the_same_door(registry, name, factory):
    assert registry[name] == Plugin(name, factory)


def test_a_registered_function_is_found_with_its_laws(registry):
    @registry.register("mine", laws={"nonnegative"})
    def mine():
        return 42

    assert mine() == 42
    assert registry["mine"] == Plugin("mine", mine, frozenset({"nonnegative"}))


def test_names_are_listed_sorted_whatever_they_come_from(registry, install):
    install("ours", "def f(): ...", b="f")
    registry.register("c")(print)
    registry.register("a")(print)

    assert list(registry) == ["a", "b", "c"]
    assert len(registry) == 3


def test_names_are_listed_without_importing(registry, install):
    module = install("eager", "raise RuntimeError('imported')", eager="f")

    assert list(registry) == ["eager"]
    assert "eager" in registry
    assert module not in sys.modules


def test_looking_one_up_imports_that_one_only(registry, install):
    wanted = install("wanted", "def f(): ...", wanted="f")
    other = install("other", "def f(): ...", other="f")

    factory = registry["wanted"].factory

    assert factory is sys.modules[wanted].f
    assert other not in sys.modules


def test_a_plugin_is_loaded_once(registry, install):
    install("steady", "def f(): ...", steady="f")

    assert registry["steady"] is registry["steady"]


@pytest.mark.parametrize(
    ("source", "cause"),
    [
        ("import a_module_that_is_not_there", "ModuleNotFoundError: No module named"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("def g(): ...", "AttributeError: module 'cracked_module' has no attribute"),
    ],
)
def test_a_broken_package_is_reported_by_name_and_breaks_nothing_else(
    registry, install, source, cause
):
    install("cracked", source, broken="f")
    install("whole", "def f(): ...", whole="f")

    with pytest.raises(PluginError) as caught:
        registry["broken"]

    sentence = str(caught.value)
    assert sentence.startswith(
        f"{GROUP}: the plugin 'broken' of cracked cannot be loaded ({cause}"
    )
    assert sentence.endswith("). Update or uninstall cracked.")
    assert caught.value.__cause__ is not None
    assert callable(registry["whole"].factory)
    assert list(registry) == ["broken", "whole"]


def test_the_whole_sentence_about_a_broken_package(registry, install):
    install("cracked", "1 / 0", broken="f")

    with pytest.raises(PluginError) as caught:
        registry["broken"]

    assert str(caught.value) == (
        "sklkd.tests: the plugin 'broken' of cracked cannot be loaded "
        "(ZeroDivisionError: division by zero). Update or uninstall cracked."
    )


def test_a_broken_plugin_of_nobody_is_reported_too(registry, monkeypatch):
    entry = EntryPoint(name="orphan", value="not_there_at_all:f", group=GROUP)
    monkeypatch.setattr("sklkd.plugins.entry_points", lambda *, group: [entry])

    with pytest.raises(PluginError) as caught:
        registry["orphan"]

    assert str(caught.value) == (
        "sklkd.tests: the plugin 'orphan' of an unknown package cannot be loaded "
        "(ModuleNotFoundError: No module named 'not_there_at_all'). "
        "Update or uninstall an unknown package."
    )


def test_an_unknown_name_gets_the_nearest_one_and_all_of_them(registry):
    registry.register("soft_targets")(print)
    registry.register("hints")(print)

    with pytest.raises(UnknownNameError) as caught:
        registry["soft_target"]

    assert str(caught.value) == (
        "sklkd.tests has no 'soft_target'. Did you mean 'soft_targets'? "
        "Known: hints, soft_targets."
    )


def test_an_unknown_name_with_nothing_near_gets_the_list_alone(registry):
    registry.register("hints")(print)

    with pytest.raises(UnknownNameError) as caught:
        registry["zzz"]

    assert str(caught.value) == "sklkd.tests has no 'zzz'. Known: hints."


def test_get_gives_the_default_for_an_unknown_name(registry):
    """A Mapping promises it: `Mapping.get` catches KeyError."""
    assert registry.get("nothing") is None
    assert registry.get("nothing", 3) == 3


def test_registering_a_taken_name_raises(registry):
    registry.register("mine")(print)

    with pytest.raises(PluginError) as caught:
        registry.register("mine")(Registry.register)

    assert str(caught.value) == (
        "sklkd.tests already has 'mine'; register sklkd.plugins.Registry.register "
        "under another name."
    )
    assert registry["mine"].factory is print


def test_registering_a_taken_name_raises_for_a_callable_without_a_name_too(registry):
    registry.register("mine")(print)

    with pytest.raises(PluginError, match=r"^sklkd\.tests already has 'mine'; "):
        registry.register("mine")(functools.partial(print, end=""))


def test_registering_the_name_of_an_installed_plugin_raises(registry, install):
    module = install("earlier", "raise RuntimeError('imported')", taken="f")

    with pytest.raises(PluginError, match=r"^sklkd\.tests already has 'taken'; "):
        registry.register("taken")(print)

    assert module not in sys.modules


def test_two_packages_that_announce_one_name_are_both_named(registry, install):
    install("second", "def f(): ...", twin="f")
    install("first", "def f(): ...", twin="f")
    registry.register("lonely")(print)

    with pytest.raises(PluginError) as caught:
        registry["twin"]

    assert str(caught.value) == (
        "sklkd.tests: the name 'twin' is taken twice, by first_module:f and "
        "second_module:f. Uninstall one of the packages."
    )
    assert list(registry) == ["lonely", "twin"]
    assert registry["lonely"].factory is print


def test_one_package_that_is_seen_twice_is_no_clash(registry, monkeypatch):
    """An editable install and a folder on the path announce the very same thing."""
    entry = EntryPoint(name="same", value="math:sqrt", group=GROUP)
    monkeypatch.setattr("sklkd.plugins.entry_points", lambda *, group: [entry, entry])

    assert registry["same"].factory(9.0) == 3.0


def test_registries_of_two_groups_do_not_share_names(registry):
    registry.register("mine")(print)

    assert "mine" not in Registry("sklkd.other_tests")


def test_a_record_cannot_be_changed():
    plugin = Plugin("mine", print)

    with pytest.raises(AttributeError):
        plugin.name = "yours"
