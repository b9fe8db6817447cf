"""Small data sets in the forms in which the real ones are published, with digests of their own.

The digests are told to a specification made here; those that users get stay as they are.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import pickle
import zipfile
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from reprobench.harness.base.fingerprint import fingerprint
from reprobench.harness.data.cifar10 import CIFAR10, load_cifar10
from reprobench.harness.data.emnist import EMNIST_DIGITS, MEMBERS, load_emnist
from reprobench.harness.data.idx import NAMES, load_idx
from reprobench.harness.data.spec import DataSet, DataSpec, Load

TRAIN, TEST = 48, 20


def pictures(shape: tuple[int, ...], count: int, classes: int = 10) -> tuple[Any, Any]:
    """Images with noise and a bright bar whose place is the class, and labels: every class.

    A fifth of the images show another class, so that nobody gets all of them right.
    """
    draw = np.random.default_rng(count)
    labels = (np.arange(count) % classes).astype(np.uint8)
    images = draw.integers(0, 90, (count, *shape), dtype=np.uint8)
    for number, (image, label) in enumerate(zip(images, labels, strict=True)):
        shown = (int(label) + (number % 5 == 4)) % classes
        start = shown * shape[-1] // classes
        image[..., start : start + max(2, shape[-1] // classes)] |= 128
    return images, labels


def idx(values: np.ndarray) -> bytes:
    """In the format of yann.lecun.com/exdb/mnist: type 8, number of dimensions, big-endian
    sizes."""
    head = bytes((0, 0, 8, values.ndim)) + np.array(values.shape, ">u4").tobytes()
    return head + values.tobytes()


def like(spec: DataSpec, files: dict[str, bytes], folder: Path, load: Any) -> DataSpec:
    """Writes the files where `spec` expects them; returns a specification with their MD5."""
    assert spec.files is not None
    digests = {name: hashlib.md5(content).hexdigest() for name, content in files.items()}
    known = replace(spec.files, digests=digests)
    place = known.folder(folder)
    place.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (place / name).write_bytes(content)
    made: Load = partial(load, known)
    digest = fingerprint(digests)
    return replace(spec, digest=digest, train=TRAIN, test=TEST, load=made, files=known)


def made_idx(spec: DataSpec, folder: Path) -> DataSpec:
    """Fashion-MNIST or KMNIST: four compressed files."""
    parts = [part for count in (TRAIN, TEST) for part in pictures((28, 28), count)]
    packed = [gzip.compress(idx(part), 1, mtime=0) for part in parts]
    return like(spec, {f"{n}.gz": c for n, c in zip(NAMES, packed, strict=True)}, folder, load_idx)


def made_emnist(folder: Path) -> DataSpec:
    """EMNIST: the four files, images column by column, among others in one archive."""
    path = folder / "made.zip"
    with zipfile.ZipFile(path, "w") as archive:
        others = gzip.compress(b"others")
        archive.writestr("gzip/emnist-letters-train-images-idx3-ubyte.gz", others)
        for name, values in zip(MEMBERS, _transposed(), strict=True):
            archive.writestr(name, gzip.compress(idx(values), 1))
    content = path.read_bytes()
    path.unlink()
    return like(EMNIST_DIGITS, {"gzip.zip": content}, folder, load_emnist)


def _transposed() -> list[np.ndarray]:
    parts = [part for count in (TRAIN, TEST) for part in pictures((28, 28), count)]
    return [part.transpose(0, 2, 1) if part.ndim == 3 else part for part in parts]


class Python2Pickler(pickle._Pickler):  # type: ignore[name-defined]
    """Writes text as byte strings, as Python 2 did, which wrote the real files."""

    dispatch: ClassVar = dict(pickle._Pickler.dispatch)  # type: ignore[attr-defined]

    def save_string(self, value: Any) -> None:
        content = value.encode("latin1") if isinstance(value, str) else value
        self.write(b"T" + len(content).to_bytes(4, "little") + content)
        self.memoize(value)

    dispatch[str] = dispatch[bytes] = save_string


def batch(images: np.ndarray, labels: np.ndarray) -> bytes:
    """In the format that CIFAR-10's page describes: a row per image, red, green and blue, row by
    row."""
    content = {"batch_label": "made", "labels": labels.tolist(), "data": images.reshape(-1, 3_072)}
    written = io.BytesIO()
    Python2Pickler(written, protocol=2).dump(content)
    return written.getvalue().replace(b"numpy._core.multiarray", b"numpy.core.multiarray")


def made_cifar10(folder: Path) -> DataSpec:
    """CIFAR-10: five training batches, of which the last is smaller, and one test batch."""
    images, labels = pictures((3, 32, 32), TRAIN)
    files = {
        f"data_batch_{n + 1}": batch(images[n * 10 : n * 10 + 10], labels[n * 10 : n * 10 + 10])
        for n in range(5)
    }
    files["test_batch"] = batch(*pictures((3, 32, 32), TEST))
    return like(CIFAR10, files, folder, load_cifar10)


def arrays(
    shape: tuple[int, ...] = (3, 20, 24), classes: int = 4, **changed: Any
) -> dict[str, Any]:
    """A user's own arrays, by name; a change to None leaves one out."""
    channels = shape[0] if len(shape) == 3 else 1
    images, labels = pictures(shape, TRAIN, classes)
    test_images, test_labels = pictures(shape, TEST, classes)
    content = {
        "train_images": images,
        "train_labels": labels,
        "test_images": test_images,
        "test_labels": test_labels,
        "mean": [0.3] * channels,
        "std": [0.25] * channels,
        **changed,
    }
    return {name: value for name, value in content.items() if value is not None}


def few_of(data: DataSet, train: int, test: int) -> DataSet:
    """The first images of a data set."""
    return DataSet(
        replace(data.spec, train=train, test=test),
        data.train_images[:train],
        data.train_labels[:train],
        data.test_images[:test],
        data.test_labels[:test],
    )
