"""The data sets by name: what is known of each, how it is loaded and how it is downloaded."""

from __future__ import annotations

from collections.abc import Callable
from os.path import isdir
from pathlib import Path
from typing import Final

from ..base.errors import DataError
from ..base.words import listed, plural
from .cifar10 import CIFAR10
from .digits import DIGITS
from .download import download_files
from .emnist import EMNIST_DIGITS
from .like_mnist import FASHION_MNIST, KMNIST
from .mnist import MNIST
from .own import is_own_data, own_spec
from .place import DATA_VARIABLE, data_directory
from .spec import DataSet, DataSpec

Say = Callable[[str], None]
"""Shows a line to whoever is waiting."""

DATA_SETS: Final = {
    spec.name: spec for spec in (MNIST, DIGITS, FASHION_MNIST, KMNIST, EMNIST_DIGITS, CIFAR10)
}


def data_spec(name: str, beside: Path) -> DataSpec | None:
    """What is known of a data set: a published one, or the user's own, with a file in `beside`.

    None if there is none with that name. Raises DataError if the user's own cannot be used.
    """
    return own_spec(name, beside) if is_own_data(name) else DATA_SETS.get(name)


def load_data_set(spec: DataSpec, directory: Path) -> DataSet:
    """The data set, checked; raises DataError if a file is missing or not as published."""
    return DataSet(spec, *spec.load(directory))


def ready_data(spec: DataSpec, option: Path | None, say: Say) -> Path:
    """The directory of the data set, downloaded if need be, and checked; raises DataError."""
    directory = data_directory(option).absolute()
    fetch(spec, directory, say)
    load_data_set(spec, directory)
    return directory


def fetch(spec: DataSpec, directory: Path, say: Say, *, download: bool = True) -> None:
    """Download those of the data set's files that `directory` lacks; raises DataError on failure.

    Nothing is downloaded if a file is altered: loading will then name it. If files are missing and
    `download` is False, that is a DataError too. Data sets without files are always there. `say`
    announces what takes long.
    """
    files = spec.files
    if files is None:
        return
    folder = files.folder(directory)
    if isdir(folder):
        say(f"checking {files.title}'s {files.noun} in {folder}")
    try:
        missing = files.missing(directory)
    except OSError as error:  # unreadable is not missing
        raise DataError(
            f"{error.filename}: {error.strerror}; fix that, or name another directory by --data "
            f"or {DATA_VARIABLE}"
        ) from error
    if not missing or files.altered(directory):
        return
    if not download:
        raise DataError(
            f"{folder}: lacks {listed(missing)}; without --dry-run, bench downloads them"
        )
    limit = "a minute" if files.minutes == 1 else plural(files.minutes, "minute")
    say(f"{files.title} is not in {folder}: downloading it, for {limit} at most")
    download_files(files, directory, missing)
