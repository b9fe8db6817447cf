"""Plots by epoch: the counts of every run, reaching and staying, learning rates."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from ...base.words import rate
from ...study.measure import Measure
from ...study.published import Published
from ..tables.columns import Rows
from ..tables.epochs import EpochsRow
from ..tables.survival import SurvivalRow
from .labels import ALONG, LETTERS, in_lines, with_runs
from .style import (
    INK,
    MOST_COLOURS,
    PALETTE,
    PAPER,
    THRESHOLD_LINE,
    colours,
    count_axis,
    epoch_axis,
    legend_above,
    name_ends,
    panels,
    recipe_axis,
    single,
)

EARLY_EPOCHS: Final = 2
"""The axis ignores this many first epochs, since their low counts would flatten the rest."""
MOST_TICKS: Final = 12
OPACITY: Final = 0.45
"""Of the lines of at most MANY_RUNS runs in a panel."""
MANY_RUNS: Final = 20
CELLS: Final = "epoch (stronger colour: larger share; numbers: at the end)"
UPRIGHT: Final = (36, 36)
"""Most letters of a vertical axis's label in a single line, and of each of several lines."""
PUBLISHED: Final[dict[str, Any]] = {
    "color": INK, "marker": "D", "markersize": 4, "markeredgecolor": PAPER, "linewidth": 1.2,
}  # fmt: skip

ShareOf = Callable[[SurvivalRow], float]
Curves = dict[str, list[SurvivalRow]]
"""The epochs of each recipe."""


def counts_by_epoch(
    epochs: Rows[EpochsRow],
    runs: Mapping[str, int],
    threshold: float,
    published: Published,
    measure: Measure,
    label: str,
) -> Figure:
    """Every run's count by epoch, a panel for each recipe, with threshold and published run.

    `runs` is the number of runs by recipe, including those without any epoch, which have no line.
    """
    table, recipes = epochs.frame(), [*runs]
    drawn = table.groupby("recipe")["seed"].nunique()
    figure, axes_of = panels([with_runs(name, runs[name], drawn.get(name, 0)) for name in recipes])
    low, high = _count_range(table, threshold, published, measure.sign)
    colour = colours(recipes)
    for axes, recipe in zip(axes_of, recipes, strict=False):
        own = table[table["recipe"] == recipe]
        _seed_lines(axes, own, colour[recipe])
        axes.axhline(threshold, label="threshold", **THRESHOLD_LINE)
        if recipe in published:
            counts = published[recipe]
            axes.plot(range(1, len(counts) + 1), counts, label="published run", **PUBLISHED)
        epoch_axis(axes)
        axes.set(xlabel="", ylabel="", ylim=(low, high))
        if measure.total:
            count_axis(axes.yaxis)
    with_run = [place for place, name in enumerate(recipes) if name in published]
    legend_above(figure, axes_of[with_run[0] if with_run else 0], "outside upper right")
    figure.supxlabel("epoch")
    figure.supylabel(f"{in_lines(label, *UPRIGHT)}{_cut(table, low, high)}")
    return figure


def _cut(epochs: pd.DataFrame, low: float, high: float) -> str:
    """A second line for the label, which says which of our values lie outside the axis."""
    if (epochs["correct"] < low).any():
        return "\n(lowest values cut off)"
    return "\n(highest values cut off)" if (epochs["correct"] > high).any() else ""


def _seed_lines(axes: Axes, epochs: pd.DataFrame, colour: str) -> None:
    """A line for each run, the fainter the more there are; points if they have only one epoch."""
    opacity = OPACITY * min(1.0, math.sqrt(MANY_RUNS / max(epochs["seed"].nunique(), 1)))
    dots: dict[str, Any] = {"marker": "o", "markersize": 4} if (epochs["epoch"] == 1).all() else {}
    if len(epochs):  # seaborn cannot draw an empty table
        sns.lineplot(
            epochs, x="epoch", y="correct", units="seed", estimator=None, ax=axes,
            color=colour, alpha=opacity, linewidth=0.9, **dots,
        )  # fmt: skip


def _count_range(
    epochs: pd.DataFrame, threshold: float, published: Published, sign: int
) -> tuple[float, float]:
    """Limits of the count axis: all but the first epochs' worst counts, and the threshold."""
    late = epochs[epochs["epoch"] > EARLY_EPOCHS]
    ours = (late if len(late) else epochs)["correct"]
    theirs = [count for counts in published.values() for count in counts[EARLY_EPOCHS:]]
    worst = float(ours.quantile(0.05 if sign > 0 else 0.95))
    best = float(epochs["correct"].max() if sign > 0 else epochs["correct"].min())
    low = min([worst, best, threshold, *theirs])
    high = max([worst, best, threshold, *theirs])
    margin = 0.06 * (high - low) or 0.06 * abs(high) or 1.0
    return low - margin, high + margin


def share_by_epoch(
    survival: Rows[SurvivalRow], recipes: list[str], share: ShareOf, label: str
) -> Figure:
    """A share of each recipe's runs, by epoch: lines, or rows of cells if they are too many."""
    by_name = {name: [row for row in survival if row.recipe == name] for name in recipes}
    shown = {name: rows for name, rows in by_name.items() if rows}
    few = len(recipes) <= MOST_COLOURS
    return _share_lines(shown, recipes, share, label) if few else _share_cells(shown, share)


def _share_lines(shown: Curves, recipes: list[str], share: ShareOf, label: str) -> Figure:
    figure, axes = single()
    colour = colours(recipes)
    ends = []
    for name, rows in shown.items():
        values = [share(row) for row in rows]
        axes.plot([row.epoch for row in rows], values, "o-", color=colour[name], markersize=4)
        ends.append((values[-1], with_runs(name, rows[-1].runs), colour[name]))
    axes.set(ylabel=label, ylim=(-0.03, 1.03))
    epoch_axis(axes)
    name_ends(axes, ends)
    return figure


def _share_cells(shown: Curves, share: ShareOf) -> Figure:
    figure, axes = single(height=0.26 * len(shown) + 1.2)
    for place, rows in enumerate(shown.values()):
        values = [share(row) for row in rows]
        cells = [(PALETTE[0], value) for value in values]
        epochs = [row.epoch for row in rows]
        axes.bar(epochs, 0.84, 0.94, bottom=place - 0.42, color=cells, linewidth=0)
        axes.annotate(
            rate(values[-1]), (1, place), (6, 0), va="center", annotation_clip=False,
            xycoords=("axes fraction", "data"), textcoords="offset points",
        )  # fmt: skip
    named = [with_runs(name, rows[-1].runs) for name, rows in shown.items()]
    recipe_axis(axes, named)
    axes.grid(visible=False)
    epoch_axis(axes)
    last = max((rows[-1].epoch for rows in shown.values()), default=1)
    axes.set_xlim(0.5, last + 0.5)
    room = ALONG if max(map(len, named)) > LETTERS else (len(CELLS), len(CELLS))
    axes.set(xlabel=in_lines(CELLS, *room))
    return figure


def learning_rates(epochs: Rows[EpochsRow], recipes: list[str]) -> Figure:
    """Learning rate at the beginning of each epoch: a line, or a panel, for each schedule."""
    alike: dict[tuple[float, ...], list[str]] = {}
    for name, rates in _rates(epochs, recipes).items():
        alike.setdefault(rates, []).append(name)
    if len(recipes) > MOST_COLOURS:
        return _rate_panels(alike)
    figure, axes = single()
    colour = colours(recipes)
    ends = []
    for rates, names in alike.items():
        own = colour[names[0]] if len(names) == 1 else INK
        axes.plot(range(1, len(rates) + 1), rates, "o-", color=own, markersize=4)
        ends.append((rates[-1], "\n".join(names), own))
    axes.set(ylabel="learning rate", yscale="log")
    axes.margins(y=0.15)
    _plain(axes)
    epoch_axis(axes)
    name_ends(axes, ends)
    return figure


def _rates(epochs: Rows[EpochsRow], recipes: list[str]) -> dict[str, tuple[float, ...]]:
    """Each recipe's learning rates, epoch by epoch, as its longest run had them."""
    found: dict[str, dict[int, float]] = {name: {} for name in recipes}
    for row in epochs:
        if row.lr is not None:
            found[row.recipe].setdefault(row.epoch, row.lr)
    return {name: tuple(rates.values()) for name, rates in found.items() if rates}


def _rate_panels(alike: dict[tuple[float, ...], list[str]]) -> Figure:
    titles = [
        names[0] + (f" and {len(names) - 1} more" if len(names) > 1 else "")
        for names in alike.values()
    ]
    figure, axes_of = panels(titles, height=1.1)
    for axes, rates in zip(axes_of, alike, strict=False):
        axes.plot(range(1, len(rates) + 1), rates, color=PALETTE[0])
        axes.set(yscale="log")
        epoch_axis(axes)
        axes.set(xlabel="")
    _plain(axes_of[0], subs=(1,), least=1)  # which all share
    figure.supxlabel("epoch")
    figure.supylabel("learning rate")
    return figure


def _plain(axes: Axes, subs: tuple[float, ...] = (1, 2, 5), least: int = 2) -> None:
    """Write learning rates as people do, along a logarithmic axis, once it has its limits.

    If there are fewer than the `least` ticks for rates that are that near, they lie evenly.
    """
    axes.yaxis.set_major_locator(LogLocator(subs=subs, numticks=MOST_TICKS))
    low, high = axes.get_ylim()
    if sum(low <= tick <= high for tick in axes.get_yticks()) < least:
        axes.yaxis.set_major_locator(MaxNLocator(2 * least, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
