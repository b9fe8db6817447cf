"""What was declared and what was found, made into a study and its records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from ..base.errors import InputError
from ..base.words import plural, some
from ..results.elsewhere.record import ImportedRecord
from ..results.elsewhere.study import measure_name, runs_by_recipe, study_of
from ..results.measured import measured_digest
from ..study.imported import ImportedStudy
from ..study.loading.import_study import Declared
from ..study.loading.import_table import ImportTable
from ..study.measure import UNIT, Direction, Measure
from .found import FoundRun, FoundRuns, find_runs
from .long_table import LongTable
from .recipes import parameters_of, remarks_on_names

MOST_RUNS: Final = 100_000


@dataclass(frozen=True)
class Imported:
    """A study whose runs were trained elsewhere, its records by recipe, and remarks on them."""

    study: ImportedStudy
    records: dict[str, list[ImportedRecord]]
    """The records of each recipe, in the order of the study's seeds."""
    remarks: list[str]


def imported(declared: Declared, tables: list[LongTable]) -> Imported:
    """The study that was declared, with the runs of these tables; raises InputError."""
    found = find_runs(tables, declared.columns, declared.criterion.window)
    if (count := sum(map(len, found.runs.values()))) > MOST_RUNS:
        file = tables[0].source.file
        raise InputError(f"{file}: holds {count:,} runs; judge at most {MOST_RUNS:,} together")
    measure = Measure(
        measure_name(found.metric.value), found.total, _direction(declared, found), UNIT
    )
    records = [_record(run, found, measure, tables) for runs in found.runs.values() for run in runs]
    study = study_of(declared, records)
    remarks = [*_remarks(found, declared.columns), *filter(None, (t.remark for t in tables))]
    return Imported(study, runs_by_recipe(study, records), remarks)


def _direction(declared: Declared, found: FoundRuns) -> Direction:
    return "higher" if found.total is not None else declared.columns.direction


def _record(
    run: FoundRun, found: FoundRuns, measure: Measure, tables: list[LongTable]
) -> ImportedRecord:
    sources = tuple(tables[number].source for number in run.tables)
    axes = found.axes.get(run.recipe, {})
    status: Literal["completed", "diverged"] = "diverged" if run.diverged else "completed"
    return ImportedRecord(
        recipe=run.recipe,
        axes=axes,
        seed=run.seed,
        status=status,
        measure=measure.name,
        total=measure.total,
        direction=measure.direction,
        values=tuple(run.values),
        parameters=parameters_of(run.recipe, axes, sources[0].file),
        sources=sources,
        digest=measured_digest(status, measure.name, measure.total, run.values),
    )


def _remarks(found: FoundRuns, columns: ImportTable) -> Iterator[str]:
    """What was found, in a line or two, before the report says what it means."""
    runs = [run for own in found.runs.values() for run in own]
    yield (
        f"found {plural(len(runs), 'run')} of {plural(len(found.runs), 'recipe')} by "
        f"{' and '.join(columns.recipe)}; seed: {columns.seed}; epoch: {columns.epoch}; measured: "
        f"{_measured(found, runs, columns)}"
    )
    yield from remarks_on_names(found.written, columns)
    if found.superseded:
        rows = plural(found.superseded, "row")
        yield f"left out, since resumed runs logged these epochs again: {rows}"
    if found.aside:
        yield (
            "columns that differ within a recipe, or are too many, hence ignored: "
            f"{some(found.aside)}"
        )


def _measured(found: FoundRuns, runs: Sequence[FoundRun], columns: ImportTable) -> str:
    """What was measured; unless it is a count, with its range, which tells a share from a loss."""
    name = found.metric.value
    if found.total is not None:
        return f"{name} of {found.total:,}"
    values = [value for run in runs if run.values for value in (min(run.values), max(run.values))]
    span = f" from {min(values):.6g} to {max(values):.6g}" if values else ""
    return f"{name}{span}, {columns.direction} is better"
