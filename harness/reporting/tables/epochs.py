"""`epochs.csv`: a row for each epoch of each run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from ...judging.evidence import Evidence
from .columns import RECIPE, Row, Rows, Told


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
        Told("number of these images that were classified correctly during training"),
    ]
    test_loss: Annotated[
        float | None, Told("mean cross-entropy over the test images, after the epoch")
    ]
    correct: Annotated[
        float, Told("test images classified correctly after the epoch", counted=True)
    ]
    total: Annotated[int | None, Told("number of test images")]
    at_threshold: Annotated[bool, Told("whether `correct` is at or above the threshold")]
    seconds: Annotated[float | None, Told("time for training and evaluation, in seconds")]
    weight_digest: Annotated[str | None, Told("SHA-256 digest of the weights after the epoch")]


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
            correct=row.value,
            total=row.total,
            at_threshold=at(row.value),
            seconds=row.seconds,
            weight_digest=row.weight_digest,
        )
        for recipe, record, _ in evidence.runs()
        for row in record.rows
    )
    return Rows(EpochsRow, tuple(rows))
