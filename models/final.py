"""The network that the published study chose: 8,546 parameters, no dropout."""

from .layers import Architecture, BatchNorm, Conv, GlobalAvgPool, MaxPool, ReLU


def relu_first(channels: int, kernel: int) -> Architecture:
    return (Conv(channels, kernel), ReLU(), BatchNorm())


def norm_first(channels: int) -> Architecture:
    return (Conv(channels, 1), BatchNorm(), ReLU())


FINAL: Architecture = (
    *relu_first(10, 3),
    *relu_first(16, 3),
    *norm_first(10),
    MaxPool(),
    *relu_first(10, 3),
    *norm_first(32),
    *relu_first(10, 1),
    *relu_first(10, 3),
    *norm_first(32),
    *relu_first(10, 1),
    *relu_first(14, 3),
    *relu_first(16, 3),
    GlobalAvgPool(),
    Conv(10, 1),
)
