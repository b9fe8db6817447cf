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

from ..base.fingerprint import fingerprint
from ..study.declaration import Run
from ..study.engine_version import EngineVersion
from ..study.recipe import Strict
from .mistakes import LET_GO, Mistakes

FORMAT: Final = 1
SUFFIX: Final = ".json"
SEED_MARK: Final = "-seed-"

Status = Literal["completed", "diverged", "failed"]


class DamagedRecord(ValueError):
    """A record file that does not parse, or whose content does not match its digests."""


@validated(config=Strict.model_config, slots=True)
class EpochRow:
    """One epoch: `correct` of `total` test images after it, and what training saw in it.

    With slots, since a report holds as many of these as all its runs have epochs.
    """

    epoch: int
    lr: float
    """Learning rate of the epoch's first training step."""
    train_loss: float
    train_correct: int
    test_loss: float
    correct: int
    total: int
    seconds: float
    weight_digest: str
    mistakes: Mistakes


_ROWS: Final = TypeAdapter(tuple[EpochRow, ...])


class RunRecord(Strict):
    """One run, as the ledger keeps it. `recipe` is written for people; `recipe_key` is its hash."""

    format: Literal[1] = FORMAT
    key: str
    recipe_key: str
    recipe: dict[str, Any]
    definition: str
    seed: int
    epochs: int
    """Declared epochs, which schedules follow; `rows` may stop earlier."""
    parameters: int
    data_set: str
    data_digest: str
    engine: str
    numerics: str
    status: Status
    error: str | None = None
    rows: tuple[EpochRow, ...]
    digest: str
    environment: dict[str, Any]

    @property
    def is_evidence(self) -> bool:
        """Whether the run says something of its recipe; a failed one speaks of the machine."""
        return self.status != "failed"

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


def record_file(recipe: str, seed: int | str) -> str:
    """The name of a record's file in a report, by the recipe's name; of all seeds with `*`."""
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
        error=error,
        rows=rows,
        digest=run_digest(status, rows),
        environment=environment,
    )


def read_record(path: Path) -> RunRecord:
    """The record in a file; raises DamagedRecord, and OSError where it cannot be read."""
    try:
        content = json.loads(path.read_bytes())
        checksum = content.pop("checksum")
        record = RunRecord.model_validate(content)
        sound = fingerprint(content) == checksum
        digest = _digest(content["status"], content["rows"])
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise DamagedRecord(f"{place}: {first['msg']}") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DamagedRecord(f"is no record ({type(error).__name__}: {error})") from error
    if not sound:
        raise DamagedRecord("its content does not match its checksum")
    if record.digest != digest:
        raise DamagedRecord("its epochs do not match its digest")
    return record


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


def rows_to_json(rows: tuple[EpochRow, ...]) -> str:
    """Epochs as one line of JSON, with the mistakes of each."""
    return _ROWS.dump_json(rows).decode()


def rows_from_json(text: str) -> tuple[EpochRow, ...]:
    """The epochs that `rows_to_json` wrote; raises ValueError."""
    return _ROWS.validate_json(text)


def weight_digest(weights: Iterable[npt.NDArray[np.generic]]) -> str:
    """SHA-256 of the weights' bytes, in order, little-endian."""
    digest = hashlib.sha256()
    for values in weights:
        digest.update(np.ascontiguousarray(values).astype(values.dtype.newbyteorder("<")).tobytes())
    return digest.hexdigest()


def _dump(content: dict[str, Any]) -> str:
    return json.dumps(content, separators=(",", ":"), allow_nan=False) + "\n"
