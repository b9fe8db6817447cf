"""What the fixture `accuracy` does with runs that the test has trained itself."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ...base.words import plural
from ...guarding.findings import GateReport
from ...importing.assembly import imported
from ...importing.frames import table_from_frame
from ...importing.long_table import LongTable, chosen
from ...importing.readers import read_tables
from ...results.committed import store_by_name
from ...results.elsewhere.runs import imported_in
from ...results.record import record_file
from ...study.loading.import_study import Declared, read_declared
from ..imported.gate import as_new, guard_imported
from ..telling import silent

FileOrFrame = str | Path | pd.DataFrame


@dataclass(frozen=True)
class OwnRuns:
    """Runs of a study with `[import]`, and where the runs to compare them with are stored."""

    declared: Declared
    tables: Sequence[LongTable]
    storage: Path

    @property
    def folder(self) -> Path:
        """Where the stored runs of this study are."""
        return self.storage / self.declared.name

    def store(self) -> str:
        """Store the runs, replacing earlier ones; returns a line that says so."""
        found = imported(as_new(self.declared), list(self.tables))
        files = {
            record_file(recipe, record.seed): record.to_json().encode()
            for recipe, own in found.records.items()
            for record in own
        }
        store_by_name(self.folder, files)
        runs = f"{plural(len(files), 'run')} of {self.declared.name}"
        return f"{runs} stored in {self.folder}: commit it"

    def compare(self) -> GateReport:
        """Compare the runs with the stored ones, by the gate of the study."""
        source = f"{self.folder}; `pytest --accuracy-save` writes them"
        stored = imported_in(self.folder)
        return guard_imported(self.declared, self.tables, stored, source, silent())


def own_runs(study: str, runs: FileOrFrame, beside: Path, storage: Path) -> OwnRuns:
    """Read the runs from a file beside the test, or from a data frame; raises InputError."""
    declared = read_declared(str(_placed(study, beside)))
    if isinstance(runs, str | Path):
        tables = read_tables([_placed(runs, beside)], declared.columns)
    else:
        tables = [chosen(table_from_frame(runs, "runs"), declared.columns)]
    return OwnRuns(declared, tables, storage)


def _placed(path: str | Path, beside: Path) -> Path:
    return found if os.path.exists(found := beside / path) else Path(path)
