"""MNIST: four IDX files, each checked by its digest and mapped, so that all processes share it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

import numpy as np

from ..base.errors import DataError
from ..base.fingerprint import fingerprint
from .place import DATA_VARIABLE
from .spec import Arrays, Bytes, DataSpec

IMAGE_HEADER_BYTES: Final = 16
LABEL_HEADER_BYTES: Final = 8
MNIST_FILES: Final = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}


def raw_folder(directory: Path) -> Path:
    """Where the four files lie under a data directory."""
    return directory / "MNIST" / "raw"


def _load_mnist(directory: Path) -> Arrays:
    problems = [
        problem
        for name, digest in MNIST_FILES.items()
        if (problem := _file_problem(raw_folder(directory) / name, digest))
    ]
    if problems:
        raise DataError(*problems)
    images, labels, test_images, test_labels = (
        _map_idx(raw_folder(directory) / name) for name in MNIST_FILES
    )
    return images, labels, test_images, test_labels


def _file_problem(path: Path, digest: str) -> str | None:
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return (
            f"{path}: missing; put MNIST's four uncompressed files there, or name the directory "
            f"that holds MNIST/raw/ by --data or {DATA_VARIABLE}"
        )
    except OSError as error:
        return f"{path}: cannot be read ({error.strerror}); mend that, or give another --data"
    if found == digest:
        return None
    return (
        f"{path}: is not MNIST's ({path.stat().st_size:,} bytes, SHA-256 {found[:12]}..., expected "
        f"{digest[:12]}...); delete {path.parent} to have it downloaded anew, or give another "
        "--data"
    )


def _map_idx(path: Path) -> Bytes:
    """The values of an IDX file, mapped: (n,) or (n, height, width)."""
    images = "images" in path.name
    header = IMAGE_HEADER_BYTES if images else LABEL_HEADER_BYTES
    values = np.memmap(path, np.uint8, mode="r", offset=header)
    return values.reshape(-1, *MNIST.shape[1:]) if images else values


MNIST: Final = DataSpec(
    name="mnist",
    title="MNIST",
    digest=fingerprint(MNIST_FILES),
    shape=(1, 28, 28),
    classes=10,
    train=60_000,
    test=10_000,
    mean=0.1307,
    std=0.3081,
    load=_load_mnist,
)
