"""`seeds = "adaptive"` of a study file: seeds go to what is open, up to `budget` a recipe."""

from __future__ import annotations

from typing import Final

from .problems import Problems
from .toml import Table

ADAPTIVE_SEEDS: Final = "adaptive"
LEAST_BUDGET: Final = 5
"""The seeds that every recipe is given first."""
MOST_BUDGET: Final = 100_000


def spelled_out(raw: Table, problems: Problems) -> Table:
    """The study file with adaptive seeds as a number, all that the budget allows, for other checks.

    A budget goes with adaptive seeds, and these go with a budget: adds what is wrong with that.
    """
    if raw.get("seeds") != ADAPTIVE_SEEDS:
        if "budget" in raw:
            text = f'is for seeds = "{ADAPTIVE_SEEDS}"; leave it out, or write that'
            problems.add("budget", text, raw["budget"])
        return {name: value for name, value in raw.items() if name != "budget"}
    budget = raw.get("budget")
    if budget is None:
        text = (
            f'missing; seeds = "{ADAPTIVE_SEEDS}" needs the most seeds that a recipe may have, for '
            "example budget = 200"
        )
        problems.add("budget", text)
    elif not _is_budget(budget):
        text = f"should be a number of seeds a recipe, from {LEAST_BUDGET} to {MOST_BUDGET:,}"
        problems.add("budget", text, budget)
    else:
        return {**raw, "seeds": budget}
    return {**raw, "seeds": LEAST_BUDGET, "budget": LEAST_BUDGET}


def _is_budget(value: object) -> bool:
    if not isinstance(value, int) or isinstance(value, bool):
        return False
    return LEAST_BUDGET <= value <= MOST_BUDGET
