"""What is at a path, and reading paths that may not be files.

Only regular files of a sane size are opened.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import Final

MOST_BYTES: Final = 2**28
"""More than the record of 3,000 epochs at chance level on 10,000 test images takes."""
NOTHING: Final = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP})
"""Errors where nothing is at a path, or can be."""


class NotAFile(OSError):
    """A folder, a pipe, a socket, a device, a circular link, or a file that is far too large."""


def read_regular(path: Path, most: int = MOST_BYTES) -> bytes:
    """The content of a regular file; raises NotAFile for anything else, OSError if unreadable.

    It never blocks: no pipe is waited for, and no device is opened.
    """
    check_regular(path, most)
    # Whatever has taken its place since must not block either.
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        _check(os.fstat(file.fileno()), path, most)
        return file.read()


def check_regular(path: Path, most: int = MOST_BYTES) -> None:
    """Raises NotAFile unless the path leads to a regular file of a sane size; raises OSError."""
    try:
        found = os.stat(path)
    except ValueError as error:  # a NUL, which Python refuses
        raise OSError(errno.EINVAL, "No file can have that name", str(path)) from error
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise NotAFile(error.errno, "is a link in a circle", str(path)) from error
        raise
    _check(found, path, most)


def is_file(path: str | Path) -> bool:
    """Whether a regular file is there; raises OSError if that cannot be determined."""
    return stat.S_ISREG(_mode(path) or 0)


def is_folder(path: str | Path) -> bool:
    """Whether a folder is there; raises OSError if that cannot be determined."""
    return stat.S_ISDIR(_mode(path) or 0)


def is_there(path: str | Path) -> bool:
    """Whether anything is there; raises OSError if that cannot be determined."""
    return _mode(path) is not None


def _mode(path: str | Path) -> int | None:
    """The mode of what is there, links followed; None if nothing is, or can be.

    Raises OSError if that cannot be determined: what is in a closed folder may be there.
    """
    try:
        return os.stat(path).st_mode
    except ValueError:  # a NUL, which Python refuses
        return None
    except OSError as error:
        if error.errno in NOTHING:
            return None
        raise


def _check(found: os.stat_result, path: Path, most: int) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise NotAFile(errno.EINVAL, "is not a regular file", str(path))
    if found.st_size > most:
        reason = f"has {found.st_size:,} bytes; at most {most:,} are allowed"
        raise NotAFile(errno.EFBIG, reason, str(path))
