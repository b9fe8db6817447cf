"""Files and folders that an option asks a command to write to, checked before its work."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ..errors import InputError, StorageError


def check_file(option: str, path: Path) -> None:
    """Raises InputError if it is a folder or in none, StorageError if it cannot be written.

    The check leaves no new file behind.
    """
    with _refused(option, path):
        if path.is_dir():
            raise InputError(f"--{option} {path}: is a folder; name a file")
        if not path.parent.is_dir():
            raise InputError(f"--{option} {path}: there is no folder {path.parent}; make it")
        is_new = not path.exists()
        path.open("a", encoding="utf-8").close()
        if is_new:
            path.unlink()


def check_folder(option: str, path: Path) -> None:
    """Raises InputError if a file, or a link that leads nowhere, has the place of the folder.

    The folder need not exist.
    """
    there = next((place for place in (path, *path.parents) if os.path.lexists(place)), None)
    if there and not there.is_dir():
        raise InputError(f"{option}: {there} is not a folder; name another, or move it away")


@contextmanager
def writing(option: str, path: Path, mode: str = "w") -> Iterator[IO[str]]:
    """The file, opened with `mode`, to write or to append; raises StorageError."""
    with _refused(option, path), path.open(mode, encoding="utf-8") as file:
        yield file


@contextmanager
def _refused(option: str, path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(f"--{option} {path}: {error.strerror}; give another file") from error
