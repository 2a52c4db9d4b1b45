"""A directive that draws what is registered: ``{methods-table} objectives``."""

import inspect
import re

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from sklkd.losses import LOSSES
from sklkd.plugins import (
    ESTIMATORS,
    OBJECTIVES,
    STUDENTS,
    SURROGATES,
    TRANSFER_SETS,
    Plugin,
    Registry,
)

REGISTRIES: dict[str, Registry] = {
    "objectives": OBJECTIVES,
    "transfer_sets": TRANSFER_SETS,
    "surrogates": SURROGATES,
    "students": STUDENTS,
    "estimators": ESTIMATORS,
    "losses": LOSSES,
}


class MethodsTable(SphinxDirective):
    """A row for each plugin of a registry, this package's and everybody's."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        self.env.note_reread()  # a package may have been installed since the last build
        registry = REGISTRIES[self.arguments[0]]
        with_laws = any(plugin.laws for plugin in registry.values())
        header = ["Name", "What it is", "In one line", "Paper", "Where"]
        rows = [header + ["Laws it claims"] * with_laws]
        rows += [_cells(p) + [_laws(p)] * with_laws for p in registry.values()]
        return self.parse_text_to_nodes(list_table(rows))


def list_table(rows: list[list[str]]) -> str:
    """A table in MyST, whose first row is the header."""
    lines = ["```{list-table}", ":header-rows: 1", ""]
    for row in rows:
        lines += [f"{'* -' if i == 0 else '  -'} {cell}" for i, cell in enumerate(row)]
    return "\n".join([*lines, "```"])


def _cells(plugin: Plugin) -> list[str]:
    """Name, link, first line of the docstring, papers, and the package."""
    where, name = plugin.factory.__module__, plugin.factory.__qualname__
    package = ".".join(part for part in where.split(".") if not part.startswith("_"))
    text = inspect.getdoc(plugin.factory) or ""
    line = text.split("\n")[0].replace("`", "")
    ours = package.startswith("sklkd.")
    what = f"{{public}}`{package}.{name}`" if ours else f"`{name}`"
    return [f"`{plugin.name}`", what, line, papers(text), f"`{package}`"]


def papers(text: str) -> str:
    """Who and where, without the title, of each reference in a docstring."""
    found = re.findall(r"^\.\. \[\d+\] (.+(?:\n {3}.+)*)", text, re.MULTILINE)
    entries = [" ".join(reference.split()) for reference in found]
    short = [re.sub(r'"[^"]*",? ?', "", entry).rstrip(".") for entry in entries]
    link = r"[arXiv:\1](https://arxiv.org/abs/\1)"
    return "; ".join(re.sub(r"arXiv:(\S+)", link, entry) for entry in short) or "–"


def _laws(plugin: Plugin) -> str:
    return ", ".join(sorted(law.replace("_", " ") for law in plugin.laws)) or "none"


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the directive."""
    app.add_directive("methods-table", MethodsTable)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
