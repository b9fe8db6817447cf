"""Augmentation of whole batches of uint8 images, pixel for pixel what torchvision does on PIL.

Brightness and contrast act through a table of 256 grey values an image. Rotation, translation,
scale and shear are one affine map with nearest-neighbour sampling, in the arithmetic of Pillow's
Geometry.c: 16.16 fixed point (affine_fixed) or, without rotation and shear, doubles
(ImagingScaleAffine).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...study.recipe import Augmentation
from .portable import PI, cosine, exponential, sine
from .randomness import Stream, uniform

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Draw = Callable[[int, float, float], Floats]

SIDE = 28
PIXELS = SIDE * SIDE
ERASE_TRIES = 10
ERASE_AREA = (0.02, 0.33)
ERASE_LOG_RATIO = (-1.2039728043259361, 1.1939224684724346)
"""Logarithms of the ratios 0.3 and 3.3 of height to width."""


@dataclass(frozen=True)
class Draws:
    """What happens to each of n images; None stands for an augmentation that is off."""

    brightness: npt.NDArray[np.float32] | None = None
    """(n,) factors."""
    contrast: npt.NDArray[np.float32] | None = None
    """(n,) factors."""
    contrast_first: npt.NDArray[np.bool_] | None = None
    """(n,) where both act: which of them acts first."""
    affine: Floats | None = None
    """(n, 6): the point of the source image for each of the result, as PIL's AFFINE data."""
    erase: Integers | None = None
    """(n, 4): top, left, height, width of the rectangle; height 0 where nothing is erased."""
    fill: int = 1

    def of(self, images: Integers) -> Draws:
        """The draws of some of the images, by their indices."""
        return Draws(
            brightness=None if self.brightness is None else self.brightness[images],
            contrast=None if self.contrast is None else self.contrast[images],
            contrast_first=None if self.contrast_first is None else self.contrast_first[images],
            affine=None if self.affine is None else self.affine[images],
            erase=None if self.erase is None else self.erase[images],
            fill=self.fill,
        )


def draw(augmentation: Augmentation, seed: int, epoch: int, count: int) -> Draws:
    """Draws for `count` training images in one epoch; an image's do not depend on the others."""

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
        affine=_affine(rotation, shifts, scale, shear, count),
        erase=_rectangles(augmentation.erasing, between, count) if augmentation.erasing else None,
        fill=augmentation.fill,
    )


def augment(images: Bytes, draws: Draws) -> Bytes:
    """The augmented images, (n, 28, 28); `draws` are those of these n images."""
    flat = images.reshape(len(images), PIXELS)
    if draws.brightness is not None or draws.contrast is not None:
        flat = _look_up(_grey_table(flat, draws), flat)
    if draws.affine is not None:
        flat = _sample(flat, draws.affine, draws.fill)
    result = flat.reshape(images.shape)
    return result if draws.erase is None else _erase(result, draws.erase)


def _look_up(table: Bytes, flat: Bytes) -> Bytes:
    """table[i, flat[i, p]] for each image i and pixel p."""
    start = np.arange(len(flat), dtype=np.int32)[:, None] * 256
    return np.take(table.reshape(-1), start + flat)


def _grey_table(flat: Bytes, draws: Draws) -> Bytes:
    """(n, 256): what each grey value of each image becomes."""
    greys = np.broadcast_to(np.arange(256, dtype=np.uint8), (len(flat), 256))
    if draws.brightness is None:
        return _contrast(flat, greys, draws.contrast)
    if draws.contrast is None:
        return _blend(0, greys, draws.brightness)
    brightness_first = _contrast(flat, _blend(0, greys, draws.brightness), draws.contrast)
    contrast_first = _blend(0, _contrast(flat, greys, draws.contrast), draws.brightness)
    assert draws.contrast_first is not None
    return np.where(draws.contrast_first[:, None], contrast_first, brightness_first)


def _contrast(flat: Bytes, table: Bytes, factor: npt.NDArray[np.float32] | None) -> Bytes:
    """Blend with the mean grey of the image as `table` has it so far, rounded half up."""
    assert factor is not None
    mean = _look_up(table, flat).sum(axis=1, dtype=np.int64) / PIXELS
    return _blend(np.floor(mean + 0.5)[:, None], table, factor)


def _blend(base: Floats | int, table: Bytes, factor: npt.NDArray[np.float32]) -> Bytes:
    """base + factor * (table - base) in float32, cut to 0 .. 255, as PIL's ImagingBlend."""
    origin = np.asarray(base, dtype=np.float32)
    mixed = origin + factor[:, None] * (table.astype(np.float32) - origin)
    return np.clip(mixed, 0, 255).astype(np.uint8)


def _affine(
    rotation: Floats | None,
    shifts: list[Floats | None],
    scale: Floats | None,
    shear: Floats | None,
    count: int,
) -> Floats | None:
    """(n, 6) inverse maps, in pixels and degrees; None where nothing moves.

    A rotation alone is PIL's Image.rotate; more is torchvision's affine, with the same turn.
    """
    moved = [part for part in (*shifts, scale, shear) if part is not None]
    if not moved:
        return None if rotation is None else _rotation(rotation)
    zero = np.zeros(count)
    angle = zero if rotation is None else -rotation
    x, y = (zero if shift is None else np.rint(shift) for shift in shifts)
    return inverse_affine(
        angle, x, y, np.ones(count) if scale is None else scale, zero if shear is None else shear
    )


def _rotation(degrees: Floats) -> Floats:
    """PIL's Image.rotate, counter-clockwise about the centre; cosines are rounded to 15 digits."""
    turn = -(degrees % 360) * (PI / 180)
    cos, sin = np.round(cosine(turn), 15), np.round(sine(turn), 15)
    half = SIDE / 2
    x = cos * -half + sin * -half + 0.0 + half
    y = -sin * -half + cos * -half + 0.0 + half
    return np.stack([cos, sin, x, -sin, cos, y], axis=1)


def inverse_affine(angle: Floats, x: Floats, y: Floats, scale: Floats, shear: Floats) -> Floats:
    """torchvision's _get_inverse_affine_matrix about the centre, shear along the rows: (n, 6)."""
    turn, slant = angle * (PI / 180), shear * (PI / 180)
    cos, sin = cosine(turn), sine(turn)
    tangent = sine(slant) / cosine(slant)
    a, b = cos, -cos * tangent - sin
    c, d = sin, -sin * tangent + cos
    a, b, c, d = d / scale, -b / scale, -c / scale, a / scale
    half = SIDE / 2
    right, down = -half - x, -half - y
    return np.stack([a, b, a * right + b * down + half, c, d, c * right + d * down + half], axis=1)


def _sample(flat: Bytes, affine: Floats, fill: int) -> Bytes:
    """(n, 784): each pixel from the nearest point of its source, `fill` where that lies outside."""
    upright = (affine[:, 1] == 0) & (affine[:, 3] == 0)
    x, y = _fixed_point(affine)
    if upright.any():
        x[upright], y[upright] = _scaled(affine[upright])
    inside = (x.view(np.uint32) < SIDE) & (y.view(np.uint32) < SIDE)
    start = np.arange(len(flat), dtype=np.int32)[:, None] * PIXELS
    place = np.where(inside, start + y * SIDE + x, flat.size)
    return np.take(np.append(flat.reshape(-1), np.uint8(fill)), place)


def _fixed_point(affine: Floats) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Column and row of the source, (n, 784), in 16.16 fixed point."""
    a, b, c, d, e, f = affine.T
    origin = (c + a * 0.5 + b * 0.5, f + d * 0.5 + e * 0.5)
    a, b, d, e, c, f = (_fix(part)[:, None] for part in (a, b, d, e, *origin))
    row, column = _GRID
    return (c + row * b + column * a) >> 16, (f + row * e + column * d) >> 16


_GRID = [np.asarray(part, dtype=np.int32) for part in np.divmod(np.arange(PIXELS), SIDE)]


def _fix(value: Floats) -> npt.NDArray[np.int32]:
    return np.floor(value * 65536 + 0.5).astype(np.int32)


def _scaled(affine: Floats) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Column and row of the source, (n, 784), without rotation and shear: repeated additions."""
    a, _, c, _, e, f = affine.T
    columns = np.floor(_walk(c + a * 0.5, a)).astype(np.int32)
    rows = np.floor(_walk(f + e * 0.5, e)).astype(np.int32)
    row, column = _GRID
    return columns[:, column], rows[:, row]


def _walk(start: Floats, step: Floats) -> Floats:
    """start, start + step, ... (n, 28), added up one after the other as Pillow does."""
    steps = np.repeat(step[:, None], SIDE, axis=1)
    steps[:, 0] = start
    return np.cumsum(steps, axis=1)


def _rectangles(probability: float, between: Draw, count: int) -> Integers:
    """(n, 4): torchvision's RandomErasing.get_params, whose tries end with the first that fits."""
    chosen = np.zeros((count, 4), dtype=np.int64)
    wanted = between(10, 0, 1) < probability
    for attempt in range(ERASE_TRIES):
        first = 20 + 4 * attempt
        area = PIXELS * between(first, *ERASE_AREA)
        ratio = exponential(between(first + 1, *ERASE_LOG_RATIO))
        height, width = np.rint(np.sqrt(area * ratio)), np.rint(np.sqrt(area / ratio))
        fits = wanted & (height < SIDE) & (width < SIDE)
        top = np.floor(between(first + 2, 0, 1) * (SIDE - height + 1))
        left = np.floor(between(first + 3, 0, 1) * (SIDE - width + 1))
        chosen[fits] = np.stack([top, left, height, width], axis=1)[fits]
        wanted &= ~fits
    return chosen


def _erase(images: Bytes, rectangles: Integers) -> Bytes:
    top, left, height, width = rectangles.T[:, :, None]
    line = np.arange(SIDE)
    rows = (line >= top) & (line < top + height)
    columns = (line >= left) & (line < left + width)
    return np.where(rows[:, :, None] & columns[:, None, :], np.uint8(0), images)
