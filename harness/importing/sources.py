"""The content of files that others wrote, and what a record says of them."""

from __future__ import annotations

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
MOST_LETTERS: Final = 1_000


def content_of(path: Path) -> bytes:
    """The content of a file; raises InputError."""
    try:
        return read_regular(path, MOST_BYTES)
    except NotAFile as error:
        raise InputError(f"{path}: {error.strerror}; name a file") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}; name another file") from error


def source_of(path: Path, content: bytes, reader: str) -> Source:
    """What a record says of the file that it was read from."""
    digest = hashlib.sha256(content).hexdigest()
    return Source(file=one_line(path)[:MOST_LETTERS], sha256=digest, reader=reader)


def extra(module: str, name: str, path: Path) -> ModuleType:
    """An optional library; raises InputError where it is not installed."""
    try:
        return import_module(module)
    except ImportError as error:
        raise InputError(
            f"{path}: {module.partition('.')[0]} is needed to read it; "
            f"pip install 'reprobench[{name}]'"
        ) from error


def source_of_many(path: Path, contents: dict[str, bytes], reader: str) -> Source:
    """The same for a folder, from the content of each file that was read in it, by name."""
    digest = hashlib.sha256()
    for name in sorted(contents):
        digest.update(f"{name}\0{len(contents[name])}\0".encode())
        digest.update(contents[name])
    return Source(file=one_line(path)[:MOST_LETTERS], sha256=digest.hexdigest(), reader=reader)
