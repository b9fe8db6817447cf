"""Fashion-MNIST and KMNIST: other images in MNIST's format and torchvision's layout.

They are checked by the MD5 of the compressed files as they were published, as in torchvision.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from ..base.fingerprint import fingerprint
from .idx import NAMES, load_idx
from .published_files import PACKED, PublishedFiles
from .spec import DataSpec


def _published(title: str, torchvision: str, digests: Sequence[str]) -> PublishedFiles:
    return PublishedFiles(
        title=title,
        place=(torchvision, "raw"),
        digests=dict(zip((name + PACKED for name in NAMES), digests, strict=True)),
        torchvision=f"{torchvision}(folder, download=True)",
        minutes=5,
    )


FASHION_FILES: Final = _published(
    "Fashion-MNIST",
    "FashionMNIST",
    [
        "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        "25c81989df183df01b3e8a0aad5dffbe",
        "bef4ecab320f06d8554ea6380940ec79",
        "bb300cfdad3c16e7a12a480ee83cd310",
    ],
)
FASHION_MNIST: Final = DataSpec(
    name="fashion-mnist",
    title="Fashion-MNIST",
    digest=fingerprint(FASHION_FILES.digests),
    shape=(1, 28, 28),
    class_names=(
        "a T-shirt",
        "trousers",
        "a pullover",
        "a dress",
        "a coat",
        "a sandal",
        "a shirt",
        "a sneaker",
        "a bag",
        "an ankle boot",
    ),
    train=60_000,
    test=10_000,
    mean=(0.2860,),
    std=(0.3530,),
    load=partial(load_idx, FASHION_FILES),
    files=FASHION_FILES,
)

KMNIST_FILES: Final = _published(
    "KMNIST",
    "KMNIST",
    [
        "bdb82020997e1d708af4cf47b453dcf7",
        "e144d726b3acfaa3e44228e80efcd344",
        "5c965bf0a639b31b8f53240b1b52f4d7",
        "7320c461ea6c1c855c0b718fb2a4b134",
    ],
)
KMNIST: Final = DataSpec(
    name="kmnist",
    title="KMNIST (Kuzushiji)",
    digest=fingerprint(KMNIST_FILES.digests),
    shape=(1, 28, 28),
    class_names=(
        "an o",
        "a ki",
        "a su",
        "a tsu",
        "a na",
        "a ha",
        "a ma",
        "a ya",
        "a re",
        "a wo",
    ),
    train=60_000,
    test=10_000,
    mean=(0.1918,),
    std=(0.3483,),
    load=partial(load_idx, KMNIST_FILES),
    files=KMNIST_FILES,
    ink=True,
)
