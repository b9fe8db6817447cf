"""`harness report`: a report on whatever runs there are, without training."""

from __future__ import annotations

import json
import webbrowser
from collections.abc import Iterator
from typing import Any

from rich.console import Console

from ..base.console import say
from ..base.disk.ours import DECISION, PAGE
from ..base.errors import InputError
from ..judging.confirmation import gather_confirmation
from ..judging.decision import decide
from ..judging.evidence import Evidence
from ..judging.gathering import gather
from ..judging.imported import gather_imported
from ..reporting.page.document import write_report
from ..reporting.page.terminal import WrittenReport, show_report
from ..results.committed import check_writable
from ..results.elsewhere.runs import ImportedRuns
from ..results.ledger import Ledger
from ..study.declaration import Study
from ..study.loading.file import is_imported, load_study
from ..study.loading.import_study import read_declared
from ..training.twins import twins
from .options.reports import ReportOptions
from .telling import tell


def report(options: ReportOptions, console: Console) -> None:
    """Write and show the report. Raises InputError if there is no such study or no ledger,
    StorageError if the disk fails."""
    evidence = _gathered(options)
    check_writable(options.out, evidence.study.name)
    for damage in evidence.damaged:
        say(console, f"damaged, left out: {damage}")
    for line in _twins(evidence):
        say(console, line)
    decision = decide(evidence.compared)
    written = write_report(
        evidence,
        options.out,
        confirmation=gather_confirmation(evidence, decision, evidence.ledger),
        decision=decision,
        data=options.data,
    )
    show_report(written, console)
    tell(options, report_facts(written))
    if options.open:
        _open(written, console)


def _gathered(options: ReportOptions) -> Evidence:
    ledger = Ledger(options.ledger)
    if is_imported(options.study):
        declared = read_declared(options.study)
        if options.until_decided:
            raise InputError("--until-decided: does not apply to imported runs; leave it out")
        ledger.check_exists(f"harness import FILE... --study {declared.argument}")
        return gather_imported(declared, ImportedRuns(ledger, declared.name))
    study = load_study(options.study)
    ledger.check_exists(f"harness bench {study.argument}")
    return gather(study.until_decided() if options.until_decided else study, ledger)


def _twins(evidence: Evidence) -> Iterator[str]:
    """One line per recipe that amounts to the same as another, which a bench would refuse."""
    study = evidence.study
    if not isinstance(study, Study):
        return
    for name, twin in twins(study):
        if evidence.records[name] and evidence.records[twin]:
            yield (
                f"{name} amounts to the same as {twin}, at every step: the report compares a "
                f"recipe with itself; drop one of them from {study.file}"
            )


def report_facts(written: WrittenReport) -> dict[str, Any]:
    """The decision of a report, as in its decision.json, with the report's folder and title."""
    decision = json.loads((written.folder / DECISION).read_text())
    return {"folder": str(written.folder.resolve()), "title": written.title, **decision}


def _open(written: WrittenReport, console: Console) -> None:
    page = (written.folder / PAGE).resolve()
    if not webbrowser.open(page.as_uri()):
        say(console, f"no browser could be started; open {page}")
