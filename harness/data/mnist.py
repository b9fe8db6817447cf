"""MNIST: four IDX files, each checked by its digest, and mapped so that all processes share it."""

from __future__ import annotations

from functools import partial
from typing import Final

from ..base.fingerprint import fingerprint
from .idx import load_idx
from .published_files import PublishedFiles
from .spec import DIGIT_NAMES, DataSpec

FILES: Final = PublishedFiles(
    title="MNIST",
    place=("MNIST", "raw"),
    digests={
        "train-images-idx3-ubyte": (
            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"
        ),
        "train-labels-idx1-ubyte": (
            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"
        ),
        "t10k-images-idx3-ubyte": (
            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"
        ),
        "t10k-labels-idx1-ubyte": (
            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"
        ),
    },
    torchvision="MNIST(folder, download=True)",
)
MNIST: Final = DataSpec(
    name="mnist",
    title="MNIST",
    digest=fingerprint(FILES.digests),
    shape=(1, 28, 28),
    class_names=DIGIT_NAMES,
    train=60_000,
    test=10_000,
    mean=(0.1307,),
    std=(0.3081,),
    load=partial(load_idx, FILES),
    files=FILES,
    ink=True,
)
