"""The record of a run that an engine trained: every epoch's counts and mistakes, and digests."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from copy import copy
from dataclasses import fields
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
from pydantic import TypeAdapter
from pydantic.dataclasses import dataclass as validated

from ..base.fingerprint import fingerprint
from ..study.engine_version import EngineVersion
from ..study.fields import Strict
from ..study.identity import Run
from .bounds import BoundedFloat, Count, Facts, Ordinal, Seconds, Sha256, as_facts, as_message
from .mistakes import LET_GO, Mistakes
from .record import Blame, RunRecord, Status

TRAINED_FORMAT: Final = 1


@validated(config=Strict.model_config, slots=True)
class TrainedEpoch:
    """One epoch: `correct` of `total` test images after it, and the losses and counts of training.

    Slots save memory, since a report holds a row for every epoch of every run.
    """

    epoch: Ordinal
    lr: BoundedFloat
    """Learning rate of the epoch's first training step."""
    train_loss: BoundedFloat
    train_correct: Count
    test_loss: BoundedFloat
    correct: Count
    total: Ordinal
    seconds: Seconds
    weight_digest: Sha256
    mistakes: Mistakes

    @property
    def value(self) -> int:
        """What was measured: `correct`."""
        return self.correct


_ROWS: Final = TypeAdapter(tuple[TrainedEpoch, ...])


class TrainedRecord(RunRecord):
    """One run that an engine trained here."""

    format: Literal[1] = TRAINED_FORMAT
    rows: tuple[TrainedEpoch, ...]
    digest: Sha256
    environment: Facts

    @property
    def values(self) -> list[int]:
        """Correct test images after each epoch."""
        return [row.value for row in self.rows]

    def results(self, epochs: int) -> list[Any]:
        """Weight digests, losses and counts of each of the first `epochs` epochs."""
        return [_compared(row) for row in self.rows[:epochs]]

    def cut(self, epochs: int) -> TrainedRecord:
        """The record of its first `epochs` epochs, which it has, as of a completed run."""
        rows = self.rows[:epochs]
        ended: Status = "completed"
        changed = {"rows": rows, "status": ended, "error": None}
        return self.model_copy(update={**changed, "digest": run_digest(ended, rows)})

    def with_last_mistakes(self) -> TrainedRecord:
        """The record with the mistakes of the last epoch only, as reports need no others.

        It can no longer be written as JSON; the complete record is its file.
        """
        early = map(_without_mistakes, self.rows[:-1])
        return self.model_copy(update={"rows": (*early, *self.rows[-1:])})


def _without_mistakes(row: TrainedEpoch) -> TrainedEpoch:
    """A copy without its mistakes; faster than `replace`, which would validate the row again."""
    bare = copy(row)
    object.__setattr__(bare, "mistakes", LET_GO)
    return bare


def make_record(
    run: Run,
    rows: Iterable[TrainedEpoch],
    *,
    status: Status,
    engine: EngineVersion,
    data_set: str,
    parameters: int,
    environment: dict[str, Any],
    error: str | None = None,
    blame: Blame | None = None,
) -> TrainedRecord:
    """The record of a run that an engine trained."""
    rows = tuple(rows)
    return TrainedRecord(
        key=run.key(engine),
        recipe_key=run.recipe_key,
        recipe=run.recipe.identity(),
        definition=run.definition,
        seed=run.seed,
        epochs=run.epochs,
        parameters=parameters,
        data_set=data_set,
        data_digest=run.data_digest,
        engine=engine.name,
        numerics=engine.numerics,
        status=status,
        error=as_message(error),
        blame=blame,
        rows=rows,
        digest=run_digest(status, rows),
        environment=as_facts(environment),
    )


def _compared(row: TrainedEpoch) -> list[object]:
    """The row's fields except the time, which differs, and the mistakes, which may not be kept."""
    names = (field.name for field in fields(row))
    return [getattr(row, name) for name in names if name not in ("seconds", "mistakes")]


def run_digest(status: Status, rows: tuple[TrainedEpoch, ...]) -> str:
    """SHA-256 of how a run ended and of every epoch's results and weight digest, without times."""
    return digest_of(status, _ROWS.dump_python(rows, mode="json"))


def digest_of(status: str, rows: Iterable[dict[str, Any]]) -> str:
    """`run_digest` of rows in their JSON form."""
    timeless = [{name: row[name] for name in row if name != "seconds"} for row in rows]
    return fingerprint([status, timeless])


def weight_digest(weights: Iterable[npt.NDArray[np.generic]]) -> str:
    """SHA-256 of the weights' bytes, in order, little-endian."""
    digest = hashlib.sha256()
    for values in weights:
        digest.update(np.ascontiguousarray(values).astype(values.dtype.newbyteorder("<")).tobytes())
    return digest.hexdigest()
