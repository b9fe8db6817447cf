"""`harness report`: the report of whatever runs there are, without training."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from .committed import check_writable
from .confirmation import gather_confirmation
from .display import say
from .evidence import gather
from .ledger import Ledger
from .reporting.document import show_report, write_report
from .study_file import load_study


def report(study: str, ledger: Ledger, out: Path, data: Path | None, console: Console) -> None:
    """Write and show it. Raises InputError where there is no such study or no ledger,
    StorageError if the disk fails."""
    declared = load_study(study, build_own=False)
    ledger.check_exists()
    check_writable(out)
    evidence = gather(declared, ledger)
    for damage in evidence.damaged:
        say(console, f"damaged, left out: {damage}")
    confirmation = gather_confirmation(evidence, ledger)
    show_report(write_report(evidence, out, confirmation=confirmation, data=data), console)
