"""Adding imported runs to those that a ledger already has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...base.errors import InputError
from .record import ImportedRecord
from .study import measured_by, run_of


@dataclass(frozen=True)
class Kept:
    """How many of the imported runs were new, the same as in the ledger, and so on."""

    new: int = 0
    same: int = 0
    longer: int = 0
    """Runs that continue where those in the ledger ended."""
    replaced: int = 0


def joined(
    known: Sequence[ImportedRecord], new: Sequence[ImportedRecord], *, replace: bool
) -> tuple[list[ImportedRecord], list[ImportedRecord], Kept]:
    """All runs once `new` are added to `known`, the runs to write, and the number of each kind.

    A run that continues a known one replaces it; one that ends earlier adds nothing. Raises
    InputError for a run whose values differ from the known ones, unless `replace` is set.
    """
    there = {(record.recipe, record.seed): record for record in known}
    written: list[ImportedRecord] = []
    counts = dict.fromkeys(("new", "same", "longer", "replaced"), 0)
    for record in new:
        kind = _kind(there.get((record.recipe, record.seed)), record, replace=replace)
        counts[kind] += 1
        if kind != "same":
            written.append(record)
            there[record.recipe, record.seed] = record
    everything = sorted(there.values(), key=lambda record: (record.recipe, record.seed))
    return everything, written, Kept(**counts)


def _kind(old: ImportedRecord | None, new: ImportedRecord, *, replace: bool) -> str:
    """How the new record relates to the old one of the same run: the name of a field of Kept."""
    if old is None:
        return "new"
    before, after = old.course, new.course
    alike = old.measured == new.measured
    if replace:
        said = (old.axes, old.parameters) == (new.axes, new.parameters)
        return "same" if alike and said and before == after else "replaced"
    if not alike:
        raise InputError(
            f"{new.sources[0].file}: {run_of(new)} is measured by {measured_by(new)}, but by "
            f"{measured_by(old)} in the ledger; give the study another name, or give --replace"
        )
    common = min(len(before), len(after))
    if before[:common] != after[:common]:
        raise _changed(old, new, before, after)
    return "longer" if len(after) > len(before) else "same"


def _changed(
    old: ImportedRecord,
    new: ImportedRecord,
    before: Sequence[float | None],
    after: Sequence[float | None],
) -> InputError:
    index = next(i for i, pair in enumerate(zip(before, after, strict=False)) if pair[0] != pair[1])
    said, was = ("not finite" if v[index] is None else f"{v[index]:.10g}" for v in (after, before))
    return InputError(
        f"{new.sources[0].file}: {run_of(new)} is {said} at epoch {index + 1}, but {was} in the "
        f"ledger, from {old.sources[0].file}; if the new values are right, give --replace"
    )
