"""The user's own arrays, checked: images, labels, and what describes them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ..base.array_types import Bytes
from ..base.errors import DataError
from ..base.fingerprint import fingerprint
from ..base.words import allowed_names, one_line, plural
from .spec import Arrays

NEEDED: Final = ("train_images", "train_labels", "test_images", "test_labels", "mean", "std")
CLASS_NAMES: Final = "class_names"
MOST_CLASSES: Final = 256
LEAST_STD: Final = 1e-6
"""Far less than the step between two greys; dividing by much less would overflow."""
MOST_LETTERS: Final = 40
MOST_CHANNELS: Final = 4
"""If the last axis of an image is at most this long and the first is not, channels come last."""


@dataclass(frozen=True)
class OwnArrays:
    """Arrays that passed the checks, with the names of the classes and the normalisation."""

    arrays: Arrays
    class_names: tuple[str, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, height and width of an image."""
        _, *sides = self.arrays[0].shape
        channels, height, width = sides if len(sides) == 3 else (1, *sides)
        return channels, height, width

    def digest(self) -> str:
        """SHA-256 of all that determines a run's numbers; the names of classes do not."""
        content = {
            "arrays": [hashlib.sha256(values.data).hexdigest() for values in self.arrays],
            "shape": self.shape,
            "classes": len(self.class_names),
            "mean": self.mean,
            "std": self.std,
        }
        return fingerprint(content)


def checked(found: Mapping[str, Any]) -> OwnArrays:
    """The arrays, from their names; raises DataError with one line per problem."""
    if problems := list(_of_names(found)):
        raise DataError(*problems)
    given = {name: _array(name, value) for name, value in found.items()}
    problems = [
        *_of_images(given, "train_images"),
        *_of_images(given, "test_images"),
        *_of_labels(given, "train_labels", "train_images"),
        *_of_labels(given, "test_labels", "test_images"),
    ]
    problems = problems or [*_of_both(given), *_of_channels(given), *_of_class_names(given)]
    if problems:
        raise DataError(*problems)
    names = given[CLASS_NAMES].tolist() if CLASS_NAMES in given else _numbered(given)
    arrays = (
        _images(given["train_images"]),
        _fixed(given["train_labels"].astype(np.uint8)),
        _images(given["test_images"]),
        _fixed(given["test_labels"].astype(np.uint8)),
    )
    mean, std = (tuple(given[name].astype(float).ravel().tolist()) for name in ("mean", "std"))
    return OwnArrays(arrays, tuple(names), mean, std)


def _array(name: str, value: object) -> npt.NDArray[Any]:
    try:
        return np.asarray(value)
    except Exception as error:  # an object of the user's may raise anything
        raise DataError(
            f"{name} is not an array ({one_line(error)}); give a NumPy array"
        ) from error


def _of_names(found: Mapping[str, Any]) -> Iterator[str]:
    allowed = [*NEEDED, CLASS_NAMES]
    for name in found:
        if name not in allowed:
            yield f"{name} is unknown; {allowed_names(name, allowed)}"
    for name in NEEDED:
        if name not in found:
            yield f"{name} is missing; it has no default"


def _of_images(given: Mapping[str, Any], name: str) -> Iterator[str]:
    images = given[name]
    shape = " x ".join(map(str, images.shape)) or "a single value"
    if images.dtype != np.uint8:
        yield f"{name} is {images.dtype}; give uint8, values from 0 to 255"
    elif images.ndim not in (3, 4) or 0 in images.shape:
        yield f"{name} is {shape}; give (n, height, width) or (n, channels, height, width)"
    elif images.ndim == 4 and images.shape[1] > MOST_CHANNELS >= images.shape[3]:
        yield (
            f"{name} is {shape}, with the channels last; give (n, channels, height, width): "
            f"{name}.transpose(0, 3, 1, 2)"
        )


def _of_labels(given: Mapping[str, Any], name: str, images: str) -> Iterator[str]:
    labels = given[name]
    if labels.dtype.kind not in "iu":
        yield f"{name} is {labels.dtype}; give whole numbers, the class of each image"
    elif labels.ndim != 1:
        yield f"{name} is {' x '.join(map(str, labels.shape)) or 'a single value'}; give (n,)"
    elif len(labels) and not 0 <= labels.min() <= labels.max() < MOST_CLASSES:
        wrong = labels.min() if labels.min() < 0 else labels.max()
        yield f"{name} holds {wrong}; give classes from 0 to {MOST_CLASSES - 1}"
    elif len(labels) != len(np.atleast_1d(given[images])):
        count = plural(len(np.atleast_1d(given[images])), "image")
        yield f"{name} has {plural(len(labels), 'label')} for {count}; give one per image"


def _of_both(given: Mapping[str, Any]) -> Iterator[str]:
    """Problems if training and test images differ in shape, or there are fewer than two classes."""
    train, test = (_images(given[name]).shape[1:] for name in ("train_images", "test_images"))
    if train != test:
        shapes = [" x ".join(map(str, shape)) for shape in (train, test)]
        yield f"test_images are {shapes[1]} each, train_images {shapes[0]}; give the same"
    if _classes(given) < 2:
        yield "train_labels and test_labels are all 0; give at least 2 classes"


def _of_channels(given: Mapping[str, Any]) -> Iterator[str]:
    """Problems of mean and standard deviation: one per channel, of values divided by 255."""
    images = given["train_images"]
    channels = images.shape[1] if images.ndim == 4 else 1
    for name, least in (("mean", 0.0), ("std", LEAST_STD)):
        values = given[name]
        if values.dtype.kind not in "fiu":
            yield f"{name} is {values.dtype}; give one number per channel"
        elif values.ndim > 1:
            yield f"{name} is {' x '.join(map(str, values.shape))}; give (channels,)"
        elif values.size != channels:
            yield (
                f"{name} has {plural(values.size, 'value')}; give "
                f"{'one for the only channel' if channels == 1 else f'{channels}, one per channel'}"
            )
        elif not (np.isfinite(values).all() and least <= values.min() and values.max() <= 1):
            wrong = ", ".join(f"{value:g}" for value in values.ravel().tolist())
            yield f"{name} is {wrong}; give {least:g} to 1, of the values divided by 255"


def _of_class_names(given: Mapping[str, Any]) -> Iterator[str]:
    if CLASS_NAMES not in given:
        return
    names = given[CLASS_NAMES]
    if names.ndim != 1 or names.dtype.kind != "U":
        yield f"{CLASS_NAMES} is {names.dtype}; give a list of texts, one per class"
        return
    listed, classes = names.tolist(), _classes(given)
    for name in listed:
        if not 1 <= len(name) <= MOST_LETTERS or not name.isprintable() or name != name.strip():
            shown = ascii(name[:MOST_LETTERS])
            yield f"{CLASS_NAMES} holds {shown}; give 1 to {MOST_LETTERS} letters on one line"
    if len(set(listed)) < len(listed):
        yield f"{CLASS_NAMES} holds a name twice; give different names"
    if not classes <= len(listed) <= MOST_CLASSES:
        names = plural(len(listed), "name")
        yield (
            f"{CLASS_NAMES} has {names}, and labels reach {classes - 1}; give {classes} to "
            f"{MOST_CLASSES}"
        )


def _classes(given: Mapping[str, Any]) -> int:
    """Number of classes: one more than the highest label."""
    return 1 + max(int(given[name].max()) for name in ("train_labels", "test_labels"))


def _numbered(given: Mapping[str, Any]) -> list[str]:
    return [f"class {label}" for label in range(_classes(given))]


def _images(images: Bytes) -> Bytes:
    """The images as engines take them: without the channel axis if there is only one channel."""
    grey = images.ndim == 4 and images.shape[1] == 1
    return _fixed(images[:, 0] if grey else images)


def _fixed(values: Bytes) -> Bytes:
    """The values, contiguous in memory and read-only."""
    fixed = np.ascontiguousarray(values).view()
    fixed.flags.writeable = False
    return fixed
