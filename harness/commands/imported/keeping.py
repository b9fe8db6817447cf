"""Keeping imported runs in a ledger, for `harness import` and `harness runs restore`."""

from __future__ import annotations

from collections.abc import Sequence

from ...base.disk.files import is_folder
from ...judging.imported import of_declared_seeds
from ...results.elsewhere.joining import joined
from ...results.elsewhere.record import ImportedRecord
from ...results.elsewhere.runs import ImportedRuns
from ...results.elsewhere.study import study_of
from ...study.loading.import_study import Declared


def keep(
    declared: Declared, new: Sequence[ImportedRecord], kept: ImportedRuns, *, again: bool
) -> str:
    """Add all the runs to the ledger or none; returns a line that says how many were new.

    Raises InputError if the ledger has other values of a run, unless `again` is set to replace
    them, or if all runs together are not what is declared; StorageError if the disk fails.
    """
    with kept.ledger.reporting():
        there = is_folder(kept.folder)
    if not there:  # check first, so that runs that are refused leave no folder
        study_of(declared, of_declared_seeds(declared, new))
    with kept.locked():
        known, _ = kept.read()
        everything, written, counts = joined(known, new, replace=again)
        study_of(declared, of_declared_seeds(declared, everything))
        kept.write(written)
    said = {
        "new": counts.new,
        "already there": counts.same,
        "longer than before": counts.longer,
        "replaced": counts.replaced,
    }
    parts = [f"{number:,} {what}" for what, number in said.items() if number]
    return f"kept in {kept.folder}: {', '.join(parts)}"
