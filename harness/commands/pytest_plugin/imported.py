"""What the fixture `accuracy` does with runs that the test has trained itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ...base.words import plural
from ...guarding.outcomes import GateReport
from ...importing.assembly import imported
from ...importing.frames import table_of
from ...importing.long_table import LongTable, chosen
from ...importing.readers import read_tables
from ...results.committed import store_by_name
from ...results.imported_runs import imported_in
from ...results.record import record_file
from ...study.imported import Declared, read_declared
from ..imported.gate import as_new, guard_imported
from ..telling import silent

Runs = str | Path | pd.DataFrame


@dataclass(frozen=True)
class OwnRuns:
    """Runs of a study with `[import]`, and where those are stored that they are held against."""

    declared: Declared
    tables: Sequence[LongTable]
    storage: Path

    @property
    def folder(self) -> Path:
        """Where the stored runs of this study are."""
        return self.storage / self.declared.name

    def store(self) -> str:
        """Keep them in the place of earlier ones; returns a line that says so."""
        found = imported(as_new(self.declared), list(self.tables))
        for recipe, own in found.records.items():
            files = {record_file(recipe, r.seed): r.to_json().encode() for r in own}
            store_by_name(self.folder, recipe, files)
        runs = plural(sum(map(len, found.records.values())), "run")
        return f"{runs} of {self.declared.name} stored in {self.folder}: commit it"

    def compare(self) -> GateReport:
        """By the gate of the study."""
        source = f"{self.folder}; `pytest --accuracy-save` writes them"
        stored = imported_in(self.folder)
        return guard_imported(self.declared, self.tables, stored, source, silent())


def own_runs(study: str, runs: Runs, beside: Path, storage: Path) -> OwnRuns:
    """Of a study and a file beside the test, or of a data frame; raises InputError."""
    declared = read_declared(str(_placed(study, beside)))
    if isinstance(runs, str | Path):
        tables = read_tables([_placed(runs, beside)], declared.columns)
    else:
        tables = [chosen(table_of(runs, "runs"), declared.columns)]
    return OwnRuns(declared, tables, storage)


def _placed(path: str | Path, beside: Path) -> Path:
    return found if (found := beside / path).exists() else Path(path)
