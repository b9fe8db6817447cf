"""The imported runs that a ledger keeps: one JSON file per run, by study.

<root>/imported/<study>/<recipe>-seed-<seed>.json
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ..base.errors import InputError, StorageError
from ..base.files import NotAFile, read_regular
from ..base.fingerprint import fingerprint
from ..base.folders import names_in, write_all
from ..base.scratch import alone_in
from ..base.words import one_line
from .committed import RECORDS, REPORTS, naming
from .imported import IMPORTED, ImportedRecord
from .imported_study import measured_by, run_of
from .ledger import Damage, Ledger
from .measured import measured_digest
from .parsing import MOST_REASON, PRODUCT, DamagedRecord, NewerRecord
from .record import RECORD_SUFFIX, record_file

FORMATS: Final = re.compile(r"imported-(\d{1,9})")
IMPORTED_FORMAT: Final = 1
NAMES: Final = re.compile(r"[A-Za-z0-9._+=-]{1,80}")
"""Valid recipe names, which become file names."""


@dataclass(frozen=True)
class Kept:
    """What became of the runs that were imported: how many of each kind."""

    new: int = 0
    same: int = 0
    longer: int = 0
    """Runs that continue where those in the ledger ended."""
    replaced: int = 0


@dataclass(frozen=True)
class ImportedRuns:
    """The imported runs of one study in a ledger."""

    ledger: Ledger
    study: str

    @property
    def folder(self) -> Path:
        """Where they are kept."""
        return self.ledger.root / IMPORTED / self.study

    def read(self) -> tuple[list[ImportedRecord], list[Damage]]:
        """All of them, sorted by recipe and seed, and the files that cannot be used.

        Raises StorageError for a file that cannot be read or is of a newer format.
        """
        records: list[ImportedRecord] = []
        damaged: list[Damage] = []
        with self.ledger.reporting():
            paths = [self.folder / name for name in names_in(self.folder, RECORD_SUFFIX)]
        for path in paths:
            found = self._found(path)
            if isinstance(found, Damage):
                damaged.append(found)
            else:
                records.append(found)
        return sorted(records, key=lambda record: (record.recipe, record.seed)), damaged

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other imports from changing these runs; raises StorageError."""
        self.ledger.prepare()
        with self.ledger.reporting():
            self.folder.mkdir(parents=True, exist_ok=True)
            with alone_in(self.folder):
                yield

    def write(self, records: Sequence[ImportedRecord]) -> None:
        """Write these runs, each file complete, over what is there; raises StorageError.

        Damaged files are set aside first.
        """
        files = {record_file(record.recipe, record.seed): record.to_json() for record in records}
        with self.ledger.reporting():
            there = [self.folder / name for name in names_in(self.folder) if name in files]
        for path in there:
            if isinstance(found := self._found(path), Damage):
                self.ledger.set_aside(found)
        with self.ledger.reporting():
            write_all(self.folder, files)

    def _found(self, path: Path) -> ImportedRecord | Damage:
        try:
            return read_imported(path)
        except DamagedRecord as error:
            return Damage(path, str(error))
        except NewerRecord as error:
            raise StorageError(f"{path}: {error}") from error
        except OSError as error:
            raise StorageError(f"{path}: {error.strerror}; fix that first") from error


def read_imported(path: Path) -> ImportedRecord:
    """The run in a file, whose name must match it.

    Raises DamagedRecord, NewerRecord, and OSError where the file is missing or unreadable.
    """
    try:
        record = parse_imported(read_regular(path))
    except NotAFile as error:
        raise DamagedRecord(error.strerror) from error
    if path.name != record_file(record.recipe, record.seed):
        raise DamagedRecord("holds a run other than its name says")
    return record


def committed_imported(study: str, reports: Path = REPORTS) -> list[ImportedRecord]:
    """The imported runs of a committed report; raises the errors of `imported_in`."""
    return imported_in(reports / study / RECORDS)


def imported_in(folder: Path) -> list[ImportedRecord]:
    """The imported runs in a folder under version control, sorted by recipe and seed.

    Raises InputError where one is damaged, StorageError where one cannot be read.
    """
    with naming(folder):
        names = names_in(folder, RECORD_SUFFIX)
    records = []
    for name in names:
        with naming(folder / name):
            records.append(read_imported(folder / name))
    return sorted(records, key=lambda record: (record.recipe, record.seed))


def parse_imported(text: bytes) -> ImportedRecord:
    """The imported run that a file holds; raises DamagedRecord and NewerRecord."""
    try:
        content = json.loads(text)
        checksum = content.pop("checksum")
        _check_format(content)
        record = ImportedRecord.model_validate(content)
        sound = fingerprint(content) == checksum
    except NewerRecord:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        reason = one_line(f"is not an imported run ({type(error).__name__}: {error})")
        raise DamagedRecord(reason[:MOST_REASON]) from error
    if not sound:
        raise DamagedRecord("its content does not match its checksum")
    if fault := _contradiction(record):
        raise DamagedRecord(fault)
    return record


def _check_format(content: dict[str, Any]) -> None:
    found = FORMATS.fullmatch(str(content.get("format")))
    if found and int(found[1]) > IMPORTED_FORMAT:
        raise NewerRecord(
            f"is of format imported-{int(found[1])}, and this version of {PRODUCT} reads "
            f"imported-{IMPORTED_FORMAT}: install the one that wrote it; it was left as it is"
        )


def _contradiction(record: ImportedRecord) -> str | None:
    """The first contradiction in the record; None where it is consistent."""
    if not NAMES.fullmatch(record.recipe):
        return "recipe: is not a valid name"
    if not record.sources:
        return "sources: should name at least one"
    if not all(math.isfinite(value) for value in record.values):
        return "values: hold a number that is not finite"
    if record.total is not None:
        if record.direction != "higher":
            return "direction: should be higher for a count"
        if not all(isinstance(v, int) and 0 <= v <= record.total for v in record.values):
            return f"values: should be counts from 0 to {record.total:,}"
    if record.digest != measured_digest(record.status, record.measure, record.total, record.values):
        return "digest: does not match its values"
    return None


def joined(
    known: Sequence[ImportedRecord], new: Sequence[ImportedRecord], *, replace: bool
) -> tuple[list[ImportedRecord], list[ImportedRecord], Kept]:
    """All runs once `new` are added to `known`, those to write, and the number of each kind.

    A run that continues a known one replaces it; one that ends earlier adds nothing. Raises
    InputError for a run whose values differ from the known ones, unless it is to `replace` them.
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
    before, after = _course(old), _course(new)
    alike = (old.measure, old.total, old.direction) == (new.measure, new.total, new.direction)
    if replace:
        said = (old.axes, old.parameters) == (new.axes, new.parameters)
        return "same" if alike and said and before == after else "replaced"
    if not alike:
        raise InputError(
            f"{new.sources[0].file}: {run_of(new)} is measured by {measured_by(new)}, and by "
            f"{measured_by(old)} in the ledger; give the study another name, or --replace"
        )
    common = min(len(before), len(after))
    if before[:common] != after[:common]:
        raise _changed(old, new, before, after)
    return "longer" if len(after) > len(before) else "same"


def _course(record: ImportedRecord) -> tuple[float | None, ...]:
    """What was measured, epoch by epoch, with None at the end if the run diverged."""
    return (*record.values, None) if record.status == "diverged" else record.values


def _changed(
    old: ImportedRecord,
    new: ImportedRecord,
    before: Sequence[float | None],
    after: Sequence[float | None],
) -> InputError:
    index = next(i for i, pair in enumerate(zip(before, after, strict=False)) if pair[0] != pair[1])
    said, was = ("not finite" if v[index] is None else f"{v[index]:.10g}" for v in (after, before))
    return InputError(
        f"{new.sources[0].file}: {run_of(new)} is {said} at epoch {index + 1}, and {was} in the "
        f"ledger, from {old.sources[0].file}; if the new values are right, give --replace"
    )
