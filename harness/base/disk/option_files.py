"""Files that an option asks a command to write: checked before its work, written after it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ..errors import InputError, StorageError


def check_file(option: str, path: Path) -> None:
    """Raises InputError if the file's folder does not exist, StorageError if it cannot be written.

    The check leaves no new file behind.
    """
    with _refused(option, path):
        if not path.parent.is_dir():
            raise InputError(f"--{option} {path}: there is no folder {path.parent}; make it")
        is_new = not path.exists()
        path.open("a", encoding="utf-8").close()
        if is_new:
            path.unlink()


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
