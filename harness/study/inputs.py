"""The files of a command's program, and their digests."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from itertools import pairwise
from pathlib import Path, PurePath
from typing import Final

from ..base.disk.files import NOTHING, check_regular, is_file, read_regular
from ..base.disk.ours import is_ledger, is_report
from ..base.fingerprint import fingerprint

MOST_FILES: Final = 10_000
MOST_BYTES: Final = 2**36
"""64 GiB per file, which takes minutes to read."""
WILD: Final = "*?["
DEEP: Final = "**"
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
        search = _Search(folder, written, _is_wild(pattern))
        try:
            names = {name.as_posix() for name in search.files(_parts(pattern))}
        except OSError as error:
            place = error.filename or folder
            raise InputsError(
                f"{pattern}: {place} cannot be read: {error.strerror}; fix that, or leave it out"
            ) from error
        except (ValueError, RecursionError) as error:
            raise InputsError(f"{pattern}: is not a valid pattern ({error})") from error
        if not names and search.left_out:
            raise InputsError(
                f"{pattern}: names only files that runs, Python and git write, if any; correct it"
            )
        if not names:
            raise InputsError(f"{pattern}: names no file in {folder}; correct it, or leave it out")
        found |= {_printable(name) for name in names}
        if len(found) > MOST_FILES:
            raise InputsError(f"{pattern}: names more than {MOST_FILES:,} files; name fewer")
    return {name: _digest(folder / name) for name in sorted(found)}


def _parts(pattern: str) -> list[str]:
    """The pattern between its slashes; raises ValueError."""
    parts = PurePath(pattern).parts
    if not parts:
        raise ValueError(f"Unacceptable pattern: {pattern!r}")
    if any(DEEP in part and part != DEEP for part in parts):
        raise ValueError(f"{DEEP} can only stand alone between slashes")
    if parts[-1] == DEEP:
        parts = (*parts, "*")
    return [part for part, after in pairwise((*parts, "")) if not part == after == DEEP]


@dataclass
class _Search:
    """A search for files, relative to the study file's folder.

    Unlike that of a Path it passes over no folder that cannot be listed, and finds the same with
    every version of Python.
    """

    folder: Path
    written: _Written
    wild: bool
    """Whether what we, Python and git write is left out."""
    left_out: bool = False
    """Whether a folder of that was."""

    def files(self, parts: Sequence[str], at: Path = Path()) -> Iterator[Path]:
        """The files below a folder that match the parts of a pattern; raises OSError."""
        if self.wild and self.written.is_one(at):
            self.left_out = True
            return
        first, *rest = parts
        if first == DEEP:
            yield from self.files(rest, at)
        further = parts if first == DEEP else rest
        for name in self._matching(first, at):
            if further:
                yield from self.files(further, at / name)
            elif is_file(self.folder / at / name):
                yield at / name

    def _matching(self, part: str, at: Path) -> list[str]:
        """The names in a folder that match a part of a pattern; for `**`, of folders, not links."""
        if not _is_wild(part):
            return [part]
        entries = _entries(self.folder / at)
        if part == DEEP:
            return [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
        return [entry.name for entry in entries if fnmatchcase(entry.name, part)]


def _is_wild(pattern: str) -> bool:
    return any(letter in pattern for letter in WILD)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    """What is in a folder; nothing if it is none. Raises OSError if it cannot be listed."""
    try:
        with os.scandir(folder) as entries:
            return [*entries]
    except OSError as error:
        if error.errno in NOTHING:
            return []
        raise


@dataclass
class _Written:
    """The folders that we, Python and git write to."""

    folder: Path
    _known: dict[Path, bool] = field(default_factory=dict)

    def is_one(self, place: Path) -> bool:
        """Whether a folder, given relative to the study file's folder, is one of them."""
        if place.name in ("", ".."):
            return False
        if place not in self._known:
            ours = is_report(self.folder / place) or is_ledger(self.folder / place)
            self._known[place] = place.name in WRITTEN or ours or self._ignores_itself(place)
        return self._known[place]

    def _ignores_itself(self, place: Path) -> bool:
        try:
            content = read_regular(self.folder / place / ".gitignore")
        except OSError:
            return False
        lines = content.decode(errors="replace").splitlines()
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
