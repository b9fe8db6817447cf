"""Folders that the harness itself writes: reports and ledgers.

A folder that may not be looked into is none of them: whoever reads it says why it cannot be read.
"""

from __future__ import annotations

from os.path import isdir, isfile  # those of a Path raise for a folder that is closed
from pathlib import Path
from typing import Final

OF_A_REPORT: Final = ("decision.json", "environment.json", "report.html")
"""Files of every report, committed or not."""


def is_report(folder: Path) -> bool:
    """Whether the folder is a report."""
    return all(isfile(folder / name) for name in OF_A_REPORT)


def is_ledger(folder: Path) -> bool:
    """Whether the folder is a ledger that has been used."""
    return isfile(folder / "locks") and isdir(folder / "runs")
