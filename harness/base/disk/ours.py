"""Folders that the harness itself writes: reports, with the names of their files, and ledgers.

A folder that may not be looked into is none of them: whoever reads it says why it cannot be read.
"""

from __future__ import annotations

from os.path import isdir, isfile  # those of a Path raise for a folder that is closed
from pathlib import Path
from typing import Final

PAGE: Final = "report.html"
MARKDOWN: Final = "report.md"
DECISION: Final = "decision.json"
ENVIRONMENT: Final = "environment.json"
RUNS_TABLE: Final = "runs.csv"
PLOTS: Final = "plots"
RECORDS: Final = "records"
GATE_RECORDS: Final = "gate"
"""In a committed report, the records of the gate's own recipes."""


def is_report(folder: Path) -> bool:
    """Whether the folder is a report, committed or not."""
    return all(isfile(folder / name) for name in (DECISION, ENVIRONMENT, PAGE))


def is_ledger(folder: Path) -> bool:
    """Whether the folder is a ledger that has been used."""
    return isfile(folder / "locks") and isdir(folder / "runs")
