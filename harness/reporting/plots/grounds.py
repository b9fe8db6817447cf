"""Plots of what the hold rate depends on: parameters, axes of a grid, noise between runs."""

from __future__ import annotations

import math
from itertools import groupby
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter

from ...base.array_types import Floats
from ...base.words import plural
from ...study.axes import in_words
from ..tables.columns import Rows
from ..tables.consistency import ConsistencyRow
from ..tables.grounds import EffectsRow, NoiseRow
from .labels import LETTERS, in_lines, with_runs
from .recipes import FRAME, ROW
from .style import (
    INK,
    PALETTE,
    PAPER,
    bar,
    colours,
    legend_above,
    point,
    recipe_axis,
    single,
)

VARIANCES: Final = (
    *(0.01, 0.05, 0.2, 1, 5, 20, 50),
    *(first * 10**n for n in range(2, 10) for first in (1, 2, 5)),
)
"""Marks on an axis of variances, which has the same ones below zero."""
INDEPENDENT: Final[dict[str, Any]] = {"marker": "|", "markersize": 12, "markeredgewidth": 2}
OBSERVED: Final[dict[str, Any]] = {"marker": "D", "markersize": 5}
VARIANCE: Final = "variance of the final count, images² (square-root scale)"
ALONG_NAMES: Final = 50
"""Most letters of a line of this label beside names that are in several lines."""
LABEL_WIDTH: Final = 0.07
"""Width of such a mark's label, as a share of the axis."""


def hold_rate_by_parameters(
    ranked: Rows[ConsistencyRow], recipes: list[str], tied: list[str]
) -> Figure:
    """Hold rate of each recipe by parameters; filled marks: `tied`, the leader and its ties."""
    counts = sorted({row.parameters or 0 for row in ranked})
    figure, axes = single(height=ROW * (len(ranked) + len(counts)) + FRAME)
    colour = colours(recipes)
    labels: list[str] = []
    heads = []
    for count in counts:
        heads.append(len(labels))
        labels.append(plural(count, "parameter"))
        for row in [row for row in ranked if row.parameters == count]:
            own = colour[row.recipe]
            bar(axes, row.over.hold_interval, len(labels), own, linewidth=2.2, alpha=0.5)
            point(axes, row.over.hold_rate, len(labels), own, filled=row.recipe in tied)
            labels.append(with_runs(row.recipe, row.over.runs))
    _under_heads(axes, labels, heads)
    axes.set(xlabel="hold rate", xlim=(-0.03, 1.03))
    return figure


def _under_heads(axes: Axes, labels: list[str], heads: list[int]) -> None:
    """Rows, of which those at `heads` are headings of the rows below."""
    recipe_axis(axes, labels)
    for place in heads:
        axes.get_yticklabels()[place].set_fontweight("bold")


def noise(table: Rows[NoiseRow], recipes: list[str]) -> Figure:
    """Variance of the final counts: observed, from independent errors, and remaining."""
    rows = [row for row in table if row.between is not None]
    figure, axes = single(height=ROW * len(rows) + FRAME + 0.3)
    axes.axvline(0, color=INK, linewidth=1)
    colour = colours(recipes)
    for place, row in enumerate(rows):
        own = colour[row.recipe]
        bar(axes, row.between_interval, place, own, linewidth=2.2, alpha=0.5)
        point(axes, row.between, place, own)
        point(axes, row.independent, place, INK, **INDEPENDENT)
        point(axes, row.variance, place, INK, filled=False, **OBSERVED)
    named = [with_runs(row.recipe, row.runs) for row in rows]
    recipe_axis(axes, named)
    axes.set_xscale("function", functions=(_root, _square))
    axes.xaxis.set_major_locator(FixedLocator(_marks(*axes.get_xlim())))
    axes.xaxis.set_major_formatter(FuncFormatter(_variance))
    letters = ALONG_NAMES if max(map(len, named)) > LETTERS else len(VARIANCE)
    axes.set(xlabel=in_lines(VARIANCE, letters, letters))
    axes.plot([], [], "o-", color=INK, label="remaining, between runs (with interval)")
    axes.plot([], [], color=INK, linestyle="", label="from independent errors", **INDEPENDENT)
    axes.plot([], [], color=INK, markerfacecolor=PAPER, linestyle="", label="observed", **OBSERVED)
    legend_above(figure, axes)
    return figure


def _variance(value: float, _: int) -> str:
    return f"{value:,.12g}".replace("-", "\N{MINUS SIGN}")  # as on all other axes


def _marks(low: float, high: float) -> list[float]:
    """Variances to mark, from 0 outwards, each at least a label's width from the last."""
    left, right = _root(np.array([low, high]))
    apart = LABEL_WIDTH * (right - left)
    marks: list[float] = [0]
    for mark in VARIANCES:
        if math.sqrt(mark) - math.sqrt(marks[-1]) >= apart:
            marks.append(mark)
    return [*(-mark for mark in marks[1:]), *marks]


def _root(variance: Floats) -> Floats:
    return np.sign(variance) * np.sqrt(np.abs(variance))


def _square(deviation: Floats) -> Floats:
    return np.sign(deviation) * deviation**2


def effects(table: Rows[EffectsRow]) -> Figure:
    """Mean hold rate at each level of each axis of a grid, with its interval over n seeds."""
    figure, axes = single(height=ROW * (len(table) + len({row.axis for row in table})) + FRAME)
    labels: list[str] = []
    heads = []
    for axis, levels in groupby(table, key=lambda row: row.axis):
        heads.append(len(labels))
        labels.append(in_words(axis))
        for row in levels:
            bar(axes, row.hold_interval, len(labels), PALETTE[0], linewidth=2.2, alpha=0.5)
            point(axes, row.hold_rate, len(labels), PALETTE[0])
            labels.append(with_runs(row.level, row.seeds))
    _under_heads(axes, labels, heads)
    axes.set(
        xlabel="mean hold rate of the recipes at each level (n: seeds of each)", xlim=(-0.03, 1.03)
    )
    return figure
