"""The building: tests mirror it, its floors are drawn as they are, all is described."""

import ast
import importlib
import inspect
import pkgutil
import re
import tomllib
from importlib.metadata import entry_points
from pathlib import Path

import pytest

import sklkd

TESTS = Path(__file__).parent
ROOT = TESTS.parent
PACKAGE = ROOT / "sklkd"
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())

# Modules without a test file of their own, and why.
UNTESTED = {
    "_version.py": "one line, held by test_init.py",
}

# Test files without a module of their own, and what they are about instead.
ACROSS = {
    "distillation/test_contracts.py": "the contracts, on estimators of every kind",
    "distillation/test_errors.py": "what every wrong argument is answered with",
    "distillation/test_inputs.py": "containers, types and layouts of rows",
    "distillation/test_search.py": "searches, the cache, and names of parts",
    "distillation/test_sklearn.py": "scikit-learn's own checks",
    "distillation/test_automatic.py": "what is chosen where nothing is said",
    "distillation/test_estimators.py": "scikit-learn students, end to end",
    "distillation/test_students.py": "students of every kind, end to end",
    "distillation/test_tables.py": "DataFrames of words, categories, dates and gaps",
    "distillation/test_teachers.py": "teachers of every kind, end to end",
    "distillation/test_transfer.py": "further rows, made up or given, end to end",
    "label_noise/test_contracts.py": "the contracts, on estimators for noisy labels",
    "label_noise/test_sklearn.py": "scikit-learn's own checks, on noisy labels",
    "prototypes/test_contracts.py": "the contracts, on prototypes without a network",
    "prototypes/test_network_contracts.py": "the contracts, on networks of prototypes",
    "prototypes/test_network_sklearn.py": "scikit-learn's own checks, on networks",
    "prototypes/test_sklearn.py": "scikit-learn's own checks, on the other prototypes",
    "smoothing/test_contracts.py": "the contracts, on the smoothing estimators",
    "surrogates/test_contracts.py": "the contracts, on surrogates",
    "surrogates/test_sklearn.py": "scikit-learn's own checks, on surrogates",
    "smoothing/test_sklearn.py": "scikit-learn's own checks, on smoothing",
    "examples/test_demo.py": "the first command of the README, on a few rows",
    "examples/test_surrogate_adult.py": "rules of a table of people, on a few rows",
    "examples/test_surrogate_recovery.py": "a ranking of columns, on a few rows",
    "examples/test_surrogate_trees.py": "trees of equal size, on a few rows",
    "examples/test_hinton_2015.py": "a reproduction, on a few rows",
    "examples/test_gradient_noise.py": "an experiment, on a few rows",
    "examples/test_key_value_bottleneck.py": "a reproduction, on a few rows",
    "examples/test_li_2018.py": "a reproduction, on a few rows",
    "examples/test_naive_bayes_samples.py": "a reproduction, on a few rows",
    "examples/test_noisy_labels.py": "an experiment, on a few rows",
    "examples/test_pereyra_2017.py": "a reproduction, on a few rows",
    "examples/test_prototype_tables.py": "a table, on a few rows",
    "examples/test_regularized_tables.py": "a table, on a few rows",
    "examples/test_runs.py": "what the scripts share",
    "examples/test_two_moons.py": "a picture, of a few rows",
    "test_docs.py": "the pages, whose examples run",
    "test_layout.py": "the building itself",
}

# Public names whose docstring has no example, by the reason why.
MADE_BY_THE_LIBRARY = {
    "sklkd.distillation.Policy",
    "sklkd.estimators.Encoded",
    "sklkd.estimators.Extras",
    "sklkd.estimators.Lesson",
    "sklkd.estimators.Request",
    "sklkd.inspection.Deconvolution",
    "sklkd.inspection.FidelityCurve",
    "sklkd.inspection.Occlusion",
    "sklkd.inspection.Stability",
    "sklkd.readable.AdditiveModel",
    "sklkd.readable.Column",
    "sklkd.readable.Counterfactual",
    "sklkd.readable.Curve",
    "sklkd.readable.Feature",
    "sklkd.readable.Literal",
    "sklkd.readable.LocalExplanation",
    "sklkd.readable.NearestModel",
    "sklkd.readable.Node",
    "sklkd.readable.ReadableModel",
    "sklkd.readable.ReadableTree",
    "sklkd.readable.Rule",
    "sklkd.readable.Test",
    "sklkd.surrogates.Evidence",
    "sklkd.surrogates.Fidelity",
    "sklkd.surrogates.Ranking",
    "sklkd.testing.Contract",
    "sklkd.testing.ContractResult",
    "sklkd.testing.Profile",
    "sklkd.inspection.Measurement",
    "sklkd.objectives.Batch",
    "sklkd.objectives.EarlyLearningMemory",
    "sklkd.objectives.Setting",
    "sklkd.objectives.Term",
    "sklkd.plugins.Plugin",
    "sklkd.training.Curriculum",
    "sklkd.training.Lessons",
    "sklkd.training.Question",
    "sklkd.training.Scaling",
    "sklkd.training.Signals",
    "sklkd.training.Student",
    "sklkd.training.TeacherTargets",
    "sklkd.training.TrainedEstimator",
    "sklkd.training.TrainedStudent",
    "sklkd.training.TrainingInterrupted",
    "sklkd.transfer_sets.Columns",
    "sklkd.transfer_sets.Draft",
}
FOR_THE_FLOORS_ABOVE = {
    "sklkd.estimators.BaseRegularizedClassifier",
    "sklkd.estimators.BaseStudentEstimator",
    "sklkd.estimators.StudentClassifierMixin",
    "sklkd.estimators.check_weights",
    "sklkd.objectives.Interval",
    "sklkd.objectives.as_objective",
    "sklkd.readable.question",
    "sklkd.surrogates.as_surrogate",
    "sklkd.surrogates.knee",
    "sklkd.training.module_of",
    "sklkd.transfer_sets.as_container",
    "sklkd.transfer_sets.recombined",
    "sklkd.training.as_memory",
    "sklkd.training.as_student",
    "sklkd.training.as_teacher",
    "sklkd.training.best_factor",
    "sklkd.training.atomic",
    "sklkd.training.calibrated",
    "sklkd.training.draw_seed",
    "sklkd.training.is_fitted_here",
    "sklkd.training.is_frame",
    "sklkd.training.is_mapped",
    "sklkd.training.is_precomputed",
    "sklkd.training.make_splits",
    "sklkd.training.members_of",
    "sklkd.training.name_of",
    "sklkd.training.not_numbers",
    "sklkd.training.puts_out_probabilities",
    "sklkd.training.stacked",
    "sklkd.training.take",
    "sklkd.training.take_params",
    "sklkd.training.teacher_targets",
    "sklkd.training.train",
    "sklkd.training.vectorizer",
    "sklkd.training.weight_param",
    "sklkd.transfer_sets.as_transfer_set",
}


FAMILIES = [
    "sklkd.distillation",
    "sklkd.label_noise",
    "sklkd.prototypes",
    "sklkd.smoothing",
    "sklkd.surrogates",
]
# Objectives that ask for the module of one estimator, and are nothing without.
PARTS_OF_ESTIMATORS = {
    "CertifiedRadius",
    "EarlyLearningPair",
    "Episodes",
    "PrototypesNearRows",
    "Reconstruction",
    "RowsNearPrototypes",
}


def relative(paths, root):
    return {str(path.relative_to(root)) for path in paths}


def modules():
    """Source files that a test may mirror: private modules and single-file floors."""
    files = relative(PACKAGE.rglob("*.py"), PACKAGE)
    return {name for name in files if not name.endswith("/__init__.py")}


def mirror_of(module):
    """sklkd/a/_b.py -> tests/a/test_b.py."""
    path = Path(module)
    return str(path.with_name(f"test_{path.stem.strip('_')}.py"))


def files_of_tests():
    files = relative(TESTS.rglob("test_*.py"), TESTS)
    return {name for name in files if not name.startswith("benchmarks/")}


def every_module():
    """Names of all modules of the package, imported."""
    names = [m.name for m in pkgutil.walk_packages(sklkd.__path__, "sklkd.")]
    return ["sklkd", *names]


PUBLIC = {
    f"{module}.{name}": getattr(importlib.import_module(module), name)
    for module in every_module()
    if not any(part.startswith("_") for part in module.split("."))
    for name in getattr(importlib.import_module(module), "__all__", [])
    if name != "__version__"
}


# --- The mirror -----------------------------------------------------------------------


@pytest.mark.parametrize("module", sorted(modules() - set(UNTESTED)))
def test_every_module_has_its_test_file(module):
    assert (TESTS / mirror_of(module)).exists()


@pytest.mark.parametrize("name", sorted(files_of_tests() - set(ACROSS)))
def test_every_test_file_has_its_module(name):
    assert name in {mirror_of(module) for module in modules()}


@pytest.mark.parametrize("name", sorted(ACROSS))
def test_every_exception_to_the_mirror_is_one(name):
    assert (TESTS / name).exists()
    assert name not in {mirror_of(module) for module in modules()}


@pytest.mark.parametrize("module", sorted(UNTESTED))
def test_every_module_without_a_test_file_is_there(module):
    assert (PACKAGE / module).exists()
    assert not (TESTS / mirror_of(module)).exists()


@pytest.mark.parametrize("name", sorted(files_of_tests()))
def test_every_test_asserts_something(name):
    tree = ast.parse((TESTS / name).read_text())
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
    speaking = {function.name for function in functions if _speaks(function)}
    tables = [
        node for node in tree.body if isinstance(node, (ast.Assign, ast.AnnAssign))
    ]
    speaking |= {
        name for t in tables if _names_in(t) & speaking for name in _names_in(t)
    }
    tests = [f for f in functions if f.name.startswith("test_")]

    silent = [
        test.name
        for test in tests
        if test.name not in speaking and not _names_in(test) & speaking
    ]

    assert silent == []


def _speaks(function):
    """Whether it asserts, expects an error, or lets a check or a warning fail."""
    says = r"\bassert|\bcontract\(estimator\)|pytest\.(raises|warns)|\bcheck|'error'"
    return re.search(says, ast.unparse(function)) is not None


def _names_in(function):
    return {n.id for n in ast.walk(function) if isinstance(n, ast.Name)}


# --- Documentation --------------------------------------------------------------------


@pytest.mark.parametrize("module", every_module())
def test_a_modules_first_line_is_a_sentence(module):
    document = importlib.import_module(module).__doc__

    assert document
    first = document.splitlines()[0]
    assert first.endswith(".")
    assert first[0].isupper()


@pytest.mark.parametrize("name", sorted(files_of_tests()))
def test_a_test_files_first_line_is_a_sentence(name):
    document = ast.get_docstring(ast.parse((TESTS / name).read_text()))

    assert document
    assert document.splitlines()[0].endswith(".")


@pytest.mark.parametrize("module", every_module())
def test_what_a_module_lists_is_there(module):
    module = importlib.import_module(module)

    assert [n for n in getattr(module, "__all__", []) if not hasattr(module, n)] == []


def is_described(name):
    """Whether a public name is a class or function, and so has a docstring."""
    value = PUBLIC[name]
    return inspect.isclass(value) or inspect.isfunction(value)


@pytest.mark.parametrize("name", sorted(filter(is_described, PUBLIC)))
def test_a_public_names_first_line_is_a_sentence(name):
    document = PUBLIC[name].__doc__

    assert document
    assert document.strip().splitlines()[0].endswith(".")


@pytest.mark.parametrize("name", sorted(filter(is_described, PUBLIC)))
def test_every_public_name_has_an_example_or_a_reason(name):
    met_not_called = name.startswith("sklkd.exceptions.")
    reason = met_not_called or name in MADE_BY_THE_LIBRARY | FOR_THE_FLOORS_ABOVE
    document = inspect.getdoc(PUBLIC[name])

    has_example = "Examples\n--------" in document and ">>> " in document

    assert has_example != reason


@pytest.mark.parametrize("name", sorted(MADE_BY_THE_LIBRARY | FOR_THE_FLOORS_ABOVE))
def test_every_reason_is_about_a_public_name(name):
    assert name in PUBLIC


# --- Floors ---------------------------------------------------------------------------


def layers():
    """The floors from top to bottom, those on one level together."""
    (contract,) = PYPROJECT["tool"]["importlinter"]["contracts"]
    return [
        [name.strip() for name in re.split(r"[|:]", layer)]
        for layer in contract["layers"]
    ]


def drawn():
    """The floors that the package's docstring draws, from top to bottom."""
    return re.findall(r"^    (\w+)  +\S", sklkd.__doc__, flags=re.MULTILINE)


def test_the_docstring_draws_the_floors_in_the_order_of_the_linter():
    order = [name for layer in layers() for name in layer]

    assert drawn() == [name for name in order if name in drawn()]


def test_the_docstring_draws_every_floor_that_users_see():
    """The rest is private, or says itself what it is."""
    public = [n for layer in layers() for n in layer if not n.startswith("_")]

    assert drawn() == [name for name in public if name != "exceptions"]


def test_the_linter_knows_every_floor():
    ignored = PYPROJECT["tool"]["importlinter"]["contracts"][0]["exhaustive_ignores"]
    listed = {name for layer in layers() for name in layer} | set(ignored)

    found = {module.name for module in pkgutil.iter_modules(sklkd.__path__)}

    assert found == listed


def test_there_is_no_attic():
    attics = {"utils", "core", "common", "helpers", "_src", "misc", "base"}

    parts = {part for name in every_module() for part in name.split(".")}

    assert parts & attics == set()


# --- Entry points ---------------------------------------------------------------------

DECLARED = {
    f"{group}: {name}": (group, name, value)
    for group, entries in PYPROJECT["project"]["entry-points"].items()
    if group.startswith("sklkd.")  # that of pytest is a module: see test_pytest.py
    for name, value in entries.items()
}


@pytest.mark.parametrize(("group", "name", "value"), DECLARED.values(), ids=DECLARED)
def test_every_declared_entry_point_is_installed_and_loads(group, name, value):
    (entry,) = entry_points(group=group, name=name)

    assert entry.value == value
    assert entry.load().__name__ == value.split(":")[1]


@pytest.mark.parametrize(("group", "name", "value"), DECLARED.values(), ids=DECLARED)
def test_every_entry_point_is_a_public_name(group, name, value):
    module, attribute = value.split(":")

    assert attribute in importlib.import_module(module).__all__


@pytest.mark.parametrize(
    ("kind", "group", "floors"),
    [
        ("Objective", "sklkd.objectives", ["sklkd.objectives"]),
        ("ClassifierMixin", "sklkd.estimators", FAMILIES),
        ("RegressorMixin", "sklkd.estimators", FAMILIES),
        ("TransferSet", "sklkd.transfer_sets", ["sklkd.transfer_sets"]),
    ],
)
def test_everything_that_is_a_plugin_is_announced_as_one(kind, group, floors):
    announced = {entry.load() for entry in entry_points(group=group)}
    abstract = {"Objective", "Sum", "TransferSet", *PARTS_OF_ESTIMATORS}

    built_in = {
        value
        for floor in floors
        for value in vars(importlib.import_module(floor)).values()
        if inspect.isclass(value)
        and kind in {base.__name__ for base in value.__mro__}
        and value.__name__ not in abstract
    }

    assert built_in
    assert built_in <= announced


# --- Source files ---------------------------------------------------------------------


@pytest.mark.parametrize("module", sorted(modules()))
def test_no_module_imports_another_packages_private_names(module):
    tree = ast.parse((PACKAGE / module).read_text())
    froms = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]

    private = [
        f"{node.module}.{alias.name}"
        for node in froms
        if node.module and not node.module.startswith("sklkd")
        for alias in node.names
        if any(
            part.startswith("_") for part in f"{node.module}.{alias.name}".split(".")
        )
        and node.module != "__future__"
    ]

    assert private == []


def test_the_package_says_that_it_is_typed():
    assert (PACKAGE / "py.typed").exists()
