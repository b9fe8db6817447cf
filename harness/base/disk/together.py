"""Several files of one folder that are written together: all of them or none."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from .folders import names_in, take_place, write_flushed
from .scratch import NEW, OLD, alone_in, clear_leftovers, scratch


@contextmanager
def alone_with(folder: Path) -> Iterator[None]:
    """Make the folder if it is missing, and wait for its lock; raises OSError.

    What killed processes left beside it is cleared first.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    clear_leftovers(folder.parent)
    folder.mkdir(exist_ok=True)
    with alone_in(folder):
        yield


def write_together(
    folder: Path, files: Mapping[str, str | bytes], *, stays: Callable[[str], bool] = lambda _: True
) -> None:
    """Write all the files into a folder or none; others remain if their names stay.

    A folder with all of them takes the place of this one, in one step if the file system can
    exchange two folders, so that a killed process leaves the one or the other. Whoever calls this
    is `alone_with` the folder. Raises OSError.
    """
    place = Path(os.path.realpath(folder))
    with scratch(place) as own:
        fresh = own / NEW
        fresh.mkdir()
        for name in names_in(place):
            if name not in files and stays(name):
                _keep(place / name, fresh / name)
        for name, content in files.items():
            write_flushed(fresh / name, content)
        shutil.copystat(place, fresh)
        take_place(fresh, place, own / OLD)


def _keep(file: Path, copy: Path) -> None:
    """A second name for a file, or a copy where the file system gives a file only one."""
    if file.is_dir() and not file.is_symlink():
        shutil.copytree(file, copy, symlinks=True)
        return
    try:
        os.link(file, copy, follow_symlinks=False)
    except OSError:
        shutil.copy2(file, copy, follow_symlinks=False)
