"""Main effects: if a study is a grid, the mean hold rate at each level of each axis.

While only some of its recipes have runs, these are effects within a complete grid of such recipes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..statistics.bounded import bounded_mean
from ..statistics.intervals import Interval
from ..study.axes import axis_levels, crossed, grid_levels
from ..study.command import CommandRecipe
from ..study.declaration import Study
from ..study.imported import ImportedStudy
from .evidence import Evidence

Levels = dict[str, dict[str, str]]
"""The level of each recipe, by axis."""


@dataclass(frozen=True)
class Effect:
    """A level of an axis: the hold rate over all its recipes, with its interval over seeds."""

    axis: str
    level: str
    recipes: int
    seeds: int
    """The seeds that all of these recipes have, over which the interval is."""
    runs: int
    hold_rate: float
    hold_interval: Interval | None


def main_effects(evidence: Evidence) -> Iterator[Effect]:
    """Each level of each axis, over the seeds that all its recipes have; none without a grid.

    An axis with fewer than two such levels shows no effect, and is left out.
    """
    with_runs = {recipe.name for recipe in evidence.study.recipes if evidence.judged(recipe.name)}
    for axis, level_of in _complete(_levels(evidence.study), with_runs).items():
        found = list(_of_axis(evidence, axis, level_of))
        if len(found) > 1:
            yield from found


def _of_axis(evidence: Evidence, axis: str, level_of: dict[str, str]) -> Iterator[Effect]:
    confidence = evidence.study.criterion.confidence
    for level in dict.fromkeys(level_of.values()):
        names = [name for name, own in level_of.items() if own == level]
        by_seed = _means_by_seed(evidence, names)
        if not by_seed:
            continue
        yield Effect(
            axis=axis,
            level=level,
            recipes=len(names),
            seeds=len(by_seed),
            runs=len(names) * len(by_seed),
            hold_rate=float(np.mean(by_seed)),
            hold_interval=bounded_mean(by_seed, confidence, evidence.method(len(by_seed))),
        )


def _complete(levels: Levels, with_runs: set[str]) -> Levels:
    """A grid of which every recipe has runs: without the levels that lack the largest share.

    Of levels that lack as much, the last is left out first. Empty if too little is left.
    """
    kept = list(dict.fromkeys(name for own in levels.values() for name in own))
    while not with_runs.issuperset(kept):
        lacking = {
            (axis, level): float(
                np.mean([name not in with_runs for name in kept if own[name] == level])
            )
            for axis, own in levels.items()
            for level in dict.fromkeys(own[name] for name in kept)
        }
        axis, level = max(reversed(lacking), key=lacking.__getitem__)
        kept = [name for name in kept if levels[axis][name] != level]
    return crossed({axis: {name: own[name] for name in kept} for axis, own in levels.items()}, kept)


def _levels(study: Study | ImportedStudy) -> Levels:
    """Levels by axis and recipe; none unless the recipes form a complete grid."""
    if isinstance(study, ImportedStudy):
        return study.levels
    if study.printed is None:
        return grid_levels(study.own_recipes)
    return axis_levels({r.name: r.levels for r in study.recipes if isinstance(r, CommandRecipe)})


def _means_by_seed(evidence: Evidence, recipes: list[str]) -> list[float]:
    """The recipes' mean hold rate for each seed that all of them have, in order."""
    judged = [evidence.judged(name) for name in recipes]
    common = set.intersection(*(set(runs) for runs in judged))
    seeds = [seed for seed in evidence.study.seeds if seed in common]
    return [float(np.mean([runs[seed].hold_rate for runs in judged])) for seed in seeds]
