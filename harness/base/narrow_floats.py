"""Floats of 32 bits that a program has written with the digits of 64."""

from __future__ import annotations

from typing import Final

import numpy as np

from .array_types import Floats

FEW_BITS: Final = 16
"""Floats with at most this many of their 24 bits may be meant exactly."""
DIGITS: Final = 6
"""Decimals with at most this many digits after the point are what was meant."""


def as_meant(numbers: Floats) -> Floats:
    """(n,): the numbers, each that is a float of 32 bits as the shortest decimal that rounds to it.

    Many programs write such floats with the digits of 64 bits, 0.8999999761581421 for 0.9, which
    would be below a target of 0.9. Of other numbers, one in 2^29 is such a float. Whole numbers
    stay, and so do exact parts of a small power of two, such as 1011 / 8192, which has 10 bits,
    unless they are a decimal with few digits that was rounded.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        narrow = numbers.astype(np.float32)
        part = np.isfinite(numbers) & (numbers != np.floor(numbers)) & (narrow == numbers)
        bits = np.frexp(numbers)[0] * 2.0**FEW_BITS
        decimal = np.round(numbers, DIGITS).astype(np.float32) == narrow
    part &= (bits != np.floor(bits)) | decimal
    distinct, which = np.unique(narrow[part], return_inverse=True)
    found = numbers.copy()
    found[part] = distinct.astype(np.str_).astype(np.float64)[which]
    return found
