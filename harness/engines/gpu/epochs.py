"""What a seed is given for an epoch: order, augmentation, dropout's seeds and rates, as bytes.

Each array has the device's layout: see `take_epoch` in `../cuda/memory.cpp`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ...base.array_types import Bytes
from ...study.recipe import Recipe
from ..draws.augmentation import Draws
from ..draws.randomness import dropout_seeds

Given = Mapping[str, Bytes]
"""Bytes by the name of the device's region that they go to."""


@dataclass(frozen=True)
class Augmentations:
    """The augmentations that any seed of a group has: all seeds are given draws for them."""

    brightness: bool
    contrast: bool
    affine: bool
    erase: bool

    @classmethod
    def of(cls, recipes: Sequence[Recipe]) -> Augmentations:
        """The augmentations that any of the recipes has."""
        wanted = [recipe.augmentation for recipe in recipes]
        return cls(
            brightness=any(one.brightness > 0 for one in wanted),
            contrast=any(one.contrast > 0 for one in wanted),
            affine=any(one.rotation or one.translation or one.scale or one.shear for one in wanted),
            erase=any(one.erasing > 0 for one in wanted),
        )


def as_bytes(array: npt.NDArray[Any]) -> Bytes:
    """The bytes of an array, contiguous, (n,)."""
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8)


def images_given(images: npt.NDArray[np.int64], draws: Draws, wanted: Augmentations) -> Given:
    """The training images in their order, and their draws.

    The draws for an augmentation that only other seeds have change nothing.
    """
    count = len(images)
    given = {"order": as_bytes(images.astype(np.int32))}
    ones = np.ones(count, dtype=np.float32)
    if wanted.brightness:
        given["brightness"] = as_bytes(ones if draws.brightness is None else draws.brightness)
    if wanted.contrast:
        given["contrast"] = as_bytes(ones if draws.contrast is None else draws.contrast)
    if wanted.brightness or wanted.contrast:
        first = (
            np.zeros(count, dtype=bool) if draws.contrast_first is None else draws.contrast_first
        )
        given["contrast first"] = as_bytes(first.astype(np.uint8))
    if wanted.affine:
        same = np.tile(np.array([1.0, 0, 0, 0, 1, 0]), (count, 1))
        given["affine"] = as_bytes(same if draws.affine is None else draws.affine)
    if wanted.erase:
        none = np.zeros((count, 4), dtype=np.int32)
        given["erase"] = as_bytes(none if draws.erase is None else draws.erase.astype(np.int32))
    return given


def paces_given(lr: npt.ArrayLike, momentum: npt.ArrayLike) -> Given:
    """Rate and momentum of each step."""
    pace = np.stack(np.broadcast_arrays(lr, momentum), axis=-1)
    return {"paces": as_bytes(pace.astype(np.float32))}


def dropout_given(seed: int, epoch: int, steps: Sequence[int]) -> Given:
    """The initial words of the generators of each step's dropout."""
    return {"starts": as_bytes(dropout_seeds(seed, epoch, steps))}
