"""Downloading published files: torchvision does it, in a process that can be stopped."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ..base.disk.files import is_folder
from ..base.disk.folders import make_ignored, names_in
from ..base.disk.scratch import IGNORE
from ..base.errors import DataError
from ..base.words import plural
from .place import DATA_VARIABLE
from .published_files import PublishedFiles

MINUTE_SECONDS: Final = 60
LONGEST_MINUTES: Final = 60
"""A temporary folder older than this was left by a download that was killed."""
PREFIX: Final = ".download-"


def download_files(files: PublishedFiles, directory: Path, names: Iterable[str]) -> None:
    """Put these files under `directory`; raises DataError if that fails or takes too long.

    No other files there are touched, but the leftovers of earlier downloads are removed. A missing
    `directory` is made, and removed again if the download fails.
    """
    try:
        with _made(directory), tempfile.TemporaryDirectory(prefix=PREFIX, dir=directory) as folder:
            if archive := files.archive_in(directory):
                Path(folder, archive.name).symlink_to(archive.absolute())
            _run_torchvision(files, folder)
            files.folder(directory).mkdir(parents=True, exist_ok=True)
            for name in names:
                os.replace(files.folder(Path(folder)) / name, files.folder(directory) / name)
    except OSError as error:
        raise DataError(
            f"{directory}: {files.title} cannot be stored there ({error.strerror}); give another "
            "--data"
        ) from error


@contextmanager
def _made(directory: Path) -> Iterator[None]:
    """Make the directory if it is missing; remove it again if the block fails. Raises OSError."""
    before = is_folder(directory)
    make_ignored(directory)
    try:
        _remove_leftovers(directory)
        yield
    except BaseException:
        if not before and names_in(directory) == [IGNORE]:
            shutil.rmtree(directory, ignore_errors=True)
        raise


def _remove_leftovers(directory: Path) -> None:
    """Remove what killed downloads left, but nothing of a download that may still be running."""
    for folder in directory.glob(f"{PREFIX}*"):
        with contextlib.suppress(FileNotFoundError):  # its own process has just removed it
            found = os.lstat(folder)  # a link is none, wherever it leads
            age = time.time() - found.st_mtime
            if stat.S_ISDIR(found.st_mode) and age > LONGEST_MINUTES * MINUTE_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)


def script(files: PublishedFiles) -> str:
    """The Python script that downloads the files into the folder that is its argument."""
    setting = "import sys; from torchvision import datasets; folder = sys.argv[1]"
    return f"{setting}; datasets.{files.torchvision}"


def _run_torchvision(files: PublishedFiles, folder: str) -> None:
    command = [sys.executable, "-c", script(files), folder]
    limit = files.minutes * MINUTE_SECONDS
    try:
        subprocess.run(command, check=True, timeout=limit, capture_output=True)
    except subprocess.TimeoutExpired as error:
        raise DataError(_advice(files, f"no answer in {limit} seconds")) from error
    except subprocess.CalledProcessError as error:
        reasons = error.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"]
        raise DataError(_advice(files, reasons[-1])) from error


def _advice(files: PublishedFiles, reason: str) -> str:
    return (
        f"{files.title} cannot be downloaded ({reason}); name a directory that holds {files.where} "
        f"with its {plural(len(files.digests), 'file')} by --data or {DATA_VARIABLE}"
    )
