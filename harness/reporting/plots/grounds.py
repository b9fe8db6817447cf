"""Plots of what the hold rate depends on: parameters, axes of a grid, noise between runs."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator
from matplotlib.transforms import offset_copy

from ...study.grid import in_words
from ..tables.rows import Row, rows_of
from .recipes import FRAME, ROW
from .style import (
    COUNTS,
    INK,
    MOST_COLOURS,
    PALETTE,
    PAPER,
    THRESHOLD,
    bar,
    by_recipe,
    colours,
    legend_above,
    single,
)

Numbers = npt.NDArray[np.float64]

VARIANCES: Final = (5, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000)
"""Marks along an axis of variances, and the same below zero."""
LABEL_WIDTH: Final = 0.07
"""Of such a mark's label, in widths of the axis."""
NAME_HEIGHT: Final = 0.075
"""Of a name beside its point, in hold rate."""
LETTER: Final = 5.4
AXES_WIDTH: Final = 430
APART: Final = 7
"""In points: a letter of a name, the axes, and how far apart recipes of equal parameters lie."""


def hold_rate_by_parameters(
    consistency: pd.DataFrame, recipes: list[str], budget: int, level: list[str]
) -> Figure:
    """Hold rate against parameters; `level` are the leader and its ties, drawn filled."""
    figure, axes = single(height=4.0)
    colour = colours(recipes)
    rows = [row for row in rows_of(consistency) if row["hold_rate"] is not None]
    counts = [row["parameters"] for row in rows]
    for number, row in enumerate(rows):
        x, own = row["parameters"], colour[row["recipe"]]
        before, equal = counts[:number].count(x), counts.count(x)
        shift = (before - (equal - 1) / 2) * min(APART, 90 / equal)
        place: Any = offset_copy(axes.transData, figure, shift, 0, "points")
        ends = [row["hold_low"], row["hold_high"]]
        axes.plot([x, x], ends, color=own, alpha=0.45, linewidth=2, transform=place)
        face = own if row["recipe"] in level else PAPER
        axes.plot(
            x, row["hold_rate"], "o", color=own, markerfacecolor=face, transform=place, zorder=3
        )
    axes.axvline(budget, **THRESHOLD)
    axes.annotate(
        "parameters allowed", (budget, 1.09), (-4, 0), textcoords="offset points", ha="right",
        va="top", fontsize="small",
    )  # fmt: skip
    axes.set(xlabel="parameters, equal ones side by side", ylabel="hold rate", ylim=(-0.05, 1.11))
    _set_limits(axes, rows, budget, colour)
    axes.grid(visible=False, axis="x")
    axes.xaxis.set_major_formatter(COUNTS)
    return figure


def _set_limits(axes: Axes, rows: list[Row], budget: int, colour: dict[str, str]) -> None:
    """Names beside their points, where these are few, and room for them on the left."""
    left = 0.1
    if len(rows) <= MOST_COLOURS:
        _name_points(axes, rows, colour)
        longest = max((len(_named(row)) for row in rows), default=0)
        left = min(0.6, (LETTER * longest + 30) / AXES_WIDTH)
    low = min([budget, *(row["parameters"] for row in rows)])
    width = max(budget - low, 0.05 * budget) / (0.92 - left)
    axes.set_xlim(low - left * width, low + (1 - left) * width)


def _name_points(axes: Axes, rows: list[Row], colour: dict[str, str]) -> None:
    """Names to the left of their points, moved up where they would lie on one another."""
    below: dict[int, float] = {}
    counts = [row["parameters"] for row in rows]
    for row in sorted(rows, key=lambda row: row["hold_rate"]):
        x, y = row["parameters"], row["hold_rate"]
        height = below[x] = max(y, below.get(x, -1.0) + NAME_HEIGHT)
        aside = -8 - APART * counts.count(x) / 2
        axes.annotate(
            _named(row), (x, y), (aside, height), textcoords=("offset points", "data"),
            color=colour[row["recipe"]], ha="right", va="center",
        )  # fmt: skip


def noise(table: pd.DataFrame, recipes: list[str]) -> Figure:
    """Variance of the final counts: observed, what independent errors give, what lies beyond."""
    rows = [row for row in rows_of(table) if row["between"] is not None]
    figure, axes = single(height=ROW * len(rows) + FRAME + 0.3)
    axes.axvline(0, color=INK, linewidth=1)
    colour = colours(recipes)
    for place, row in enumerate(rows):
        own = colour[row["recipe"]]
        bar(axes, row["between_low"], row["between_high"], place, own, linewidth=2.2, alpha=0.5)
        axes.plot(row["between"], place, "o", color=own)
        axes.plot(row["independent"], place, "|", color=INK, markersize=12, markeredgewidth=2)
        axes.plot(row["variance"], place, "D", color=INK, markerfacecolor=PAPER, markersize=5)
    by_recipe(axes, [_named(row) for row in rows])
    axes.set_xscale("function", functions=(_root, _square))
    axes.xaxis.set_major_locator(FixedLocator(_marks(*axes.get_xlim())))
    axes.set(xlabel="variance of the final count, images² (square-root scale)")
    axes.plot([], [], "o-", color=INK, label="between runs, with interval")
    axes.plot([], [], "|", color=INK, markersize=12, markeredgewidth=2, label="independent errors")
    axes.plot([], [], "D", color=INK, markerfacecolor=PAPER, markersize=5, label="observed")
    legend_above(figure, axes)
    return figure


def _marks(low: float, high: float) -> list[float]:
    """Variances along the axis, from 0 outwards, each a label's width from the one before."""
    left, right = _root(np.array([low, high]))
    apart = LABEL_WIDTH * (right - left)
    marks: list[float] = [0]
    for mark in VARIANCES:
        if math.sqrt(mark) - math.sqrt(marks[-1]) >= apart:
            marks.append(mark)
    return [*(-mark for mark in marks[1:]), *marks]


def _root(variance: Numbers) -> Numbers:
    return np.sign(variance) * np.sqrt(np.abs(variance))


def _square(deviation: Numbers) -> Numbers:
    return np.sign(deviation) * deviation**2


def effects(table: pd.DataFrame) -> Figure:
    """Mean hold rate at each level of each axis of a grid, with its interval."""
    figure, axes = single(height=ROW * (len(table) + table["factor"].nunique()) + FRAME)
    labels: list[str] = []
    heads = []
    for factor, levels in table.groupby("factor", sort=False):
        heads.append(len(labels))
        labels.append(in_words(str(factor)))
        for row in rows_of(levels):
            bar(
                axes, row["hold_low"], row["hold_high"], len(labels), PALETTE[0], linewidth=2.2,
                alpha=0.5,
            )  # fmt: skip
            axes.plot(row["hold_rate"], len(labels), "o", color=PALETTE[0])
            labels.append(f"{row['level']} (n = {row['runs']})")
    by_recipe(axes, labels)
    for place in heads:
        axes.get_yticklabels()[place].set_fontweight("bold")
    axes.set(xlabel="hold rate, mean over the recipes of the level", xlim=(-0.03, 1.03))
    return figure


def _named(row: Row) -> str:
    return f"{row['recipe']} (n = {row['runs']})"
