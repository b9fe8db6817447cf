"""`harness baseline` for a study of imported runs: what its ledger holds, or what is committed."""

from __future__ import annotations

from pathlib import Path

from ...base.errors import InputError
from ...judging.decision import decide, lacking
from ...judging.evidence import Evidence
from ...judging.imported import gather_imported, imported_evidence
from ...results.committed import REPORTS, nothing_in
from ...results.elsewhere.record import ImportedRecord
from ...results.elsewhere.runs import ImportedRuns, committed_imported
from ...results.ledger import Ledger
from ...study.loading.import_study import Declared


def complete_evidence(declared: Declared, ledger: Path) -> Evidence:
    """The study's imported runs; raises InputError if some are missing or damaged."""
    found = gather_imported(declared, ImportedRuns(Ledger(ledger), declared.name))
    if gaps := lacking(found, decide(found.compared)):
        raise InputError(
            f"study {declared.name}: {ledger} holds only a part of its runs "
            f"({'; '.join(gaps)}); `harness import` the rest, or declare only those"
        )
    if found.damaged:
        raise InputError(f"damaged: {found.damaged[0]}; `harness import` its file again")
    return found


def committed_evidence(declared: Declared) -> Evidence:
    """The study's committed runs; raises InputError if there are none, or one is damaged."""
    return imported_evidence(declared, committed_runs_of(declared))


def committed_runs_of(declared: Declared) -> list[ImportedRecord]:
    """The study's committed runs; raises InputError if there are none, or one is damaged."""
    records = committed_imported(declared.name)
    if not records:
        raise nothing_in(REPORTS / declared.name, declared.argument)
    return records
