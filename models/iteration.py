"""The network of the published iterations 1 to 3: 9,770 parameters."""

from .layers import Architecture, BatchNorm, Conv, Dropout, GlobalAvgPool, MaxPool, ReLU


def block(channels: int, padding: int = 0) -> Architecture:
    return (Conv(channels, 3, padding), ReLU(), BatchNorm(), Dropout())


ITERATION: Architecture = (
    *block(10),
    *block(10),
    Conv(10, 1),
    MaxPool(),
    *block(16),
    *block(16),
    *block(16),
    *block(16, padding=1),
    GlobalAvgPool(),
    Conv(10, 1),
)
