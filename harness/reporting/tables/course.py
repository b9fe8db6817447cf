"""The course of a study with adaptive seeds: what was known after each round of runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from ...judging.evidence import Evidence
from ...judging.seeds.adaptive import pair_evidence_of
from ...judging.seeds.allocation import Allocation
from ...judging.seeds.course import allocation_course
from .columns import RECIPE, Row, Rows, Told


@dataclass(frozen=True)
class CourseRow(Row):
    """A row for each recipe after each round of a study with adaptive seeds."""

    FILE = "course"

    runs: Annotated[int, Told("runs of all recipes so far")]
    recipe: Annotated[str, RECIPE]
    seeds: Annotated[int, Told("runs of this recipe so far")]
    tested: Annotated[str, Told("the recipe under test: the choice, if nothing is open")]
    place: Annotated[str, Told("tested, open, settled or dropped")]
    evidence: Annotated[
        float | None,
        Told("largest log evidence so far that it does not lead the recipe under test by the "
             "margin"),
    ]  # fmt: skip
    ahead: Annotated[
        float | None,
        Told("of an open recipe, largest log evidence so far that it leads the recipe under test "
             "at all"),
    ]  # fmt: skip
    behind: Annotated[str | None, Told("the recipe that a dropped one is shown to be behind")]
    behind_evidence: Annotated[
        float | None, Told("of a dropped recipe, largest log evidence so far that it is behind")
    ]
    required_evidence: Annotated[
        float,
        Told("log evidence at which the recipe is settled, or the recipe under test dropped"),
    ]


def course_table(evidence: Evidence) -> Rows[CourseRow]:
    """Every round, in order; no rows where the seeds are declared."""
    if evidence.study.budget is None:
        return Rows(CourseRow, ())
    steps = allocation_course(pair_evidence_of(evidence))
    return Rows(CourseRow, tuple(row for step in steps for row in _rows(step)))


def _rows(step: Allocation) -> Iterator[CourseRow]:
    if step.tested is None:
        return
    against = step.settled | {rival.name: rival.log_evidence for rival in step.open}
    ahead = {rival.name: rival.ahead for rival in step.open}
    for recipe, seeds in step.seeds.items():
        dropped = step.dropped.get(recipe)
        yield CourseRow(
            runs=step.spent,
            recipe=recipe,
            seeds=seeds,
            tested=step.tested,
            place=_place(recipe, step),
            evidence=against.get(recipe),
            ahead=ahead.get(recipe),
            behind=dropped.behind if dropped else None,
            behind_evidence=dropped.log_evidence if dropped else None,
            required_evidence=step.required_evidence,
        )


def _place(recipe: str, step: Allocation) -> str:
    if recipe == step.tested:
        return "tested"
    if recipe in step.dropped:
        return "dropped"
    return "settled" if recipe in step.settled else "open"
