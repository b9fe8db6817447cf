"""The files that a command's program is made of, and their digests."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from ..base.files import check_regular
from ..base.fingerprint import fingerprint

MOST_FILES: Final = 10_000
MOST_BYTES: Final = 2**36
"""64 GiB a file, which takes minutes to read."""

Inputs = dict[str, str]
"""SHA-256 of each file, by its path from the study file's folder."""


class InputsError(ValueError):
    """Input files cannot be found or read; the message says which, and what would do."""


def find_inputs(folder: Path, patterns: Iterable[str]) -> Inputs:
    """The files that the patterns name from the folder; raises InputsError."""
    found: set[str] = set()
    for pattern in patterns:
        try:
            files = [path for path in folder.glob(pattern) if path.is_file()]
        except (OSError, ValueError, NotImplementedError) as error:
            raise InputsError(f"{pattern}: cannot be looked for ({error})") from error
        if not files:
            raise InputsError(f"{pattern}: names no file in {folder}; mend it, or leave it out")
        found |= {path.relative_to(folder).as_posix() for path in files}
        if len(found) > MOST_FILES:
            raise InputsError(f"{pattern}: names more than {MOST_FILES:,} files; name fewer")
    return {name: _digest(folder / name) for name in sorted(found)}


def inputs_digest(inputs: Inputs) -> str:
    """One digest for all of them, of names and contents."""
    return fingerprint(inputs)


def _digest(path: Path) -> str:
    try:
        check_regular(path, MOST_BYTES)
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputsError(f"{path}: {error.strerror}; make it a file that can be read") from error
