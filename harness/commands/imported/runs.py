"""`harness runs list` of the imported runs of a ledger."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.console import Console

from ...base.console import say
from ...base.disk.folders import names_in
from ...base.words import one_line, plural, some
from ...reporting.tables.cells import figure
from ...reporting.words.sources import files_of
from ...results.elsewhere.record import IMPORTED, ImportedRecord
from ...results.elsewhere.runs import ImportedRuns
from ...results.ledger import Ledger
from ...results.record import RECORD_SUFFIX
from ...study.loading.import_study import read_declared
from ...study.measure import Measure
from ..options.lists import RunsListOptions
from ..telling import plain_table, tell


def list_imported(study: str, ledger: Ledger, options: RunsListOptions, console: Console) -> None:
    """Print one row per imported run of a study; raises HarnessError."""
    kept = ImportedRuns(ledger, read_declared(study).name)
    records, damaged = kept.read()
    table = plain_table("Recipe", "Seed", "Status", "Epochs", "Last", "From")
    for record in records:
        facts = _facts(record)
        last = figure(facts["last"], Measure(total=record.total))
        texts = (record.recipe, str(record.seed), record.status, str(len(record.values)), last)
        table.add_row(*texts, some(files_of([record])))
    console.print(table)
    for damage in damaged:
        say(console, f"damaged: {one_line(damage)}")
    say(console, f"{plural(len(records), 'imported run')} in {kept.folder}")
    tell(options, [_facts(record) for record in records])


def others_in(ledger: Ledger) -> Iterator[str]:
    """One line per study with imported runs in the ledger; raises StorageError."""
    with ledger.reporting():
        for study in names_in(ledger.root / IMPORTED):
            folder = ImportedRuns(ledger, study).folder
            yield f"{plural(len(names_in(folder, RECORD_SUFFIX)), 'imported run')} in {folder}"


def _facts(record: ImportedRecord) -> dict[str, Any]:
    return {
        "recipe": record.recipe,
        "seed": record.seed,
        "status": record.status,
        "epochs": len(record.values),
        "last": record.values[-1] if record.values else None,
        "measure": record.measure,
        "total": record.total,
        "direction": record.direction,
        "sources": [source.file for source in record.sources],
    }
