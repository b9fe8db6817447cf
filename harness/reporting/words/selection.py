"""Which recipes the plots show, if there are too many for a panel, a row or a line for each."""

from __future__ import annotations

from typing import Final

from ...judging.evidence import foremost
from ..bundle import Bundle

MOST_RECIPES: Final = 25
"""Most recipes in a plot."""


def selected(bundle: Bundle) -> list[str]:
    """The recipes to be shown, all of which have runs, in the study's order: the choice, and those
    with the highest hold rates."""
    with_runs = {row.recipe for row in bundle.ranked}
    found = foremost(bundle.evidence, MOST_RECIPES, first=_chosen(bundle))
    return [name for name in found if name in with_runs]


def which(bundle: Bundle, file: str, but: str | None = None) -> list[str]:
    """Which recipes a plot shows, if not all; the others are in the CSV file.

    `but` is the recipe with which the plot compares all others, so that it has no row of its own.
    """
    shown = [name for name in selected(bundle) if name != but]
    others = len(bundle.ranked) - (but is not None)
    if len(shown) == others:
        return []
    chosen, first = _chosen(bundle), ""
    if chosen in shown and chosen not in foremost(bundle.evidence, MOST_RECIPES):
        first = f"{chosen} and "
    best = f"the {len(shown) - bool(first)} of {others} recipes with the highest hold rates"
    return [f"The plot shows {first}{best}; all are in {file}.csv."]


def _chosen(bundle: Bundle) -> str | None:
    return bundle.decision.chosen.name if bundle.decision else None
