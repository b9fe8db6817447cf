"""A record held against itself: what it says in one place must agree with what it says elsewhere.

A checksum says that a file is as it was written, and not that what was written can be true.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING

from ..base.words import plural
from ..data.registry import DATA_SETS
from ..data.spec import DataSpec
from ..study.declaration import recipe_key, run_key
from ..study.engine_version import EngineVersion
from ..study.inputs import inputs_digest
from ..study.measure import COUNTED
from .bounds import MOST_COUNTED
from .commanded import CommandRecord
from .record import RunRecord, TrainedRecord

if TYPE_CHECKING:
    from .record import EpochRow


def contradiction(record: RunRecord) -> str | None:
    """The first of what cannot be, given the rest of the record; None where all agrees."""
    if isinstance(record, CommandRecord):
        return next(chain(_of_identity(record), _of_values(record), _of_course(record)), None)
    assert isinstance(record, TrainedRecord)
    spec = known_data(record.data_set, record.data_digest, _total(record.rows))
    of_rows = _of_rows(record.rows, record.epochs, spec)
    return next(chain(_of_identity(record), _of_course(record), of_rows), None)


def rows_contradiction(rows: Sequence[EpochRow], epochs: int) -> str | None:
    """The same of the epochs of a run alone, on whatever data."""
    return next(_of_rows(rows, epochs, None), None)


@cache
def known_data(name: str, digest: str, total: int) -> DataSpec | None:
    """What is known of the data that a run was tested on, all of it or with images held out."""
    if name not in DATA_SETS:
        return None
    whole = DATA_SETS[name]
    if digest == whole.digest:
        return whole
    held_out = whole.held_out(total) if 0 < total < whole.train else None
    return held_out if held_out and digest == held_out.digest else None


def _total(rows: Sequence[EpochRow]) -> int:
    return rows[0].total if rows else 0


def _of_identity(record: RunRecord) -> Iterator[str]:
    own = record.definition, record.epochs, record.data_digest
    if record.recipe_key != recipe_key(record.recipe, *own):
        yield "recipe_key: is not that of its recipe, definition, epochs and data"
    made_by = EngineVersion(record.engine, record.numerics)
    if record.key != run_key(record.recipe_key, record.seed, made_by):
        yield "key: is not that of its recipe, seed and engine"


def _of_course(record: RunRecord) -> Iterator[str]:
    """How the run ended, and after which epochs."""
    if record.status == "completed" and not record.rows:
        yield "rows: are none, of a completed run"
    if record.status == "diverged" and len(record.rows) >= record.epochs:
        yield "rows: are all that were declared, of a diverged run"
    if record.status == "failed" and record.rows:
        yield "rows: are there, of a failed run"
    if (record.status == "failed") != (record.error is not None):
        yield f"error: should be there for a failed run alone, and this one is {record.status}"
    if record.blame and record.status != "failed":
        yield f"blame: should be there for a failed run alone, and this one is {record.status}"
    if record.is_evidence and record.repeats and not record.parameters:
        yield "parameters: are none"


def _of_values(record: CommandRecord) -> Iterator[str]:
    if record.is_evidence and record.definition != inputs_digest(record.inputs):
        yield "definition: is not that of its inputs"
    if len(record.values) > record.epochs:
        yield f"values: are {len(record.values)}, where {record.epochs} epochs are declared"
    if len(record.seconds) != len(record.values):
        yield "seconds: are not as many as values"
    if record.total is not None and record.measure != COUNTED:
        yield "measure: has a total, and is no count"
    if (total := record.total) is not None:
        yield from (
            f"values: {value} is no count of {total:,}"
            for value in record.values
            if not isinstance(value, int) or not 0 <= value <= total
        )


def _of_rows(rows: Sequence[EpochRow], epochs: int, spec: DataSpec | None) -> Iterator[str]:
    if [row.epoch for row in rows] != [*range(1, len(rows) + 1)]:
        yield "rows: their epochs are not 1, 2, 3 and so on"
    if len(rows) > epochs:
        yield f"rows: {plural(len(rows), 'epoch')}, where {epochs} are declared"
    total = spec.test if spec else _total(rows)
    images = spec.train if spec else MOST_COUNTED
    classes = spec.classes if spec else MOST_COUNTED
    for row in rows:
        if fault := _of_row(row, total, images, classes):
            yield f"rows.{row.epoch - 1}.{fault}"


def _of_row(row: EpochRow, total: int, images: int, classes: int) -> str | None:
    mistakes = row.mistakes
    if row.total != total:
        return f"total: is {row.total:,}, where there are {total:,} test images"
    if row.correct != total - len(mistakes):
        return f"correct: is {row.correct:,}, with {len(mistakes):,} mistakes of {total:,} images"
    if row.train_correct > images:
        return f"train_correct: is {row.train_correct:,} of {images:,} training images"
    if not mistakes.within(total, classes):
        return f"mistakes: are not in order, each of {total:,} images once, {classes:,} classes"
    return None
