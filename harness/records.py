"""The record of a run: what was trained, every epoch's counts and mistakes, and digests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
from pydantic import ValidationError

from .recipe import Strict, fingerprint
from .study import Run

FORMAT: Final = 1
SUFFIX: Final = ".json"

Status = Literal["completed", "diverged", "failed"]
Mistakes = tuple[tuple[int, int], ...]


class DamagedRecord(ValueError):
    """A record file that does not parse, or whose content does not match its digests."""


class EpochRow(Strict):
    """One epoch: `correct` of `total` test images after it, and what training saw in it."""

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
    """[index of the test image, predicted class] of each mistake."""


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

    def to_json(self) -> str:
        """The record with a checksum over all of it, as one line of JSON."""
        content = self.model_dump(mode="json")
        return _dump({"checksum": fingerprint(content), **content})


def make_record(
    run: Run,
    rows: Iterable[EpochRow],
    *,
    status: Status,
    engine: tuple[str, str],
    data_set: str,
    parameters: int,
    environment: dict[str, Any],
    error: str | None = None,
) -> RunRecord:
    """The record of a run on an engine, given as (name, numerics)."""
    rows = tuple(rows)
    return RunRecord(
        key=run.key(*engine),
        recipe_key=run.recipe_key,
        recipe=run.recipe.identity(),
        definition=run.definition,
        seed=run.seed,
        epochs=run.epochs,
        parameters=parameters,
        data_set=data_set,
        data_digest=run.data_digest,
        engine=engine[0],
        numerics=engine[1],
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
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise DamagedRecord(f"{place}: {first['msg']}") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DamagedRecord(f"is no record ({type(error).__name__}: {error})") from error
    if not sound:
        raise DamagedRecord("its content does not match its checksum")
    if record.digest != run_digest(record.status, record.rows):
        raise DamagedRecord("its epochs do not match its digest")
    return record


def run_digest(status: Status, rows: tuple[EpochRow, ...]) -> str:
    """SHA-256 of the final weights and of every epoch's results; times are not in it."""
    return fingerprint([status, [row.model_dump(mode="json", exclude={"seconds"}) for row in rows]])


def weight_digest(weights: Iterable[npt.NDArray[np.generic]]) -> str:
    """SHA-256 of the weights' bytes, in order, little-endian."""
    digest = hashlib.sha256()
    for values in weights:
        digest.update(np.ascontiguousarray(values).astype(values.dtype.newbyteorder("<")).tobytes())
    return digest.hexdigest()


def _dump(content: dict[str, Any]) -> str:
    return json.dumps(content, separators=(",", ":"), allow_nan=False) + "\n"
