"""What was declared and what was found, made into a study and its records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from ..base.errors import InputError
from ..base.words import one_line, plural, some
from ..results.imported import ImportedRecord
from ..results.measured import measured_digest
from ..study.imported import (
    Declared,
    ImportedRecipe,
    ImportedStudy,
    ImportTable,
    check_found,
)
from ..study.measure import UNIT, Direction, Measure
from .found import FoundRun, FoundRuns, find_runs
from .long_table import LongTable
from .recipes import parameters_of

MOST_RUNS: Final = 100_000
MOST_LETTERS: Final = 80
"""Of the measure's name."""


@dataclass(frozen=True)
class Imported:
    """A study whose runs others trained, its records by recipe, and what is to be said of them."""

    study: ImportedStudy
    records: dict[str, list[ImportedRecord]]
    """Of each recipe in the order of the study's seeds."""
    remarks: list[str]


def imported(declared: Declared, tables: list[LongTable]) -> Imported:
    """The study that was declared, with the runs of these tables; raises InputError."""
    found = find_runs(tables, declared.columns, declared.criterion.window)
    if (count := sum(map(len, found.runs.values()))) > MOST_RUNS:
        file = tables[0].source.file
        raise InputError(f"{file}: holds {count:,} runs; judge at most {MOST_RUNS:,} together")
    _check_target(declared, found)
    name = one_line(found.metric.value)[:MOST_LETTERS]
    measure = Measure(name, found.total, _direction(declared, found), UNIT)
    study = _study(declared, found, measure)
    check_found(declared, study)
    place = {seed: number for number, seed in enumerate(study.seeds)}
    records = {
        name: [
            _record(run, found, measure, tables)
            for run in sorted(runs, key=lambda run: place[run.seed])
        ]
        for name, runs in found.runs.items()
    }
    return Imported(study, records, list(_remarks(found, declared.columns)))


def _direction(declared: Declared, found: FoundRuns) -> Direction:
    return "higher" if found.total is not None else declared.columns.direction


def _check_target(declared: Declared, found: FoundRuns) -> None:
    """The target of a count is a share of its total, in (0, 1]."""
    target, columns = declared.criterion.target, declared.columns
    if found.total is not None and not 0 < target <= 1:
        raise InputError(
            f"{declared.argument}: target = {target:g}: {found.metric.value} is a count of "
            f"{found.total:,}, and the target a share of it; write 99.4% as 0.994"
        )
    if found.total is not None and columns.direction == "lower":
        raise InputError(
            f"{declared.argument}: direction = lower: {found.metric.value} is a count of correct "
            "ones, of which more are better; name another column as `value`"
        )
    low, high = columns.bounds or (target, target)
    if not low <= target <= high and found.total is None:
        raise InputError(
            f"{declared.argument}: target = {target:g}: is beyond the bounds, {low:g} to {high:g}"
        )


def _study(declared: Declared, found: FoundRuns, measure: Measure) -> ImportedStudy:
    seeds = tuple(sorted({run.seed for runs in found.runs.values() for run in runs}))
    if declared.seeds is not None and (others := set(seeds).difference(declared.seeds)):
        raise InputError(
            f"{declared.argument}: seeds: {min(others)} was not declared, and has runs; leave "
            "these out, or declare it"
        )
    longest = max(len(run.values) for runs in found.runs.values() for run in runs)
    criterion = declared.criterion
    if "epochs" not in criterion.model_fields_set:
        criterion = criterion.model_copy(update={"epochs": max(longest, criterion.window)})
    elif longest > criterion.epochs:
        raise InputError(
            f"{declared.argument}: criterion.epochs = {criterion.epochs}: there are runs of "
            f"{longest} epochs; declare as many, or leave it out"
        )
    return ImportedStudy(
        name=declared.name,
        argument=declared.argument,
        criterion=criterion,
        measure=measure,
        seeds=declared.seeds or seeds,
        recipes=tuple(ImportedRecipe(name, found.axes.get(name, {})) for name in found.runs),
        declared=declared.seeds is not None,
        claims=declared.claims,
        notes=declared.notes,
    )


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
    """What was found, for whoever wants to know before the report says what it means."""
    runs = [run for own in found.runs.values() for run in own]
    what = f"{found.metric.value} of {found.total:,}" if found.total else found.metric.value
    better = "" if found.total else f", {columns.direction} is better"
    yield (
        f"found {plural(len(runs), 'run')} of {plural(len(found.runs), 'recipe')} by "
        f"{' and '.join(columns.recipe)}; seed: {columns.seed}; epoch: {columns.epoch}; measured: "
        f"{what}{better}"
    )
    if found.aside:
        yield (
            "columns that differ within a recipe, or are too many, and are left aside: "
            f"{some(found.aside)}"
        )
