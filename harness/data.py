"""The data sets: where they are, whether they are what they should be, and their images as uint8.

Content is checked by SHA-256 before use. MNIST's images are mapped from their files, so that all
worker processes share one copy in memory.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from .download import download_mnist
from .errors import DataError
from .recipe import fingerprint

Bytes = npt.NDArray[np.uint8]
Arrays = tuple[Bytes, Bytes, Bytes, Bytes]

DATA_VARIABLE: Final = "HARNESS_DATA"
HEADER_BYTES: Final = {3: 16, 1: 8}
"""Bytes before the values of an IDX file, by its number of dimensions."""

MNIST_FILES: Final = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
DIGITS_SHA256: Final = "e404f5d627ad72593de10c11b3be7ac87ee11d38e45cc649ec73beb6fca0521a"
DIGITS_TEST: Final = 500


@dataclass(frozen=True)
class DataSpec:
    """What is known of a data set without loading it: counts of images, digest of its content."""

    name: str
    title: str
    digest: str
    train: int
    test: int
    mean: float
    std: float
    load: Callable[[Path], Arrays] = field(repr=False)

    def normalised_greys(self) -> npt.NDArray[np.float32]:
        """(256,): each grey value as torchvision's ToTensor and Normalize leave it."""
        greys = np.arange(256, dtype=np.float32) / np.float32(255)
        return (greys - np.float32(self.mean)) / np.float32(self.std)


MNIST: Final = "mnist"


@dataclass(frozen=True)
class DataSet:
    """Images (n, 28, 28) and labels (n,), all uint8."""

    spec: DataSpec
    train_images: Bytes
    train_labels: Bytes
    test_images: Bytes
    test_labels: Bytes

    def content_digest(self) -> str:
        """SHA-256 of all values, in order."""
        digest = hashlib.sha256()
        for values in (self.train_images, self.train_labels, self.test_images, self.test_labels):
            digest.update(np.ascontiguousarray(values).tobytes())
        return digest.hexdigest()


def data_directory(option: Path | None = None) -> Path:
    """`--data`, else the environment variable HARNESS_DATA, else `data/`."""
    return option or Path(os.environ.get(DATA_VARIABLE) or "data")


def data_spec(name: str, holdout: int = 0) -> DataSpec:
    """What is known of a data set; with `holdout`, so many training images are its test images."""
    spec = DATA_SETS[name]
    if not holdout:
        return spec
    return replace(
        spec,
        title=f"{spec.title}, training images alone",
        digest=fingerprint([spec.digest, "holdout", holdout]),
        train=spec.train - holdout,
        test=holdout,
    )


def load_data_set(name: str, directory: Path, holdout: int = 0) -> DataSet:
    """The data set, checked; raises DataError where a file is missing or not what it should be."""
    spec = data_spec(name, holdout)
    arrays = spec.load(directory)
    if not holdout:
        return DataSet(spec, *arrays)
    images, labels, *_ = arrays
    first = spec.train
    return DataSet(spec, images[:first], labels[:first], images[first:], labels[first:])


def ready_data(name: str, option: Path | None) -> Path:
    """Where the data set is, downloaded if need be, and checked; raises DataError."""
    directory = data_directory(option).resolve()
    fetch(name, directory)
    load_data_set(name, directory)
    return directory


def fetch(name: str, directory: Path) -> None:
    """Download MNIST into `directory` unless some of it is there; raises DataError on failure.

    Other data sets are there already.
    """
    if name == MNIST and not any((_raw(directory) / name).exists() for name in MNIST_FILES):
        download_mnist(directory)


def _raw(directory: Path) -> Path:
    return directory / "MNIST" / "raw"


def _load_mnist(directory: Path) -> Arrays:
    problems = [
        problem
        for name, digest in MNIST_FILES.items()
        if (problem := _file_problem(_raw(directory) / name, digest))
    ]
    if problems:
        raise DataError(*problems)
    images, labels, test_images, test_labels = (
        _map_idx(_raw(directory) / name) for name in MNIST_FILES
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
    """The values of an IDX file, mapped: (n,) or (n, 28, 28)."""
    dimensions = int(path.name[-7])
    values = np.memmap(path, np.uint8, mode="r", offset=HEADER_BYTES[dimensions])
    return values.reshape(-1, 28, 28) if dimensions == 3 else values


def _load_digits(_: Path) -> Arrays:
    """scikit-learn's embedded digits: each of 8 x 8 pixels becomes 3 x 3, in a margin of 2."""
    from sklearn.datasets import load_digits

    source = load_digits()
    grey = (source.images.astype(np.int64) * 255 + 8) // 16
    images = np.pad(grey.repeat(3, axis=1).repeat(3, axis=2), ((0, 0), (2, 2), (2, 2)))
    images, labels = images.astype(np.uint8), source.target.astype(np.uint8)
    found = hashlib.sha256(images.tobytes() + labels.tobytes()).hexdigest()
    if found != DIGITS_SHA256:
        raise DataError(
            f"scikit-learn's digits have changed (SHA-256 {found[:12]}..., expected "
            f"{DIGITS_SHA256[:12]}...); install the versions of requirements.lock"
        )
    split = len(images) - DIGITS_TEST
    return images[:split], labels[:split], images[split:], labels[split:]


DATA_SETS: Final = {
    spec.name: spec
    for spec in (
        DataSpec(
            "mnist", "MNIST", fingerprint(MNIST_FILES), 60_000, 10_000, 0.1307, 0.3081, _load_mnist
        ),
        DataSpec(
            "digits", "scikit-learn's digits (not MNIST)", DIGITS_SHA256,
            1_297, DIGITS_TEST, 0.2248, 0.3490, _load_digits,
        ),
    )
}  # fmt: skip
