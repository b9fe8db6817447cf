"""Data sets in MNIST's format: images and labels in IDX files."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from ..base.array_types import Bytes
from ..base.errors import DataError
from ..base.words import plural
from .published_files import PACKED, PublishedFiles, unpacked
from .spec import Arrays

UNSIGNED_BYTES: Final = 8
"""The third byte of an IDX file that holds unsigned bytes."""
NAMES: Final = tuple(
    f"{part}-{kind}-ubyte" for part in ("train", "t10k") for kind in ("images-idx3", "labels-idx1")
)


def load_idx(files: PublishedFiles, directory: Path) -> Arrays:
    """Training images and labels, test images and labels, checked by their digests.

    Files are mapped into memory, so that all processes share them; compressed ones are read.
    Raises DataError.
    """
    images, labels, test_images, test_labels = map(_of_file, files.sound(directory))
    return images, labels, test_images, test_labels


def _of_file(path: Path) -> Bytes:
    content: Bytes
    if path.suffix == PACKED:
        content = np.frombuffer(unpacked(path), np.uint8)
    else:
        content = np.memmap(path, np.uint8, mode="r")
    return idx_values(content, path)


def idx_values(content: Bytes, path: Path) -> Bytes:
    """The values of an IDX file, (n,) or (n, height, width); raises DataError if it is not one."""
    head = content[:4].tobytes()
    start = 4 + 4 * head[3] if len(head) == 4 else 0
    if head[:3] != bytes((0, 0, UNSIGNED_BYTES)) or len(content) < start:
        raise DataError(f"{path}: is not an IDX file of bytes; give another --data")
    sizes = content[4:start].view(">u4").tolist()
    values = content[start:]
    if len(values) != np.prod(sizes, dtype=np.int64):
        shape = " x ".join(map(str, sizes))
        held = plural(len(values), "byte")
        raise DataError(f"{path}: holds {held}, not {shape}; give another --data")
    return values.reshape(sizes)
