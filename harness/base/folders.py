"""Folders that appear as a whole or not at all."""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from .errors import StorageError


@contextlib.contextmanager
def replacing(target: Path, mark: str) -> Iterator[Path]:
    """An empty folder to fill, which takes the place of `target` when the block ends well.

    Raises StorageError if the disk fails, or if `target` is something else than a folder that is
    empty or holds the file `mark`; `target` is then as it was.
    """
    try:
        if target.exists() and any(target.iterdir()) and not (target / mark).is_file():
            raise StorageError(f"{target}: is no report; move it away, or give another --out")
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as scratch:
            fresh = Path(scratch) / "new"
            fresh.mkdir()
            yield fresh
            with _alone_in(target.parent):
                _swap(fresh, target, Path(scratch) / "old")
    except OSError as error:
        place = error.filename or target
        raise StorageError(f"{place}: {error.strerror}; nothing was changed there") from error


def make_ignored(folder: Path) -> None:
    """Create a folder that git leaves out, unless it is there; raises OSError.

    So nobody commits what belongs into no repository, nor counts it among changes. Several may do
    so at once.
    """
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".gitignore").write_text("*\n")


def _swap(fresh: Path, target: Path, old: Path) -> None:
    if target.exists():
        os.replace(target, old)
    try:
        os.replace(fresh, target)
    except OSError:
        if old.exists():
            os.replace(old, target)
        raise


@contextlib.contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder, so that two processes replace one after the other."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def write_whole(path: Path, content: str | bytes) -> None:
    """Write under a temporary name, flush to the disk, rename: whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
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
