"""How the runs of a study agree with the committed ones, in one line."""

from __future__ import annotations

from collections.abc import Iterator

from ..base.words import plural
from ..judging.evidence import Evidence
from ..results.committed import REPORTS, committed_records
from ..results.record import RunRecord, same_epochs


def compare_with_committed(evidence: Evidence) -> list[str]:
    """One line on how the runs compare with the committed ones; empty if nothing is committed.

    Raises InputError if a committed record is damaged, StorageError if one cannot be read.
    """
    folder = REPORTS / evidence.study.name
    committed = {(r.recipe_key, r.seed): r for r in committed_records(evidence.study.name)}
    pairs = [
        (record, committed[record.recipe_key, record.seed])
        for _, record in evidence.trained()
        if (record.recipe_key, record.seed) in committed
    ]
    if not committed:
        return []
    if not pairs:
        return [f"compared with {folder}: no run in common"]
    identical = sum(_same(new, old) for new, old in pairs)
    line = f"compared with {folder}: {identical} of {plural(len(pairs), 'run')} identical"
    if identical == len(pairs):
        return [line]
    gaps = [new.values[n] - old.values[n] for new, old, n in _last_common(pairs)]
    if not gaps:
        return [f"{line}; the others have no epoch in common"]
    mean, most = sum(gaps) / len(gaps), max(map(abs, gaps))
    measure = evidence.measure
    if measure.total is None:
        apart = f"{measure.name} differs by {mean:+.3g} on average, by {most:.3g} at most"
        return [f"{line}; at the last common epoch {apart} (n = {len(gaps)})"]
    apart = f"differ by {mean:+.1f} {measure.unit}s on average, by {most} at most (n = {len(gaps)})"
    return [f"{line}; last common counts {apart}"]


def _same(new: RunRecord, old: RunRecord) -> bool:
    """Whether weights and counts are the same in all epochs that both runs have."""
    ended_alike = new.status == old.status or "diverged" not in (new.status, old.status)
    return ended_alike and same_epochs(new, old, min(len(new.rows), len(old.rows)))


def _last_common(
    pairs: list[tuple[RunRecord, RunRecord]],
) -> Iterator[tuple[RunRecord, RunRecord, int]]:
    for new, old in pairs:
        common = min(len(new.rows), len(old.rows))
        if common:
            yield new, old, common - 1
