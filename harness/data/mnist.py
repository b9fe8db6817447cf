"""MNIST: four IDX files, each checked by its digest and mapped, so that all processes share it.

Where a file lies there only as it is published, compressed by gzip, it is read into memory instead.
"""

from __future__ import annotations

import gzip
import hashlib
import zlib
from os.path import exists, isfile
from pathlib import Path
from typing import Final

import numpy as np

from ..base.errors import DataError
from ..base.fingerprint import fingerprint
from .place import DATA_VARIABLE
from .spec import DIGIT_NAMES, Arrays, Bytes, DataSpec

IMAGE_HEADER_BYTES: Final = 16
LABEL_HEADER_BYTES: Final = 8
MOST_BYTES: Final = 50_000_000
"""More than any of the files has: what a compressed one may hold is read no further."""
MNIST_FILES: Final = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}


def raw_folder(directory: Path) -> Path:
    """Where the four files lie under a data directory."""
    return directory / "MNIST" / "raw"


def missing_files(directory: Path) -> list[str]:
    """Those of the four that are neither there nor, sound, there compressed.

    Raises OSError where that cannot be told: what is unreadable is not missing.
    """
    raw = raw_folder(directory)
    return [
        name
        for name, digest in MNIST_FILES.items()
        if not _is_there(raw / name) and _unpacked(raw, name, digest) is None
    ]


def _is_there(path: Path) -> bool:
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def altered_files(directory: Path) -> list[str]:
    """A line for each of the four that is there and not what it should be."""
    raw = raw_folder(directory)
    files = ((raw / name, digest) for name, digest in MNIST_FILES.items())
    return [line for path, digest in files if exists(path) and (line := _problem(path, digest))]


def _load_mnist(directory: Path) -> Arrays:
    raw, found, problems = raw_folder(directory), [], []
    for name, digest in MNIST_FILES.items():
        path = raw / name
        unpacked = None if exists(path) else _unpacked(raw, name, digest)
        if unpacked is None and (problem := _problem(path, digest)):
            problems.append(problem)
        elif not problems:
            found.append(_values(path, unpacked))
    if problems:
        raise DataError(*problems)
    images, labels, test_images, test_labels = found
    return images, labels, test_images, test_labels


def _problem(path: Path, digest: str) -> str | None:
    if exists(path) and not isfile(path):
        return f"{path}: is not a file; move it away, or give another --data"
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return (
            f"{path}: missing; put MNIST's four files there, or name the directory that holds "
            f"MNIST/raw/ by --data or {DATA_VARIABLE}"
        )
    except OSError as error:
        return f"{path}: cannot be read ({error.strerror}); fix that, or give another --data"
    if found == digest:
        return None
    return (
        f"{path}: is not MNIST's ({path.stat().st_size:,} bytes, SHA-256 {found[:12]}..., expected "
        f"{digest[:12]}...); delete it to have it downloaded anew, or give another --data"
    )


def _unpacked(raw: Path, name: str, digest: str) -> bytes | None:
    """The content of a compressed file, if it is there and sound."""
    path = raw / f"{name}.gz"
    if not isfile(path):
        return None
    try:
        with gzip.open(path) as file:
            content = file.read(MOST_BYTES)
    except (OSError, EOFError, zlib.error):
        return None
    return content if hashlib.sha256(content).hexdigest() == digest else None


def _values(path: Path, unpacked: bytes | None) -> Bytes:
    """The values of an IDX file, mapped, or of its content: (n,) or (n, height, width)."""
    images = "images" in path.name
    header = IMAGE_HEADER_BYTES if images else LABEL_HEADER_BYTES
    values: Bytes
    if unpacked is None:
        values = np.memmap(path, np.uint8, mode="r", offset=header)
    else:
        values = np.frombuffer(unpacked, np.uint8, offset=header)
    return values.reshape(-1, *MNIST.shape[1:]) if images else values


MNIST: Final = DataSpec(
    name="mnist",
    title="MNIST",
    digest=fingerprint(MNIST_FILES),
    shape=(1, 28, 28),
    class_names=DIGIT_NAMES,
    train=60_000,
    test=10_000,
    mean=0.1307,
    std=0.3081,
    load=_load_mnist,
)
