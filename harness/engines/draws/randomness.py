"""Every random draw of a run: raw bits that depend only on (seed, stream, epoch).

A run has four independent streams. Their bits come from Philox, because it is counter-based (any
epoch can be drawn without the epochs before it) and because NumPy promises never to change its raw
output. Dropout needs one draw per element, so its bits come from eight SFC64 generators side by
side, which Philox seeds again at each training step.

Philox: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
SFC64: Chris Doty-Humphrey, PractRand.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

import numpy as np
import numpy.typing as npt

from ...base.array_types import Floats
from .philox import philox

DRAWS_VERSION: Final = 1
"""Increased when a seed gives different draws, schedules or augmentations than before."""
Bits = npt.NDArray[np.uint64]

LANES: Final = 8


class Stream(IntEnum):
    """The four sources of randomness of a run; each can be varied while the others are fixed."""

    INITIALISATION = 0
    ORDER = 1
    AUGMENTATION = 2
    DROPOUT = 3


def raw_bits(seed: int, stream: Stream, epoch: int, purpose: int, count: int) -> Bits:
    """`count` independent 64-bit words of the stream, for one epoch and one numbered purpose."""
    key = np.array([seed, stream], dtype=np.uint64)
    counter = np.array([0, purpose, epoch, 0], dtype=np.uint64)
    return np.asarray(np.random.Philox(key=key, counter=counter).random_raw(count))


def uniform(seed: int, stream: Stream, epoch: int, purpose: int, count: int) -> Floats:
    """`count` draws, uniform on [0, 1), with 53 random bits each."""
    bits = raw_bits(seed, stream, epoch, purpose, count) >> np.uint64(11)
    return bits.astype(np.float64) * 2.0**-53


def permutation(seed: int, epoch: int, count: int) -> npt.NDArray[np.int64]:
    """The order in which an epoch visits `count` training images."""
    return np.argsort(raw_bits(seed, Stream.ORDER, epoch, 0, count), kind="stable")


def dropout_threshold(rate: float) -> int:
    """The smallest 16-bit draw that keeps a value: the rate, rounded to 1/65,536."""
    return round(rate * 65536)


def dropout_seed(seed: int, epoch: int, step: int) -> Bits:
    """(8, 3): the initial words of the eight generators of a training step's dropout."""
    return raw_bits(seed, Stream.DROPOUT, epoch, step, 3 * LANES).reshape(LANES, 3)


def dropout_seeds(seed: int, epoch: int, steps: npt.ArrayLike) -> Bits:
    """(n, 8, 3): the same of n training steps at once, which takes far less time."""
    numbers = np.asarray(steps, dtype=np.uint64)[:, None]
    blocks = np.arange(1, 3 * LANES // 4 + 1, dtype=np.uint64)  # NumPy's counters begin at 1
    words = philox((seed, Stream.DROPOUT), (blocks, numbers, epoch, 0))
    return words.reshape(len(numbers), LANES, 3)


class DropoutBits:
    """The 16-bit draws of one training step's dropout, taken in order, layer after layer.

    Draws are made eight 64-bit words at a time, one from each of eight SFC64 generators.
    """

    def __init__(self, seed: int, epoch: int, step: int) -> None:
        self._lanes = [_sfc64(state) for state in dropout_seed(seed, epoch, step)]

    def draw(self, count: int) -> npt.NDArray[np.uint16]:
        """The next `count` draws, rounded up to a multiple of 32, uniform on 0 .. 65,535."""
        rounds = -(-count // (4 * LANES))
        words = np.stack([lane.random_raw(rounds) for lane in self._lanes], axis=1)
        return words.astype("<u8", copy=False).view("<u2").reshape(-1)


def _sfc64(words: Bits) -> np.random.SFC64:
    generator = np.random.SFC64(0)
    state = np.array([*words, 1], dtype=np.uint64)
    generator.state = {
        "bit_generator": "SFC64",
        "state": {"state": state},
        "has_uint32": 0,
        "uinteger": 0,
    }
    return generator
