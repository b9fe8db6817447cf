"""`harness report`: the report of whatever runs there are, without training."""

from __future__ import annotations

import json
import webbrowser
from collections.abc import Iterator
from typing import Any

from rich.console import Console

from ..base.console import say
from ..judging.confirmation import gather_confirmation
from ..judging.decision import decide
from ..judging.evidence import Evidence, gather
from ..reporting.page.document import write_report
from ..reporting.page.terminal import Report, show_report
from ..results.committed import check_writable
from ..results.ledger import Ledger
from ..study.declaration import Study
from ..study.loading.file import load_study
from ..training.twins import twins
from .report_options import ReportOptions
from .telling import tell


def report(options: ReportOptions, console: Console) -> None:
    """Write and show it. Raises InputError where there is no such study or no ledger,
    StorageError if the disk fails."""
    study, ledger = load_study(options.study), Ledger(options.ledger)
    if options.until_decided:
        study = study.until_decided()
    ledger.check_exists()
    check_writable(options.out)
    evidence = gather(study, ledger)
    for damage in evidence.damaged:
        say(console, f"damaged, left out: {damage}")
    for line in _twins(study, evidence):
        say(console, line)
    decision = decide(evidence.compared)
    written = write_report(
        evidence,
        options.out,
        confirmation=gather_confirmation(evidence, decision, ledger),
        decision=decision,
        data=options.data,
    )
    show_report(written, console)
    tell(options, report_facts(written))
    if options.open:
        _open(written, console)


def _twins(study: Study, evidence: Evidence) -> Iterator[str]:
    """Recipes with runs that are one recipe, which a bench would refuse."""
    for name, twin in twins(study):
        if evidence.records[name] and evidence.records[twin]:
            yield (
                f"{name} amounts to the same as {twin}, at every step: the report compares a "
                f"recipe with itself; drop one of them from {study.file}"
            )


def report_facts(written: Report) -> dict[str, Any]:
    """A report's decision as it is on the disk, and where that is."""
    decision = json.loads((written.folder / "decision.json").read_text())
    return {"folder": str(written.folder.resolve()), "title": written.title, **decision}


def _open(written: Report, console: Console) -> None:
    page = (written.folder / "report.html").resolve()
    if not webbrowser.open(page.as_uri()):
        say(console, f"no browser could be started; open {page}")
