"""What is known of a data set, and its images and labels as uint8."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Arrays = tuple[Bytes, Bytes, Bytes, Bytes]


DIGIT_NAMES: Final = tuple(f"{'an' if digit == 8 else 'a'} {digit}" for digit in range(10))


@dataclass(frozen=True)
class DataSpec:
    """What is known of a data set without loading it: counts of images, digest of its content."""

    name: str
    title: str
    digest: str
    shape: tuple[int, int, int]
    """Channels, height and width of an image."""
    class_names: tuple[str, ...]
    """Each class as a sentence has it, by its label."""
    train: int
    test: int
    mean: float
    std: float
    load: Callable[[Path], Arrays] = field(repr=False)

    @property
    def classes(self) -> int:
        """How many there are."""
        return len(self.class_names)

    def normalised_greys(self) -> npt.NDArray[np.float32]:
        """(256,): each grey value as torchvision's ToTensor and Normalize leave it."""
        greys = np.arange(256, dtype=np.float32) / np.float32(255)
        return (greys - np.float32(self.mean)) / np.float32(self.std)


@dataclass(frozen=True)
class DataSet:
    """Images (n, height, width) and labels (n,), all uint8."""

    spec: DataSpec
    train_images: Bytes
    train_labels: Bytes
    test_images: Bytes
    test_labels: Bytes

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Training images: how many, their height and width."""
        _, height, width = self.spec.shape
        return len(self.train_images), height, width

    def content_digest(self) -> str:
        """SHA-256 of all values, in order."""
        digest = hashlib.sha256()
        for values in (self.train_images, self.train_labels, self.test_images, self.test_labels):
            digest.update(np.ascontiguousarray(values).tobytes())
        return digest.hexdigest()
