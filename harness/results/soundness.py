"""Checks that a record does not contradict itself.

A checksum shows that a file is as it was written, but not that what was written can be true.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING

from ..base.words import plural
from ..data.registry import DATA_SETS
from ..data.spec import DataSpec
from ..study.engine_version import EngineVersion
from ..study.identity import recipe_key, run_key
from ..study.inputs import inputs_digest
from ..study.measure import COUNTED, MOST_COUNTED
from .commanded import CommandRecord
from .record import RunRecord
from .trained import TrainedRecord

if TYPE_CHECKING:
    from .trained import TrainedEpoch


def contradiction(record: RunRecord) -> str | None:
    """The first contradiction in the record; None if it is consistent."""
    if isinstance(record, CommandRecord):
        return next(chain(_of_identity(record), _of_values(record), _of_course(record)), None)
    assert isinstance(record, TrainedRecord)
    spec = known_data(record.data_set, record.data_digest, _total(record.rows))
    of_rows = _of_rows(record.rows, record.epochs, spec)
    return next(chain(_of_identity(record), _of_course(record), of_rows), None)


def rows_contradiction(rows: Sequence[TrainedEpoch], epochs: int) -> str | None:
    """The first contradiction in a run's epochs alone, whatever its data; None if there is none."""
    return next(_of_rows(rows, epochs, None), None)


@cache
def known_data(name: str, digest: str, total: int) -> DataSpec | None:
    """The shipped data set that a run was tested on, complete or with images held out.

    `total` is the number of its test images. None if no shipped data set has this digest.
    """
    if name not in DATA_SETS:
        return None
    complete = DATA_SETS[name]
    if digest == complete.digest:
        return complete
    held_out = complete.held_out(total) if 0 < total < complete.train else None
    return held_out if held_out and digest == held_out.digest else None


def _total(rows: Sequence[TrainedEpoch]) -> int:
    return rows[0].total if rows else 0


def _of_identity(record: RunRecord) -> Iterator[str]:
    own = record.definition, record.epochs, record.data_digest
    if record.recipe_key != recipe_key(record.recipe, *own):
        yield "recipe_key: does not match its recipe, definition, epochs and data"
    made_by = EngineVersion(record.engine, record.numerics)
    if record.key != run_key(record.recipe_key, record.seed, made_by):
        yield "key: does not match its recipe, seed and engine"


def _of_course(record: RunRecord) -> Iterator[str]:
    """Contradictions about how the run ended, and after which epochs."""
    if record.status == "completed" and not record.rows:
        yield "rows: missing from a completed run"
    if record.status == "diverged" and len(record.rows) >= record.epochs:
        yield "rows: a diverged run has all declared epochs"
    if record.status == "failed" and record.rows:
        yield "rows: a failed run should have none"
    if (record.status == "failed") != (record.error is not None):
        yield f"error: only a failed run has one, and always; this one is {record.status}"
    if record.blame and record.status != "failed":
        yield f"blame: only a failed run may have one; this one is {record.status}"
    if record.is_evidence and record.repeats and not record.parameters:
        yield "parameters: should be above 0"


def _of_values(record: CommandRecord) -> Iterator[str]:
    if record.is_evidence and record.definition != inputs_digest(record.inputs):
        yield "definition: does not match its inputs"
    if len(record.values) > record.epochs:
        yield f"values: there are {len(record.values)}, but {record.epochs} epochs are declared"
    if len(record.seconds) != len(record.values):
        yield "seconds: should have as many entries as values"
    if record.total is not None and record.measure != COUNTED:
        yield "measure: has a total but is not a count"
    if (total := record.total) is not None:
        yield from (
            f"values: {value} is not a count out of {total:,}"
            for value in record.values
            if not isinstance(value, int) or not 0 <= value <= total
        )


def _of_rows(rows: Sequence[TrainedEpoch], epochs: int, spec: DataSpec | None) -> Iterator[str]:
    if [row.epoch for row in rows] != [*range(1, len(rows) + 1)]:
        yield "rows: their epochs are not 1, 2, 3 and so on"
    if len(rows) > epochs:
        yield f"rows: there are {plural(len(rows), 'epoch')}, but {epochs} are declared"
    total = spec.test if spec else _total(rows)
    images = spec.train if spec else MOST_COUNTED
    classes = spec.classes if spec else MOST_COUNTED
    for row in rows:
        if fault := _of_row(row, total, images, classes):
            yield f"rows.{row.epoch - 1}.{fault}"


def _of_row(row: TrainedEpoch, total: int, images: int, classes: int) -> str | None:
    mistakes = row.mistakes
    if row.total != total:
        return f"total: is {row.total:,}, but there are {total:,} test images"
    if row.correct != total - len(mistakes):
        return f"correct: is {row.correct:,}, with {len(mistakes):,} mistakes in {total:,} images"
    if row.train_correct > images:
        return f"train_correct: is {row.train_correct:,} of {images:,} training images"
    if not mistakes.within(total, classes):
        return f"mistakes: images should ascend below {total:,}, and classes be below {classes:,}"
    return None
