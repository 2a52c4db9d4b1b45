"""A directive that draws the catalogue of contracts: ``{contracts-table} must``."""

from collections.abc import Iterable

from docutils import nodes
from methods_table import list_table
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from sklkd.testing import CLAIMS, CONTRACTS, LAWS, Contract


class ContractsTable(SphinxDirective):
    """Contracts of one level by group, the claims, or the laws of losses."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the tables."""
        what = self.arguments[0]
        if what == "claims":
            text = list_table([["Claim", "What it says"], *_claims()])
        elif what == "laws":
            text = list_table([["Law", "What it says"], *_laws()])
        else:
            text = "\n\n".join(_groups(what))
        return self.parse_text_to_nodes(text)


def _groups(level: str) -> Iterable[str]:
    """A table for each file of contracts that has some of a level."""
    chosen = [c for c in CONTRACTS.values() if c.level == level]
    for group in sorted({c.group for c in chosen}, key=lambda g: _first(chosen, g)):
        own = sorted((c for c in chosen if c.group == group), key=lambda c: c.id)
        rows = [[f"`{c.id}` `{c.name}`", _law(c)] for c in own]
        yield f"**{group.replace('_', ' ').capitalize()}**"
        yield list_table([["Contract", "Law"], *rows])


def _first(contracts: list[Contract], group: str) -> str:
    return min(c.id for c in contracts if c.group == group)


def _law(contract: Contract) -> str:
    claim = f" *Claim: `{contract.claim}`.*" if contract.claim else ""
    return " ".join(contract.law.split()).replace("``", "`") + claim


def _claims() -> Iterable[list[str]]:
    return ([f"`{name}`", text] for name, text in CLAIMS.items())


def _laws() -> Iterable[list[str]]:
    for name, law in LAWS.items():
        yield [f"`{name}`", " ".join((law.__doc__ or "").split())]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("contracts-table", ContractsTable)
    return {"parallel_read_safe": True}
