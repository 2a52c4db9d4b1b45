"""What an estimator may say about itself, for the contracts to hold it to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sklkd._validation import did_you_mean

HOOK = "__sklkd_contracts__"

# What may be claimed: the law, as a reader would say it.
CLAIMS = {
    "accurate": "Fitted to well separated data it beats a constant on them.",
    "quiet": "Valid data raise no warning that something is wrong or will change.",
    "label_symmetric": "Any renaming of classes renames the predictions.",
    "constant_is_constant": "A constant target is predicted back.",
    "weights_are_repetition": "A weight of 2 is a repeated row, and 0 a missing one.",
    "weights_win": "Of two conflicting rows the far heavier one wins.",
    "row_order_invariant": "The order of the training rows does not matter.",
    "column_order_invariant": "The order of the columns does not matter.",
    "target_affine": "Targets that are scaled and shifted scale and shift the output.",
    "scale_invariant": "Columns that are scaled and shifted change nothing.",
    "threads_fit_alike": "Fits in two threads are those in one.",
    "class_weight_is_weight": "A class weight is a sample weight of that class's rows.",
    "size_independent": "What is fitted does not grow with the number of rows.",
}


@dataclass(frozen=True)
class ContractTags:
    """What an estimator says about itself; return it from ``__sklkd_contracts__``.

    Parameters
    ----------
    declared : set of str, default=()
        Claims beyond what any estimator must hold; see `CLAIMS` for their names.
    tolerance : mapping of str to float, default={}
        By a contract's id, what to take for `rtol` where it is not enough: give the
        reason in a comment beside it.
    expected_failures : mapping of str to str, default={}
        By a contract's id, why it does not hold.
    deterministic : bool, default=True
        Whether one seed gives one result, to the last bit.
    fast_params : mapping of str to object, default={}
        Parameters to check it with, such as few epochs.
    fit_params : callable, default=None
        ``fit_params(X, y)`` gives further arguments that `fit` needs.

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression
    >>> from sklkd.testing import ContractTags
    >>> class Line(LinearRegression):
    ...     def __sklkd_contracts__(self):
    ...         return ContractTags(declared={"row_order_invariant", "target_affine"})
    """

    declared: frozenset[str] | set[str] = frozenset()
    tolerance: Mapping[str, float] = field(default_factory=dict)
    expected_failures: Mapping[str, str] = field(default_factory=dict)
    deterministic: bool = True
    fast_params: Mapping[str, Any] = field(default_factory=dict)
    fit_params: Callable[[Any, Any], Mapping[str, Any]] | None = None


def tags_of(
    estimator: Any,
    *,
    declared: Any = None,
    expected_failures: Mapping[str, str] | None = None,
) -> ContractTags:
    """What an estimator says about itself, and what the caller says besides.

    Raises
    ------
    TypeError, ValueError
        If the hook returns anything else, a claim is unknown, or a failure is expected
        without a reason.
    """
    who = type(estimator).__name__
    hook = getattr(estimator, HOOK, None)
    said = hook() if callable(hook) else ContractTags()
    if not isinstance(said, ContractTags):
        raise TypeError(
            f"{who}: {HOOK} must return sklkd.testing.ContractTags, got {said!r}."
        )
    tags = replace(
        said,
        declared=frozenset(said.declared) | frozenset(declared or ()),
        expected_failures={**said.expected_failures, **(expected_failures or {})},
    )
    for claim in sorted(tags.declared):
        if claim not in CLAIMS:
            raise ValueError(
                f"{who}: each claim in declared must be one of {sorted(CLAIMS)}, got "
                f"{claim!r}.{did_you_mean(claim, CLAIMS)}"
            )
    for name, reason in tags.expected_failures.items():
        if not str(reason).strip() or str(reason).strip().upper().startswith("TODO"):
            raise ValueError(
                f"{who}: expected_failures must give a reason for {name!r}, got "
                f"{reason!r}. Say what fails, and why that is right or not yet."
            )
    return tags
