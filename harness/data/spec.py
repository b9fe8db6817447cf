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
    """What is known of a data set without loading it, such as its digest and number of images."""

    name: str
    title: str
    digest: str
    shape: tuple[int, int, int]
    """Channels, height and width of an image."""
    class_names: tuple[str, ...]
    """The name of each class as used in a sentence, by its label."""
    train: int
    test: int
    mean: tuple[float, ...]
    """Mean of each channel, of values scaled to 0 to 1."""
    std: tuple[float, ...]
    load: Load = field(repr=False, compare=False)
    """Takes the data directory, which data sets without files ignore."""
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
        """The name of each class without its article."""
        return tuple(name.removeprefix("a ").removeprefix("an ") for name in self.class_names)

    def normalised_greys(self) -> npt.NDArray[np.float32]:
        """(channels, 256): each value after torchvision's ToTensor and Normalize."""
        greys = np.arange(256, dtype=np.float32) / np.float32(255)
        mean, std = (np.array(part, np.float32)[:, None] for part in (self.mean, self.std))
        normalised: npt.NDArray[np.float32] = (greys - mean) / std
        return normalised

    def held_out(self, images: int) -> DataSpec:
        """The same, with its last `images` training images as test images; itself for 0."""
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
    raise ValueError("the user's own programs bring their own data")


NO_DATA: Final = DataSpec(
    "", "the programs' own", "", (0, 0, 0), (), train=0, test=0, mean=(), std=(), load=_nothing
)
"""A placeholder for the data of the user's own programs, which is unknown."""


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
        """Of the training images: how many there are, their height and their width."""
        _, height, width = self.spec.shape
        return len(self.train_images), height, width

    def content_digest(self) -> str:
        """SHA-256 of all values, in order."""
        digest = hashlib.sha256()
        for values in (self.train_images, self.train_labels, self.test_images, self.test_labels):
            digest.update(np.ascontiguousarray(values).tobytes())
        return digest.hexdigest()
