"""`harness import` and `harness judge`: the report of runs that others trained."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError
from rich.console import Console

from ..base.console import say
from ..base.errors import InputError
from ..base.words import one_line
from ..importing.assembly import Imported, imported
from ..importing.readers import read_tables
from ..judging.decision import decide
from ..judging.evidence import evidence_on
from ..reporting.page.document import write_report
from ..reporting.page.terminal import show_report
from ..results.committed import check_writable
from ..study.imported import (
    Declared,
    ImportedCriterion,
    ImportHead,
    ImportTable,
    read_declared,
)
from ..study.loading.problems import shorten
from .report import report_facts
from .report_options import ImportOptions, JudgeOptions
from .telling import tell

NAMELESS: Final = "runs"
NOT_IN_NAMES: Final = re.compile(r"[^A-Za-z0-9._+-]+")


def import_runs(options: ImportOptions, console: Console) -> None:
    """Raises InputError for the first thing that is wrong, StorageError if the disk fails."""
    declared = read_declared(options.study)
    check_writable(options.out)
    _report(imported(declared, read_tables(options.files, declared.columns)), options, console)


def judge(options: JudgeOptions, console: Console) -> None:
    """Raises InputError for the first thing that is wrong, StorageError if the disk fails."""
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
        },
    )
    check_writable(options.out)
    _report(imported(declared, read_tables(options.files, declared.columns)), options, console)


def name_from(file: Path) -> str:
    """What the report's folder is called, after a file."""
    return NOT_IN_NAMES.sub("-", file.stem).strip("-._+")[:80] or NAMELESS


def declared_by(name: str, criterion: dict[str, Any], columns: dict[str, Any]) -> Declared:
    """What is declared without a study file; raises InputError with a line a problem."""
    try:
        asked = ImportedCriterion.model_validate(criterion)
        found = ImportTable.model_validate(columns)
        head = ImportHead(name=name)
    except ValidationError as error:
        lines = [
            f"judge: {'.'.join(map(str, fault['loc']))} = {shorten(fault['input'])}: "
            f"{one_line(fault['msg'])}"
            for fault in error.errors()
        ]
        raise InputError.of(lines) from error
    return Declared(head.name, "judge", asked, found)


def _report(found: Imported, options: ImportOptions | JudgeOptions, console: Console) -> None:
    for line in found.remarks:
        say(console, line)
    evidence = evidence_on(found.study, found.records)
    written = write_report(evidence, options.out, decision=decide(evidence.compared))
    show_report(written, console)
    tell(options, report_facts(written))
