"""Folders and files that appear complete or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import tempfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final

from ..errors import InputError, StorageError
from .exchange import exchange
from .files import is_folder
from .scratch import NEW, OLD, alone_in, lock, locked, scratch

TEMPORARY: Final = re.compile(r"\.(.+)\.[a-z0-9_]{8}")
"""Names of temporary files: `short_name` of the final file, and what tempfile appends."""


@contextlib.contextmanager
def replacing(target: Path, mark: str, *, ignored: bool = False) -> Iterator[Path]:
    """An empty folder to fill, which replaces `target` if the block ends without an error.

    It does so in one step if the file system can exchange two folders; if it cannot, the old
    folder is put back if anything interrupts the replacement. The parent folder is made if it is
    missing, with a file that makes git ignore it if it is to be `ignored`. Raises StorageError if
    the disk fails, and as `check_replaceable` does; `target` is then left as it was.
    """
    try:
        # A link is kept; what it points to is replaced.
        place = Path(os.path.realpath(target)) if target.is_symlink() else target
        check_replaceable(target, mark)
        if ignored:
            make_ignored(place.parent)
        place.parent.mkdir(parents=True, exist_ok=True)
        with scratch(place) as folder:
            fresh = folder / NEW
            fresh.mkdir()
            yield fresh
            with alone_in(place.parent):
                check_replaceable(target, mark)
                take_place(fresh, place, folder / OLD)
    except OSError as error:
        where = error.filename or target
        raise StorageError(
            f"{where}: {error.strerror}; nothing was changed there; fix that, then run the same "
            "command again"
        ) from error


def check_replaceable(target: Path, mark: str) -> None:
    """Raises InputError if there is a folder that is not empty and lacks the file `mark`.

    Raises OSError if it cannot be listed.
    """
    if (names := names_in(target)) and mark not in names:
        raise InputError(f"{target}: is not a report; move it away, or give another --out")


def take_place(fresh: Path, place: Path, old: Path) -> None:
    """Put a folder in the place of another, which becomes `old` or takes its name in exchange.

    If this is interrupted, the scratch folder that holds both puts `old` back.
    """
    if not os.path.lexists(place):
        os.rename(fresh, place)
    elif not exchange(fresh, place):
        os.rename(place, old)
        os.rename(fresh, place)


def names_in(folder: Path, suffix: str = "") -> list[str]:
    """The sorted names in a folder that end in `suffix`; none if the folder does not exist.

    Raises OSError if it cannot be listed: an unreadable folder is never taken for an empty one.
    """
    try:
        return sorted(name for name in os.listdir(folder) if name.endswith(suffix))
    except FileNotFoundError:
        return []


def lowest_present(folder: Path) -> Path:
    """The folder if it exists, else its nearest parent that does; raises OSError."""
    while not is_folder(folder):
        if os.path.lexists(folder):  # a file, or a link that leads nowhere
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(folder))
        folder = folder.parent
    return folder


def make_ignored(folder: Path) -> None:
    """Create a folder that git ignores, unless it exists; raises OSError.

    What is in it is then neither committed by accident nor reported as a change. Several processes
    may call this at once.
    """
    if not is_folder(folder):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".gitignore").write_text("*\n")


def write_whole(path: Path, content: str | bytes) -> None:
    """Write under a temporary name, flush to the disk, rename: complete or not at all.

    Temporary files of the same name that killed processes left are removed first. Raises OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    remove_leftovers(path.parent, path.name)
    write_flushed(path, content)


def write_flushed(path: Path, content: str | bytes) -> None:
    """As `write_whole`, into a folder that is there and holds no leftovers; raises OSError."""
    descriptor, temporary = _temporary(path)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
            os.chmod(temporary, 0o644)
            os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def short_name(name: str) -> str:
    """A name of at most 60 letters, another one for each: with 4 bytes a letter and what tempfile
    appends, no file system refuses it."""
    return name if len(name) <= 60 else name[:48] + sha256(os.fsencode(name)).hexdigest()[:12]


def _temporary(path: Path) -> tuple[int, str]:
    """A temporary file beside `path`, locked so that no other process takes it for a leftover."""
    while True:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{short_name(path.name)}.")
        if _is_ours(descriptor):
            return descriptor, name
        os.close(descriptor)


def _is_ours(descriptor: int) -> bool:
    """Lock a new file; whether no other process has taken it for a leftover before."""
    try:
        lock(descriptor)
    except BlockingIOError:
        return False
    except OSError:  # on a file system without locks, no file is ever taken for a leftover
        pass
    return os.fstat(descriptor).st_nlink > 0


def remove_leftovers(folder: Path, final: str) -> None:
    """Remove what `_temporary` made for the file of this name in processes that have ended.

    Raises OSError if the folder cannot be listed.
    """
    for name in names_in(folder):
        made = TEMPORARY.fullmatch(name)
        if made and made[1] == short_name(final):
            with contextlib.suppress(OSError), locked(folder / name):
                (folder / name).unlink()
