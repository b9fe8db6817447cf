"""Fetching MNIST: torchvision does it, in a process of its own that can be stopped in time."""

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

from ..base.errors import DataError
from ..base.folders import make_ignored
from .mnist import raw_folder

TIME_LIMIT_SECONDS: Final = 60
PREFIX: Final = ".download-"
_SCRIPT = "import sys; from torchvision.datasets import MNIST; MNIST(sys.argv[1], download=True)"


def download_mnist(directory: Path, files: Iterable[str]) -> None:
    """Put these files of MNIST under `directory`; raises DataError within a minute.

    Whatever else lies there stays as it is. What an earlier download left behind is removed.
    """
    try:
        make_ignored(directory)
        _remove_leftovers(directory)
        with tempfile.TemporaryDirectory(prefix=PREFIX, dir=directory) as folder:
            _run_torchvision(folder)
            raw_folder(directory).mkdir(parents=True, exist_ok=True)
            for name in files:
                os.replace(raw_folder(Path(folder)) / name, raw_folder(directory) / name)
    except OSError as error:
        raise DataError(
            f"{directory}: MNIST cannot be stored there ({error.strerror}); give another --data"
        ) from error


def _remove_leftovers(directory: Path) -> None:
    """Folders of downloads that were killed; one that may still go on is left alone."""
    for folder in directory.glob(f"{PREFIX}*"):
        if folder.is_dir() and time.time() - folder.stat().st_mtime > 2 * TIME_LIMIT_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


def _run_torchvision(folder: str) -> None:
    command = [sys.executable, "-c", _SCRIPT, folder]
    try:
        subprocess.run(command, check=True, timeout=TIME_LIMIT_SECONDS, capture_output=True)
    except subprocess.TimeoutExpired as error:
        raise DataError(_advice(f"no answer in {TIME_LIMIT_SECONDS} seconds")) from error
    except subprocess.CalledProcessError as error:
        reasons = error.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"]
        raise DataError(_advice(reasons[-1])) from error


def _advice(reason: str) -> str:
    return (
        f"MNIST cannot be downloaded ({reason}); name a directory that holds MNIST/raw/ with its "
        "four files by --data or HARNESS_DATA"
    )
