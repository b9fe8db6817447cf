"""Several files of one folder that are written together: all of them or none."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from .folders import write_flushed
from .scratch import NEW, scratch

FRESH: Final = "fresh"
BEFORE: Final = "before"


def write_together(folder: Path, files: Mapping[str, str | bytes], place: Path) -> None:
    """Write all the files into a folder or none; those that they replace are put back then.

    All are written in full, in a scratch folder for `place`, which is on the same file system,
    before the first is moved, which takes hardly any space. Raises OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with scratch(place) as own:
        fresh, before = own / NEW / FRESH, own / NEW / BEFORE
        fresh.mkdir(parents=True)
        before.mkdir()
        for name, content in files.items():
            write_flushed(fresh / name, content)
            if os.path.lexists(folder / name):
                _keep(folder / name, before / name)
        _move(files, fresh, folder, before)


def _keep(file: Path, copy: Path) -> None:
    """A second name for a file, or a copy where the file system gives a file only one."""
    try:
        os.link(file, copy)
    except OSError:
        shutil.copy2(file, copy)


def _move(names: Iterable[str], fresh: Path, folder: Path, before: Path) -> None:
    touched = []
    try:
        for name in names:
            touched.append(name)
            os.replace(fresh / name, folder / name)
    except BaseException:
        for name in touched:
            with contextlib.suppress(OSError):
                _take_back(name, fresh, folder, before)
        raise


def _take_back(name: str, fresh: Path, folder: Path, before: Path) -> None:
    if os.path.lexists(before / name):
        os.replace(before / name, folder / name)
    elif not os.path.lexists(fresh / name):
        (folder / name).unlink()
