"""What a declaration amounts to: shapes, parameters, receptive field, and the layer table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

from .layers import (
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

Shape = tuple[int, int, int]
"""Channels, height and width."""

TORCH_NAMES: dict[type[Layer], str] = {
    Conv: "Conv2d",
    ReLU: "ReLU",
    BatchNorm: "BatchNorm2d",
    Dropout: "Dropout",
    MaxPool: "MaxPool2d",
    AvgPool: "AvgPool2d",
    GlobalAvgPool: "AvgPool2d",
}


@dataclass(frozen=True, slots=True)
class LayerRow:
    """One line of a layer table: torch's name for the layer, output (channels, height, width)."""

    name: str
    shape: Shape
    parameters: int


def output_shape(layer: Layer, shape: Shape) -> Shape:
    """(channels, height, width) after `layer`; raises ValueError if the layer does not fit."""
    channels, height, width = shape
    match layer:
        case Conv(out, kernel, padding):
            result = (out, height + 2 * padding - kernel + 1, width + 2 * padding - kernel + 1)
        case MaxPool(size) | AvgPool(size):
            result = (channels, height // size, width // size)
        case GlobalAvgPool():
            result = (channels, 1, 1)
        case _:
            result = shape
    if min(result) < 1:
        raise ValueError(f"{layer} does not fit an input of {channels} x {height} x {width}")
    return result


def layer_parameters(layer: Layer, shape: Shape) -> int:
    """Trainable parameters of `layer` on an input of `shape` (channels, height, width)."""
    match layer:
        case Conv():
            return prod(layer.filters(shape[0]))
        case BatchNorm():
            return 2 * shape[0]
        case _:
            return 0


def normalises_one_value(architecture: Architecture, shape: Shape) -> bool:
    """Whether a batch normalisation gets planes of a single value, for images of `shape`.

    It could not normalise a batch of one image. Raises ValueError if a layer does not fit.
    """
    rows = zip(architecture, layer_rows(architecture, shape), strict=True)
    return any(isinstance(layer, BatchNorm) and row.shape[1:] == (1, 1) for layer, row in rows)


def layer_rows(architecture: Architecture, shape: Shape) -> Iterator[LayerRow]:
    """One row per layer, for images of `shape`; raises ValueError if a layer does not fit."""
    for number, layer in enumerate(architecture, start=1):
        after = output_shape(layer, shape)
        yield LayerRow(
            f"{TORCH_NAMES[type(layer)]}-{number}", after, layer_parameters(layer, shape)
        )
        shape = after


def scores_shape(architecture: Architecture, shape: Shape) -> Shape:
    """Shape after the last layer, for images of `shape`; raises ValueError like `layer_rows`."""
    for layer in architecture:
        shape = output_shape(layer, shape)
    return shape


def parameter_count(architecture: Architecture, shape: Shape) -> int:
    """Number of trainable parameters of all layers together, for images of `shape`."""
    return sum(row.parameters for row in layer_rows(architecture, shape))


def receptive_field(architecture: Architecture, shape: Shape) -> int:
    """Side, in pixels, of the square of an image of `shape` that one output value depends on."""
    field, jump = 1, 1
    for layer in architecture:
        match layer:
            case Conv(_, kernel):
                field += (kernel - 1) * jump
            case MaxPool(size) | AvgPool(size):
                field += (size - 1) * jump
                jump *= size
            case GlobalAvgPool():
                field += (max(shape[1:]) - 1) * jump
        shape = output_shape(layer, shape)
    return field


def layer_table(architecture: Architecture, shape: Shape) -> str:
    """The table that torchsummary prints: layer, output shape, parameters, totals and sizes."""
    rows = list(layer_rows(architecture, shape))
    total = sum(row.parameters for row in rows)
    values = sum(prod(row.shape) for row in rows)
    line, double = "-" * 64, "=" * 64
    body = [f"{row.name:>20}  {[-1, *row.shape]!s:>25} {row.parameters:>15,}" for row in rows]
    head = f"{'Layer (type)':>20}  {'Output Shape':>25} {'Param #':>15}"
    totals = [
        f"Total params: {total:,}",
        f"Trainable params: {total:,}",
        "Non-trainable params: 0",
    ]
    sizes = _sizes(prod(shape), values, total)
    return "\n".join([line, head, double, *body, double, *totals, line, *sizes, line])


def _sizes(inputs: int, values: int, parameters: int) -> list[str]:
    """Memory of one image in float32, as torchsummary counts it (values and their gradients)."""
    megabytes = [4 * count / 2**20 for count in (inputs, 2 * values, parameters)]
    names = ["Input size", "Forward/backward pass size", "Params size"]
    parts = zip([*names, "Estimated Total Size"], [*megabytes, sum(megabytes)], strict=True)
    return [f"{name} (MB): {size:.2f}" for name, size in parts]
