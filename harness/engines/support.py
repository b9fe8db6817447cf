"""Which recipes the native engine can train, and how their networks divide into its blocks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from ...models import architecture
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
from ..base.own_code import is_own_function
from ..data.spec import DataSpec
from ..study.recipe import SGD, Recipe
from .draws.randomness import dropout_threshold


class Order(Enum):
    """Which layers are between a convolution and its dropout; `Order` in native/spec.hpp."""

    NONE = auto()
    RELU = auto()
    NORM = auto()
    RELU_NORM = auto()
    NORM_RELU = auto()

    @property
    def normalises(self) -> bool:
        """Whether there is a batch normalisation."""
        return self in (Order.NORM, Order.RELU_NORM, Order.NORM_RELU)


class Pool(Enum):
    """How the values of a window become one; `Pool` in native/spec.hpp."""

    NONE = auto()
    MAX = auto()
    AVERAGE = auto()


@dataclass(frozen=True)
class Window:
    """Size of the window that is pooled into one value; 1 x 1 if nothing is pooled."""

    height: int = 1
    width: int = 1


@dataclass(frozen=True)
class BlockSpec:
    """A convolution and what follows it up to the next one; `BlockSpec` in native/spec.hpp."""

    channels: int
    kernel: int
    padding: int
    order: Order
    dropout: bool
    """Whether the block has a dropout layer, and the rate is not 0."""
    pool: Pool
    window: Window


MOST_SIDE: Final = 64
"""Longest side of an image, in pixels; `kMostSide` in native/spec.hpp."""
ORDERS: Final[dict[tuple[type[Layer], ...], Order]] = {
    (): Order.NONE,
    (ReLU,): Order.RELU,
    (BatchNorm,): Order.NORM,
    (ReLU, BatchNorm): Order.RELU_NORM,
    (BatchNorm, ReLU): Order.NORM_RELU,
}


class Uncovered(ValueError):
    """The native engine cannot train a recipe; the message names what it does not cover."""


def blocks_of(recipe: Recipe, data: DataSpec) -> list[BlockSpec]:
    """The recipe's network as the engine's blocks; raises Uncovered."""
    if is_own_function(recipe.architecture):
        raise Uncovered("a torch module of your own")
    if not isinstance(recipe.optimiser, SGD):
        raise Uncovered(f"optimiser {recipe.optimiser.name}")
    if recipe.augmentation.erasing and recipe.augmentation.erasing_fill:
        raise Uncovered("an erasing_fill other than 0")
    dropout = dropout_threshold(recipe.regulariser.dropout) > 0
    layers = architecture(recipe.architecture, data.classes)
    return blocks_of_layers(layers, data, dropout=dropout)


def blocks_of_layers(layers: Architecture, data: DataSpec, *, dropout: bool) -> list[BlockSpec]:
    """A network as the engine's blocks, with or without dropout; raises Uncovered."""
    _, height, width = data.shape
    if max(height, width) > MOST_SIDE:
        raise Uncovered(f"images of {height} x {width}, beyond {MOST_SIDE} x {MOST_SIDE} pixels")
    starts = [i for i, layer in enumerate(layers) if isinstance(layer, Conv)]
    if not starts or starts[0] != 0:
        raise Uncovered("a first layer that is not a convolution")
    shape, blocks = data.shape, []
    for start, stop in zip(starts, [*starts[1:], len(layers)], strict=True):
        block, shape = _block(layers[start:stop], shape, drops=dropout)
        blocks.append(block)
    if shape != (data.classes, 1, 1):
        raise Uncovered(f"scores of shape {' x '.join(map(str, shape))}")
    return blocks


def _block(layers: Architecture, shape: Shape, *, drops: bool) -> tuple[BlockSpec, Shape]:
    """The block of a convolution and the layers up to the next one, and the shape of its output."""
    conv, *rest = layers
    assert isinstance(conv, Conv)
    pool, window = _pooling(rest[-1:], output_shape(conv, shape))
    if pool is not Pool.NONE:
        rest = rest[:-1]
    dropout = rest[-1:] == [Dropout()]
    order = tuple(type(layer) for layer in (rest[:-1] if dropout else rest))
    if order not in ORDERS:
        names = ", ".join(type(layer).__name__ for layer in layers)
        raise Uncovered(f"the sequence {names}")
    for layer in layers:
        shape = output_shape(layer, shape)
    spec = BlockSpec(
        channels=conv.channels,
        kernel=conv.kernel,
        padding=conv.padding,
        order=ORDERS[order],
        dropout=dropout and drops,
        pool=pool,
        window=window,
    )
    return spec, shape


def _pooling(last: list[Layer], shape: Shape) -> tuple[Pool, Window]:
    """How the last layer of a block, if it is a pooling layer, pools an input of that shape."""
    match last:
        case [MaxPool(size)]:
            return Pool.MAX, Window(size, size)
        case [AvgPool(size)]:
            return Pool.AVERAGE, Window(size, size)
        case [GlobalAvgPool()]:
            _, height, width = shape
            return Pool.AVERAGE, Window(height, width)
    return Pool.NONE, Window()
