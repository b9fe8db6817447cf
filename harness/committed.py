"""The committed reports under `reports/`, and how new runs compare with their records."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from .confirmation import gather_confirmation
from .errors import InputError, StorageError
from .evidence import Evidence, gather
from .ledger import Ledger
from .records import SUFFIX, DamagedRecord, RunRecord, read_record
from .reporting.document import write_report
from .study import Study

REPORTS: Final = Path("reports")
RECORDS: Final = "records"


def check_writable(out: Path) -> None:
    """Raises StorageError unless reports can be written under `out`.

    Raises InputError for the folder of the committed reports, which only `baseline` writes.
    """
    if out.resolve() == REPORTS.resolve():
        raise InputError(f"--out {out}: holds the committed reports; name another folder")
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out) as file:
            file.write(bytes(4096))
    except OSError as error:
        raise StorageError(f"{out}: {error.strerror}; mend that or give another --out") from error


def committed_records(study: str, reports: Path = REPORTS) -> list[RunRecord]:
    """The records of a committed report; raises InputError where one is damaged."""
    return list(_records(reports / study / RECORDS))


def _records(folder: Path) -> Iterator[RunRecord]:
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        try:
            yield read_record(path).with_last_mistakes()
        except DamagedRecord as error:
            raise InputError(f"{path}: {error}; restore it from version control") from error


def compare_with_committed(evidence: Evidence, reports: Path = REPORTS) -> list[str]:
    """A line on how the runs compare with the committed ones; none where nothing is committed."""
    folder = reports / evidence.study.name
    committed = {(r.recipe_key, r.seed): r for r in committed_records(evidence.study.name, reports)}
    pairs = [
        (record, committed[record.recipe_key, record.seed])
        for _, record, _ in evidence.runs()
        if (record.recipe_key, record.seed) in committed
    ]
    if not committed:
        return []
    if not pairs:
        return [f"compared with {folder}: no run in common"]
    identical = sum(_same(new, old) for new, old in pairs)
    line = f"compared with {folder}: {identical} of {len(pairs)} runs identical"
    if identical == len(pairs):
        return [line]
    gaps = [new.rows[n].correct - old.rows[n].correct for new, old, n in _last_common(pairs)]
    if not gaps:
        return [f"{line}; the others have no epoch in common"]
    mean, most = sum(gaps) / len(gaps), max(map(abs, gaps))
    apart = f"differ by {mean:+.1f} images on average, by {most} at most (n = {len(gaps)})"
    return [f"{line}; last common counts {apart}"]


def _same(new: RunRecord, old: RunRecord) -> bool:
    """Whether the epochs that both have ended in the same weights and counts."""
    common = min(len(new.rows), len(old.rows))
    outcomes = [
        [(row.weight_digest, row.correct) for row in record.rows[:common]] for record in (new, old)
    ]
    ended_alike = new.status == old.status or "diverged" not in (new.status, old.status)
    return outcomes[0] == outcomes[1] and ended_alike


def _last_common(
    pairs: list[tuple[RunRecord, RunRecord]],
) -> Iterator[tuple[RunRecord, RunRecord, int]]:
    for new, old in pairs:
        common = min(len(new.rows), len(old.rows))
        if common:
            yield new, old, common - 1


def make_baseline(
    study: Study, ledger: Ledger, reports: Path = REPORTS, data: Path | None = None
) -> Path:
    """Write the study's complete report and records to `reports/`, as a whole.

    Raises InputError where runs are missing, StorageError if the disk fails.
    """
    evidence = gather(study, ledger)
    if gaps := evidence.gaps():
        raise InputError(
            f"study {study.name}: the ledger {ledger.root} holds a part of it only "
            f"({'; '.join(gaps)}); run `harness bench {study.name}` to the end first"
        )
    confirmation = gather_confirmation(evidence, ledger)
    return write_report(evidence, reports, confirmation=confirmation, data=data).folder
