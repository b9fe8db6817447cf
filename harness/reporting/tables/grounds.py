"""Tables on what may explain the results: noise between runs, and the axes of a grid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from ...judging.effects import main_effects
from ...judging.evidence import Evidence
from ...results.mistakes import Mistakes
from ...results.trained import TrainedRecord
from ...statistics.intervals import Interval
from ...statistics.noise import decompose
from .columns import RECIPE, Ends, Row, Rows, Told


@dataclass(frozen=True)
class NoiseRow(Row):
    """A row for each recipe, with the sources of the variance of its final counts.

    Variances are in images squared.
    """

    FILE = "noise"

    recipe: Annotated[str, RECIPE]
    runs: Annotated[int, Told("completed runs: the n of the row")]
    variance: Annotated[float | None, Told("variance of the final count between runs")]
    independent: Annotated[
        float | None, Told("variance that independent errors on single images would give")
    ]
    between: Annotated[
        float | None,
        Told("remaining variance: an estimate of that of true accuracy, which can be negative"),
    ]
    between_interval: Annotated[
        Interval | None, Ends("between", "the interval of the remaining variance")
    ]
    always_wrong: Annotated[int, Told("test images that every run misclassifies")]
    sometimes_wrong: Annotated[int, Told("test images that some runs misclassify, but not all")]


def noise_table(evidence: Evidence) -> Rows[NoiseRow]:
    """Every recipe, over its completed runs."""
    return Rows(NoiseRow, tuple(_noise(evidence)))


def _noise(evidence: Evidence) -> Iterator[NoiseRow]:
    if not evidence.by_engines or evidence.total is None:
        return
    completed = {recipe.name: list[Mistakes]() for recipe in evidence.study.recipes}
    for name, record in evidence.trained():
        if isinstance(record, TrainedRecord) and record.status == "completed":
            completed[name].append(record.rows[-1].mistakes)
    for name, mistakes in completed.items():
        wrong = [own.pairs[:, 0] for own in mistakes]
        method = evidence.method(len(evidence.records[name]))
        confidence = evidence.study.criterion.confidence
        found = decompose(wrong, evidence.total, confidence, method)
        yield NoiseRow(
            recipe=name,
            runs=found.runs,
            variance=found.variance,
            independent=found.independent,
            between=found.between,
            between_interval=found.between_interval,
            always_wrong=found.always_wrong,
            sometimes_wrong=found.sometimes_wrong,
        )


@dataclass(frozen=True)
class EffectsRow(Row):
    """A row for each level of each axis with runs at two levels or more, if the study is a grid."""

    FILE = "effects"

    axis: Annotated[str, Told("axis of the grid")]
    level: Annotated[str, Told("one of the values on that axis, as in the recipes' names")]
    recipes: Annotated[int, Told("number of recipes at that level")]
    seeds: Annotated[int, Told("seeds that all of these recipes have: the n of the interval")]
    runs: Annotated[int, Told("runs of these recipes with these seeds")]
    hold_rate: Annotated[float, Told("mean hold rate of these runs")]
    hold_interval: Annotated[Interval | None, Ends("hold", "the interval of that mean")]


def effects_table(evidence: Evidence) -> Rows[EffectsRow]:
    """Every level of every axis; no rows if the study is not a grid."""
    rows = (
        EffectsRow(
            axis=effect.axis,
            level=effect.level,
            recipes=effect.recipes,
            seeds=effect.seeds,
            runs=effect.runs,
            hold_rate=effect.hold_rate,
            hold_interval=effect.hold_interval,
        )
        for effect in main_effects(evidence)
    )
    return Rows(EffectsRow, tuple(rows))
