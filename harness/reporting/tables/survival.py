"""`survival.csv`: a row for each recipe and epoch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from ...judging.evidence import Evidence
from .columns import RECIPE, Row, Rows, Told


@dataclass(frozen=True, slots=True)
class SurvivalRow(Row):
    """A row for each recipe and epoch, with shares of all runs, including diverged ones."""

    FILE = "survival"

    recipe: Annotated[str, RECIPE]
    epoch: Annotated[int, Told("number of the epoch, from 1")]
    reached: Annotated[float, Told("share of the runs that were at the threshold by this epoch")]
    staying: Annotated[
        float,
        Told("share of the runs that were at the threshold at this epoch and all later ones; a run "
             "that ended earlier counts as at its last epoch"),
    ]  # fmt: skip
    runs: Annotated[int, Told("runs of the recipe: the n of the row")]


def survival_table(evidence: Evidence) -> Rows[SurvivalRow]:
    """Every recipe that has runs, epoch by epoch, up to the last epoch of the longest run."""
    last = max((len(record.rows) for _, record, _ in evidence.runs()), default=0)
    return Rows(SurvivalRow, tuple(_survival(evidence, last)))


def _survival(evidence: Evidence, last: int) -> Iterator[SurvivalRow]:
    for recipe in evidence.study.recipes:
        judged = list(evidence.judged(recipe.name).values())
        runs = len(judged)
        for epoch in range(1, last + 1) if runs else ():
            reached = sum(run.first_epoch <= epoch for run in judged)
            staying = sum(run.staying_from <= epoch for run in judged)
            yield SurvivalRow(recipe.name, epoch, reached / runs, staying / runs, runs)
