"""scikit-learn's handwritten digits, enlarged to MNIST's shape: a stand-in for MNIST."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from ..base.errors import DataError
from .spec import DIGIT_NAMES, Arrays, DataSpec

DIGITS_SHA256: Final = "e404f5d627ad72593de10c11b3be7ac87ee11d38e45cc649ec73beb6fca0521a"
DIGITS_TEST: Final = 500
FILE: Final = Path("datasets", "data", "digits.csv.gz")
"""Path of the data within scikit-learn."""
COLUMNS: Final = 65
"""Columns of the file: the pixels of an image, from 0 to 16, and its class."""


def _load_digits(_: Path) -> Arrays:
    """The digits with each of their 8 x 8 pixels enlarged to 3 x 3, and a margin of 2 pixels."""
    rows = _rows()
    grey = (rows[:, :-1].reshape(-1, 8, 8) * 255 + 8) // 16
    enlarged = np.pad(grey.repeat(3, axis=1).repeat(3, axis=2), ((0, 0), (2, 2), (2, 2)))
    images, labels = enlarged.astype(np.uint8), rows[:, -1].astype(np.uint8)
    found = hashlib.sha256(images.tobytes() + labels.tobytes()).hexdigest()
    if found != DIGITS_SHA256:
        raise DataError(
            f"scikit-learn's digits have changed (SHA-256 {found[:12]}..., expected "
            f"{DIGITS_SHA256[:12]}...); install the versions of requirements.lock"
        )
    split = len(images) - DIGITS_TEST
    return images[:split], labels[:split], images[split:], labels[split:]


def _rows() -> npt.NDArray[np.int64]:
    """(n, 65): the lines of scikit-learn's file; importing scikit-learn would take a second.

    Raises DataError.
    """
    found = find_spec("sklearn")
    if found is None or found.origin is None:
        raise DataError("scikit-learn, which holds the digits, is missing; install it")
    file = Path(found.origin).parent / FILE
    try:
        lines = gzip.decompress(file.read_bytes()).splitlines()
        return np.array([line.split(b",") for line in lines], dtype=np.int64).reshape(-1, COLUMNS)
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise DataError(f"{file}: cannot be read ({error}); reinstall scikit-learn") from error


DIGITS: Final = DataSpec(
    name="digits",
    title="scikit-learn's digits (not MNIST)",
    digest=DIGITS_SHA256,
    shape=(1, 28, 28),
    class_names=DIGIT_NAMES,
    train=1_297,
    test=DIGITS_TEST,
    mean=(0.2248,),
    std=(0.3490,),
    load=_load_digits,
    ink=True,
)
