"""Philox4x64-10 for many counters at once: the words of `np.random.Philox`, which takes one.

Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011, with the constants of
Random123's philox.h.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint64]

ROUNDS: Final = 10
MULTIPLIERS: Final = (0xD2E7470EE14C6C93, 0xCA5A826395121157)
KEY_STEPS: Final = (0x9E3779B97F4A7C15, 0xBB67AE8584CAA73B)
WORD: Final = 2**64
HALF, LOW = np.uint64(32), np.uint64(2**32 - 1)


def philox(key: Sequence[int], counter: Sequence[npt.ArrayLike]) -> Words:
    """(..., 4): the words of each counter's block.

    key: two words; counter: four words or arrays of them, the lowest first, which are broadcast to
    a shape (...).
    """
    a, b, c, d = np.broadcast_arrays(*(np.asarray(word, dtype=np.uint64) for word in counter))
    for number in range(ROUNDS):
        first, second = (
            np.uint64((word + number * step) % WORD)
            for word, step in zip(key, KEY_STEPS, strict=True)
        )
        high, low = _product(MULTIPLIERS[0], a)
        other_high, other_low = _product(MULTIPLIERS[1], c)
        a, b, c, d = other_high ^ b ^ first, other_low, high ^ d ^ second, low
    return np.stack([a, b, c, d], axis=-1)


def _product(multiplier: int, words: Words) -> tuple[Words, Words]:
    """The high and the low word of each product, put together from products of half words."""
    high, low = np.uint64(multiplier >> 32), np.uint64(multiplier & 0xFFFFFFFF)
    upper, lower = words >> HALF, words & LOW
    carried = (low * lower >> HALF) + high * lower
    middle = (carried & LOW) + low * upper
    return high * upper + (carried >> HALF) + (middle >> HALF), np.uint64(multiplier) * words
