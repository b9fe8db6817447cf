"""A declared architecture as a torch module."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from ...models.layers import (
    Architecture,
    AvgPool,
    BatchNorm,
    Conv,
    Dropout,
    GlobalAvgPool,
    Layer,
    MaxPool,
    ReLU,
)
from ...models.summary import Shape, output_shape
from .draws.initialisation import initial_filters
from .draws.randomness import DropoutBits, dropout_threshold

TILE = 8
"""Dropout draws are laid out in tiles of eight images: (tile, channel, row, column, image)."""


class StepDropout(nn.Module):
    """Dropout whose mask comes from `bits`, which the engine replaces before each training step."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self._threshold = dropout_threshold(rate)
        self._scale = 65536 / (65536 - self._threshold)
        self.bits: DropoutBits | None = None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training or not self._threshold:
            return x
        assert self.bits is not None
        return x * keep_mask(self.bits, tuple(x.shape), self._threshold) * self._scale


def keep_mask(bits: DropoutBits, shape: tuple[int, ...], threshold: int) -> torch.Tensor:
    """(n, channels, height, width): whether each value is kept."""
    images, *plane = shape
    tiles = -(-images // TILE)
    count = tiles * TILE * int(np.prod(plane))
    kept = bits.draw(count)[:count] >= threshold
    tiled = torch.from_numpy(kept.reshape(tiles, *plane, TILE))
    return tiled.permute(0, 4, 1, 2, 3).reshape(tiles * TILE, *plane)[:images]


def build_network(
    architecture: Architecture, shape: Shape, dropout: float, seed: int
) -> nn.Sequential:
    """The architecture with its initial weights, for images of `shape`."""
    filters = initial_filters(architecture, shape, seed)
    modules: list[nn.Module] = []
    for layer in architecture:
        module = _module(layer, shape, dropout)
        if isinstance(module, nn.Conv2d):
            module.weight = nn.Parameter(torch.from_numpy(next(filters)))
        modules.append(module)
        shape = output_shape(layer, shape)
    return nn.Sequential(*modules, nn.Flatten())


def _module(layer: Layer, shape: Shape, dropout: float) -> nn.Module:
    channels, *plane = shape
    match layer:
        case Conv(out, kernel, padding):
            return nn.Conv2d(channels, out, kernel, padding=padding, bias=False)
        case BatchNorm():
            return nn.BatchNorm2d(channels)
        case ReLU():
            return nn.ReLU()
        case Dropout():
            return StepDropout(dropout)
        case MaxPool(size):
            return nn.MaxPool2d(size)
        case AvgPool(size):
            return nn.AvgPool2d(size)
        case GlobalAvgPool():
            return nn.AvgPool2d((plane[0], plane[1]))
