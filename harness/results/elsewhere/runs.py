"""The imported runs that a ledger keeps: one JSON file per run, by study.

<root>/imported/<study>/<recipe>-seed-<seed>.json
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ...base.disk.files import read_regular
from ...base.disk.folders import names_in
from ...base.disk.ours import RECORDS
from ...base.disk.together import alone_with, write_together
from ...base.errors import StorageError
from ..committed import REPORTS, naming
from ..ledger import Damage, Ledger
from ..parsing import DamagedRecord, NewerRecord, parse_record
from ..record import RECORD_SUFFIX, record_file
from .parsing import read_imported
from .record import IMPORTED, ImportedRecord

SAFE: Final = "no run was added or changed"


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

        Raises StorageError for a file that cannot be read or has a newer format.
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
    def locked(self) -> Iterator[None]:
        """Within the block, keep other imports from changing these runs; raises StorageError."""
        self.ledger.prepare(SAFE)
        with self.ledger.reporting(SAFE), alone_with(self.folder):
            yield

    def write(self, records: Sequence[ImportedRecord]) -> None:
        """Write all these runs or none, within `locked`; raises StorageError.

        Earlier files of the same runs are replaced; damaged ones are set aside first.
        """
        files = {record_file(record.recipe, record.seed): record.to_json() for record in records}
        with self.ledger.reporting():
            there = [self.folder / name for name in names_in(self.folder) if name in files]
        for path in there:
            if isinstance(found := self._found(path), Damage):
                self.ledger.set_aside(found)
        with self.ledger.reporting(SAFE):
            write_together(self.folder, files)

    def _found(self, path: Path) -> ImportedRecord | Damage:
        try:
            return read_imported(path)
        except DamagedRecord as error:
            return Damage(path, str(error))
        except NewerRecord as error:
            raise StorageError(f"{path}: {error}") from error
        except OSError as error:
            raise StorageError(f"{path}: {error.strerror}; fix that first") from error


def committed_imported(study: str, reports: Path = REPORTS) -> list[ImportedRecord]:
    """The imported runs of a committed report; raises what `imported_in` raises."""
    return imported_in(reports / study / RECORDS)


def imported_in(folder: Path) -> list[ImportedRecord]:
    """The imported runs in a folder under version control, sorted by recipe and seed.

    Raises InputError if one is damaged, StorageError if one cannot be read.
    """
    with naming(folder):
        names = names_in(folder, RECORD_SUFFIX)
    records = []
    for name in names:
        with naming(folder / name):
            records.append(read_imported(folder / name))
    return sorted(records, key=lambda record: (record.recipe, record.seed))


def is_of_trained_runs(report: Path) -> bool:
    """Whether a report's folder, which need not exist, holds records of runs trained here."""
    with suppress(OSError, DamagedRecord, NewerRecord):
        for name in names_in(report / RECORDS, RECORD_SUFFIX):
            parse_record(read_regular(report / RECORDS / name))
            return True
    return False


def reported(report: Path) -> Iterator[ImportedRecord]:
    """The sound records of imported runs in a report's folder, which need not exist."""
    with suppress(OSError):
        for name in names_in(report / RECORDS, RECORD_SUFFIX):
            with suppress(DamagedRecord, NewerRecord, OSError):
                yield read_imported(report / RECORDS / name)
