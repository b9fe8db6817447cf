"""CIFAR-10: six batches of colour images, pickled, each checked by its MD5 before it is read."""

from __future__ import annotations

import io
import pickle
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np

from ..base.array_types import Bytes
from ..base.errors import DataError
from ..base.fingerprint import fingerprint
from ..base.words import plural
from .published_files import PublishedFiles
from .spec import Arrays, DataSpec

SHAPE: Final = (3, 32, 32)
FILES: Final = PublishedFiles(
    title="CIFAR-10",
    place=("cifar-10-batches-py",),
    digests={
        "data_batch_1": "c99cafc152244af753f735de768cd75f",
        "data_batch_2": "d4bba439e000b95fd0a9bffe97cbabec",
        "data_batch_3": "54ebc095f3ab1f0389bbae665268c751",
        "data_batch_4": "634d18415352ddfa80567beed471001a",
        "data_batch_5": "482c414d41f54cd18b22e5b47cb7c3cb",
        "test_batch": "40351d587109b95175f43aff81a1287e",
    },
    torchvision="CIFAR10(folder, download=True)",
    minutes=15,
    archive=("cifar-10-python.tar.gz", "c58f30108f718f92721af3b95e74349a"),
)
ARRAY_PARTS: Final = {
    ("numpy.core.multiarray", "_reconstruct"): "numpy._core.multiarray",
    ("numpy._core.multiarray", "_reconstruct"): "numpy._core.multiarray",
    ("numpy", "ndarray"): "numpy",
    ("numpy", "dtype"): "numpy",
}
"""The classes and functions in a pickled batch, and the modules where NumPy has them today."""


def load_cifar10(files: PublishedFiles, directory: Path) -> Arrays:
    """The training batches joined, and the test batch; raises DataError."""
    *train, test = [_batch(path) for path in files.sound(directory)]
    images, labels = (np.concatenate(parts) for parts in zip(*train, strict=True))
    return images, labels, *test


def _batch(path: Path) -> tuple[Bytes, Bytes]:
    """Images (n, 3, 32, 32) and labels (n,) of one file; raises DataError if it is not a batch."""
    try:
        found = _ArraysAlone(io.BytesIO(path.read_bytes()), encoding="latin1").load()
        images = np.asarray(found["data"], np.uint8).reshape(-1, *SHAPE)
        labels = np.asarray(found["labels"], np.uint8)
    except Exception as error:  # unpickling may raise anything for a file that is not a pickle
        raise DataError(
            f"{path}: is not a batch of images ({error}); give another --data"
        ) from error
    if labels.shape != images.shape[:1]:
        counts = f"{plural(len(images), 'image')} and {plural(len(labels), 'label')}"
        raise DataError(f"{path}: has {counts}; give another --data")
    return images, labels


class _ArraysAlone(pickle.Unpickler):
    """Unpickles arrays, and refuses whatever else a pickle may name."""

    def find_class(self, module: str, name: str) -> Any:
        """The part of NumPy with this name; raises UnpicklingError for anything else."""
        if (module, name) not in ARRAY_PARTS:
            raise pickle.UnpicklingError(f"it names {module}.{name}")
        return super().find_class(ARRAY_PARTS[module, name], name)


CIFAR10: Final = DataSpec(
    name="cifar10",
    title="CIFAR-10",
    digest=fingerprint(FILES.digests),
    shape=SHAPE,
    class_names=(
        "an airplane",
        "an automobile",
        "a bird",
        "a cat",
        "a deer",
        "a dog",
        "a frog",
        "a horse",
        "a ship",
        "a truck",
    ),
    train=50_000,
    test=10_000,
    mean=(0.4914, 0.4822, 0.4465),
    std=(0.2470, 0.2435, 0.2616),
    load=partial(load_cifar10, FILES),
    files=FILES,
)
