"""`epochs.csv`: a row for each epoch of each run."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from ...judging.evidence import Evidence
from ...results.measured import MeasuredEpoch
from ...results.trained import TrainedEpoch
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
        float,
        Told(
            "test images classified correctly after the epoch; `nan` in the one in which the run "
            "diverged",
            counted=True,
        ),
    ]
    total: Annotated[int | None, Told("number of test images")]
    at_threshold: Annotated[bool, Told("whether `correct` is at or above the threshold")]
    seconds: Annotated[float | None, Told("time for training and evaluation, in seconds")]
    weight_digest: Annotated[str | None, Told("SHA-256 digest of the weights after the epoch")]


def epochs_table(evidence: Evidence) -> Rows[EpochsRow]:
    """Every epoch of every run, also the one in which it diverged.

    Without that, a run that diverged could not be told from a shorter one.
    """
    return Rows(EpochsRow, tuple(_rows(evidence)))


def _rows(evidence: Evidence) -> Iterator[EpochsRow]:
    sign, threshold = evidence.measure.sign, evidence.threshold
    for recipe, record, _ in evidence.runs():
        epochs: list[TrainedEpoch | MeasuredEpoch] = [*record.rows]
        if record.status == "diverged":
            epochs.append(MeasuredEpoch(len(epochs) + 1, math.nan, evidence.total))
        for row in epochs:
            yield EpochsRow(
                recipe=recipe.name,
                seed=record.seed,
                epoch=row.epoch,
                lr=row.lr,
                train_loss=row.train_loss,
                train_correct=row.train_correct,
                test_loss=row.test_loss,
                correct=row.value,
                total=row.total,
                at_threshold=sign * row.value >= sign * threshold,
                seconds=row.seconds,
                weight_digest=row.weight_digest,
            )
