"""What a training step of `iteration` costs in PyTorch, in the three ways that its users have:
one seed eagerly, one in a CUDA graph, many seeds by vmap."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

import torch
from reprobench.models import ARCHITECTURES
from reprobench.models.layers import AvgPool, BatchNorm, Conv, Dropout, GlobalAvgPool, MaxPool, ReLU
from torch import nn
from torch.func import functional_call, grad, stack_module_state
from torch.nn import functional

BATCH: Final = 128
SEEDS: Final = 64
LR, MOMENTUM, DROPOUT = 0.02, 0.9, 0.08


def network(*, statistics: bool = True) -> nn.Sequential:
    """`iteration`, with dropout of torch's own, with or without running statistics."""
    modules: list[nn.Module] = []
    channels = 1
    for layer in ARCHITECTURES["iteration"]:
        match layer:
            case Conv(out, kernel, padding):
                modules.append(nn.Conv2d(channels, out, kernel, padding=padding, bias=False))
                channels = out
            case BatchNorm():
                modules.append(nn.BatchNorm2d(channels, track_running_stats=statistics))
            case ReLU():
                modules.append(nn.ReLU())
            case Dropout():
                modules.append(nn.Dropout(DROPOUT))
            case MaxPool(size):
                modules.append(nn.MaxPool2d(size))
            case AvgPool(size):
                modules.append(nn.AvgPool2d(size))
            case GlobalAvgPool():
                modules.append(nn.AdaptiveAvgPool2d(1))
    return nn.Sequential(*modules, nn.Flatten())


def measured(way: str, device: str) -> str:
    """What a step takes in one of the ways."""
    seeds, begin = WAYS[way]
    seconds = timed(begin(device), device)
    runs = 60 * seeds / (15 * 469 * seconds)
    words = f"{1e3 * seconds:6.2f} ms a step, {runs:6.1f} runs of 15 epochs a minute"
    return f"{words}, seeds side by side: {seeds}"


def batch(device: str, *front: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Images and labels of a step."""
    images = torch.rand(*front, BATCH, 1, 28, 28, device=device)
    return images, torch.randint(10, (*front, BATCH), device=device)


def eager(device: str) -> Callable[[], Any]:
    """The usual loop's step."""
    module = network().to(device)
    optimiser = torch.optim.SGD(module.parameters(), lr=LR, momentum=MOMENTUM)
    images, labels = batch(device)

    def step() -> None:
        optimiser.zero_grad()
        functional.cross_entropy(module(images), labels).backward()  # type: ignore[no-untyped-call]
        optimiser.step()

    return step


def graphed(device: str) -> Callable[[], Any]:
    """The same, recorded once after a few steps on another stream, as PyTorch's notes ask for."""
    step, stream = eager(device), torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(3):
            step()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step()
    return graph.replay


def mapped(device: str) -> Callable[[], Any]:
    """Many seeds at once by `torch.func`; their normalisations keep no running statistics."""
    modules = [network(statistics=False).to(device) for _ in range(SEEDS)]
    weights, buffers = stack_module_state(modules)  # type: ignore[arg-type]
    weights = {name: value.detach() for name, value in weights.items()}
    velocity = {name: torch.zeros_like(value) for name, value in weights.items()}
    images, labels = batch(device, SEEDS)
    skeleton = network(statistics=False).to(device)

    def loss(own: Any, buffer: Any, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return functional.cross_entropy(functional_call(skeleton, (own, buffer), (x,)), y)

    gradients = torch.vmap(grad(loss), randomness="different")

    def step() -> None:
        made = gradients(weights, buffers, images, labels)
        for name, value in weights.items():
            velocity[name].mul_(MOMENTUM).add_(made[name])
            value.sub_(velocity[name], alpha=LR)

    return step


WAYS: Final[dict[str, tuple[int, Callable[[str], Callable[[], Any]]]]] = {
    "eager": (1, eager),
    "graphed": (1, graphed),
    "vmap": (SEEDS, mapped),
}
"""How many seeds train side by side in each way, and what begins it."""


def timed(step: Callable[[], Any], device: str) -> float:
    """Seconds of a step, over a second or so after a few."""

    def wait() -> None:
        if device == "cuda":
            torch.cuda.synchronize()

    for _ in range(3):
        step()
    wait()
    times, begin = 0, time.perf_counter()
    while time.perf_counter() - begin < 1:
        for _ in range(10 if device == "cuda" else 1):
            step()
            times += 1
        wait()
    return (time.perf_counter() - begin) / times
