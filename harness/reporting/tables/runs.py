"""`runs.csv`: a row for each run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from ...base.words import some
from ...judging.consistency import RunConsistency
from ...judging.evidence import Evidence, Record
from ...results.elsewhere.record import IMPORTED
from ...results.elsewhere.study import files_of
from .columns import RECIPE, Row, Rows, Told


@dataclass(frozen=True, slots=True)
class RunsRow(Row):
    """A row for each run."""

    FILE = "runs"

    recipe: Annotated[str, RECIPE]
    seed: Annotated[int, Told("seed of the run")]
    status: Annotated[str, Told("completed, or diverged (its loss was no longer finite)")]
    epochs: Annotated[int, Told("epochs trained")]
    reached: Annotated[bool, Told("whether any epoch was at the threshold")]
    first_epoch: Annotated[
        float, Told("first epoch at the threshold; `inf` if it was never reached")
    ]
    holds: Annotated[bool, Told("whether every epoch of the window was at the threshold")]
    hold_rate: Annotated[float, Told("share of the window's epochs at the threshold")]
    dip: Annotated[
        float,
        Told("largest fall below the threshold after first reaching it, in images", counted=True),
    ]
    final_correct: Annotated[
        float | None,
        Told("correct test images at the last epoch; empty if the run diverged", counted=True),
    ]
    best_correct: Annotated[
        float | None,
        Told("correct test images at the best epoch, which is an optimistic figure", counted=True),
    ]
    total: Annotated[int | None, Told("number of test images")]
    seconds: Annotated[float | None, Told("time for all epochs, in seconds")]
    engine: Annotated[str, Told("engine that trained the run")]
    numerics: Annotated[
        str, Told("version of the engine's arithmetic; the files of an imported run")
    ]
    digest: Annotated[
        str, Told("SHA-256 digest of the final weights and of the results of every epoch")
    ]


def runs_table(evidence: Evidence) -> Rows[RunsRow]:
    """Every run, judged against the criterion."""
    rows = (_run(recipe.name, record, run, evidence) for recipe, record, run in evidence.runs())
    return Rows(RunsRow, tuple(rows))


def _run(recipe: str, record: Record, run: RunConsistency, evidence: Evidence) -> RunsRow:
    return RunsRow(
        recipe=recipe,
        seed=record.seed,
        status=record.status,
        epochs=len(record.rows),
        reached=run.reached,
        first_epoch=run.first_epoch,
        holds=run.holds,
        hold_rate=run.hold_rate,
        dip=run.dip,
        final_correct=run.final,
        best_correct=run.best,
        total=evidence.total,
        seconds=seconds_of(record),
        engine=record.engine,
        numerics=some(files_of([record])) if record.engine == IMPORTED else record.numerics,
        digest=record.digest,
    )


def seconds_of(record: Record) -> float | None:
    """Time for all epochs; None if it was not measured."""
    times = [row.seconds for row in record.rows]
    known = [time for time in times if time is not None]
    return sum(known) if known and len(known) == len(times) else None
