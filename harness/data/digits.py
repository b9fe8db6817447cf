"""scikit-learn's handwritten digits, enlarged to MNIST's shape: what runs where MNIST is not."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

import numpy as np

from ..base.errors import DataError
from .spec import DIGIT_NAMES, Arrays, DataSpec

DIGITS_SHA256: Final = "e404f5d627ad72593de10c11b3be7ac87ee11d38e45cc649ec73beb6fca0521a"
DIGITS_TEST: Final = 500


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
