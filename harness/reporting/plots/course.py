"""Plots of a study with adaptive seeds: the evidence by runs spent, and where the seeds went."""

from __future__ import annotations

import math
from itertools import groupby
from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..tables.columns import Rows
from ..tables.course import CourseRow
from .labels import in_lines, with_runs
from .style import INK, MOST_COLOURS, THRESHOLD_LINE, colours, legend_above, recipe_axis, single

ROW = 0.3
FRAME = 1.0
ROOM_FOR_NAMES = 0.1
"""Room above the lines, as a share of the axes' height."""
MOST_NAMES = 4
LEADS: Final[dict[str, Any]] = {
    "linestyle": ":",
    "marker": "o",
    "markersize": 4,
    "markerfacecolor": "white",
}
"""How the evidence that a recipe leads at all is drawn."""


def evidence_by_runs(course: Rows[CourseRow], recipes: list[str]) -> Figure:
    """Each rival's log evidence after each round, with the log evidence at which either decides.

    Dotted: of an open rival, the log evidence that it leads the recipe under test at all, up to the
    round that drops the latter.

    A line ends where another recipe comes under test, since evidence is relative to the recipe
    under test, whose name is written where its test begins. Lines that share a colour have no
    names.
    """
    figure, axes = single()
    colour = colours(recipes)
    few = len(recipes) <= MOST_COLOURS
    for name in recipes:
        _lines(axes, course, name, colour[name], named=few)
    if any(row.ahead is not None for row in course):
        axes.plot([], [], color=INK, label="leads at all", **LEADS)
    axes.axhline(next(iter(course)).required_evidence, label="decided", **THRESHOLD_LINE)
    _under_test(axes, course)
    axes.set(xlabel="runs of all recipes so far", ylabel="log evidence")
    legend_above(figure, axes)
    return figure


def _lines(axes: Axes, course: Rows[CourseRow], name: str, colour: str, *, named: bool) -> None:
    """A recipe's lines, one for each time that another one is under test."""
    label = name if named else None
    for _, rounds in groupby(course, key=lambda row: row.tested):
        every = list(rounds)
        own = [row for row in every if row.recipe == name and row.evidence is not None]
        if not own:
            continue
        runs = [row.runs for row in own]
        evidence = [row.evidence or 0.0 for row in own]
        axes.plot(runs, evidence, "o-", color=colour, markersize=4, label=label)
        label = None
        ahead = {row.runs: row.ahead for row in own} | _overtaking(course, every[-1], name)
        leads = [math.nan if value is None else value for value in ahead.values()]
        axes.plot(list(ahead), leads, color=colour, **LEADS)


def _overtaking(course: Rows[CourseRow], last: CourseRow, by: str) -> dict[int, float]:
    """The runs and the evidence of the round after the `last` one, if that drops the recipe under
    test because it is behind `by`."""
    later = [row for row in course if row.runs > last.runs and row.recipe == last.tested]
    if not later or later[0].behind != by:
        return {}
    return {later[0].runs: later[0].behind_evidence or 0.0}


def _under_test(axes: Axes, course: Rows[CourseRow]) -> None:
    """A line where each recipe comes under test, with its name if there is room for it."""
    bottom, top = axes.get_ylim()
    axes.set_ylim(bottom, top + ROOM_FOR_NAMES * (top - bottom))
    begins = [(name, next(rows).runs) for name, rows in groupby(course, lambda row: row.tested)]
    for tested, begin in begins:
        axes.axvline(begin, color=INK, linewidth=0.8, linestyle=":")
        if len(begins) > MOST_NAMES:
            continue
        axes.annotate(
            in_lines(f"{tested} under test"),
            (begin, 0.98),
            xycoords=("data", "axes fraction"),
            xytext=(4, 0),
            textcoords="offset points",
            verticalalignment="top",
            color=INK,
            fontsize="small",
        )


def seeds_by_recipe(course: Rows[CourseRow], recipes: list[str], *, final: bool) -> Figure:
    """How many runs each recipe has, as a bar, and what has been decided about it.

    If the choice is `final`, it is the recipe under test.
    """
    places = {"tested": "chosen" if final else "under test"}
    last = {row.recipe: row for row in course}
    shown = [last[name] for name in recipes if name in last]
    figure, axes = single(height=ROW * len(shown) + FRAME)
    colour = colours(recipes)
    for place, row in enumerate(shown):
        axes.barh(place, row.seeds, 0.6, color=colour[row.recipe])
    said = [f"{row.recipe}: {places.get(row.place, row.place)}" for row in shown]
    recipe_axis(axes, [with_runs(name, row.seeds) for name, row in zip(said, shown, strict=True)])
    axes.set(xlabel="runs")
    return figure
