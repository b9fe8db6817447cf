"""Rotation, translation, scale and shear: one affine map, sampled at the nearest pixel or smoothly.

The arithmetic is that of Pillow's Geometry.c. The nearest pixel is found in 16.16 fixed point
(affine_fixed) or, without rotation and shear, in doubles (ImagingScaleAffine). Smooth sampling uses
doubles (bilinear_filter8).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ...base.array_types import Bytes, Floats, Integers
from .portable import PI, cosine, sine

Indices = npt.NDArray[np.int32]
ImagesShape = tuple[int, int, int]
"""Shape of images: how many, their height and width."""


def affine_maps(
    rotation: Floats | None,
    shifts: list[Floats | None],
    scale: Floats | None,
    shear: Floats | None,
    images: ImagesShape,
) -> Floats | None:
    """(n, 6): inverse maps, from draws in pixels and degrees; None if nothing moves.

    A rotation alone is PIL's Image.rotate; anything more is torchvision's affine.
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
    """(n, 6): PIL's Image.rotate, counter-clockwise about the centre, with cosines rounded to 15
    digits."""
    turn = -(degrees % 360) * (PI / 180)
    cos, sin = np.round(cosine(turn), 15), np.round(sine(turn), 15)
    middle, centre = (side / 2 for side in size)
    x = cos * -centre + sin * -middle + 0.0 + centre
    y = -sin * -centre + cos * -middle + 0.0 + middle
    return np.stack([cos, sin, x, -sin, cos, y], axis=1)


def inverse_affine(
    angle: Floats, shift: Sequence[Floats], scale: Floats, shear: Floats, size: Sequence[int]
) -> Floats:
    """(n, 6): torchvision's _get_inverse_affine_matrix about the centre, with shear along the rows.

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


def sample(images: Bytes, affine: Floats, fill: int) -> Bytes:
    """Each pixel from the nearest pixel of its source; `fill` if that lies outside."""
    count, height, width = images.shape
    source = pixel_sources(affine, (height, width))
    start = np.arange(count, dtype=np.int32)[:, None] * np.int32(height * width)
    place = np.where(source < 0, images.size, start + source)
    return np.take(np.append(images.reshape(-1), np.uint8(fill)), place).reshape(images.shape)


def sample_smoothly(images: Bytes, affine: Floats, fill: int) -> Bytes:
    """Each pixel from the four around its source, by bilinear interpolation without rounding up."""
    count, height, width = images.shape
    grid = np.divmod(np.arange(height * width), width)
    y, x = (place[None] + 0.5 for place in grid)
    a, b, c, d, e, f = (part[:, None] for part in affine.T)
    across, down = a * x + b * y + c, d * x + e * y + f
    inside = (across >= 0) & (across < width) & (down >= 0) & (down < height)
    (left, right, share), (top, bottom, part) = _around(across, width), _around(down, height)
    image = np.arange(count)[:, None]
    greys = [
        [images[image, row, column].astype(np.float64) for column in (left, right)]
        for row in (top, bottom)
    ]
    above, below = (first + (second - first) * share for first, second in greys)
    mixed = above + (below - above) * part
    return np.where(inside, mixed, fill).astype(np.uint8).reshape(images.shape)


def _around(place: Floats, side: int) -> tuple[Integers, Integers, Floats]:
    """The pixels before and after each place, and the share of the latter.

    Beyond the border, both are the last pixel.
    """
    before = np.floor(place - 0.5)
    share = place - 0.5 - before
    first = before.astype(np.int64)
    return first.clip(0, side - 1), (first + 1).clip(0, side - 1), share


def pixel_sources(affine: Floats, size: tuple[int, int]) -> Indices:
    """(n, pixels): from which pixel of the source each takes its grey; -1 if that is outside."""
    height, width = size
    grid = np.divmod(np.arange(height * width, dtype=np.int32), np.int32(width))
    upright = (affine[:, 1] == 0) & (affine[:, 3] == 0)
    x, y = _fixed_point(affine, *grid)
    if upright.any():
        x[upright], y[upright] = _scaled(affine[upright], *grid)
    inside = (x.view(np.uint32) < width) & (y.view(np.uint32) < height)
    return np.where(inside, y * np.int32(width) + x, np.int32(-1))


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
    """(n, count): start, start + step, ..., added up one after the other as in Pillow."""
    steps = np.repeat(step[:, None], count, axis=1)
    steps[:, 0] = start
    return np.cumsum(steps, axis=1)
