"""Which recipes the native engine can train, and their networks as its blocks."""

from __future__ import annotations

from typing import Final

from ...models import ARCHITECTURES
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
from ..data.spec import DataSpec
from ..study.architectures import is_own
from ..study.recipe import SGD, Recipe
from .draws.randomness import dropout_threshold

BlockSpec = list[int]
"""[channels, kernel, padding, order, dropout or not, pool, its size]; native/pointwise.hpp."""

ORDERS: Final[dict[tuple[type[Layer], ...], int]] = {
    (): 0,
    (ReLU,): 1,
    (BatchNorm,): 2,
    (ReLU, BatchNorm): 3,
    (BatchNorm, ReLU): 4,
}
"""What may stand between a convolution and its dropout, as `Order` in native/pointwise.hpp."""
NO_POOL, MAX_POOL, MEAN_POOL = range(3)
"""As `Pool` in native/pointwise.hpp."""


class Uncovered(ValueError):
    """An engine cannot train a recipe; the message names what it lacks."""


def blocks_of(recipe: Recipe, data: DataSpec) -> list[BlockSpec]:
    """The recipe's network as the engine's blocks; raises Uncovered, naming what is in the way."""
    if is_own(recipe.architecture):
        raise Uncovered("a torch module of your own")
    if not isinstance(recipe.optimiser, SGD):
        raise Uncovered(f"optimiser {recipe.optimiser.name}")
    if recipe.augmentation.erasing and recipe.augmentation.erasing_fill:
        raise Uncovered("an erasing_fill other than 0")
    dropout = dropout_threshold(recipe.regulariser.dropout) > 0
    return blocks_of_layers(ARCHITECTURES[recipe.architecture], data, dropout=dropout)


def blocks_of_layers(
    architecture: Architecture, data: DataSpec, *, dropout: bool
) -> list[BlockSpec]:
    """A network as the engine's blocks, its dropout acting or not; raises Uncovered."""
    starts = [i for i, layer in enumerate(architecture) if isinstance(layer, Conv)]
    if not starts or starts[0] != 0:
        raise Uncovered("a first layer that is no convolution")
    shape, blocks = data.shape, []
    for start, stop in zip(starts, [*starts[1:], len(architecture)], strict=True):
        block, shape = _block(architecture[start:stop], shape, drops=dropout)
        blocks.append(block)
    if shape != (data.classes, 1, 1):
        raise Uncovered(f"scores of shape {' x '.join(map(str, shape))}")
    return blocks


def _block(layers: Architecture, shape: Shape, *, drops: bool) -> tuple[BlockSpec, Shape]:
    """A convolution and the layers up to the next, and the shape that they leave."""
    conv, *rest = layers
    assert isinstance(conv, Conv)
    after = output_shape(conv, shape)
    pool, size = NO_POOL, 1
    match rest[-1:]:
        case [MaxPool(size)]:
            pool = MAX_POOL
        case [AvgPool(size)]:
            pool = MEAN_POOL
        case [GlobalAvgPool()]:
            pool, size = MEAN_POOL, after[1]
    if pool != NO_POOL:
        rest = rest[:-1]
    dropout = rest[-1:] == [Dropout()]
    order = tuple(type(layer) for layer in (rest[:-1] if dropout else rest))
    if order not in ORDERS:
        names = ", ".join(type(layer).__name__ for layer in layers)
        raise Uncovered(f"the sequence {names}")
    for layer in layers:
        shape = output_shape(layer, shape)
    spec = [conv.channels, conv.kernel, conv.padding, ORDERS[order], int(dropout and drops)]
    return [*spec, pool, size], shape
