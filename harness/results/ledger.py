"""The ledger: one JSON file a run, written as a whole or not at all.

<root>/runs/<recipe key>/<run key>.json
<root>/checkpoints/   how far runs are that are being trained, or were when they were stopped
<root>/damaged/       files that were set aside, never deleted
<root>/locks          locked byte by byte: one byte for each run that a bench is training
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..base.errors import InputError, StorageError
from ..base.folders import make_ignored, write_whole
from .locks import RunLocks
from .record import SUFFIX, DamagedRecord, RunRecord, read_record

FOLDER_LETTERS: Final = 16


@dataclass(frozen=True)
class Damage:
    """A record file that cannot be used, and why."""

    path: Path
    reason: str

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


@dataclass(frozen=True)
class Ledger:
    """The store of run records under `root`."""

    root: Path

    def prepare(self) -> None:
        """Make sure that records can be written; raises StorageError."""
        try:
            make_ignored(self.root)
            self._runs.mkdir(exist_ok=True)
            with tempfile.TemporaryFile(dir=self.root) as file:
                file.write(bytes(4096))
        except OSError as error:
            raise self._failure(error) from error

    def check_exists(self) -> None:
        """Raises InputError where there is no ledger to read."""
        if not self._runs.is_dir():
            raise InputError(
                f"--ledger {self.root}: no ledger is there; name the right one, or run "
                "`harness bench` first"
            )

    def path(self, record: RunRecord) -> Path:
        """Where the record belongs."""
        return self._folder(record.recipe_key) / f"{record.key}{SUFFIX}"

    def checkpoint(self, key: str) -> Path:
        """Where a run that is being trained keeps how far it is."""
        return self.root / "checkpoints" / f"{key}.safetensors"

    def find(self, recipe_key: str, key: str) -> RunRecord | Damage | None:
        """The record of one run, if there is one; raises StorageError."""
        return self._read(self._folder(recipe_key) / f"{key}{SUFFIX}", recipe_key)

    def of_recipe(self, recipe_key: str) -> Iterator[RunRecord | Damage]:
        """All records of a recipe, of every seed and engine, one by one; raises StorageError."""
        for path in self._files(recipe_key):
            if found := self._read(path, recipe_key):
                yield found

    def count(self, recipe_key: str) -> int:
        """How many files of a recipe there are; raises StorageError."""
        return len(self._files(recipe_key))

    def content(self, record: RunRecord) -> bytes:
        """The record's file, byte for byte; raises StorageError where it holds other results."""
        path = self.path(record)
        try:
            content = path.read_bytes()
        except OSError as error:
            raise self._failure(error) from error
        if f'"digest":"{record.digest}"'.encode() not in content:
            raise StorageError(f"{path}: was replaced meanwhile; run the same command again")
        return content

    def write(self, record: RunRecord) -> None:
        """Keep the record, unless one that says more is there already; raises StorageError."""
        present = self.find(record.recipe_key, record.key)
        if isinstance(present, RunRecord) and _says_more(present, record):
            return
        try:
            write_whole(self.path(record), record.to_json())
        except OSError as error:
            raise self._failure(error) from error

    def set_aside(self, damage: Damage) -> Path:
        """Move a damaged file out of the way, under a name not yet taken; raises StorageError."""
        try:
            folder = self.root / "damaged"
            folder.mkdir(exist_ok=True)
            place = Path(tempfile.mkdtemp(dir=folder, prefix="")) / damage.path.name
            damage.path.rename(place)
        except FileNotFoundError:
            pass  # another bench was quicker
        except OSError as error:
            raise self._failure(error) from error
        return place

    def locks(self) -> RunLocks:
        """This process's locks on runs; raises StorageError."""
        try:
            return RunLocks(os.open(self.root / "locks", os.O_RDWR | os.O_CREAT, 0o644))
        except OSError as error:
            raise self._failure(error) from error

    @property
    def _runs(self) -> Path:
        return self.root / "runs"

    def _folder(self, recipe_key: str) -> Path:
        return self._runs / recipe_key[:FOLDER_LETTERS]

    def _files(self, recipe_key: str) -> list[Path]:
        try:
            return sorted(self._folder(recipe_key).glob(f"*{SUFFIX}"))
        except OSError as error:
            raise self._failure(error) from error

    def _read(self, path: Path, recipe_key: str) -> RunRecord | Damage | None:
        try:
            record = read_record(path)
        except FileNotFoundError:
            return None
        except DamagedRecord as error:
            return Damage(path, str(error))
        except OSError as error:
            raise self._failure(error) from error
        if (record.recipe_key, record.key) != (recipe_key, path.stem):
            return Damage(path, "holds another run than its name says")
        return record

    def _failure(self, error: OSError) -> StorageError:
        place = error.filename or self.root
        return StorageError(
            f"{place}: {error.strerror}; mend that or give another --ledger, then run the same "
            "command again: all finished runs are kept"
        )


def _says_more(present: RunRecord, new: RunRecord) -> bool:
    return present.is_evidence and (not new.is_evidence or len(present.rows) > len(new.rows))
