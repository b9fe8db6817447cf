"""The study that results from runs trained elsewhere and what was declared about them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from ...base.errors import InputError
from ...base.fingerprint import SHORT
from ...base.words import one_line, plural, whole
from ...study.imported import ImportedRecipe, ImportedStudy
from ...study.loading.import_study import Declared, check_found
from ...study.measure import Measure, target_fault
from .record import ImportedRecord, of_each_recipe
from .spelling import check_spelling

MOST_LETTERS: Final = 80
"""The longest name of a measure, in characters."""


def study_of(declared: Declared, records: Sequence[ImportedRecord]) -> ImportedStudy:
    """The study of these runs, at least one, with recipes in order of appearance.

    Raises InputError if the runs are not as declared, or do not all have the same measure.
    """
    measure = _measure(declared, records)
    _check_target(declared, measure)
    _check_lengths(declared, records)
    longest = max(len(record.values) for record in records)
    criterion = declared.criterion
    if "epochs" not in criterion.model_fields_set:
        criterion = criterion.model_copy(update={"epochs": max(longest, criterion.window)})
    study = ImportedStudy(
        name=declared.name,
        argument=declared.argument,
        criterion=criterion,
        measure=measure,
        seeds=_seeds(declared, records),
        recipes=tuple(_recipes(declared, records)),
        declared=declared.seeds is not None,
        claims=declared.claims,
        notes=declared.notes,
    )
    check_found(declared, study)
    return study


def runs_by_recipe(
    study: ImportedStudy, records: Sequence[ImportedRecord]
) -> dict[str, list[ImportedRecord]]:
    """The runs of each recipe of the study, in the study's order of seeds."""
    place = {seed: number for number, seed in enumerate(study.seeds)}
    found: dict[str, list[ImportedRecord]] = {recipe.name: [] for recipe in study.recipes}
    for record in records:
        found[record.recipe].append(record)
    return {name: sorted(own, key=lambda r: place[r.seed]) for name, own in found.items()}


def files_of(records: Sequence[object]) -> list[str]:
    """The files of a recipe's imported runs, with kind and the beginning of the digest."""
    found = {
        f"{source.file} ({source.reader}, SHA-256 {source.sha256[:SHORT]})"
        for record in records
        if isinstance(record, ImportedRecord)
        for source in record.sources
    }
    return sorted(found)


def measure_name(column: str) -> str:
    """The name of the measure in this column."""
    return one_line(column)[:MOST_LETTERS]


def run_of(record: ImportedRecord) -> str:
    """The run's recipe and seed, in words."""
    return f"recipe {record.recipe}, seed {record.seed}"


def measured_by(record: ImportedRecord) -> str:
    """What was measured in a run, in words."""
    if record.total is not None:
        return f"{record.measure} of {whole(record.total)}"
    return f"{record.measure}, {record.direction} is better"


def _measure(declared: Declared, records: Sequence[ImportedRecord]) -> Measure:
    """What was measured: it must be the same in all runs, and agree with the study file."""
    columns, first = declared.columns, records[0]
    for record in records:
        if record.measured != first.measured:
            raise InputError(
                f"{record.sources[0].file}: {run_of(record)} is measured by "
                f"{measured_by(record)}, but {run_of(first)} by {measured_by(first)}, in "
                f"{first.sources[0].file}, which cannot be compared; import all with the same "
                "measure and --replace, or as two studies"
            )
    direction = columns.direction if first.total is None else "higher"
    name = first.measure if columns.value is None else measure_name(columns.value)
    if (name, direction) != (first.measure, first.direction):
        raise InputError(
            f"{declared.argument}: import: says {name}, {direction} is better, but the runs "
            f"were imported as {measured_by(first)}; import them again, with --replace"
        )
    return first.measured


def _check_target(declared: Declared, measure: Measure) -> None:
    target, columns = declared.criterion.target, declared.columns
    if fault := target_fault(target, measure.total, columns.bounds):
        raise InputError(f"{declared.argument}: criterion.target = {target:g}: {fault}")
    if measure.total is not None and columns.direction == "lower":
        raise InputError(
            f"{declared.argument}: direction = lower: {measure.name} is a count of correct "
            "examples, so higher is better; name another column as `value`"
        )


def _check_lengths(declared: Declared, records: Sequence[ImportedRecord]) -> None:
    criterion = declared.criterion
    longest = max(records, key=lambda record: len(record.values))
    if len(longest.values) > criterion.epochs:
        raise InputError(
            f"{declared.argument}: criterion.epochs = {criterion.epochs}: there are runs of "
            f"{plural(len(longest.values), 'epoch')}; declare that many, or leave it out"
        )
    for record in records:
        if len(record.values) < criterion.window and record.status != "diverged":
            raise InputError(
                f"{declared.argument}: criterion.window = {criterion.window}: {run_of(record)} has "
                f"{plural(len(record.values), 'epoch')}; ask for a shorter window, or import more"
            )


def _seeds(declared: Declared, records: Sequence[ImportedRecord]) -> tuple[int, ...]:
    seeds = tuple(sorted({record.seed for record in records}))
    if declared.seeds is not None and (others := set(seeds).difference(declared.seeds)):
        raise InputError(
            f"{declared.argument}: seeds: {min(others)} has runs but was not declared; leave "
            "them out, or declare it"
        )
    return declared.seeds or seeds


def _recipes(declared: Declared, records: Sequence[ImportedRecord]) -> Iterator[ImportedRecipe]:
    """Each recipe with the axes on which all its runs agree.

    Raises InputError if a recipe's runs differ in size, or if files spell its name differently.
    """
    by_recipe = of_each_recipe(records)
    check_spelling(by_recipe)
    for name, runs in by_recipe.items():
        first = runs[0]
        for other in runs:
            if other.parameters != first.parameters:
                raise InputError(
                    f"{declared.argument}: recipe {name} has {_sized(first)}, but "
                    f"{_sized(other)}; correct the files and give --replace, or use two names"
                )
        shared = {
            axis: text
            for axis, text in first.axes.items()
            if all(run.axes.get(axis) == text for run in runs)
        }
        yield ImportedRecipe(name, shared)


def _sized(record: ImportedRecord) -> str:
    number = f"{record.parameters:,}" if record.parameters else "no number of"
    return f"{number} parameters in {record.sources[0].file}"
