"""The API reference: a page for each name in each package's `__all__`, and links to it.

The pages are written before Sphinx looks for documents, so that a new public name has
one without anybody remembering it.
"""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, get_args

from docutils import nodes
from methods_table import list_table
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective, SphinxRole

import sklkd
from sklkd.plugins import Registry

PACKAGES = [
    "sklkd.distillation",
    "sklkd.smoothing",
    "sklkd.label_noise",
    "sklkd.prototypes",
    "sklkd.surrogates",
    "sklkd.inspection",
    "sklkd.objectives",
    "sklkd.transfer_sets",
    "sklkd.readable",
    "sklkd.training",
    "sklkd.nn",
    "sklkd.losses",
    "sklkd.testing",
    "sklkd.plugins",
    "sklkd.exceptions",
]
# What the families of estimators share; users meet it in them.
WITHIN = {"sklkd.estimators"}
# A floor's `__all__` is what the floors above may use; of this one users meet some.
MET_BY_USERS = {
    "sklkd.training": [
        "GradientNoise",
        "STUDENTS",
        "StudentNet",
        "TeacherEnsemble",
        "TrainedEstimator",
        "TrainedStudent",
    ],
}
FOLDER = "api/generated"
# scikit-learn's set_fit_request and its like are descriptors, and documented there.
METHODS = (FunctionType, classmethod, staticmethod)


class ApiOverview(SphinxDirective):
    """A table of the packages: what each is, and the names in it."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        rows = [["Package", "What it is", "Names"]]
        for package in PACKAGES:
            module = importlib.import_module(package)
            line = (inspect.getdoc(module) or "").split("\n")[0].replace("`", "")
            names = [f"{{public}}`{package}.{name}`" for name in public_names(package)]
            link = f"{{doc}}`{package} <{FOLDER}/{package}>`"
            rows.append([link, line, ", ".join(names)])
        return self.parse_text_to_nodes(list_table(rows))


def public_names(package: str) -> list[str]:
    """Names of a package that have a place in the reference, in its own order."""
    module = importlib.import_module(package)
    met = MET_BY_USERS.get(package, module.__all__)
    return [name for name in module.__all__ if name in met]


def home_of(package: str, name: str) -> str:
    """The full name under which an object has its page, wherever it was imported."""
    value = getattr(importlib.import_module(package), name)
    parts = getattr(value, "__module__", package).split(".")
    elsewhere = _is_documented(value) and not parts[1].startswith("_")
    return f"{'.'.join(parts[:2]) if elsewhere else package}.{name}"


def links() -> dict[str, str]:
    """Every way to write a public name, to its full name."""
    found = {}
    for package in [*PACKAGES, "sklkd"]:
        for name in public_names(package):
            home = home_of(package, name)
            found |= {f"{package}.{name}": home}
            found.setdefault(name, home)
    return found


def write_pages(app: Sphinx, config: Config) -> None:
    """Write a page for each package and each of its public classes and functions."""
    del config
    found = {f"sklkd.{module.name}" for module in pkgutil.iter_modules(sklkd.__path__)}
    public = {name for name in found if "._" not in name} - WITHIN
    if missing := public - set(PACKAGES):
        raise ExtensionError(f"public_api.PACKAGES lacks {sorted(missing)}.")
    folder = Path(app.srcdir) / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    pages = {name: "\n".join(lines) + "\n" for name, lines in _pages()}
    for stale in folder.glob("*.rst"):
        if stale.stem not in pages:
            stale.unlink()
    for name, text in pages.items():
        page = folder / f"{name}.rst"
        if not page.exists() or page.read_text() != text:  # else it is read anew
            page.write_text(text)


class PublicRole(SphinxRole):
    """A link where the text is a public name, code where it is anything else."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the link or the code."""
        target = _LINKS.get(self.text)
        if target is None:
            return [nodes.literal(self.rawtext, self.text)], []
        xref = addnodes.pending_xref(
            self.rawtext,
            nodes.literal(self.rawtext, target.rpartition(".")[2]),
            refdomain="py",
            reftype="obj",
            reftarget=target,
            refexplicit=True,
            refwarn=True,
        )
        return [xref], []


def escape_types(*event: Any) -> None:
    """Keep `n_features_in_` in the place of a type from being read as a reference."""
    lines: list[str] = event[-1]
    for i, line in enumerate(lines):
        if re.match(r"\s*[\w, ]+ : ", line):
            lines[i] = re.sub(r"(\w)_(?!\w)", r"\1\\_", line)


def _pages() -> Iterator[tuple[str, list[str]]]:
    """Name and lines of every page."""
    for package in PACKAGES:
        module = importlib.import_module(package)
        yield package, _package_page(package)
        for name in _own(module):
            yield (
                f"{package}.{name}",
                _object_page(package, name, getattr(module, name)),
            )


def _own(module: ModuleType) -> list[str]:
    """Classes and functions whose page is in this package."""
    return [
        name
        for name in public_names(module.__name__)
        if _is_documented(getattr(module, name))
        and home_of(module.__name__, name) == f"{module.__name__}.{name}"
    ]


def _package_page(package: str) -> list[str]:
    """The package's first line, a table of its names, and their pages."""
    module = importlib.import_module(package)
    own = _own(module)
    data = [n for n in public_names(package) if not _is_documented(getattr(module, n))]
    lines = [package, "=" * len(package), "", ""]
    lines += [inspect.getdoc(module) or "", "", f".. currentmodule:: {package}", ""]
    lines += [".. autosummary::", "   :nosignatures:", ""]
    lines += [f"   {name}" for name in own]
    lines += ["", ".. toctree::", "   :hidden:", ""]
    lines += [f"   {package}.{name}" for name in own]
    return [*lines, "", *_data(module, data)]


def _data(module: ModuleType, names: list[str]) -> Iterator[str]:
    """An entry for each public name that is neither a class nor a function."""
    for name in names:
        value = getattr(module, name)
        if isinstance(value, Registry):
            known = ", ".join(f"``{key}``" for key in value)
            what = f"The :public:`Registry` of ``{value.group}``: {known}."
        else:
            choices = ", ".join(f"``{choice!r}``" for choice in get_args(value))
            what = f"One of {choices}."
        yield from ("", f".. py:data:: {name}", "", f"   {what}")


def _object_page(package: str, name: str, value: Any) -> list[str]:
    """One class with the methods that it defines, or one function."""
    kind = "autoclass" if inspect.isclass(value) else "autofunction"
    if inspect.isclass(value) and issubclass(value, BaseException):
        kind = "autoexception"
    lines = [name, "=" * len(name), "", f".. currentmodule:: {package}", ""]
    lines += [f".. {kind}:: {name}", ""]
    if kind == "autoclass":
        for member, directive in _members(value):
            lines += [f"   .. {directive}:: {member}"]
    return lines


def _members(cls: type) -> Iterator[tuple[str, str]]:
    """Public methods and properties that this library wrote, in the text's order."""
    seen = set()
    for base in cls.__mro__:
        if not base.__module__.startswith("sklkd"):
            continue
        for member, value in vars(base).items():
            if member.startswith("_") or member in seen:
                continue
            seen.add(member)
            if isinstance(value, property):
                yield member, "autoproperty"
            elif isinstance(value, METHODS):
                yield member, "automethod"


def _is_documented(value: Any) -> bool:
    return inspect.isclass(value) or inspect.isfunction(value)


_LINKS = links()


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the pages and the role."""
    app.connect("config-inited", write_pages)
    app.connect("autodoc-process-docstring", escape_types, priority=400)
    app.add_directive("api-overview", ApiOverview)
    app.add_role("public", PublicRole())
    return {"parallel_read_safe": True, "parallel_write_safe": True}
