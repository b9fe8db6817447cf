"""Plots with a row a recipe: hold and pass rates, deficits, final counts."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd
from matplotlib.figure import Figure

from ...study.published import Published
from ..tables.rows import Row, rows_of
from .style import (
    COUNTS,
    INK,
    LINE,
    PAPER,
    THRESHOLD,
    bar,
    by_recipe,
    colours,
    legend_above,
    single,
    spread,
)

ROW: Final = 0.32
FRAME: Final = 1.1
"""Height of a row, and of what surrounds the rows, in inches."""
BOX: Final[dict[str, Any]] = {
    "orientation": "horizontal",
    "widths": 0.6,
    "showfliers": False,
    **{
        f"{part}props": {"color": INK, "alpha": 0.5} for part in ("median", "box", "whisker", "cap")
    },
}


def forest(
    consistency: pd.DataFrame, recipes: list[str], chosen: str | None, required: float
) -> Figure:
    """Hold rate and pass rate of every recipe with their intervals, the best one on top."""
    rows = rows_of(consistency.sort_values("hold_rate", ascending=False, kind="stable"))
    figure, _ = single(height=ROW * len(rows) + FRAME + 0.3)
    figure.clear()
    left, right = figure.subplots(1, 2, sharey=True, gridspec_kw={"wspace": 0.12})
    colour = colours(recipes)
    for axes, name, title in ((left, "hold", "hold rate"), (right, "pass", "pass rate")):
        for place, row in enumerate(rows):
            own = colour[row["recipe"]]
            wide = {"linewidth": 3.5 if row["recipe"] == chosen else 1.8}
            bar(axes, row[f"{name}_low"], row[f"{name}_high"], place, own, alpha=0.55, **wide)
            face = own if row["recipe"] == chosen else PAPER
            axes.plot(row[f"{name}_rate"], place, "o", color=own, markerfacecolor=face)
        axes.set(title=title, xlim=(-0.03, 1.03))
    right.axvline(required, **THRESHOLD)
    right.annotate(
        "required", (required, -0.55), (-4, 0), textcoords="offset points", ha="right", va="top",
        fontsize="small",
    )  # fmt: skip
    by_recipe(left, [_named(row, chosen) for row in rows])
    right.grid(visible=False, axis="y")
    return figure


def deficits(comparisons: pd.DataFrame, recipes: list[str], margin: float) -> Figure:
    """How far each recipe's hold rate is behind the leader's, with the tie margin shaded.

    Filled: settled, the recipe falls or ties.
    """
    rows = rows_of(comparisons.sort_values("hold_difference", kind="stable"))
    figure, axes = single(height=ROW * len(rows) + FRAME + 0.2)
    axes.axvspan(-margin, margin, color=LINE, alpha=0.5, linewidth=0)
    axes.axvline(0, color=INK, linewidth=1)
    colour = colours(recipes)
    for place, row in enumerate(rows):
        own = colour[row["recipe"]]
        low, high = row["hold_difference_low"], row["hold_difference_high"]
        bar(axes, low, high, place, own, linewidth=2.2, alpha=0.6)
        face = PAPER if row["outcome"] == "undecided" else own
        axes.plot(row["hold_difference"], place, "o", color=own, markerfacecolor=face)
    axes.set(xlabel="hold rate of the leader less the recipe's")
    by_recipe(
        axes, [f"{row['recipe']}: {row['outcome']} (n = {row['hold_pairs']})" for row in rows]
    )
    axes.set_title(f"shaded: within ±{margin:g} of the leader", loc="left", fontsize="small")
    return figure


def final_counts(
    runs: pd.DataFrame, recipes: list[str], threshold: int, published: Published
) -> Figure:
    """Distribution of the final counts: a point a seed, the quartiles as a box."""
    figure, axes = single(height=0.5 * len(recipes) + FRAME)
    ended = runs.dropna(subset=["final_correct"]).astype({"final_correct": int})
    axes.axvline(threshold, label="threshold", **THRESHOLD)
    label, colour = "published run", colours(recipes)
    labels = []
    for place, recipe in enumerate(recipes):
        own = ended.loc[ended["recipe"] == recipe, "final_correct"]
        labels.append(f"{recipe} (n = {len(own)})")
        if len(own):
            axes.boxplot(own, positions=[place], **BOX)
        axes.plot(
            own, place + spread(own.tolist()), "o", color=colour[recipe], alpha=0.7, markersize=4
        )
        if recipe in published:
            final = published[recipe][-1]
            axes.plot(final, place + 0.42, "D", color=INK, markersize=5, label=label, zorder=5)
            label = "_"
    axes.set(xlabel="correct test images at the last epoch")
    by_recipe(axes, labels)
    legend_above(figure, axes)
    axes.xaxis.set_major_formatter(COUNTS)
    return figure


def _named(row: Row, chosen: str | None) -> str:
    name = f"{row['recipe']} (n = {row['runs']})"
    return f"chosen: {name}" if row["recipe"] == chosen else name
