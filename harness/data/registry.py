"""The data sets by name: what is known of each, its images, and how it is fetched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from os.path import isdir
from pathlib import Path
from typing import Final

from ..base.errors import DataError
from ..base.fingerprint import fingerprint
from ..base.words import listed
from .digits import DIGITS
from .download import download_mnist
from .mnist import MNIST, altered_files, missing_files, raw_folder
from .place import data_directory
from .spec import DataSet, DataSpec

Say = Callable[[str], None]
"""Takes a line for whoever waits."""

DATA_SETS: Final = {spec.name: spec for spec in (MNIST, DIGITS)}


def data_spec(name: str, holdout: int = 0) -> DataSpec:
    """What is known of a data set; its last `holdout` training images, if any, are the test."""
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


def ready_data(name: str, option: Path | None, say: Say) -> Path:
    """Where the data set is, downloaded if need be, and checked; raises DataError."""
    directory = data_directory(option).absolute()
    fetch(name, directory, say)
    load_data_set(name, directory)
    return directory


def fetch(name: str, directory: Path, say: Say, *, download: bool = True) -> None:
    """Download what `directory` lacks of MNIST; raises DataError where that fails.

    Nothing is downloaded beside a file that was altered, which loading names; nor, where it must
    not be, at all. Other data sets are there already. `say` is told of what takes long.
    """
    if name != MNIST.name:
        return
    if isdir(raw_folder(directory)):
        say(f"checking MNIST's files in {raw_folder(directory)}")
    try:
        missing = missing_files(directory)
    except OSError as error:  # unreadable is not missing
        raise DataError(
            f"{error.filename}: {error.strerror}; fix that, or name another directory by --data "
            "or HARNESS_DATA"
        ) from error
    if not missing or altered_files(directory):
        return
    if not download:
        raise DataError(f"{raw_folder(directory)}: lacks {listed(missing)}; training downloads it")
    say(f"MNIST is not in {raw_folder(directory)}: downloading it, for a minute at most")
    download_mnist(directory, missing)
