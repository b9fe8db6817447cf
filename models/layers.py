"""The layers that architectures are declared with: plain data that every engine can read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Conv:
    """Square convolution with stride 1 and no bias: `channels` filters of `kernel` x `kernel`."""

    channels: int
    kernel: int
    padding: int = 0

    def filters(self, inputs: int) -> tuple[int, int, int, int]:
        """Shape of its weights for an input of `inputs` channels: (out, in, height, width)."""
        return self.channels, inputs, self.kernel, self.kernel


@dataclass(frozen=True, slots=True)
class ReLU:
    """max(0, x)."""


@dataclass(frozen=True, slots=True)
class BatchNorm:
    """Batch normalisation of each channel, with scale and shift, momentum 0.1, epsilon 1e-5."""


@dataclass(frozen=True, slots=True)
class Dropout:
    """The place where dropout acts; its rate belongs to the recipe."""


@dataclass(frozen=True, slots=True)
class MaxPool:
    """Maximum over `size` x `size` squares that do not overlap."""

    size: int = 2


@dataclass(frozen=True, slots=True)
class AvgPool:
    """Mean over `size` x `size` squares that do not overlap."""

    size: int = 2


@dataclass(frozen=True, slots=True)
class GlobalAvgPool:
    """Mean over the whole plane of each channel."""


Layer: TypeAlias = Conv | ReLU | BatchNorm | Dropout | MaxPool | AvgPool | GlobalAvgPool
Architecture: TypeAlias = tuple[Layer, ...]
