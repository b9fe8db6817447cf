"""Architectures as plain declarations. A new one takes a file here and a line in the registry."""

from dataclasses import replace

from .final import FINAL
from .iteration import ITERATION
from .layers import Architecture, Conv
from .padded import PADDED

ARCHITECTURES: dict[str, Architecture] = {
    "final": FINAL,
    "iteration": ITERATION,
    **PADDED,
}
"""The architectures as they are declared, for ten classes."""


def architecture(name: str, classes: int) -> Architecture:
    """A registered architecture, whose last convolution has one output channel per class."""
    layers = list(ARCHITECTURES[name])
    for place, layer in reversed([*enumerate(layers)]):
        if isinstance(layer, Conv):
            layers[place] = replace(layer, channels=classes)
            break
    return tuple(layers)
