"""The imported runs that a ledger keeps: one JSON file a run, by study.

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
from .record import SUFFIX, record_file

FORMATS: Final = re.compile(r"imported-(\d{1,9})")
FORMAT: Final = 1
NAMES: Final = re.compile(r"[A-Za-z0-9._+=-]{1,80}")
"""Of recipes, which name files."""


@dataclass(frozen=True)
class Kept:
    """What became of runs that were imported, in numbers of them."""

    new: int = 0
    same: int = 0
    longer: int = 0
    """That go on where those in the ledger ended."""
    replaced: int = 0


@dataclass(frozen=True)
class ImportedRuns:
    """The imported runs of one study in a ledger."""

    ledger: Ledger
    study: str

    @property
    def folder(self) -> Path:
        """Where they lie."""
        return self.ledger.root / IMPORTED / self.study

    def read(self) -> tuple[list[ImportedRecord], list[Damage]]:
        """All of them, by recipe and seed, and the files that cannot be used.

        Raises StorageError for what cannot be read, or is of a newer format.
        """
        records: list[ImportedRecord] = []
        damaged: list[Damage] = []
        with self.ledger.reporting():
            paths = [self.folder / name for name in names_in(self.folder, SUFFIX)]
        for path in paths:
            found = self._found(path)
            if isinstance(found, Damage):
                damaged.append(found)
            else:
                records.append(found)
        return sorted(records, key=lambda record: (record.recipe, record.seed)), damaged

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Wait until no other import changes these runs; raises StorageError."""
        self.ledger.prepare()
        with self.ledger.reporting():
            self.folder.mkdir(parents=True, exist_ok=True)
            with alone_in(self.folder):
                yield

    def write(self, records: Sequence[ImportedRecord]) -> None:
        """Keep these, each as a whole, in the place of what is there; raises StorageError.

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
    """The run in a file, which is named after it.

    Raises DamagedRecord, NewerRecord, and OSError where the file is not there or unreadable.
    """
    try:
        record = parse_imported(read_regular(path))
    except NotAFile as error:
        raise DamagedRecord(error.strerror) from error
    if path.name != record_file(record.recipe, record.seed):
        raise DamagedRecord("holds another run than its name says")
    return record


def committed_imported(study: str, reports: Path = REPORTS) -> list[ImportedRecord]:
    """The imported runs of a committed report; raises as `imported_in` does."""
    return imported_in(reports / study / RECORDS)


def imported_in(folder: Path) -> list[ImportedRecord]:
    """The imported runs of a folder that is kept in version control, by recipe and seed.

    Raises InputError where one is damaged, StorageError where one cannot be read.
    """
    with naming(folder):
        names = names_in(folder, SUFFIX)
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
        text_of = one_line(f"is no imported run ({type(error).__name__}: {error})")
        raise DamagedRecord(text_of[:MOST_REASON]) from error
    if not sound:
        raise DamagedRecord("its content does not match its checksum")
    if fault := _contradiction(record):
        raise DamagedRecord(fault)
    return record


def _check_format(content: dict[str, Any]) -> None:
    found = FORMATS.fullmatch(str(content.get("format")))
    if found and int(found[1]) > FORMAT:
        raise NewerRecord(
            f"is of format imported-{int(found[1])}, and this version of {PRODUCT} reads "
            f"imported-{FORMAT}: install the one that wrote it; it was left as it is"
        )


def _contradiction(record: ImportedRecord) -> str | None:
    """The first of what cannot be, given the rest of the record; None where all agrees."""
    if not NAMES.fullmatch(record.recipe):
        return "recipe: is no name of one"
    if not record.sources:
        return "sources: are none"
    if not all(math.isfinite(value) for value in record.values):
        return "values: hold a number that is not finite"
    if record.total is not None:
        if record.direction != "higher":
            return "direction: is lower, of a count"
        if not all(isinstance(v, int) and 0 <= v <= record.total for v in record.values):
            return f"values: are no counts of {record.total:,}"
    if record.digest != measured_digest(record.status, record.measure, record.total, record.values):
        return "digest: is not that of its values"
    return None


def joined(
    known: Sequence[ImportedRecord], new: Sequence[ImportedRecord], *, replace: bool
) -> tuple[list[ImportedRecord], list[ImportedRecord], Kept]:
    """What there is when `new` is added to what is `known`, what of it is to be written, and how
    many of each kind there are.

    A run that goes on where a known one ended takes its place, and one that ends before it says
    nothing new. Raises InputError for a run with other values, unless it is to `replace` the known.
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
    """What the new record is to the old one of the same run: a field of Kept."""
    if old is None:
        return "new"
    before, after = _course(old), _course(new)
    alike = old.measured == new.measured
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
    """What was measured, epoch by epoch, with None where the run diverged."""
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
