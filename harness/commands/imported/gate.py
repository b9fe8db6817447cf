"""`harness gate` for a study of imported runs: new ones from files, against the committed ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from ...base.console import say
from ...base.errors import InputError
from ...base.words import allowed_names, plural, some
from ...guarding.added_runs import without_committed
from ...guarding.findings import GateReport
from ...guarding.imported import ImportedByRecipe, judge_imported
from ...guarding.regression import LEAST_COMMITTED
from ...guarding.verification import table_differences
from ...importing.assembly import Imported, imported
from ...importing.long_table import RUN_NAME, LongTable
from ...reporting.words.mixed_scales import scales_unlike
from ...results.committed import check_complete
from ...results.elsewhere.record import ImportedRecord, of_each_recipe
from ...results.elsewhere.runs import committed_imported
from ...results.elsewhere.study import files_of, measured_by, run_of
from ...study.declaration import Gate
from ...study.loading.import_study import Declared, ImportedGate


def guard_imported(
    declared: Declared,
    tables: Sequence[LongTable],
    committed: Sequence[ImportedRecord],
    source: str,
    console: Console,
) -> GateReport:
    """How the new runs in these tables compare with the committed ones.

    `source` says where the committed runs are, and which command writes them. Raises InputError for
    the first thing that cannot be compared.
    """
    if declared.gate is None:
        raise InputError(
            f"{declared.argument}: declares no gate; add [gate], for example with margin = 0.005, "
            "in units of what is measured"
        )
    found = imported(as_new(declared), list(tables))
    for line in found.remarks:
        say(console, line)
    old = of_each_recipe(committed)
    names = _watched(declared, declared.gate, old, source)
    given = {name: own for name, own in found.records.items() if name in names}
    _check_measure(old[names[0]][0], found)
    new, repeated = without_committed(old, given)
    gate = _gate(declared.gate, declared, names, old, new)
    _check_runs(old, new, gate, declared, tables[0].source.file, source)
    if aside := [name for name in found.records if name not in names]:
        say(console, f"ignored, because not guarded: {some(aside)}")
    findings = judge_imported(
        old, new, gate, found.study.measure, one_look=declared.gate.limit is None
    )
    return GateReport(declared.name, gate, findings, [*repeated, *_changes(old, new, names)])


def committed_for(declared: Declared, reports: Path) -> tuple[list[ImportedRecord], str]:
    """The committed runs of the study, and where they are, for error messages.

    Raises InputError if one is lost or damaged.
    """
    check_complete(reports / declared.name)
    source = f"{reports / declared.name}; `harness baseline {declared.argument}` writes them"
    return committed_imported(declared.name, reports), source


def as_new(declared: Declared) -> Declared:
    """The study as it applies to new runs: any seeds, any of its recipes, and no window."""
    criterion = declared.criterion.model_copy(update={"window": 1})
    return replace(declared, criterion=criterion, seeds=None, claims=())


def _watched(
    declared: Declared, gate: ImportedGate, old: ImportedByRecipe, source: str
) -> list[str]:
    if not old:
        raise InputError(f"{declared.argument}: no runs are committed, in {source}")
    for name in gate.recipes or ():
        if name not in old:
            raise InputError(
                f"{declared.argument}: gate.recipes: {name} is not committed; "
                f"{allowed_names(name, list(old))}"
            )
    return list(gate.recipes or old)


def _check_measure(old: ImportedRecord, found: Imported) -> None:
    new = next(iter(found.records.values()))[0]
    if old.measured != new.measured:
        raise InputError(
            f"{new.sources[0].file}: is measured by {measured_by(new)}, but the committed runs by "
            f"{measured_by(old)}; give runs that are measured in the same way"
        )


def _gate(
    asked: ImportedGate,
    declared: Declared,
    names: Sequence[str],
    old: ImportedByRecipe,
    new: ImportedByRecipe,
) -> Gate:
    """The gate; settings that are not declared are taken from the runs."""
    longest = max(len(record.values) for name in names for record in old[name])
    whole = "epochs" in declared.criterion.model_fields_set
    most = max((len(own) for own in new.values()), default=0)
    limit = asked.limit or most
    return Gate(
        seeds=asked.seeds or limit,
        limit=limit,
        epochs=asked.epochs or (declared.criterion.epochs if whole else longest),
        alpha=asked.alpha,
        margins=dict.fromkeys(names, asked.margin),
    )


def _check_runs(
    old: ImportedByRecipe,
    new: ImportedByRecipe,
    gate: Gate,
    declared: Declared,
    file: str,
    source: str,
) -> None:
    """Raises InputError unless both sides have enough runs of every recipe, all long enough."""
    for name in gate.margins:
        if name not in new:
            raise InputError(
                f"{file}: holds no run of {name}, which is guarded; add some, or name only the "
                f"other recipes in gate.recipes of {declared.argument}"
            )
        if len(new[name]) > gate.limit:
            raise InputError(
                f"{file}: holds {plural(len(new[name]), 'run')} of {name}, and gate.limit is "
                f"{gate.limit}; give at most that many, or declare more before training"
            )
        if len(old[name]) < LEAST_COMMITTED:
            raise InputError(
                f"{name}: {plural(len(old[name]), 'committed run')}, and {LEAST_COMMITTED} are "
                f"needed, in {source}"
            )
        for record in (*old[name], *new[name]):
            if not record.spans(gate.epochs):
                raise InputError(
                    f"{record.sources[0].file}: {run_of(record)} has "
                    f"{plural(len(record.values), 'epoch')}, but the gate compares after "
                    f"{gate.epochs}; give longer runs, or set gate.epochs in {declared.argument}"
                )


def _changes(old: ImportedByRecipe, new: ImportedByRecipe, names: Sequence[str]) -> Iterator[str]:
    """Where the runs of both sides come from, and what else differs in their files, in lines."""
    sides = [[record for name in names for record in side[name]] for side in (old, new)]
    before, after = map(files_of, sides)
    if before != after:
        yield f"committed from {some(before, 8)}, here from {some(after, 8)}"
    for name in names:
        yield from (f"{name}: {line}" for line in _axes_apart(old[name][0].axes, new[name][0].axes))
        if doubt := _scale_doubt(old[name], new[name]):
            yield f"{name}: {doubt}"
        else:
            yield from scales_unlike(name, new[name], old[name], old[name][0].measured)


def _axes_apart(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    """How the axes differ, in lines; the names of a tracker's runs, which were axes once, do not
    count."""
    known = old if RUN_NAME in new else {k: v for k, v in old.items() if k != RUN_NAME}
    return table_differences(known, new)


def _scale_doubt(old: Sequence[ImportedRecord], new: Sequence[ImportedRecord]) -> str | None:
    """A question about the scale if all new values are better than all committed ones, or None.

    Percentages are, where shares were committed, and pass any gate. The scale of counts is known.
    """
    measure = old[0].measured
    before, here = ([value for run in side for value in run.values] for side in (old, new))
    if measure.total is not None or not before or not here:
        return None
    if min(measure.sign * v for v in here) <= max(measure.sign * v for v in before):
        return None
    return (
        f"every value here, from {min(here):.6g} to {max(here):.6g}, is better than all that are "
        f"committed, from {min(before):.6g} to {max(before):.6g}; are they on the same scale?"
    )
