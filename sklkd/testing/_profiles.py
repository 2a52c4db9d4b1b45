"""How hard to try: examples and processor time of a contract."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from sklkd._validation import POSITIVE, check_choice, check_interval

VARIABLE = "SKLKD_CONTRACTS_PROFILE"
SEED_VARIABLE = "SKLKD_CONTRACTS_SEED"


@dataclass(frozen=True, slots=True)
class Profile:
    """How hard to try to break a contract.

    Attributes
    ----------
    name : str
        Of the profile.
    examples : int
        Drawn besides the variants, each of which is tried once in any case.
    time_budget : float
        Processor seconds of a contract, after which no example is begun.
    """

    name: str
    examples: int
    time_budget: float

    def examples_of(self, by_default: int | None) -> int:
        """How many a contract draws that draws so many in the default profile.

        In proportion in a more thorough profile, as many in a quicker one, and never
        more than the profile says. None is what it says.
        """
        if by_default is None:
            return self.examples
        in_proportion = by_default * self.examples // PROFILES["default"].examples
        return min(self.examples, max(by_default, in_proportion))


PROFILES = {
    profile.name: profile
    for profile in (
        Profile("quick", 4, 10.0),
        Profile("default", 12, 30.0),
        Profile("thorough", 100, 300.0),
    )
}


def as_profile(who: str, profile: Any, time_budget: Any = None) -> Profile:
    """Turn what the user passed as ``profile=`` and ``time_budget=`` into a profile.

    None takes the environment's ``SKLKD_CONTRACTS_PROFILE``, or "default".

    Raises
    ------
    TypeError, ValueError
        If the profile is unknown, or the budget not positive.
    """
    if profile is None:
        profile = os.environ.get(VARIABLE, "default")
    if not isinstance(profile, Profile):
        check_choice(who, "profile", profile, PROFILES)
        profile = PROFILES[profile]
    if time_budget is None:
        return profile
    check_interval(who, "time_budget", time_budget, POSITIVE)
    return Profile(profile.name, profile.examples, float(time_budget))


def as_seed(seed: int | None) -> int:
    """Turn what the user passed as ``seed=`` into one; None takes the environment's."""
    return int(os.environ.get(SEED_VARIABLE, "0")) if seed is None else seed
