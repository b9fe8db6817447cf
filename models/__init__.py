"""Architectures as plain declarations. A new one is a file here and a line in the registry."""

from .final import FINAL
from .iteration import ITERATION
from .layers import Architecture
from .padded import PADDED

ARCHITECTURES: dict[str, Architecture] = {
    "final": FINAL,
    "iteration": ITERATION,
    **PADDED,
}
