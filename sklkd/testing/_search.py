"""A search by hypothesis: the same draws by the same seed, and nothing kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as with_seed
from hypothesis import strategies as st


def search(
    strategy: st.SearchStrategy[Any],
    look: Callable[[Any], object],
    *,
    examples: int,
    seed: int,
    shrink: bool = True,
) -> None:
    """Look at what is drawn, one after the other, until `look` raises.

    Neither a profile of hypothesis's nor its folder of examples has a say. What is
    drawn is a function of the seed, and of the numbers that are written in the code
    that is being tested: hypothesis tries those, too.

    Parameters
    ----------
    strategy : hypothesis strategy
        What to draw.
    look : callable
        Called with each; it raises where it finds what is searched for. What it
        returns does not count.
    examples : int
        How many are drawn at most.
    seed : int
        Of what is drawn.
    shrink : bool, default=True
        Whether the search goes on with smaller ones, and ends with the smallest that
        raises.

    Raises
    ------
    Exception
        What `look` raised last.
    """
    configured = settings(
        max_examples=examples,
        phases=[Phase.generate, *([Phase.shrink] if shrink else [])],
        deadline=None,
        database=None,
        derandomize=False,
        report_multiple_bugs=False,
        print_blob=False,
        suppress_health_check=list(HealthCheck),
    )

    def example(drawn: Any) -> None:
        look(drawn)

    with_seed(seed)(configured(given(drawn=strategy)(example)))()
