"""The files of a command's program, and their digests."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ..base.disk.files import check_regular
from ..base.disk.ours import is_ledger, is_report
from ..base.fingerprint import fingerprint

MOST_FILES: Final = 10_000
MOST_BYTES: Final = 2**36
"""64 GiB per file, which takes minutes to read."""
WILD: Final = "*?["
WRITTEN: Final = (".git", "__pycache__", ".accuracy")
IGNORES_ITSELF: Final = "*"
"""The only line of `.gitignore` in ledgers, report folders, virtual environments and caches."""

Inputs = dict[str, str]
"""SHA-256 of each file, by its path relative to the study file's folder."""


class InputsError(ValueError):
    """Input files cannot be found or read; the message says which, and what to do."""


def find_inputs(folder: Path, patterns: Iterable[str]) -> Inputs:
    """The files that match the patterns, which are relative to the folder; raises InputsError.

    A pattern with wildcards skips files that are written while runs are trained, since the program
    would otherwise count as changed after each run.
    """
    found: set[str] = set()
    written = _Written(folder)
    for pattern in patterns:
        try:
            files = [path for path in folder.glob(pattern) if path.is_file()]
        except OSError as error:
            place = error.filename or folder
            raise InputsError(
                f"{pattern}: {place} cannot be read: {error.strerror}; fix that, or leave it out"
            ) from error
        except ValueError as error:
            raise InputsError(f"{pattern}: is not a valid pattern ({error})") from error
        if not files:
            raise InputsError(f"{pattern}: names no file in {folder}; correct it, or leave it out")
        names = {path.relative_to(folder) for path in files}
        if any(letter in pattern for letter in WILD):
            names = {name for name in names if not written.holds(name)}
        if not names:
            raise InputsError(
                f"{pattern}: names only files that runs, Python and git write; correct it"
            )
        found |= {_printable(name.as_posix()) for name in names}
        if len(found) > MOST_FILES:
            raise InputsError(f"{pattern}: names more than {MOST_FILES:,} files; name fewer")
    return {name: _digest(folder / name) for name in sorted(found)}


@dataclass
class _Written:
    """The folders that we, Python and git write to."""

    folder: Path
    _known: dict[Path, bool] = field(default_factory=dict)

    def holds(self, name: Path) -> bool:
        """Whether a file, given relative to the study file's folder, is in one of them."""
        return any(self._is_one(parent) for parent in name.parents if parent.name not in ("", ".."))

    def _is_one(self, parent: Path) -> bool:
        if parent not in self._known:
            place = self.folder / parent
            found = parent.name in WRITTEN or is_report(place) or is_ledger(place)
            self._known[parent] = found or self._ignores_itself(parent)
        return self._known[parent]

    def _ignores_itself(self, parent: Path) -> bool:
        try:
            lines = (self.folder / parent / ".gitignore").read_text(errors="replace").splitlines()
        except OSError:
            return False
        return [line for line in lines if line and line[0] != "#"] == [IGNORES_ITSELF]


def inputs_digest(inputs: Inputs) -> str:
    """One digest of all names and contents."""
    return fingerprint(inputs)


def _printable(name: str) -> str:
    """The name, if records and reports can hold it; otherwise raises InputsError."""
    if not name.isprintable():
        raise InputsError(f"{name!r}: cannot be printed; rename the file, or leave it out")
    return name


def _digest(path: Path) -> str:
    try:
        check_regular(path, MOST_BYTES)
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputsError(f"{path}: {error.strerror}; make it a file that can be read") from error
