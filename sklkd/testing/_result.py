"""What came of a contract."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Status = Literal[
    "passed", "failed", "xfailed", "xpassed", "not_applicable", "out_of_budget"
]
# What a reader calls them, in the order of a report.
WORDS: dict[Status, str] = {
    "failed": "broken",
    "out_of_budget": "out of budget",
    "xpassed": "no longer needing an excuse",
    "xfailed": "excused",
    "passed": "held",
    "not_applicable": "not applicable",
}
SKLEARN = "check_"  # how ids of scikit-learn's own checks begin


@dataclass(frozen=True)
class ContractResult:
    """What came of one contract and one estimator.

    Attributes
    ----------
    estimator : str
        Name of its class.
    contract : str
        Its id.
    title : str
        The law in a line.
    level : {"must", "should", "declared"}
        Of the contract.
    status : str
        "passed"; "failed"; "xfailed" and "xpassed" where a failure is expected;
        "not_applicable"; "out_of_budget", if time was up before the examples were.
    message : str
        What is violated.
    others : tuple of str
        Other messages that other cases gave.
    case : str
        The smallest case found, as code.
    reproducer : str
        Code that raises the violation.
    examples : int
        Cases that were looked at.
    cpu_seconds : float
        Of the processor.
    reason : str
        Why it is not applicable, expected to fail, or out of budget.
    """

    estimator: str
    contract: str
    title: str
    level: str
    status: Status
    message: str = ""
    others: tuple[str, ...] = ()
    case: str = ""
    reproducer: str = ""
    examples: int = 0
    cpu_seconds: float = 0.0
    reason: str = ""

    @property
    def is_of_sklearn(self) -> bool:
        """Whether it is about one of scikit-learn's own checks."""
        return self.contract.startswith(SKLEARN)

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values, for JSON."""
        return {**asdict(self), "others": list(self.others)}

    def __str__(self) -> str:
        head = f"{self.estimator}, {self.contract}: {WORDS[self.status]}"
        parts = [f"{head}. {self.title}", self.message, *_indented(self.others)]
        if self.reason:
            parts.append(f"({self.reason})")
        if self.reproducer and self.status == "failed":
            parts += ["To see it again:", *_indented(self.reproducer.splitlines())]
        return "\n".join(part for part in parts if part)


def _indented(lines: Any) -> list[str]:
    return [f"    {line}" for line in lines]
