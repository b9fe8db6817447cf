"""Fetching published files: torchvision does it, in a process that can be stopped in time."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from ..base.disk.folders import make_ignored
from ..base.errors import DataError
from ..base.words import plural
from .published_files import PublishedFiles

MINUTE_SECONDS: Final = 60
LONGEST_MINUTES: Final = 60
"""A folder older than this was left by a download that was killed."""
PREFIX: Final = ".download-"


def download_files(files: PublishedFiles, directory: Path, names: Iterable[str]) -> None:
    """Put these files under `directory`; raises DataError if that fails or takes too long.

    Nothing else there is touched, but what an earlier download left behind is removed.
    """
    try:
        make_ignored(directory)
        _remove_leftovers(directory)
        with tempfile.TemporaryDirectory(prefix=PREFIX, dir=directory) as folder:
            if files.archive and (directory / files.archive).is_file():
                Path(folder, files.archive).symlink_to((directory / files.archive).absolute())
            _run_torchvision(files, folder)
            files.folder(directory).mkdir(parents=True, exist_ok=True)
            for name in names:
                os.replace(files.folder(Path(folder)) / name, files.folder(directory) / name)
    except OSError as error:
        raise DataError(
            f"{directory}: {files.title} cannot be stored there ({error.strerror}); give another "
            "--data"
        ) from error


def _remove_leftovers(directory: Path) -> None:
    """Remove what killed downloads left; one that may still be going on is left alone."""
    for folder in directory.glob(f"{PREFIX}*"):
        age = time.time() - folder.stat().st_mtime
        if folder.is_dir() and age > LONGEST_MINUTES * MINUTE_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


def script(files: PublishedFiles) -> str:
    """The script that Python is to run, with the folder as its argument."""
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
        f"with its {plural(len(files.digests), 'file')} by --data or HARNESS_DATA"
    )
