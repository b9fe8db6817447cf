"""The question whether a recipe's runs are on one scale: shares of some, percentages of others."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from ...base.words import agreeing, some
from ...judging.evidence import Record
from ...study.measure import Measure

ALIKE: Final = 0.5
"""Values of a run grow as others do if, on a logarithmic scale, by at least this share of that."""
HUNDREDFOLD: Final = (30.0, 300.0)
"""How many times as large percentages are as shares of networks that are not equally good."""


@dataclass(frozen=True)
class Apart:
    """Runs that look like shares beside others of their recipe like percentages, or the reverse."""

    recipe: str
    runs: Sequence[Record]
    others: Sequence[Record]


def mixed_scales(records: Mapping[str, Sequence[Record]], measure: Measure) -> list[str]:
    """Questions about the runs, by recipe, that are apart from most others of their recipe.

    The scale of counts is known.
    """
    if measure.total is not None:
        return []
    apart = []
    for recipe, own in records.items():
        few, most = sorted((_percentages(own), _shares(own)), key=len)
        apart.append(Apart(recipe, _apart(few, most, measure), most))
    return _questions(apart, "the other runs of {}")


def scales_unlike(
    recipe: str, new: Sequence[Record], committed: Sequence[Record], measure: Measure
) -> list[str]:
    """Questions about new runs of a recipe that are apart from most of the committed ones."""
    if measure.total is not None:
        return []
    shares, percentages = _shares(committed), _percentages(committed)
    few, others = (
        (_percentages(new), shares)
        if len(shares) > len(percentages)
        else (_shares(new), percentages)
    )
    return _questions([Apart(recipe, _apart(few, others, measure), others)], "committed runs")


def _shares(runs: Sequence[Record]) -> list[Record]:
    """Those whose values are all within 0 and 1."""
    return [run for run in runs if run.values and 0 <= min(run.values) <= max(run.values) <= 1]


def _percentages(runs: Sequence[Record]) -> list[Record]:
    """Those whose values are all within 0 and 100, some of them above 1."""
    return [
        run for run in runs if run.values and min(run.values) >= 0 and 1 < max(run.values) <= 100
    ]


def _apart(few: Sequence[Record], most: Sequence[Record], measure: Measure) -> list[Record]:
    """Those of the `few` whose first and last values are about a hundred times, or a hundredth of,
    the medians of `most`.

    One epoch tells only if higher is better, since a loss may well end a hundred times as low as
    another. A run whose values do not grow, or shrink, as those of the others do may have learnt
    nothing, like one that is right for 1% of 100 classes; and so may a single one with one epoch.
    """
    if not most:
        return []
    first, last = (median(run.values[epoch] for run in most) for epoch in (0, -1))
    longest = max(len(run.values) for run in most)
    found = [
        run
        for run in few
        if (measure.sign > 0 or min(len(run.values), longest) > 1)
        and is_hundredfold(*sorted((run.values[0], first)))
        and is_hundredfold(*sorted((run.values[-1], last)))
        and _grows_alike(run.values[-1] / run.values[0], last / first)
    ]
    by_chance = len(found) == 1 and max(found[0].values) <= 1 and len(found[0].values) == 1
    return [] if by_chance else found


def _grows_alike(growth: float, other: float) -> bool:
    """Whether values grow, or shrink, at least by half as much as others: as logarithms."""
    own, theirs = math.log(growth), math.log(other)
    return own * theirs >= 0 and abs(own) >= ALIKE * abs(theirs)


def is_hundredfold(value: float, other: float) -> bool:
    """Whether `other` is about a hundred times the value."""
    least, most = HUNDREDFOLD
    return value > 0 and least <= other / value <= most


def _questions(apart: Sequence[Apart], whose: str) -> list[str]:
    """A question on the runs that look like percentages, and one on those like shares."""
    above = [one for one in apart if one.runs and max(one.runs[0].values) > 1]
    below = [one for one in apart if one.runs and max(one.runs[0].values) <= 1]
    return [
        _question(found, f"about {times} those of {whose}")
        for found, times in ((above, "100 times"), (below, "a hundredth of"))
        if found
    ]


def _question(apart: Sequence[Apart], relation: str) -> str:
    names = [f"{one.recipe} seed {run.seed}" for one in apart for run in one.runs]
    theirs = relation.format(agreeing(len(apart), "the recipe", "their recipes"))
    return (
        f"{agreeing(len(names), 'run', 'runs')} {some(names)}: the values, "
        f"{_range([run for one in apart for run in one.runs])}, are {theirs}, "
        f"{_range([run for one in apart for run in one.others])}; are they on the same scale?"
    )


def _range(runs: Sequence[Record]) -> str:
    low, high = min(min(run.values) for run in runs), max(max(run.values) for run in runs)
    return f"from {low:.6g} to {high:.6g}"
