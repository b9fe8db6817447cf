"""Augmentation of whole batches of uint8 images, pixel for pixel as torchvision does it on PIL.

Brightness and contrast act through a table of 256 values per image; rotation, translation, scale
and shear are one affine map, in `geometry`. All channels of an image share both, and are filled in
with the same value.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...base.array_types import Bytes, Floats, Integers
from ...study.recipe import Augmentation
from .geometry import ImagesShape, affine_maps, sample, sample_smoothly
from .portable import exponential
from .randomness import Stream, uniform

Draw = Callable[[int, float, float], Floats]

ERASE_TRIES = 10
ERASE_AREA = (0.02, 0.33)
ERASE_LOG_RATIO = (-1.2039728043259361, 1.1939224684724346)
"""Range of the logarithm of the ratio of height to width: ratios from 0.3 to 3.3."""


@dataclass(frozen=True)
class Draws:
    """What happens to each of n images; None means that an augmentation is off."""

    brightness: npt.NDArray[np.float32] | None = None
    """(n,) factors."""
    contrast: npt.NDArray[np.float32] | None = None
    """(n,) factors."""
    contrast_first: npt.NDArray[np.bool_] | None = None
    """(n,) whether contrast acts before brightness, if both act."""
    affine: Floats | None = None
    """(n, 6): the map from a point of the result to one of the source, as PIL's AFFINE data."""
    erase: Integers | None = None
    """(n, 4): top, left, height, width of the rectangle; height 0 if nothing is erased."""
    smooth: bool = False
    """Whether the map takes a mean of four pixels, rather than the nearest."""
    fill: int = 1
    """Grey value of the corners that the map uncovers."""
    erase_fill: int = 0
    """Grey value of the rectangles."""

    def of(self, images: Integers) -> Draws:
        """The draws of some of the images, by their indices."""
        return Draws(
            brightness=None if self.brightness is None else self.brightness[images],
            contrast=None if self.contrast is None else self.contrast[images],
            contrast_first=None if self.contrast_first is None else self.contrast_first[images],
            affine=None if self.affine is None else self.affine[images],
            erase=None if self.erase is None else self.erase[images],
            smooth=self.smooth,
            fill=self.fill,
            erase_fill=self.erase_fill,
        )


def draw(augmentation: Augmentation, seed: int, epoch: int, images: ImagesShape) -> Draws:
    """Draws for training images of the shape (n, height, width) in one epoch.

    The draws of an image do not depend on the other images.
    """
    count, _, _ = images

    def between(purpose: int, low: float, high: float) -> Floats:
        share = uniform(seed, Stream.AUGMENTATION, epoch, purpose, count)
        return low + (high - low) * share

    def around(purpose: int, centre: float, reach: float) -> Floats | None:
        return between(purpose, centre - reach, centre + reach) if reach else None

    brightness = around(0, 1, augmentation.brightness)
    contrast = around(1, 1, augmentation.contrast)
    rotation = around(3, 0, augmentation.rotation)
    shifts = [around(purpose, 0, augmentation.translation) for purpose in (4, 5)]
    scale = around(6, 1, augmentation.scale)
    shear = around(7, 0, augmentation.shear)
    return Draws(
        brightness=None if brightness is None else brightness.astype(np.float32),
        contrast=None if contrast is None else contrast.astype(np.float32),
        contrast_first=between(2, 0, 1) >= 1 / 2,
        affine=affine_maps(rotation, shifts, scale, shear, images),
        erase=_rectangles(augmentation.erasing, between, images) if augmentation.erasing else None,
        smooth=augmentation.interpolation == "bilinear",
        fill=augmentation.fill,
        erase_fill=augmentation.erasing_fill,
    )


def augment(images: Bytes, draws: Draws) -> Bytes:
    """The augmented images, given the draws of these n images.

    Images are (n, height, width) or (n, channels, height, width); three channels are red, green and
    blue.
    """
    if draws.brightness is not None or draws.contrast is not None:
        flat = images.reshape(len(images), -1)
        pixels = flat.reshape(len(images), -1, images.shape[-2] * images.shape[-1])
        images = _look_up(_value_table(pixels, draws), flat).reshape(images.shape)
    if images.ndim == 3:
        return _changed_in_place(images, draws)
    changed = [_changed_in_place(images[:, c], draws) for c in range(images.shape[1])]
    return np.stack(changed, axis=1)


def _changed_in_place(images: Bytes, draws: Draws) -> Bytes:
    """One channel of the images, (n, height, width), moved and erased."""
    if draws.affine is not None:
        sampled = sample_smoothly if draws.smooth else sample
        images = sampled(images, draws.affine, draws.fill)
    return images if draws.erase is None else _erase(images, draws.erase, draws.erase_fill)


def _look_up(table: Bytes, flat: Bytes) -> Bytes:
    """table[i, flat[i, p]] for each image i and pixel p."""
    start = np.arange(len(flat), dtype=np.int32)[:, None] * 256
    return np.take(table.reshape(-1), start + flat)


def _value_table(pixels: Bytes, draws: Draws) -> Bytes:
    """(n, 256): what each value of each image becomes, given the pixels (n, channels, m)."""
    values = np.broadcast_to(np.arange(256, dtype=np.uint8), (len(pixels), 256))
    if draws.brightness is None:
        return _contrast(pixels, values, draws.contrast)
    if draws.contrast is None:
        return _blend(0, values, draws.brightness)
    brightness_first = _contrast(pixels, _blend(0, values, draws.brightness), draws.contrast)
    contrast_first = _blend(0, _contrast(pixels, values, draws.contrast), draws.brightness)
    assert draws.contrast_first is not None
    return np.where(draws.contrast_first[:, None], contrast_first, brightness_first)


def _contrast(pixels: Bytes, table: Bytes, factor: npt.NDArray[np.float32] | None) -> Bytes:
    """Blend with the image's mean grey, after `table` was applied to it, rounded half up."""
    assert factor is not None
    channels = [_look_up(table, channel) for channel in pixels.swapaxes(0, 1)]
    greys = channels[0] if len(channels) == 1 else _greys(*channels)
    mean = greys.sum(axis=1, dtype=np.int64) / greys.shape[1]
    return _blend(np.floor(mean + 0.5)[:, None], table, factor)


def _greys(red: Bytes, green: Bytes, blue: Bytes) -> Integers:
    """Grey values, as PIL's convert("L") computes them."""
    whole = [colour.astype(np.int64) for colour in (red, green, blue)]
    return (19_595 * whole[0] + 38_470 * whole[1] + 7_471 * whole[2] + 0x8000) >> 16


def _blend(base: Floats | int, table: Bytes, factor: npt.NDArray[np.float32]) -> Bytes:
    """base + factor * (table - base) in float32, clipped to 0 .. 255, as PIL's ImagingBlend."""
    origin = np.asarray(base, dtype=np.float32)
    mixed = origin + factor[:, None] * (table.astype(np.float32) - origin)
    return np.clip(mixed, 0, 255).astype(np.uint8)


def _rectangles(probability: float, between: Draw, images: ImagesShape) -> Integers:
    """(n, 4): the rectangles of torchvision's RandomErasing.get_params: the first try that fits."""
    count, rows, columns = images
    chosen = np.zeros((count, 4), dtype=np.int64)
    wanted = between(10, 0, 1) < probability
    for attempt in range(ERASE_TRIES):
        first = 20 + 4 * attempt
        area = rows * columns * between(first, *ERASE_AREA)
        ratio = exponential(between(first + 1, *ERASE_LOG_RATIO))
        height, width = np.rint(np.sqrt(area * ratio)), np.rint(np.sqrt(area / ratio))
        fits = wanted & (height < rows) & (width < columns)
        top = np.floor(between(first + 2, 0, 1) * (rows - height + 1))
        left = np.floor(between(first + 3, 0, 1) * (columns - width + 1))
        chosen[fits] = np.stack([top, left, height, width], axis=1)[fits]
        wanted &= ~fits
    return chosen


def _erase(images: Bytes, rectangles: Integers, fill: int) -> Bytes:
    top, left, height, width = rectangles.T[:, :, None]
    line, across = (np.arange(side) for side in images.shape[1:])
    rows = (line >= top) & (line < top + height)
    columns = (across >= left) & (across < left + width)
    return np.where(rows[:, :, None] & columns[:, None, :], np.uint8(fill), images)
