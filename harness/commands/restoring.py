"""`harness runs restore`: puts the runs of a committed report into a ledger."""

from __future__ import annotations

from collections import Counter
from typing import Final

from rich.console import Console

from ..base.console import say
from ..results.committed import all_committed
from ..results.elsewhere.runs import ImportedRuns
from ..results.ledger import Ledger
from ..results.locks import RunLocks
from ..results.record import RunRecord
from ..study.loading.file import is_imported, load_study
from ..study.loading.import_study import read_declared
from .imported.baseline import committed_runs_of
from .imported.keeping import keep
from .options.lists import RunsRestoreOptions

NEW: Final = "new"
THERE: Final = "already there"
BUSY: Final = "in use by another command"


def restore_runs(options: RunsRestoreOptions, console: Console) -> None:
    """Add the committed runs that the ledger lacks, and say how many these were.

    Raises InputError, before anything is written, if none are committed, if one is damaged, or if
    the ledger has other values of an imported one; StorageError if the disk fails.
    """
    ledger = Ledger(options.ledger)
    if is_imported(options.study):
        declared = read_declared(options.study)
        records = committed_runs_of(declared)
        say(console, keep(declared, records, ImportedRuns(ledger, declared.name), again=False))
    else:
        counts = _add(all_committed(load_study(options.study)), ledger)
        parts = [f"{counts[what]:,} {what}" for what in (NEW, THERE, BUSY) if counts[what]]
        say(console, f"kept in {ledger.root}: {', '.join(parts)}")


def _add(records: list[RunRecord], ledger: Ledger) -> Counter[str]:
    ledger.prepare()
    locks = ledger.locks()
    try:
        return Counter(_how_added(record, ledger, locks) for record in records)
    finally:
        locks.close()


def _how_added(record: RunRecord, ledger: Ledger, locks: RunLocks) -> str:
    """Write a record unless the ledger has one of the run that is as long; what came of it."""
    present = ledger.find(record.recipe_key, record.key)
    if isinstance(present, RunRecord) and present.leaves_nothing(len(record.rows)):
        return THERE
    if not locks.take(record.key):
        return BUSY
    ledger.write(record)
    ledger.forget_progress(record.key)
    locks.release(record.key)
    return NEW
