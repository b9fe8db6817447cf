"""Tables with a row an epoch or a run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Final

from ...base.words import some
from ...judging.consistency import RunConsistency
from ...judging.evidence import Evidence, Record
from ...results.elsewhere.record import IMPORTED
from ..words.sources import files_of
from .columns import Row, Rows, Told

RECIPE: Final = Told("name of the recipe", "Recipe")


@dataclass(frozen=True, slots=True)
class EpochsRow(Row):
    """A row for each epoch of each run."""

    FILE = "epochs"

    recipe: Annotated[str, RECIPE]
    seed: Annotated[int, Told("seed of the run")]
    epoch: Annotated[int, Told("number of the epoch, from 1")]
    lr: Annotated[float | None, Told("learning rate at the epoch's first training step")]
    train_loss: Annotated[
        float | None, Told("mean cross-entropy over the epoch's augmented images")
    ]
    train_correct: Annotated[
        int | None,
        Told("how many of these images were classified correctly while training went on"),
    ]
    test_loss: Annotated[
        float | None, Told("mean cross-entropy over the test images, after the epoch")
    ]
    correct: Annotated[
        float, Told("test images classified correctly after the epoch", counted=True)
    ]
    total: Annotated[int | None, Told("test images")]
    at_threshold: Annotated[bool, Told("whether `correct` is at or above the threshold")]
    seconds: Annotated[float | None, Told("time for training and evaluation, in seconds")]
    weight_digest: Annotated[str | None, Told("SHA-256 of the weights after the epoch")]


def epochs_table(evidence: Evidence) -> Rows[EpochsRow]:
    """Every epoch of every run."""
    sign, threshold = evidence.measure.sign, evidence.threshold

    def at(value: float) -> bool:
        return sign * value >= sign * threshold

    rows = (
        EpochsRow(
            recipe=recipe.name,
            seed=record.seed,
            epoch=row.epoch,
            lr=row.lr,
            train_loss=row.train_loss,
            train_correct=row.train_correct,
            test_loss=row.test_loss,
            correct=row.correct,
            total=row.total,
            at_threshold=at(row.correct),
            seconds=row.seconds,
            weight_digest=row.weight_digest,
        )
        for recipe, record, _ in evidence.runs()
        for row in record.rows
    )
    return Rows(EpochsRow, tuple(rows))


@dataclass(frozen=True, slots=True)
class RunsRow(Row):
    """A row for each run."""

    FILE = "runs"

    recipe: Annotated[str, RECIPE]
    seed: Annotated[int, Told("seed of the run")]
    status: Annotated[str, Told("completed, or diverged: its loss was no longer finite")]
    epochs: Annotated[int, Told("epochs trained")]
    reached: Annotated[bool, Told("whether any epoch was at the threshold")]
    first_epoch: Annotated[
        float, Told("first epoch at the threshold; `inf` where it was never reached")
    ]
    holds: Annotated[bool, Told("whether every epoch of the window was at the threshold")]
    hold_rate: Annotated[float, Told("share of the window's epochs at the threshold")]
    dip: Annotated[
        float,
        Told("largest fall below the threshold after first reaching it, in images", counted=True),
    ]
    final_correct: Annotated[
        float | None,
        Told("correct test images at the last epoch; empty where the run diverged", counted=True),
    ]
    best_correct: Annotated[
        float | None,
        Told("correct test images at the best epoch, which is an optimistic figure", counted=True),
    ]
    total: Annotated[int | None, Told("test images")]
    seconds: Annotated[float | None, Told("time of all epochs, in seconds")]
    engine: Annotated[str, Told("engine that trained the run")]
    numerics: Annotated[
        str, Told("version of the engine's arithmetic; of an imported run, its files")
    ]
    digest: Annotated[str, Told("SHA-256 of the final weights and every epoch's results")]


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
    """Time of all epochs; None where it was not measured."""
    times = [row.seconds for row in record.rows]
    known = [time for time in times if time is not None]
    return sum(known) if known and len(known) == len(times) else None


@dataclass(frozen=True, slots=True)
class SurvivalRow(Row):
    """A row for each recipe and epoch: shares of its runs, diverged ones included."""

    FILE = "survival"

    recipe: Annotated[str, RECIPE]
    epoch: Annotated[int, Told("number of the epoch, from 1")]
    reached: Annotated[float, Told("share of the runs that were at the threshold by this epoch")]
    staying: Annotated[
        float, Told("share of the runs at the threshold at this epoch and all later ones")
    ]
    runs: Annotated[int, Told("runs of the recipe, the n of the row")]


def survival_table(evidence: Evidence) -> Rows[SurvivalRow]:
    """Every recipe, epoch by epoch."""
    return Rows(SurvivalRow, tuple(_survival(evidence)))


def _survival(evidence: Evidence) -> Iterator[SurvivalRow]:
    for recipe in evidence.study.recipes:
        judged = list(evidence.judged(recipe.name).values())
        last = max((len(r.rows) for r in evidence.records[recipe.name]), default=0)
        for epoch in range(1, last + 1):
            reached = sum(run.first_epoch <= epoch for run in judged)
            staying = sum(run.staying_from <= epoch for run in judged)
            runs = len(judged)
            yield SurvivalRow(recipe.name, epoch, reached / runs, staying / runs, runs)
