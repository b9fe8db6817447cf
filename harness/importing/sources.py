"""The content of files that other tools wrote, and what a record says of them."""

from __future__ import annotations

import errno
import hashlib
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Final

from ..base.disk.files import NotAFile, read_regular
from ..base.errors import InputError
from ..base.words import one_line
from ..results.elsewhere.record import Source

MOST_BYTES: Final = 2**30
MOST_ROWS: Final = 5_000_000
"""As many as 100,000 runs of 50 epochs have. Judging a million rows takes 1.8 GB of memory."""
MOST_LETTERS: Final = 1_000


def content_of(path: Path) -> bytes:
    """The content of a file; raises InputError."""
    try:
        return read_regular(path, MOST_BYTES)
    except NotAFile as error:
        fix = "give it in parts" if error.errno == errno.EFBIG else "name a file"
        raise InputError(f"{path}: {error.strerror}; {fix}") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}; name another file") from error


def check_rows(path: Path, rows: int) -> None:
    """Raises InputError if a table has more rows than fit in memory; call it before reading."""
    if rows > MOST_ROWS:
        raise InputError(
            f"{path}: has {rows:,} rows, and {MOST_ROWS:,} are the most; leave out those that are "
            "not to be judged"
        )


def source_of(path: Path, content: bytes, reader: str) -> Source:
    """What a record says of the file that it was read from."""
    digest = hashlib.sha256(content).hexdigest()
    return Source(file=one_line(path)[:MOST_LETTERS], sha256=digest, reader=reader)


def extra(module: str, name: str, path: Path) -> ModuleType:
    """A module of an optional library; raises InputError if it is not installed."""
    try:
        return import_module(module)
    except ImportError as error:
        raise InputError(
            f"{path}: {module.partition('.')[0]} is needed to read it; "
            f"pip install 'reprobench[{name}]'"
        ) from error


def source_of_many(path: Path, contents: dict[str, bytes], reader: str) -> Source:
    """What a record says of a folder, given the content of each file read there, by name."""
    digest = hashlib.sha256()
    for name in sorted(contents):
        digest.update(f"{name}\0{len(contents[name])}\0".encode())
        digest.update(contents[name])
    return Source(file=one_line(path)[:MOST_LETTERS], sha256=digest.hexdigest(), reader=reader)
