"""What is known of a data set, and its images and labels as uint8."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from ..base.array_types import Bytes
from ..base.fingerprint import fingerprint
from .published_files import PublishedFiles

Arrays = tuple[Bytes, Bytes, Bytes, Bytes]
Load = Callable[[Path], Arrays]
"""Reads training images and labels, test images and labels; raises DataError."""


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
    """The name of each class as it stands in a sentence, by its label."""
    train: int
    test: int
    mean: tuple[float, ...]
    """Mean of each channel, where values go from 0 to 1."""
    std: tuple[float, ...]
    load: Load = field(repr=False, compare=False)
    """Takes the data directory, which sets without files ignore."""
    files: PublishedFiles | None = field(default=None, repr=False, compare=False)
    """Its files under the data directory, if it has any."""
    ink: bool = False
    """Whether images are bright strokes on black, which a page shows as ink."""

    @property
    def classes(self) -> int:
        """Number of classes."""
        return len(self.class_names)

    @property
    def labels(self) -> tuple[str, ...]:
        """Each class in a word or two: its name without an article."""
        return tuple(name.removeprefix("a ").removeprefix("an ") for name in self.class_names)

    def normalised_greys(self) -> npt.NDArray[np.float32]:
        """(channels, 256): what torchvision's ToTensor and Normalize make of each value."""
        greys = np.arange(256, dtype=np.float32) / np.float32(255)
        mean, std = (np.array(part, np.float32)[:, None] for part in (self.mean, self.std))
        normalised: npt.NDArray[np.float32] = (greys - mean) / std
        return normalised

    def held_out(self, images: int) -> DataSpec:
        """The same with its last `images` training images, if any, in place of the test images."""
        if not images:
            return self
        return replace(
            self,
            title=f"{self.title}, training images alone",
            digest=fingerprint([self.digest, "holdout", images]),
            train=self.train - images,
            test=images,
            load=partial(_hold_out, self.load, self.train - images),
        )


def _nothing(_: Path) -> Arrays:
    raise ValueError("programs of one's own have data of their own")


NO_DATA: Final = DataSpec(
    "", "the programs' own", "", (0, 0, 0), (), train=0, test=0, mean=(), std=(), load=_nothing
)
"""What stands for the data of programs of one's own, which are not known."""


def _hold_out(load: Load, train: int, directory: Path) -> Arrays:
    images, labels, *_ = load(directory)
    return images[:train], labels[:train], images[train:], labels[train:]


@dataclass(frozen=True)
class DataSet:
    """Images (n, height, width), or (n, channels, height, width), and labels (n,), all uint8."""

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
