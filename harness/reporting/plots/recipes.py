"""Plots with a row for each recipe: hold and pass rates, deficits, final counts."""

from __future__ import annotations

from typing import Any, Final

from matplotlib.figure import Figure

from ...study.measure import Measure
from ...study.published import Published
from ..tables.columns import Rows
from ..tables.comparisons import ComparisonsRow
from ..tables.consistency import ConsistencyRow
from ..tables.runs import RunsRow
from .labels import ALONG, in_lines, with_runs
from .style import (
    INK,
    LINE,
    THRESHOLD_LINE,
    bar,
    colours,
    count_axis,
    legend_above,
    point,
    recipe_axis,
    side_by_side,
    single,
)

ROW: Final = 0.32
FRAME: Final = 1.1
"""Heights in inches of a row, and of what surrounds the rows."""
BELOW: Final = 0.42
"""How far below its recipe's row a published run is, as a share of the distance between rows."""
UNSURE: Final = ("undecided", "open")
"""Outcomes in which nothing is shown about the difference."""
BOX: Final[dict[str, Any]] = {
    "orientation": "horizontal",
    "widths": 0.6,
    "showfliers": False,
    **{
        f"{part}props": {"color": INK, "alpha": 0.5} for part in ("median", "box", "whisker", "cap")
    },
}


def forest(
    ranked: Rows[ConsistencyRow], recipes: list[str], chosen: str | None, required: float
) -> Figure:
    """Pass rate and hold rate of every recipe with their intervals, the best one at the top.

    The pass rate comes first because the verdict rests on it, and because a phone shows only what
    comes first.
    """
    figure, _ = single(height=ROW * len(ranked) + FRAME + 0.3)
    figure.clear()
    left, right = figure.subplots(1, 2, sharey=True, gridspec_kw={"wspace": 0.12})
    colour = colours(recipes)
    for place, row in enumerate(ranked):
        own, is_chosen, over = colour[row.recipe], row.recipe == chosen, row.over
        for axes, value, interval in (
            (left, over.pass_rate, over.pass_interval),
            (right, over.hold_rate, over.hold_interval),
        ):
            bar(axes, interval, place, own, alpha=0.55, linewidth=3.5 if is_chosen else 1.8)
            point(axes, value, place, own, filled=is_chosen)
    left.set(title="pass rate", xlim=(-0.03, 1.03))
    right.set(title="hold rate", xlim=(-0.03, 1.03))
    left.axvline(required, **THRESHOLD_LINE)
    left.annotate(
        "required", (required, -0.55), (-4, 0), textcoords="offset points", ha="right", va="top",
        fontsize="small",
    )  # fmt: skip
    recipe_axis(left, [_named(row, chosen) for row in ranked])
    right.grid(visible=False, axis="y")
    return figure


def deficits(
    behind: Rows[ComparisonsRow], recipes: list[str], tie_margin: float, first: str
) -> Figure:
    """How far each recipe's hold rate is behind that of the `first`, the closest at the top.

    The tie margin is shaded. Marks are filled if something is shown about the difference.
    """
    rows = list(behind)
    figure, axes = single(height=ROW * len(rows) + FRAME + 0.2)
    axes.axvspan(-tie_margin, tie_margin, color=LINE, alpha=0.5, linewidth=0)
    axes.axvline(0, color=INK, linewidth=1)
    colour = colours(recipes)
    for place, row in enumerate(rows):
        own = colour[row.recipe]
        bar(axes, row.hold.interval, place, own, linewidth=2.2, alpha=0.6)
        point(axes, row.hold.difference, place, own, filled=row.outcome not in UNSURE)
    axes.set(xlabel=f"hold rate of the {first} minus that of the recipe")
    recipe_axis(
        axes, [with_runs(f"{row.recipe}: {row.shown_outcome}", row.hold.pairs) for row in rows]
    )
    axes.set_title(f"shaded: within ±{tie_margin:g} of the {first}", loc="left", fontsize="small")
    return figure


def final_counts(
    runs: Rows[RunsRow],
    recipes: list[str],
    threshold: float,
    published: Published,
    measure: Measure,
    label: str,
) -> Figure:
    """Distribution of the final counts: a point for each run, and the quartiles as a box.

    Published runs are drawn beside runs of as many epochs.
    """
    figure, axes = single(height=0.5 * len(recipes) + FRAME)
    axes.axvline(threshold, label="threshold", **THRESHOLD_LINE)
    colour = colours(recipes)
    labels, known = [], {}
    for place, recipe in enumerate(recipes):
        rows = [row for row in runs if row.recipe == recipe]
        own = [row.final_correct for row in rows if row.final_correct is not None]
        labels.append(with_runs(recipe, len(rows), len(own)))
        if own:
            axes.boxplot(own, positions=[place], **BOX)
        axes.plot(
            own, place + side_by_side(own), "o", color=colour[recipe], alpha=0.7, markersize=4
        )
        theirs = published.get(recipe, ())
        ends = {row.epochs for row in rows if row.final_correct is not None}
        if theirs and ends <= {len(theirs)}:
            known[place] = theirs[-1]
    if known:
        axes.plot(
            [*known.values()],
            [place + BELOW for place in known],
            "D",
            color=INK,
            markersize=5,
            label="published run",
            zorder=5,
        )
    axes.set(xlabel=in_lines(f"{label} at the last epoch", *ALONG))
    recipe_axis(axes, labels)
    legend_above(figure, axes)
    if measure.total:
        count_axis(axes.xaxis)
    return figure


def _named(row: ConsistencyRow, chosen: str | None) -> str:
    name = with_runs(row.recipe, row.over.runs)
    return f"chosen: {name}" if row.recipe == chosen else name
