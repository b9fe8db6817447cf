"""Main effects: if a study is a grid, the mean hold rate at each level of each axis."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..statistics.bounded import bounded_mean
from ..statistics.intervals import Interval
from ..study.axes import axis_levels, grid_levels
from ..study.command import CommandRecipe
from ..study.declaration import Study
from ..study.imported import ImportedStudy
from .evidence import Evidence


@dataclass(frozen=True)
class Effect:
    """A level of an axis: the hold rate over all its recipes, with its interval over seeds."""

    axis: str
    level: str
    recipes: int
    runs: int
    hold_rate: float
    hold_interval: Interval | None


def main_effects(evidence: Evidence) -> Iterator[Effect]:
    """Each level of each axis, over the seeds that all its recipes have; none without a grid."""
    confidence = evidence.study.criterion.confidence
    for axis, level_of in _levels(evidence.study).items():
        for level in dict.fromkeys(level_of.values()):
            names = [name for name, own in level_of.items() if own == level]
            by_seed = _means_by_seed(evidence, names)
            if not by_seed:
                continue
            yield Effect(
                axis=axis,
                level=level,
                recipes=len(names),
                runs=len(names) * len(by_seed),
                hold_rate=float(np.mean(by_seed)),
                hold_interval=bounded_mean(by_seed, confidence, evidence.method(len(by_seed))),
            )


def _levels(study: Study | ImportedStudy) -> dict[str, dict[str, str]]:
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
