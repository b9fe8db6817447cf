"""The ledger: one JSON file per run, written complete or not at all.

<root>/runs/<recipe key>/<run key>.json
<root>/imported/      runs that were trained elsewhere, by study
<root>/checkpoints/   the state of runs that are being trained or were stopped
<root>/logs/          what programs printed, by run key
<root>/damaged/       files that were set aside, never deleted
<root>/locks          locked byte by byte: one byte for each run that a bench is training
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..base.disk.files import MOST_BYTES, is_folder, read_regular
from ..base.disk.folders import make_ignored, names_in, write_whole
from ..base.disk.option_files import check_folder
from ..base.errors import InputError, StorageError
from ..base.words import one_line
from .locks import RunLocks, is_key
from .parsing import DamagedRecord, NewerRecord, parse_record, read_record
from .record import RECORD_SUFFIX, RunRecord

CHECKPOINTS: Final = "checkpoints"
FOLDER_LETTERS: Final = 16
SAFE: Final = "all finished runs are kept"
"""What becomes of the runs if the disk fails while one is written."""


@dataclass(frozen=True)
class Damage:
    """A record file that cannot be used, and why."""

    path: Path
    reason: str

    def __str__(self) -> str:
        return one_line(f"{self.path}: {self.reason}")


@dataclass(frozen=True)
class Ledger:
    """The store of run records under `root`."""

    root: Path

    def prepare(self, safe: str = SAFE) -> None:
        """Make sure that records can be written; raises InputError for a file, StorageError."""
        with self.reporting(safe):
            make_ignored(self.root)
            self._runs.mkdir(exist_ok=True)
            _try_to_write(self.root)

    def check_exists(self, first: str) -> None:
        """Raises InputError if there is no ledger, StorageError if it cannot be read.

        `first` is the command that would fill it, for the message.
        """
        with self.reporting():
            there = is_folder(self._runs)
        if not there:
            raise InputError(
                f"--ledger {self.root}: there is no ledger; `{first}` makes one, or name the right "
                "one"
            )

    def path(self, record: RunRecord) -> Path:
        """The path of the record's file."""
        return self._folder(record.recipe_key) / f"{record.key}{RECORD_SUFFIX}"

    def checkpoint(self, key: str) -> Path:
        """The file that keeps the state of a run while it is being trained."""
        return self.root / CHECKPOINTS / f"{key}.safetensors"

    def checkpoint_folder(self, key: str) -> Path:
        """The folder that keeps the state of a run while a program is training it."""
        return self.root / CHECKPOINTS / key

    def log(self, key: str) -> Path:
        """The file with what a program printed when it last trained the run with this key."""
        return self.root / "logs" / f"{key}.log"

    def find(self, recipe_key: str, key: str) -> RunRecord | Damage | None:
        """The record of a run, or what is wrong with its file; None if there is no file.

        Raises StorageError if the file cannot be read.
        """
        return self._read(self._folder(recipe_key) / f"{key}{RECORD_SUFFIX}", recipe_key)

    def of_recipe(self, recipe_key: str) -> Iterator[RunRecord | Damage]:
        """All records of a recipe, of every seed and engine, one by one; raises StorageError."""
        for path in self._files(recipe_key):
            if found := self._read(path, recipe_key):
                yield found

    def everything(self) -> Iterator[RunRecord | Damage]:
        """All records of all recipes, one by one; raises StorageError."""
        with self.reporting():
            folders = [self._runs / name for name in names_in(self._runs)]
            files = [
                folder / name
                for folder in folders
                if is_folder(folder)
                for name in names_in(folder, RECORD_SUFFIX)
            ]
        for path in files:
            if found := self._read(path):
                yield found

    def count(self, recipe_key: str) -> int:
        """The number of a recipe's record files; raises StorageError."""
        return len(self._files(recipe_key))

    def content(self, record: RunRecord) -> bytes:
        """The record's file, byte for byte; raises StorageError if it now holds other results."""
        path = self.path(record)
        with self.reporting():
            content = read_regular(path)
        if not _has_results(content, record):
            raise StorageError(f"{path}: was replaced in the meantime; run the same command again")
        return content

    def write(self, record: RunRecord) -> None:
        """Keep the record, unless the ledger has one of the same run that tells more.

        A damaged file at its path is set aside. Raises StorageError, also if the file there has a
        newer format, which is never replaced, or if this record is too large to be read again.
        """
        present = self.find(record.recipe_key, record.key)
        if isinstance(present, RunRecord) and _says_more(present, record):
            return
        if isinstance(present, Damage):
            self.set_aside(present)
        content = record.to_json()
        if len(content) > MOST_BYTES:
            raise StorageError(
                f"the record of {record.recipe} seed {record.seed} has {len(content):,} bytes, and "
                f"at most {MOST_BYTES:,} can be read; declare fewer epochs"
            )
        with self.reporting():
            write_whole(self.path(record), content)

    def set_aside_unless_in_use(self, damage: Damage) -> Path | None:
        """`set_aside`, unless another command trains the run or has replaced or moved the file.

        Raises StorageError.
        """
        locks = self.locks()
        try:
            key = damage.path.stem
            if is_key(key) and not locks.take(key):
                return None
            is_damaged = isinstance(self._read(damage.path), Damage)
            return self.set_aside(damage) if is_damaged else None
        finally:
            locks.close()

    def set_aside(self, damage: Damage) -> Path:
        """Move a damaged file out of the way and return its new path; raises StorageError.

        Whoever calls this holds the lock on the run.
        """
        with self.reporting():
            folder = self.root / "damaged"
            folder.mkdir(exist_ok=True)
            place = Path(tempfile.mkdtemp(dir=folder, prefix="")) / damage.path.name
            with contextlib.suppress(FileNotFoundError):  # another bench has moved it
                damage.path.rename(place)
        return place

    def forget_progress(self, key: str) -> None:
        """Remove the checkpoint of a run that has ended or starts over; raises StorageError."""
        with self.reporting():
            self.checkpoint(key).unlink(missing_ok=True)
            if is_folder(self.checkpoint_folder(key)):
                shutil.rmtree(self.checkpoint_folder(key))

    def forget_finished(self, keys: Collection[str]) -> None:
        """Remove the checkpoints of these runs, which have ended: a bench that was killed just then
        leaves them.

        Those of runs that a bench is training stay, and so does what cannot be removed.
        """
        with contextlib.suppress(OSError, StorageError):
            names = names_in(self.root / CHECKPOINTS)
            locks = self.locks()
            try:
                for key in {name.partition(".")[0] for name in names}.intersection(keys):
                    if locks.take(key):
                        self.forget_progress(key)
            finally:
                locks.close()

    def remove(self, record: RunRecord) -> None:
        """Delete a record, so that its run is trained again from the start; raises StorageError."""
        self.forget_progress(record.key)
        with self.reporting():
            self.path(record).unlink(missing_ok=True)
            self.log(record.key).unlink(missing_ok=True)

    def locks(self) -> RunLocks:
        """A bench's locks on runs; raises StorageError."""
        with self.reporting():
            return RunLocks(os.open(self.root / "locks", os.O_RDWR | os.O_CREAT, 0o644))

    @property
    def _runs(self) -> Path:
        return self.root / "runs"

    def _folder(self, recipe_key: str) -> Path:
        return self._runs / recipe_key[:FOLDER_LETTERS]

    def _files(self, recipe_key: str) -> list[Path]:
        folder = self._folder(recipe_key)
        with self.reporting():
            return [folder / name for name in names_in(folder, RECORD_SUFFIX)]

    def _read(self, path: Path, recipe_key: str | None = None) -> RunRecord | Damage | None:
        """The record of a file, of this recipe if one is named, or what is wrong with it."""
        try:
            record = read_record(path)
        except FileNotFoundError:
            return None
        except DamagedRecord as error:
            return Damage(path, str(error))
        except NewerRecord as error:
            raise StorageError(f"{path}: {error}") from error
        except OSError as error:
            raise self._failure(error) from error
        if self.path(record) != path or recipe_key not in (None, record.recipe_key):
            return Damage(path, "holds a different run than its name says")
        return record

    @contextlib.contextmanager
    def reporting(self, safe: str = SAFE) -> Iterator[None]:
        """Within the block, turn an OSError into a StorageError, or an InputError for a file.

        `safe` says what becomes of the runs.
        """
        try:
            yield
        except OSError as error:
            raise self._failure(error, safe) from error

    def _failure(self, error: OSError, safe: str = SAFE) -> StorageError:
        """What the user is told; raises InputError if the ledger is not a folder."""
        check_folder("--ledger", self.root)
        place = error.filename or self.root
        return StorageError(
            f"{place}: {error.strerror}; fix that or give another --ledger, then run the same "
            f"command again: {safe}"
        )


def _try_to_write(folder: Path) -> None:
    """Raises OSError that names the folder, not a file of which nobody has heard."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(4096))
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(folder)) from error


def _has_results(content: bytes, record: RunRecord) -> bool:
    """Whether a file holds the record's results, in whatever JSON formatting."""
    if f'"digest":"{record.digest}"'.encode() in content:
        return True
    try:
        return parse_record(content).digest == record.digest
    except (DamagedRecord, NewerRecord):
        return False


def _says_more(present: RunRecord, new: RunRecord) -> bool:
    """A failure says nothing; a run that diverged says all that there is, however early."""
    if not (present.is_evidence and new.is_evidence):
        return present.is_evidence
    return new.status != "diverged" and len(present.rows) > len(new.rows)
