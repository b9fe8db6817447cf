"""Augmentation of whole batches of uint8 images, pixel for pixel what torchvision does on PIL.

Brightness and contrast act through a table of 256 grey values an image. Rotation, translation,
scale and shear are one affine map with nearest-neighbour sampling, in the arithmetic of Pillow's
Geometry.c: 16.16 fixed point (affine_fixed) or, without rotation and shear, doubles
(ImagingScaleAffine).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
Indices = npt.NDArray[np.int32]
Shape = tuple[int, int, int]
"""Of images: how many, their height and width."""

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


def draw(augmentation: Augmentation, seed: int, epoch: int, images: Shape) -> Draws:
    """Draws for training images of the shape (n, height, width) in one epoch.

    An image's do not depend on the others.
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
        affine=_affine(rotation, shifts, scale, shear, images),
        erase=_rectangles(augmentation.erasing, between, images) if augmentation.erasing else None,
        fill=augmentation.fill,
    )


def augment(images: Bytes, draws: Draws) -> Bytes:
    """The augmented images, (n, height, width); `draws` are those of these n images."""
    if draws.brightness is not None or draws.contrast is not None:
        flat = images.reshape(len(images), -1)
        images = _look_up(_grey_table(flat, draws), flat).reshape(images.shape)
    if draws.affine is not None:
        images = _sample(images, draws.affine, draws.fill)
    return images if draws.erase is None else _erase(images, draws.erase)


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
    mean = _look_up(table, flat).sum(axis=1, dtype=np.int64) / flat.shape[1]
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
    images: Shape,
) -> Floats | None:
    """(n, 6) inverse maps, in pixels and degrees; None where nothing moves.

    A rotation alone is PIL's Image.rotate; more is torchvision's affine, with the same turn.
    """
    count, *size = images
    moved = [part for part in (*shifts, scale, shear) if part is not None]
    if not moved:
        return None if rotation is None else rotate(rotation, size)
    zero = np.zeros(count)
    angle = zero if rotation is None else -rotation
    shift = [zero if part is None else np.rint(part) for part in shifts]
    scale = np.ones(count) if scale is None else scale
    return inverse_affine(angle, shift, scale, zero if shear is None else shear, size)


def rotate(degrees: Floats, size: Sequence[int]) -> Floats:
    """PIL's Image.rotate, counter-clockwise about the centre; cosines are rounded to 15 digits."""
    turn = -(degrees % 360) * (PI / 180)
    cos, sin = np.round(cosine(turn), 15), np.round(sine(turn), 15)
    middle, centre = (side / 2 for side in size)
    x = cos * -centre + sin * -middle + 0.0 + centre
    y = -sin * -centre + cos * -middle + 0.0 + middle
    return np.stack([cos, sin, x, -sin, cos, y], axis=1)


def inverse_affine(
    angle: Floats, shift: Sequence[Floats], scale: Floats, shear: Floats, size: Sequence[int]
) -> Floats:
    """torchvision's _get_inverse_affine_matrix about the centre, shear along the rows: (n, 6).

    Angles in degrees, `shift` along rows and columns in pixels, `size` height and width.
    """
    turn, slant = angle * (PI / 180), shear * (PI / 180)
    cos, sin = cosine(turn), sine(turn)
    tangent = sine(slant) / cosine(slant)
    a, b = cos, -cos * tangent - sin
    c, d = sin, -sin * tangent + cos
    a, b, c, d = d / scale, -b / scale, -c / scale, a / scale
    middle, centre = (side / 2 for side in size)
    right, down = -centre - shift[0], -middle - shift[1]
    columns, rows = a * right + b * down + centre, c * right + d * down + middle
    return np.stack([a, b, columns, c, d, rows], axis=1)


def _sample(images: Bytes, affine: Floats, fill: int) -> Bytes:
    """Each pixel from the nearest point of its source, `fill` where that lies outside."""
    count, height, width = images.shape
    grid = np.divmod(np.arange(height * width, dtype=np.int32), np.int32(width))
    upright = (affine[:, 1] == 0) & (affine[:, 3] == 0)
    x, y = _fixed_point(affine, *grid)
    if upright.any():
        x[upright], y[upright] = _scaled(affine[upright], *grid)
    inside = (x.view(np.uint32) < width) & (y.view(np.uint32) < height)
    start = np.arange(count, dtype=np.int32)[:, None] * np.int32(height * width)
    place = np.where(inside, start + y * width + x, images.size)
    return np.take(np.append(images.reshape(-1), np.uint8(fill)), place).reshape(images.shape)


def _fixed_point(affine: Floats, row: Indices, column: Indices) -> tuple[Indices, Indices]:
    """Column and row of the source, (n, pixels), in 16.16 fixed point."""
    a, b, c, d, e, f = affine.T
    origin = (c + a * 0.5 + b * 0.5, f + d * 0.5 + e * 0.5)
    a, b, d, e, c, f = (_fix(part)[:, None] for part in (a, b, d, e, *origin))
    return (c + row * b + column * a) >> 16, (f + row * e + column * d) >> 16


def _fix(value: Floats) -> Indices:
    return np.floor(value * 65536 + 0.5).astype(np.int32)


def _scaled(affine: Floats, row: Indices, column: Indices) -> tuple[Indices, Indices]:
    """Column and row of the source, (n, pixels), without rotation and shear: repeated additions."""
    a, _, c, _, e, f = affine.T
    columns = np.floor(_walk(c + a * 0.5, a, column[-1] + 1)).astype(np.int32)
    rows = np.floor(_walk(f + e * 0.5, e, row[-1] + 1)).astype(np.int32)
    return columns[:, column], rows[:, row]


def _walk(start: Floats, step: Floats, count: int) -> Floats:
    """start, start + step, ... (n, count), added up one after the other as Pillow does."""
    steps = np.repeat(step[:, None], count, axis=1)
    steps[:, 0] = start
    return np.cumsum(steps, axis=1)


def _rectangles(probability: float, between: Draw, images: Shape) -> Integers:
    """(n, 4): torchvision's RandomErasing.get_params, whose tries end with the first that fits."""
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


def _erase(images: Bytes, rectangles: Integers) -> Bytes:
    top, left, height, width = rectangles.T[:, :, None]
    line, across = (np.arange(side) for side in images.shape[1:])
    rows = (line >= top) & (line < top + height)
    columns = (across >= left) & (across < left + width)
    return np.where(rows[:, :, None] & columns[:, None, :], np.uint8(0), images)
