"""Several files of one folder that are written together: all of them or none."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from .folders import names_in, take_place, write_flushed
from .scratch import NEW, OLD, alone_in, clear_leftovers, scratch

KEPT: Final = -1
"""As an owner: that which the folder has."""


@contextmanager
def alone_with(folder: Path) -> Iterator[None]:
    """Make the folder if it is missing, and wait for its lock; raises OSError.

    What killed processes left beside it is cleared first.
    """
    place = Path(os.path.realpath(folder))
    place.parent.mkdir(parents=True, exist_ok=True)
    clear_leftovers(place.parent)
    place.mkdir(exist_ok=True)
    with alone_in(place):
        yield


def write_together(
    folder: Path, files: Mapping[str, str | bytes], *, stays: Callable[[str], bool] = lambda _: True
) -> None:
    """Write all the files into a folder or none; others remain if their names stay.

    A folder with all of them takes the place of this one, in one step if the file system can
    exchange two folders, so that a killed process leaves the one or the other. New names that
    somebody else puts there in the meantime are carried over. Whoever calls this is `alone_with`
    the folder. Raises OSError.
    """
    place = Path(os.path.realpath(folder))
    with scratch(place) as own:
        fresh = own / NEW
        fresh.mkdir()
        there = names_in(place)
        for name in there:
            if name not in files and stays(name):
                _keep(place / name, fresh / name)
        for name, content in files.items():
            write_flushed(fresh / name, content)
        _make_alike(fresh, place)
        take_place(fresh, place, own / OLD)
        for replaced in (fresh, own / OLD):  # the one, or the other
            for name in {*names_in(replaced)} - {*there, *files, *names_in(place)}:
                os.rename(replaced / name, place / name)


def _make_alike(fresh: Path, place: Path) -> None:
    """Give the folder the mode of the other, and its owner and group as far as this user may."""
    shutil.copystat(place, fresh)
    owner, group = _owner_of(place)
    if _owner_of(fresh) == (owner, group):
        return
    for one in (owner, KEPT):
        with contextlib.suppress(OSError):
            os.chown(fresh, one, group)
            return


def _owner_of(path: Path) -> tuple[int, int]:
    """Its user and its group."""
    found = path.stat()
    return found.st_uid, found.st_gid


def _keep(file: Path, copy: Path) -> None:
    """A second name for a file, or a copy where the file system gives a file only one."""
    if stat.S_ISDIR(os.lstat(file).st_mode):
        shutil.copytree(file, copy, symlinks=True)
        return
    try:
        os.link(file, copy, follow_symlinks=False)
    except OSError:
        shutil.copy2(file, copy, follow_symlinks=False)
