"""Fetching MNIST: torchvision does it, in a process of its own that can be stopped in time."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from ..base.errors import DataError
from ..base.folders import make_ignored

TIME_LIMIT_SECONDS: Final = 60
_SCRIPT = "import sys; from torchvision.datasets import MNIST; MNIST(sys.argv[1], download=True)"


def download_mnist(directory: Path) -> None:
    """Put MNIST under `directory` as a whole or not at all; raises DataError within a minute."""
    try:
        make_ignored(directory)
        with tempfile.TemporaryDirectory(prefix=".download-", dir=directory) as folder:
            _run_torchvision(folder)
            os.replace(Path(folder) / "MNIST", directory / "MNIST")
    except OSError as error:
        raise DataError(
            f"{directory}: MNIST cannot be stored there ({error.strerror}); give another --data"
        ) from error


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
        "four uncompressed files by --data or HARNESS_DATA"
    )
