"""Evidence from imported runs, whether in a ledger or in a committed report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..base.errors import InputError
from ..results.elsewhere.record import ImportedRecord
from ..results.elsewhere.runs import ImportedRuns
from ..results.elsewhere.study import runs_by_recipe, study_of
from ..results.ledger import Damage
from ..study.loading.import_study import Declared
from .evidence import Evidence
from .gathering import evidence_on


def gather_imported(declared: Declared, kept: ImportedRuns) -> Evidence:
    """Evidence from the study's imported runs in the ledger, with declared seeds if there are any.

    Raises InputError if there are no runs or if they are not as declared, and StorageError if they
    cannot be read.
    """
    records, damaged = kept.read()
    records = of_declared_seeds(declared, records)
    if not records:
        raise InputError(
            f"{declared.argument}: {kept.ledger.root} holds no imported runs of study "
            f"{declared.name}; `harness import FILE... --study {declared.argument}` adds them"
        )
    return imported_evidence(declared, records, damaged)


def of_declared_seeds(
    declared: Declared, records: Sequence[ImportedRecord]
) -> list[ImportedRecord]:
    """The runs with seeds that the study declares; all of them if it declares none."""
    seeds = declared.seeds
    return [record for record in records if seeds is None or record.seed in seeds]


def imported_evidence(
    declared: Declared, records: Sequence[ImportedRecord], damaged: Sequence[Damage] = ()
) -> Evidence:
    """Evidence from these runs; raises InputError if they are not as declared."""
    study = study_of(declared, records)
    return replace(evidence_on(study, runs_by_recipe(study, records)), damaged=[*damaged])
