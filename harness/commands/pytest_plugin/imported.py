"""What the fixture `accuracy` does with runs that the test has trained itself."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from ...base.disk.files import is_there
from ...base.errors import InputError
from ...base.words import plural, some
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
from .kept import Kept

FileOrFrame = str | Path | pd.DataFrame


@dataclass(frozen=True)
class OwnRuns:
    """Runs of a study with `[import]`, and where the runs to compare them with are stored."""

    declared: Declared
    tables: Sequence[LongTable]
    storage: Path
    recipes: frozenset[str] | None
    """The recipes that the test is limited to; None for no limit."""

    @property
    def folder(self) -> Path:
        """Where the stored runs of this study are."""
        return self.storage / self.declared.name

    def store(self, kept: Kept) -> str:
        """Store the runs, replacing earlier ones; returns a line that says so.

        `kept` has the recipes that other tests have stored; these are added to it. Raises
        InputError if this would remove another test's runs, or has none of a recipe.
        """
        found = imported(as_new(self.declared), list(self.tables)).records
        recipes = self.recipes or found.keys()
        if lacking := [name for name in sorted(recipes) if name not in found]:
            there = some([*found])
            raise InputError(
                f"runs: hold no run of {some(lacking)}, but {there}; correct `recipes`"
            )
        files = {
            record_file(recipe, record.seed): record.to_json().encode()
            for recipe in sorted(recipes)
            for record in found[recipe]
        }
        with kept.recipes_in(self.folder) as stored:
            if self.recipes is None and (lost := sorted(stored - recipes)):
                raise InputError(
                    f"{self.declared.argument}: another test has stored runs of {some(lost)}, "
                    "which this one would remove; say of_runs(..., recipes=[...]) in both"
                )
            stored.update(recipes)
            store_by_name(self.folder, files, stays=self._stays)
        runs = f"{plural(len(files), 'run')} of {self.declared.name}"
        return f"{runs} stored in {self.folder}: commit it"

    def compare(self, saving: str) -> GateReport:
        """Compare the runs with the stored ones, by the gate of the study.

        `saving` is the command that stores runs, for messages.
        """
        source, declared = f"{self.folder}; `{saving}` writes them", self.declared
        if declared.gate and self.recipes is not None:
            gate = declared.gate.model_copy(update={"recipes": tuple(sorted(self.recipes))})
            declared = replace(declared, gate=gate)
        return guard_imported(declared, self.tables, imported_in(self.folder), source, silent())

    def _stays(self, recipe: str) -> bool:
        """Whether stored runs of this recipe belong to another test."""
        return self.recipes is not None and recipe not in self.recipes


def own_runs(
    study: str | Path,
    runs: FileOrFrame,
    beside: Path,
    storage: Path,
    recipes: str | Sequence[str] | None,
) -> OwnRuns:
    """Read the runs from a file beside the test, or from a data frame; raises InputError."""
    declared = read_declared(str(placed(study, beside)))
    if isinstance(runs, str | Path):
        read = read_tables([Path(placed(runs, beside))], declared.columns)
        tables = [_named_from(beside, table) for table in read]
    else:
        tables = [chosen(table_from_frame(runs, "runs"), declared.columns)]
    named = [recipes] if isinstance(recipes, str) else recipes
    return OwnRuns(declared, tables, storage, frozenset(named) if named else None)


def _named_from(beside: Path, table: LongTable) -> LongTable:
    """The table with the name of its file as the test gives it: what is stored is committed."""
    file = table.source.file.removeprefix(f"{beside}{os.sep}")
    return replace(table, source=table.source.model_copy(update={"file": file}))


def placed(
    path: str | Path, beside: Path, is_one: Callable[[str | Path], bool] = is_there
) -> str | Path:
    """The path in a folder if it is one there, or cannot be looked at; otherwise as it is."""
    try:
        there = is_one(beside / path)
    except OSError:  # whoever reads it says why it cannot be read
        there = True
    return beside / path if there else path
