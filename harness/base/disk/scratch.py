"""Scratch folders: each holds a folder that is being written, and the one that it replaces.

.<name>-xxxxxxxx/   beside <name>, locked as long as its process lives
    .gitignore      so that nothing in it is committed
    new/            what is being written
    old/            what it replaces, where two folders cannot be exchanged in one step
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

IGNORE: Final = ".gitignore"
NEW: Final = "new"
OLD: Final = "old"
_NAME: Final = re.compile(r"\.(?P<target>.+)-[a-z0-9_]{8}")


@contextlib.contextmanager
def scratch(target: Path) -> Iterator[Path]:
    """A scratch folder for `target`, removed after the block; raises OSError.

    Scratch folders that killed processes left beside it are removed first.
    """
    with contextlib.ExitStack() as held:
        with alone_in(target.parent):
            _clear(target.parent)
            folder = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}-"))
            held.enter_context(locked(folder))
        held.callback(_settle, folder, target)
        (folder / IGNORE).write_text("*\n")
        yield folder


@contextlib.contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Wait for the lock on a folder, so that two processes change it one after the other.

    Another folder may take its place in the meantime: then that one is locked.
    """
    while True:
        handle = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            if os.path.samestat(os.fstat(handle), os.stat(folder)):
                yield
                return
        finally:
            os.close(handle)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock on a file or folder that this process made, or that a killed process left.

    Raises OSError if a process that is still alive holds it.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        lock(handle)
        yield
    finally:
        os.close(handle)


def lock(handle: int) -> None:
    """Lock a file or folder for as long as the handle is open; raises OSError."""
    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def clear_leftovers(parent: Path) -> None:
    """Remove the scratch folders in `parent` whose processes have ended; raises OSError."""
    with alone_in(parent):
        _clear(parent)


def _clear(parent: Path) -> None:
    for name in os.listdir(parent):
        folder, match = parent / name, _NAME.fullmatch(name)
        # One in use is locked, and another user's cannot be opened: both stay.
        with contextlib.suppress(OSError):
            if match and _is_scratch(folder):
                with locked(folder):
                    _settle(folder, parent / match["target"])


def _is_scratch(folder: Path) -> bool:
    """Whether the folder holds only what a scratch folder may hold; raises OSError."""
    return not folder.is_symlink() and set(os.listdir(folder)) <= {IGNORE, NEW, OLD}


def _settle(folder: Path, target: Path) -> None:
    """Put `old` back if `target` was moved away and not replaced; remove the rest.

    What cannot be removed stays, with the file that hides it from git. Raises OSError.
    """
    if os.path.lexists(folder / OLD) and not os.path.lexists(target):
        os.rename(folder / OLD, target)
    for name in (NEW, OLD):
        shutil.rmtree(folder / name, ignore_errors=True)
    if not os.path.lexists(folder / NEW) and not os.path.lexists(folder / OLD):
        shutil.rmtree(folder, ignore_errors=True)
