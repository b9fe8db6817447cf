"""`seeds = "adaptive"` in a study file: seeds go to open recipes, up to `budget` for each."""

from __future__ import annotations

from typing import Final

from .problems import Problems
from .toml import Table

ADAPTIVE_SEEDS: Final = "adaptive"
FIRST_PORTION: Final = 5
"""Seeds that every recipe is given first, and so the least budget."""
MOST_BUDGET: Final = 100_000


def spelled_out(raw: Table, problems: Problems) -> Table:
    """The study file with adaptive seeds replaced by the number that the budget allows.

    The other checks need that number. Adaptive seeds and a budget go together: a problem is added
    if only one of them is there.
    """
    if raw.get("seeds") != ADAPTIVE_SEEDS:
        if "budget" in raw:
            text = f'is only for seeds = "{ADAPTIVE_SEEDS}"; leave it out, or declare these'
            problems.add("budget", text, raw["budget"])
        return {name: value for name, value in raw.items() if name != "budget"}
    budget = raw.get("budget")
    if budget is None:
        text = (
            f'missing; seeds = "{ADAPTIVE_SEEDS}" needs the largest number of seeds per recipe, '
            "for example budget = 200"
        )
        problems.add("budget", text)
    elif not _is_budget(budget):
        text = f"should be a number of seeds per recipe, from {FIRST_PORTION} to {MOST_BUDGET:,}"
        problems.add("budget", text, budget)
    else:
        return {**raw, "seeds": budget}
    return {**raw, "seeds": FIRST_PORTION, "budget": FIRST_PORTION}


def _is_budget(value: object) -> bool:
    if not isinstance(value, int) or isinstance(value, bool):
        return False
    return FIRST_PORTION <= value <= MOST_BUDGET
