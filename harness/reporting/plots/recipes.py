"""Plots that compare recipes: hold and pass rates, deficits, counts, parameters, noise, effects."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...published import Published
from ..rows import Row, rows_of
from .style import (
    COUNTS,
    INK,
    LINE,
    MOST_COLOURS,
    PALETTE,
    PAPER,
    PUBLISHED_COLOUR,
    THRESHOLD,
    bar,
    by_recipe,
    colours,
    single,
    spread,
)

ROW: Final = 0.32
FRAME: Final = 1.1
"""Height of a row, and of what surrounds the rows, in inches."""
NAME_HEIGHT: Final = 0.075
"""Of a name beside its point, in hold rate."""
BOX: Final[dict[str, Any]] = {
    "orientation": "horizontal",
    "widths": 0.6,
    "showfliers": False,
    **{
        f"{part}props": {"color": INK, "alpha": 0.5} for part in ("median", "box", "whisker", "cap")
    },
}
OUTCOMES: Final = {"falls": PALETTE[3], "ties": PALETTE[2], "undecided": PALETTE[7]}


def forest(
    consistency: pd.DataFrame, recipes: list[str], chosen: str | None, required: float
) -> Figure:
    """Hold rate and pass rate of every recipe with their intervals, the best one on top."""
    rows = rows_of(consistency.sort_values("hold_rate", ascending=False, kind="stable"))
    figure, _ = single(height=ROW * len(rows) + FRAME + 0.3)
    figure.clear()
    left, right = figure.subplots(1, 2, sharey=True)
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


def deficits(comparisons: pd.DataFrame, margin: float) -> Figure:
    """How far each recipe's hold rate is behind the leader's, with the tie margin shaded."""
    rows = rows_of(comparisons.sort_values("hold_difference", kind="stable"))
    figure, axes = single(height=ROW * len(rows) + FRAME)
    axes.axvspan(-margin, margin, color=LINE, alpha=0.5, linewidth=0)
    axes.axvline(0, color=INK, linewidth=1)
    for place, row in enumerate(rows):
        own = OUTCOMES[row["outcome"]]
        low, high = row["hold_difference_low"], row["hold_difference_high"]
        bar(axes, low, high, place, own, linewidth=2.2, alpha=0.6)
        axes.plot(row["hold_difference"], place, "o", color=own)
    by_recipe(
        axes, [f"{row['recipe']}: {row['outcome']} (n = {row['hold_pairs']})" for row in rows]
    )
    axes.set(xlabel=f"hold rate of the leader less the recipe's; shaded: ±{margin:g}")
    return figure


def final_counts(
    runs: pd.DataFrame, recipes: list[str], threshold: int, published: Published
) -> Figure:
    """Distribution of the final counts: a point a seed, the quartiles as a box."""
    figure, axes = single(height=0.42 * len(recipes) + FRAME)
    ended = runs.dropna(subset=["final_correct"]).astype({"final_correct": int})
    axes.axvline(threshold, label="threshold", **THRESHOLD)
    label, colour = "published run", colours(recipes)
    labels = []
    for place, recipe in enumerate(recipes):
        own = ended.loc[ended["recipe"] == recipe, "final_correct"]
        labels.append(f"{recipe} (n = {len(own)})")
        if len(own):
            axes.boxplot(own, positions=[place], **BOX)
        axes.plot(own, place + spread(len(own)), "o", color=colour[recipe], alpha=0.7, markersize=4)
        if recipe in published:
            final = published[recipe][-1]
            axes.plot(final, place, "D", color=PUBLISHED_COLOUR, label=label, zorder=5)
            label = "_"
    axes.set(xlabel="correct test images at the last epoch")
    by_recipe(axes, labels)
    axes.legend(loc="best")
    axes.xaxis.set_major_formatter(COUNTS)
    return figure


def hold_rate_by_parameters(
    consistency: pd.DataFrame, recipes: list[str], budget: int, level: list[str]
) -> Figure:
    """Hold rate against parameters; `level` are the leader and its ties, drawn filled."""
    figure, axes = single()
    colour = colours(recipes)
    rows = [row for row in rows_of(consistency) if row["hold_rate"] is not None]
    for row in rows:
        x, own = row["parameters"], colour[row["recipe"]]
        axes.plot([x, x], [row["hold_low"], row["hold_high"]], color=own, alpha=0.35, linewidth=2)
        face = own if row["recipe"] in level else PAPER
        axes.plot(x, row["hold_rate"], "o", color=own, markerfacecolor=face)
    if len(rows) <= MOST_COLOURS:
        _name_points(axes, rows)
    axes.axvline(budget, **THRESHOLD)
    axes.annotate(
        "parameters allowed", (budget, 1.06), (-4, 0), textcoords="offset points", ha="right",
        va="top", fontsize="small",
    )  # fmt: skip
    axes.set(xlabel="parameters", ylabel="hold rate", ylim=(-0.05, 1.08))
    axes.margins(x=0.25)
    axes.xaxis.set_major_formatter(COUNTS)
    return figure


def _name_points(axes: Axes, rows: list[Row]) -> None:
    """Names to the left of their points, moved up where they would lie on one another."""
    below: dict[int, float] = {}
    for row in sorted(rows, key=lambda row: row["hold_rate"]):
        x, y = row["parameters"], row["hold_rate"]
        place = below[x] = max(y, below.get(x, -1.0) + NAME_HEIGHT)
        text = f"{row['recipe']} (n = {row['runs']})"
        axes.annotate(
            text,
            (x, y),
            (-10, place),
            textcoords=("offset points", "data"),
            ha="right",
            va="center",
        )


def noise(table: pd.DataFrame) -> Figure:
    """Variance of the final counts: what independent errors give, and what lies beyond."""
    rows = [row for row in rows_of(table) if row["between"] is not None]
    figure, axes = single(height=ROW * len(rows) + FRAME)
    axes.axvline(0, color=INK, linewidth=1)
    for place, row in enumerate(rows):
        bar(
            axes, row["between_low"], row["between_high"], place, PALETTE[0], linewidth=2, alpha=0.5
        )
        mark: dict[str, Any] = {"label": "between runs"} if not place else {}
        axes.plot(row["between"], place, "o", color=PALETTE[0], **mark)
        mark = {"label": "independent errors"} if not place else {}
        axes.plot(
            row["independent"], place, "|", color=INK, markersize=12, markeredgewidth=2, **mark
        )
    by_recipe(axes, [f"{row['recipe']} (n = {row['runs']})" for row in rows])
    axes.set(xlabel="variance of the final count, images squared", xscale="symlog")
    axes.legend(loc="best")
    return figure


def effects(table: pd.DataFrame) -> Figure:
    """Mean hold rate at each level of each axis of a grid, with its interval."""
    figure, axes = single(height=ROW * (len(table) + table["factor"].nunique()) + FRAME)
    labels, place = [], 0
    for number, (factor, levels) in enumerate(table.groupby("factor", sort=False)):
        axes.text(0, place, str(factor), fontweight="bold", va="center")
        labels.append("")
        for row in rows_of(levels):
            place += 1
            own = PALETTE[number % len(PALETTE)]
            bar(axes, row["hold_low"], row["hold_high"], place, own, linewidth=2.2, alpha=0.5)
            axes.plot(row["hold_rate"], place, "o", color=own)
            labels.append(f"{row['level']} (n = {row['runs']})")
        place += 1
    by_recipe(axes, labels)
    axes.set(xlabel="hold rate, mean over the recipes of the level", xlim=(-0.03, 1.03))
    return figure


def _named(row: Row, chosen: str | None) -> str:
    name = f"{row['recipe']} (n = {row['runs']})"
    return f"chosen: {name}" if row["recipe"] == chosen else name
