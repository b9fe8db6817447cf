"""`harness import` and `harness judge`: reports on runs that were trained elsewhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from ..base.console import say
from ..base.errors import InputError
from ..base.words import listed
from ..importing.assembly import Imported, imported
from ..importing.readers import read_tables
from ..judging.decision import decide
from ..judging.evidence import Evidence
from ..judging.gathering import evidence_on
from ..judging.imported import gather_imported
from ..reporting.page.document import write_report
from ..reporting.page.terminal import show_report
from ..results.committed import check_writable
from ..results.elsewhere.runs import ImportedRuns, is_of_trained_runs, reported
from ..results.ledger import Ledger
from ..study.loading.import_study import Declared, ImportedCriterion, ImportHead, read_declared
from ..study.loading.import_table import ImportTable
from ..study.loading.problems import Problems, under
from .imported.keeping import keep
from .options.reports import ImportOptions, JudgeOptions
from .report import report_facts
from .telling import tell

JUDGE: Final = "judge"
NAMELESS: Final = "runs"
NOT_IN_NAMES: Final = re.compile(r"[^A-Za-z0-9._+-]+")


def import_runs(options: ImportOptions, console: Console) -> None:
    """Import the files into the ledger and report on the study.

    Raises InputError for the first thing that is wrong, StorageError if the disk fails.
    """
    declared = read_declared(options.study)
    check_writable(options.out, declared.name)
    # Claims may be about recipes that were imported before.
    found = imported(replace(declared, claims=()), read_tables(options.files, declared.columns))
    _remark(found, console)
    kept = ImportedRuns(Ledger(options.ledger), declared.name)
    new = [record for own in found.records.values() for record in own]
    say(console, keep(declared, new, kept, again=options.replace))
    _report(gather_imported(declared, kept), options, console)


def judge(options: JudgeOptions, console: Console) -> None:
    """Report on the runs in the files, by what the options declare.

    Raises InputError for the first thing that is wrong, StorageError if the disk fails.
    """
    declared = declared_by(
        options.name or name_from(options.files[0]),
        {"target": options.target, "window": options.window},
        {
            "recipe": options.recipe.split(","),
            "seed": options.seed,
            "epoch": options.epoch,
            "value": options.value,
            "total": options.total,
            "direction": "lower" if options.lower else "higher",
            "in_order": options.in_order,
            "resumed": options.resumed,
            "bounds": options.bounds,
            "only": _pairs(options.only or ()),
            "folders": options.folders,
        },
    )
    check_writable(options.out, declared.name)
    found = imported(declared, read_tables(options.files, declared.columns))
    _check_replaced(options.out / declared.name, found.study.measure.name)
    _remark(found, console)
    _report(evidence_on(found.study, found.records), options, console)


def _check_replaced(folder: Path, measure: str) -> None:
    """Raises InputError if a report on runs that were trained here, or on imported runs of another
    measure, would be replaced."""
    fix = "give another --name or --out, or move it away"
    if is_of_trained_runs(folder):
        raise InputError(
            f"{folder}: is a report on runs that were trained here, which this one would replace; "
            f"{fix}"
        )
    there = {record.measure for record in reported(folder)} - {measure}
    if there:
        raise InputError(
            f"{folder}: is a report on {listed(sorted(there))}, which one on {measure} would "
            f"replace; {fix}"
        )


def _remark(found: Imported, console: Console) -> None:
    for line in found.remarks:
        say(console, line)


def _pairs(texts: Sequence[str]) -> dict[str, str]:
    """The text that each column must have; raises InputError, also if one should have two."""
    found: dict[str, str] = {}
    for column, wanted in map(_pair, texts):
        if found.setdefault(column, wanted) != wanted:
            raise InputError(
                f"--only {column}={wanted}: no row has both {found[column]} and that in "
                f"{column}; name one, or leave the other rows out of the file"
            )
    return found


def _pair(text: str) -> tuple[str, str]:
    """The column, and the text that it must have; raises InputError."""
    column, equals, wanted = text.partition("=")
    if not column or not equals:
        raise InputError(f"--only {text}: write COLUMN=TEXT")
    return column, wanted


def name_from(file: Path) -> str:
    """The name of the report's folder, made from the name of a file."""
    return NOT_IN_NAMES.sub("-", file.stem).strip("-._+")[:80] or NAMELESS


def declared_by(name: str, criterion: dict[str, Any], columns: dict[str, Any]) -> Declared:
    """What the options declare instead of a study file; raises InputError, one line per problem."""
    problems = Problems(Path(JUDGE))
    head = problems.validate(ImportHead, {"name": name}, under(""))
    asked = problems.validate(ImportedCriterion, criterion, under(""))
    found = problems.validate(ImportTable, columns, under(""))
    problems.raise_any()
    assert head is not None
    assert asked is not None
    assert found is not None
    return Declared(head.name, JUDGE, asked, found)


def _report(evidence: Evidence, options: ImportOptions | JudgeOptions, console: Console) -> None:
    for damage in evidence.damaged:
        say(console, f"damaged, left out: {damage}")
    written = write_report(evidence, options.out, decision=decide(evidence.compared))
    show_report(written, console)
    tell(options, report_facts(written))
