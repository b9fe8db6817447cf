"""The record of a run: what was trained, every epoch's counts and mistakes, and digests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from copy import copy
from dataclasses import fields
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as validated

from ..base.files import NotAFile, read_regular
from ..base.fingerprint import fingerprint
from ..base.words import one_line
from ..study.declaration import Run
from ..study.engine_version import EngineVersion
from ..study.fields import Strict
from .bounds import (
    MOST_COUNTED,
    Count,
    Facts,
    Line,
    Measured,
    Message,
    Ordinal,
    Seconds,
    Seed,
    Sha256,
    as_facts,
    as_message,
)
from .mistakes import LET_GO, Mistakes
from .soundness import contradiction

FORMAT: Final = 1
SUFFIX: Final = ".json"
SEED_MARK: Final = "-seed-"
PRODUCT: Final = "reprobench"
MOST_REASON: Final = 300
"""Letters of what is said about a damaged file."""

Status = Literal["completed", "diverged", "failed"]


class DamagedRecord(ValueError):
    """A record file that does not parse, or whose content cannot be true."""


class NewerRecord(ValueError):
    """A record file of a later format: nothing is known of it, so it is left alone."""


@validated(config=Strict.model_config, slots=True)
class EpochRow:
    """One epoch: `correct` of `total` test images after it, and what training saw in it.

    With slots, since a report holds as many of these as all its runs have epochs.
    """

    epoch: Ordinal
    lr: Measured
    """Learning rate of the epoch's first training step."""
    train_loss: Measured
    train_correct: Count
    test_loss: Measured
    correct: Count
    total: Ordinal
    seconds: Seconds
    weight_digest: Sha256
    mistakes: Mistakes


_ROWS: Final = TypeAdapter(tuple[EpochRow, ...])


class RunRecord(Strict):
    """One run, as the ledger keeps it. `recipe` is written for people; `recipe_key` is its hash."""

    format: Literal[1] = FORMAT
    key: Sha256
    recipe_key: Sha256
    recipe: Facts
    definition: Sha256
    seed: Seed
    epochs: Ordinal
    """Declared epochs, which schedules follow; `rows` may stop earlier."""
    parameters: Count
    data_set: Line
    data_digest: Sha256
    engine: Line
    numerics: Line
    status: Status
    error: Message | None = None
    rows: tuple[EpochRow, ...]
    digest: Sha256
    environment: Facts

    @property
    def is_evidence(self) -> bool:
        """Whether the run says something of its recipe; a failed one speaks of the machine."""
        return self.status != "failed"

    @property
    def values(self) -> list[int]:
        """What was measured after each epoch: correct test images."""
        return [row.correct for row in self.rows]

    def covers(self, epochs: int) -> bool:
        """Whether nothing is left to train for the first `epochs` epochs."""
        return self.status == "diverged" or (self.is_evidence and len(self.rows) >= epochs)

    def with_last_mistakes(self) -> RunRecord:
        """The record without the mistakes of all epochs but the last, which no report asks for.

        It cannot be written as JSON any more: its file is the record.
        """
        early = map(_without_mistakes, self.rows[:-1])
        return self.model_copy(update={"rows": (*early, *self.rows[-1:])})

    def to_json(self) -> str:
        """The record with a checksum over all of it, as one line of JSON."""
        content = self.model_dump(mode="json")
        return _dump({"checksum": fingerprint(content), **content})


def _without_mistakes(row: EpochRow) -> EpochRow:
    """A copy, faster than `replace`, which would validate the row again."""
    bare = copy(row)
    object.__setattr__(bare, "mistakes", LET_GO)
    return bare


def record_file(recipe: str, seed: int) -> str:
    """The name of a record's file in a report, by the recipe's name."""
    return f"{recipe}{SEED_MARK}{seed}{SUFFIX}"


def recipe_in(path: Path) -> str:
    """The recipe's name in the name of a record's file in a report."""
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
) -> RunRecord:
    """The record of a run on an engine."""
    rows = tuple(rows)
    return RunRecord(
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
        rows=rows,
        digest=run_digest(status, rows),
        environment=as_facts(environment),
    )


def read_record(path: Path) -> RunRecord:
    """The record in a file.

    Raises DamagedRecord, NewerRecord, and OSError where the file is not there or unreadable.
    """
    try:
        return parse_record(read_regular(path))
    except NotAFile as error:
        raise DamagedRecord(error.strerror) from error


def parse_record(text: bytes) -> RunRecord:
    """The record that a file holds; raises DamagedRecord and NewerRecord."""
    try:
        content = json.loads(text)
        checksum = content.pop("checksum")
        _check_format(content)
        record = RunRecord.model_validate(content)
        sound = fingerprint(content) == checksum
        digest = _digest(content["status"], content["rows"])
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise _damaged(f"{place}: {first['msg']}") from error
    except NewerRecord:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _damaged(f"is no record ({type(error).__name__}: {error})") from error
    if not sound:
        raise DamagedRecord("its content does not match its checksum")
    if record.digest != digest:
        raise DamagedRecord("its epochs do not match its digest")
    if found := contradiction(record):
        raise DamagedRecord(found)
    return record


def _check_format(content: dict[str, Any]) -> None:
    """Raises NewerRecord; what is no format at all is for validation to say."""
    found = content.get("format")
    if type(found) is int and FORMAT < found <= MOST_COUNTED:
        raise NewerRecord(
            f"is of format {found}, and this version of {PRODUCT} reads {FORMAT}: install the one "
            "that wrote it; it was left as it is"
        )


def _damaged(reason: str) -> DamagedRecord:
    """What is said of a file's content may repeat any part of it."""
    return DamagedRecord(one_line(reason)[:MOST_REASON])


def same_epochs(one: RunRecord, other: RunRecord, epochs: int) -> bool:
    """Whether weights, losses and counts of the first so many epochs are the same."""
    first, second = ([_compared(row) for row in r.rows[:epochs]] for r in (one, other))
    return first == second


def _compared(row: EpochRow) -> list[object]:
    """All but the time, which differs, and mistakes, which may be let go: `correct` has their
    number."""
    names = (field.name for field in fields(row))
    return [getattr(row, name) for name in names if name not in ("seconds", "mistakes")]


def run_digest(status: Status, rows: tuple[EpochRow, ...]) -> str:
    """SHA-256 of the final weights and of every epoch's results; times are not in it."""
    return _digest(status, _ROWS.dump_python(rows, mode="json"))


def _digest(status: str, rows: Iterable[dict[str, Any]]) -> str:
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
