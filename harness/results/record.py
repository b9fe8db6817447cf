"""The record of a run: what was trained, the counts and mistakes of every epoch, and digests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal

import numpy as np
import numpy.typing as npt
from pydantic import TypeAdapter
from pydantic.dataclasses import dataclass as validated

from ..base.fingerprint import fingerprint
from ..study.declaration import Run
from ..study.engine_version import EngineVersion
from ..study.fields import Seed, Strict
from .bounds import (
    BoundedFloat,
    Count,
    Facts,
    Line,
    Message,
    Ordinal,
    Seconds,
    Sha256,
    as_facts,
    as_message,
)
from .mistakes import LET_GO, Mistakes

if TYPE_CHECKING:
    from .measured import MeasuredRow

RECORD_FORMAT: Final = 1
RECORD_SUFFIX: Final = ".json"
SEED_MARK: Final = "-seed-"

Status = Literal["completed", "diverged", "failed"]
Blame = Literal["recipe"]


@validated(config=Strict.model_config, slots=True)
class EpochRow:
    """One epoch: `correct` of `total` test images after it, and the losses and counts of training.

    It has slots, since a report holds one for every epoch of every run.
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


_ROWS: Final = TypeAdapter(tuple[EpochRow, ...])


class RunRecord(Strict):
    """One run as the ledger keeps it; `recipe` is for people to read, `recipe_key` its hash.

    An engine's run has a TrainedRecord, a program's a CommandRecord.
    """

    format: int | str
    key: Sha256
    recipe_key: Sha256
    recipe: Facts
    definition: Sha256
    seed: Seed
    epochs: Ordinal
    """Declared epochs, which schedules follow; `rows` may end earlier."""
    parameters: Count
    data_set: Line
    data_digest: Sha256
    engine: Line
    numerics: Line
    status: Status
    error: Message | None = None
    blame: Blame | None = None
    """What is to blame for a failed run; None where that is unknown, and then not written."""
    repeats: ClassVar[bool] = True
    """Whether the same key means the same bits."""

    if TYPE_CHECKING:  # each kind of record keeps these in a different place

        @property
        def rows(self) -> tuple[EpochRow, ...] | tuple[MeasuredRow, ...]:
            """The epochs, from 1."""

        @property
        def values(self) -> Sequence[int | float]:
            """What was measured after each epoch."""

        @property
        def digest(self) -> str:
            """SHA-256 of the results."""

        @property
        def environment(self) -> dict[str, Any]:
            """What the run was made with."""

        def results(self, epochs: int) -> list[Any]:
            """What two runs are compared by over their first epochs."""

        def with_last_mistakes(self) -> RunRecord:
            """The record with the mistakes of the last epoch only."""

    @property
    def is_evidence(self) -> bool:
        """Whether the run says something about its recipe, which a failed one does not."""
        return self.status != "failed"

    @property
    def fails_again(self) -> bool:
        """Whether the recipe itself made the run fail, so that it would fail again."""
        return self.blame == "recipe"

    def covers(self, epochs: int) -> bool:
        """Whether nothing is left to train of the first `epochs` epochs."""
        return self.status == "diverged" or (self.is_evidence and len(self.rows) >= epochs)

    def leaves_nothing(self, epochs: int) -> bool:
        """Whether nothing is left to train, or more training would not help."""
        return self.covers(epochs) or self.fails_again

    def to_json(self) -> str:
        """The record as one line of JSON, with a checksum of the rest."""
        content = self.model_dump(mode="json", exclude=None if self.blame else {"blame"})
        return _dump({"checksum": fingerprint(content), **content})


class TrainedRecord(RunRecord):
    """One run that an engine trained here."""

    format: Literal[1] = RECORD_FORMAT
    rows: tuple[EpochRow, ...]
    digest: Sha256
    environment: Facts

    @property
    def values(self) -> list[int]:
        """Correct test images after each epoch."""
        return [row.correct for row in self.rows]

    def results(self, epochs: int) -> list[Any]:
        """Weights, losses and counts of each of the first epochs."""
        return [_compared(row) for row in self.rows[:epochs]]

    def with_last_mistakes(self) -> TrainedRecord:
        """The record with the mistakes of the last epoch only, as reports need no others.

        It can no longer be written as JSON; the complete record is its file.
        """
        early = map(_without_mistakes, self.rows[:-1])
        return self.model_copy(update={"rows": (*early, *self.rows[-1:])})


def _without_mistakes(row: EpochRow) -> EpochRow:
    """A copy of the row; faster than `replace`, which would validate it again."""
    bare = copy(row)
    object.__setattr__(bare, "mistakes", LET_GO)
    return bare


def record_file(recipe: str, seed: int) -> str:
    """The name of a record's file in a report."""
    return f"{recipe}{SEED_MARK}{seed}{RECORD_SUFFIX}"


def recipe_in(path: Path) -> str:
    """The recipe's name, from the name of a record's file in a report."""
    return path.stem.rpartition(SEED_MARK)[0]


def make_record(
    run: Run,
    rows: Iterable[EpochRow],
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


def same_epochs(one: RunRecord, other: RunRecord, epochs: int) -> bool:
    """Whether weights, losses and counts of the first `epochs` epochs are the same.

    For runs of a program, whether the printed values are.
    """
    return one.results(epochs) == other.results(epochs)


def _compared(row: EpochRow) -> list[object]:
    """The row's fields except the time, which differs, and the mistakes, which may not be kept."""
    names = (field.name for field in fields(row))
    return [getattr(row, name) for name in names if name not in ("seconds", "mistakes")]


def run_digest(status: Status, rows: tuple[EpochRow, ...]) -> str:
    """SHA-256 of the final weights and of every epoch's results, without times."""
    return digest_of(status, _ROWS.dump_python(rows, mode="json"))


def digest_of(status: str, rows: Iterable[dict[str, Any]]) -> str:
    """The same for rows as they are in JSON."""
    timeless = [{name: row[name] for name in row if name != "seconds"} for row in rows]
    return fingerprint([status, timeless])


def weight_digest(weights: Iterable[npt.NDArray[np.generic]]) -> str:
    """SHA-256 of the weights' bytes, in order, little-endian."""
    digest = hashlib.sha256()
    for values in weights:
        digest.update(np.ascontiguousarray(values).astype(values.dtype.newbyteorder("<")).tobytes())
    return digest.hexdigest()


def _dump(content: dict[str, Any]) -> str:
    return json.dumps(content, separators=(",", ":"), allow_nan=False) + "\n"
