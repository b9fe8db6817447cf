"""EMNIST's digits: four files of one archive, which is checked by the MD5 that torchvision has."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from ..base.array_types import Bytes
from ..base.errors import DataError
from ..base.fingerprint import fingerprint
from .idx import idx_values
from .published_files import PublishedFiles
from .spec import DIGIT_NAMES, Arrays, DataSpec

MEMBERS: Final = tuple(
    f"gzip/emnist-digits-{part}-{kind}-ubyte.gz"
    for part in ("train", "test")
    for kind in ("images-idx3", "labels-idx1")
)
FILES: Final = PublishedFiles(
    title="EMNIST",
    place=("EMNIST", "raw"),
    digests={"gzip.zip": "58c8d27c78d21e728a6bc7b3cc06412e"},
    torchvision="EMNIST(folder, split='digits', download=True)",
    minutes=30,
)


def load_emnist(files: PublishedFiles, directory: Path) -> Arrays:
    """The digits, upright: they were published transposed, and torchvision leaves them so.

    Raises DataError.
    """
    (path,) = files.sound(directory)
    try:
        with zipfile.ZipFile(path) as archive:
            images, labels, test_images, test_labels = (
                _member(archive, name, path) for name in MEMBERS
            )
    except (zipfile.BadZipFile, KeyError, OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: cannot be unpacked ({error}); give another --data") from error
    return _upright(images), labels, _upright(test_images), test_labels


def _member(archive: zipfile.ZipFile, name: str, path: Path) -> Bytes:
    content = np.frombuffer(gzip.decompress(archive.read(name)), np.uint8)
    return idx_values(content, path / name)


def _upright(images: Bytes) -> Bytes:
    return np.ascontiguousarray(images.transpose(0, 2, 1))


EMNIST_DIGITS: Final = DataSpec(
    name="emnist-digits",
    title="EMNIST's digits",
    digest=fingerprint([FILES.digests, "digits"]),
    shape=(1, 28, 28),
    class_names=DIGIT_NAMES,
    train=240_000,
    test=40_000,
    mean=(0.173,),
    std=(0.332,),
    load=partial(load_emnist, FILES),
    files=FILES,
    ink=True,
)
