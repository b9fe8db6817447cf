"""`harness runs list` of the imported runs of a ledger."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.console import Console

from ...base.console import say, show_list
from ...base.disk.folders import names_in
from ...base.words import one_line, plural, some
from ...reporting.tables.cells import figure
from ...results.elsewhere.record import IMPORTED, ImportedRecord
from ...results.elsewhere.runs import ImportedRuns
from ...results.elsewhere.study import files_of
from ...results.ledger import Ledger
from ...results.record import RECORD_SUFFIX
from ...study.loading.import_study import read_declared
from ...study.measure import Measure
from ..options.lists import RunsListOptions
from ..telling import tell


def list_imported(study: str, ledger: Ledger, options: RunsListOptions, console: Console) -> None:
    """Print one row per imported run of a study; raises HarnessError."""
    kept = ImportedRuns(ledger, read_declared(study).name)
    records, damaged = kept.read()
    head = ("Recipe", "Seed", "Status", "Epochs", "Last", "From")
    show_list(console, head, map(_cells, records), left=(0, 2, 5), name=0, spare=(5, 3))
    for damage in damaged:
        say(console, f"damaged: {one_line(damage)}")
    say(console, f"{plural(len(records), 'imported run')} in {kept.folder}")
    tell(options, [_facts(record) for record in records])


def _cells(record: ImportedRecord) -> tuple[str, ...]:
    last = figure(record.values[-1] if record.values else None, Measure(total=record.total))
    texts = (record.recipe, str(record.seed), record.status, str(len(record.values)), last)
    return (*texts, some(files_of([record])))


def others_in(ledger: Ledger) -> Iterator[str]:
    """One line per study with imported runs in the ledger; raises StorageError."""
    with ledger.reporting():
        for study in names_in(ledger.root / IMPORTED):
            if study.startswith("."):  # no study's: what an import is writing
                continue
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
