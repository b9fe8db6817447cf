"""Sine, cosine and exponential that give the same bits on every machine.

The versions in libraries differ in the last bit between platforms. These use only additions,
multiplications and divisions of doubles, which IEEE 754 rounds the same way everywhere. All take
and return arrays of float64, and are within 2 units in the last place of the true value on their
stated range.
"""

from __future__ import annotations

from math import factorial

import numpy as np
import numpy.typing as npt

from ...base.array_types import Floats

PI = 3.141592653589793
# pi/2 and ln 2 in two parts; the first ends in zero bits, so that small multiples of it are exact
# (Cody and Waite, "Software Manual for the Elementary Functions", 1980).
HALF_PI_HIGH = 1.5707963267341256
HALF_PI_LOW = 6.077100506506192e-11
LN_2_HIGH = 0.6931471803691238
LN_2_LOW = 1.9082149292705877e-10


def sine(x: npt.ArrayLike) -> Floats:
    """sin(x), x in radians, |x| at most 1,000."""
    return _quadrant(np.asarray(x, dtype=np.float64), 0)


def cosine(x: npt.ArrayLike) -> Floats:
    """cos(x), x in radians, |x| at most 1,000."""
    return _quadrant(np.asarray(x, dtype=np.float64), 1)


def exponential(x: npt.ArrayLike) -> Floats:
    """e to the power of x, |x| at most 700: a power of two times e to a small power."""
    values = np.asarray(x, dtype=np.float64)
    twos = np.rint(values / LN_2_HIGH)
    rest = (values - twos * LN_2_HIGH) - twos * LN_2_LOW
    return np.ldexp(_horner(rest, [1 / factorial(k) for k in range(15)]), twos.astype(np.int64))


def _quadrant(x: Floats, shift: int) -> Floats:
    """sin(x + shift * pi/2), from the nearest multiple of pi/2."""
    turns = np.rint(x / (PI / 2))
    rest = (x - turns * HALF_PI_HIGH) - turns * HALF_PI_LOW
    square = rest * rest
    sin = rest * _horner(square, [(-1) ** k / factorial(2 * k + 1) for k in range(10)])
    cos = _horner(square, [(-1) ** k / factorial(2 * k) for k in range(11)])
    quadrant = (turns.astype(np.int64) + shift) % 4
    return np.select([quadrant == 0, quadrant == 1, quadrant == 2], [sin, cos, -sin], -cos)


def _horner(x: Floats, coefficients: list[float]) -> Floats:
    total = np.full_like(x, coefficients[-1])
    for coefficient in reversed(coefficients[:-1]):
        total = total * x + coefficient
    return total
