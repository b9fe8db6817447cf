"""Folders that the harness itself writes: reports and ledgers."""

from __future__ import annotations

from pathlib import Path
from typing import Final

OF_A_REPORT: Final = ("decision.json", "environment.json", "report.html")
"""Files of every report, committed or not."""


def is_report(folder: Path) -> bool:
    """Whether the folder is a report."""
    return all((folder / name).is_file() for name in OF_A_REPORT)


def is_ledger(folder: Path) -> bool:
    """Whether the folder is a ledger that has been used."""
    return (folder / "locks").is_file() and (folder / "runs").is_dir()
