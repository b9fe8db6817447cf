"""`harness report`: the report of whatever runs there are, without training."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from ..base.console import say
from ..judging.confirmation import gather_confirmation
from ..judging.evidence import gather
from ..reporting.page.document import write_report
from ..reporting.page.terminal import show_report
from ..results.committed import check_writable
from ..results.ledger import Ledger
from ..study.file import load_study


def report(study: str, ledger: Ledger, out: Path, data: Path | None, console: Console) -> None:
    """Write and show it. Raises InputError where there is no such study or no ledger,
    StorageError if the disk fails."""
    declared = load_study(study)
    ledger.check_exists()
    check_writable(out)
    evidence = gather(declared, ledger)
    for damage in evidence.damaged:
        say(console, f"damaged, left out: {damage}")
    confirmation = gather_confirmation(evidence, ledger)
    show_report(write_report(evidence, out, confirmation=confirmation, data=data), console)
