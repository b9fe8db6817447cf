"""The content of files that other tools wrote, and what a record says of them."""

from __future__ import annotations

import errno
import fnmatch
import hashlib
import json
import os
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from ..base.disk.files import NotAFile, is_folder, read_regular
from ..base.disk.ours import is_report
from ..base.errors import InputError
from ..base.json_keys import without_duplicates
from ..base.words import one_line
from ..results.elsewhere.record import Source

MOST_BYTES: Final = 2**30
MOST_ROWS: Final = 5_000_000
"""As many as 100,000 runs of 50 epochs have. Judging a million rows takes 1.8 GB of memory."""
MOST_LETTERS: Final = 1_000
SURROGATE: Final = re.compile(rb"\\u[dD][89a-fA-F]")
"""Half of a character, in JSON: the two halves together are text, and one alone is not."""


def content_of(path: Path) -> bytes:
    """The content of a file; raises InputError."""
    try:
        return read_regular(path, MOST_BYTES)
    except NotAFile as error:
        fix = "give it in parts" if error.errno == errno.EFBIG else "name a file"
        raise InputError(f"{path}: {error.strerror}; {fix}") from error
    except OSError as error:
        raise _unreadable(path, error) from error


def is_directory(path: Path) -> bool:
    """Whether the path is a folder; raises InputError if that cannot be determined."""
    try:
        return is_folder(path)
    except OSError as error:
        raise _unreadable(path, error) from error


def paths_below(folder: Path, pattern: str) -> Iterator[Path]:
    """The paths in a folder and in those below it whose names match the pattern.

    An ending may be in capitals. Links are followed, unless in a circle, or to what is there
    anyway, as the latest run often is. Reports of ours are no part of what is read. Raises
    InputError if a folder cannot be listed.
    """
    for above, folders, files in os.walk(folder, onerror=_not_listed, followlinks=True):
        way = _way(folder, Path(above))
        own = [name for name in files if not _repeats(Path(above, name), way)]
        folders[:] = [
            name
            for name in folders
            if not _repeats(Path(above, name), way) and not is_report(Path(above, name))
        ]
        yield from (Path(above, name) for name in (*own, *folders) if _matches(name, pattern))


def _matches(name: str, pattern: str) -> bool:
    stem, ending = os.path.splitext(name)
    return fnmatch.fnmatchcase(stem + ending.lower(), pattern)


def _way(first: Path, last: Path) -> list[Path]:
    """The real folders that were gone through, from the first one to the last one below it."""
    between = [folder for folder in last.parents if folder.is_relative_to(first)]
    return [Path(os.path.realpath(folder)) for folder in (last, *between)]


def _repeats(path: Path, way: list[Path]) -> bool:
    """Whether a path is a link to something in one of the real folders on the way to it, to one of
    them, or above one."""
    if not os.path.islink(path):  # that of a Path raises in a folder that is closed
        return False
    target = Path(os.path.realpath(path))
    return any(target.is_relative_to(real) or real.is_relative_to(target) for real in way)


def _not_listed(error: OSError) -> None:
    raise _unreadable(error.filename, error) from error


def _unreadable(path: Path | str, error: OSError) -> InputError:
    return InputError(f"{path}: cannot be read: {error.strerror}; name another file")


def parsed(text: str | bytes) -> Any:
    """The content of JSON; raises DuplicateKey, RecursionError, and ValueError, also for half of a
    surrogate pair."""
    plain = text if isinstance(text, str) else text.decode("utf-8-sig")
    found = json.loads(plain, object_pairs_hook=without_duplicates)
    if SURROGATE.search(text.encode() if isinstance(text, str) else text):
        json.dumps(found, ensure_ascii=False).encode()
    return found


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
    """What a record says of a folder, given the content of each file read there.

    Each is named by its path within the folder, so that the digest stays if that has another name.
    """
    digest = hashlib.sha256()
    for name in sorted(contents):
        digest.update(f"{name}\0{len(contents[name])}\0".encode())
        digest.update(contents[name])
    return Source(file=one_line(path)[:MOST_LETTERS], sha256=digest.hexdigest(), reader=reader)
