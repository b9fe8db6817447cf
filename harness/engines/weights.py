"""Where the numbers of each block are in the arrays of the native and CUDA engines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from .support import BlockSpec

Float32s = npt.NDArray[np.float32]


def parts_of(
    blocks: Sequence[BlockSpec], channels: int, numbers: Float32s, running: Float32s
) -> list[list[Float32s]]:
    """Views of parameters (or gradients) and running statistics, block by block.

    Each block has filters (out, in, kernel, kernel) and, if it normalises, scale, shift, running
    mean and variance (out,). `channels` is the number of channels of an image.
    """
    inputs, first, statistics = channels, 0, 0
    found: list[list[Float32s]] = []
    for block in blocks:
        outputs, kernel = block.channels, block.kernel
        count = outputs * inputs * kernel * kernel
        filters = numbers[first : first + count].reshape(outputs, inputs, kernel, kernel)
        first += count
        parts = [filters]
        if block.order.normalises:
            parts += np.split(numbers[first : first + 2 * outputs], 2)
            parts += np.split(running[statistics : statistics + 2 * outputs], 2)
            first += 2 * outputs
            statistics += 2 * outputs
        found.append(parts)
        inputs = outputs
    return found


def set_initial(parts: Sequence[Sequence[Float32s]], filters: Iterable[Float32s]) -> None:
    """Set the filters, scales and running variances to 1, shifts and running means to 0."""
    for own, initial in zip(parts, filters, strict=True):
        own[0][...] = initial
        for part, start in zip(own[1:], (1, 0, 0, 1), strict=False):
            part[...] = start
