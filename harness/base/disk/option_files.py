"""Files and folders that an option asks a command to write to, checked before its work."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ..errors import InputError, StorageError
from .earlier_results import Content, content_of
from .folders import remove_leftovers, write_whole

IN_PLACE: Final = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.EBUSY})
"""Errors where a file may be written and not replaced: its folder is closed, or it is mounted."""

MOST_BYTES: Final = 2**26
"""Size of a file beyond which it is no result."""


def check_file(option: str, path: Path, read: Iterable[str | Path] = ()) -> None:
    """Raises InputError if it is a folder, in none or an input, StorageError if it is unwritable.

    `read` are the names of what the command reads, which need not be files. The check leaves no new
    file behind, and opens no pipe: its reader would take that for the end.
    """
    with _refused(option, path):
        if any(_is_same(path, name) for name in read):
            raise InputError(f"--{option} {path}: is read by this command; name another file")
        if path.is_dir():
            raise InputError(f"--{option} {path}: is a folder; name a file")
        if not path.parent.is_dir():
            raise InputError(f"--{option} {path}: there is no folder {path.parent}; make it")
        if path.is_file():
            path.open("a").close()
        elif not path.exists():
            tempfile.TemporaryFile(dir=_target(path).parent).close()
        elif not os.access(path, os.W_OK):
            raise OSError(errno.EACCES, os.strerror(errno.EACCES))


def make_way(option: str, path: Path, read: Iterable[str | Path]) -> None:
    """`check_file`, then remove an earlier result, so that nobody takes it for this command's.

    It is emptied where it cannot be removed. A pipe, a device and an open file stay, and so does a
    file of the option's format that is no result, until it is replaced. Any other file is refused,
    and so are inputs: what is in one of the folders that are `read`, too. What killed commands left
    half written beside the file is removed.
    """
    check_file(option, path, read)
    with _refused(option, path):
        with contextlib.suppress(OSError):  # of a folder that is closed
            remove_leftovers(_target(path).parent, _target(path).name)
        if not path.is_file() or _is_open(path):
            return
        content = _content(option, path)
        if content is Content.RESULT:
            _remove(path)
        elif content is Content.OTHER:
            raise InputError(f"--{option} {path}: is no earlier result; name another file")
        elif any(os.path.isdir(name) and _is_below(path, name) for name in read):
            raise InputError(f"--{option} {path}: is read by this command; name another file")


def make_way_for(files: Mapping[str, Path], read: Iterable[str | Path]) -> None:
    """`make_way` for each option, also if another is refused; then the first error is raised."""
    problems = []
    for option, path in files.items():
        try:
            make_way(option, path, read)
        except (InputError, StorageError) as error:
            problems.append(error)
    if problems:
        raise problems[0]


def _content(option: str, path: Path) -> Content:
    if path.stat().st_size > MOST_BYTES:
        return Content.OTHER
    return content_of(option, path.read_text(encoding="utf-8", errors="replace"))


def _remove(path: Path) -> None:
    try:
        _target(path).unlink()
    except OSError as error:
        if error.errno not in IN_PLACE:
            raise
        _write(path, "")


def check_folder(option: str, path: Path) -> None:
    """Raises InputError if a file, or a link that leads nowhere, has the place of the folder.

    The folder need not exist.
    """
    there = next((place for place in (path, *path.parents) if os.path.lexists(place)), None)
    if there and not os.path.isdir(there):
        raise InputError(f"{option}: {there} is not a folder; name another, or move it away")


def write_file(option: str, path: Path, text: str) -> None:
    """Write the file complete or not at all if it can be replaced; raises StorageError.

    A link stays, and leads to the new content. A pipe or a device is written to.
    """
    with _refused(option, path):
        if path.exists() and not path.is_file():
            return _write(path, text)
        try:
            write_whole(_target(path), text)
        except OSError as error:
            if error.errno not in IN_PLACE:
                raise
            _write(path, text)


def append(option: str, path: Path, text: str) -> None:
    """Append to the file, which is made if it is missing; raises StorageError."""
    with _refused(option, path):
        _write(path, text, "a")


def _is_same(path: Path, name: str | Path) -> bool:
    """Whether both lead to one file that is there."""
    return os.path.isfile(path) and os.path.isfile(name) and os.path.samefile(path, name)


def _is_below(path: Path, folder: str | Path) -> bool:
    return _target(path).is_relative_to(os.path.realpath(folder))


def _is_open(path: Path) -> bool:
    """Whether it names an open file of this process, as /dev/stdout does on Linux."""
    while path.is_symlink() and not os.path.realpath(path.parent).startswith("/proc/"):
        path = path.parent / path.readlink()
    return os.path.realpath(path.parent).startswith("/proc/")


def _target(path: Path) -> Path:
    """The path without links."""
    return Path(os.path.realpath(path))


def _write(path: Path, text: str, mode: str = "w") -> None:
    with path.open(mode, encoding="utf-8") as file:
        file.write(text)


@contextmanager
def _refused(option: str, path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(f"--{option} {path}: {error.strerror}; give another file") from error
