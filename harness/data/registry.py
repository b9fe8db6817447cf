"""The data sets by name: what is known of each, its images, and how it is fetched."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from ..base.errors import DataError
from ..base.fingerprint import fingerprint
from .digits import DIGITS
from .download import download_mnist
from .mnist import MNIST, MNIST_FILES, raw_folder
from .place import data_directory
from .spec import DataSet, DataSpec

DATA_SETS: Final = {spec.name: spec for spec in (MNIST, DIGITS)}


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
    directory = data_directory(option).absolute()
    fetch(name, directory)
    load_data_set(name, directory)
    return directory


def fetch(name: str, directory: Path) -> None:
    """Download MNIST into `directory` unless some of it is there; raises DataError on failure.

    Other data sets are there already.
    """
    if name != MNIST.name:
        return
    try:
        there = any((raw_folder(directory) / f).exists() for f in MNIST_FILES)
    except OSError as error:  # unreadable is not missing
        raise DataError(
            f"{error.filename}: {error.strerror}; mend that, or name another directory by --data "
            "or HARNESS_DATA"
        ) from error
    if not there:
        download_mnist(directory)
