"""Networks for images of many shapes: on the native engine, and as torch modules."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from reprobench.harness.data.mnist import MNIST
from reprobench.harness.engines.draws.augmentation import Draws
from reprobench.harness.engines.draws.randomness import dropout_threshold
from reprobench.harness.engines.roster import NATIVE
from reprobench.models.layers import (
    Architecture,
    AvgPool,
    BatchNorm,
    Conv,
    Dropout,
    GlobalAvgPool,
    MaxPool,
    ReLU,
)
from reprobench.models.summary import Shape, output_shape
from torch import nn

if reason := NATIVE.missing():
    pytest.skip(reason, allow_module_level=True)

from reprobench.harness.engines.native_engine import native_block
from reprobench.harness.engines.support import blocks_of_layers
from reprobench.harness.engines.torch_network import StepDropout, _module

RATE, SMOOTHING, BATCH, IMAGES = 0.2, 0.05, 21, 40
NORMAL = (ReLU(), BatchNorm(), Dropout())


@dataclass(frozen=True)
class Task:
    """Images (channels, height, width), their classes, and a network for them."""

    image: Shape
    classes: int
    layers: Architecture

    def __str__(self) -> str:
        return f"{'x'.join(map(str, self.image))}, {self.classes} classes"


def plain(classes: int) -> Architecture:
    """Max and mean pools, padding, dropout, both orders, and a mean over a whole plane."""
    return (
        *(Conv(7, 3), *NORMAL),
        *(Conv(10, 5, padding=2), BatchNorm(), ReLU(), MaxPool()),
        *(Conv(6, 1), ReLU(), AvgPool(2)),
        *(Conv(12, 3, padding=1), *NORMAL),
        *(Conv(classes, 1), GlobalAvgPool()),
    )


TASKS = [
    Task((3, 32, 32), 10, plain(10)),
    Task((1, 20, 33), 26, plain(26)),
    Task((2, 64, 9), 3, plain(3)),
    Task((5, 9, 64), 256, plain(256)),
    Task((3, 64, 64), 100, (Conv(8, 7), *NORMAL, MaxPool(3), Conv(100, 1), GlobalAvgPool())),
    Task((1, 1, 1), 1, (Conv(4, 1), BatchNorm(), Conv(1, 1))),
]
EVERY_TASK = pytest.mark.parametrize("task", TASKS, ids=str)


@dataclass(frozen=True)
class Data:
    """Random images and labels; `greys` differ from channel to channel."""

    images: np.ndarray
    labels: np.ndarray
    greys: np.ndarray


def data_of(task: Task) -> Data:
    draw = np.random.default_rng(7)
    images = draw.integers(0, 256, (IMAGES, *task.image), dtype=np.uint8)
    labels = draw.integers(0, task.classes, IMAGES, dtype=np.uint8)
    shift, scale = draw.uniform(0.2, 0.6, (2, task.image[0], 1))
    greys = (np.arange(256) / 255 - shift) / scale
    return Data(images, labels, greys.astype(np.float32))


def trainer_of(task: Task, data: Data, build: ModuleType, **changed: Any) -> Any:
    channels, height, width = task.image
    spec = replace(MNIST, shape=task.image, class_names=("a class",) * task.classes)
    blocks = blocks_of_layers(task.layers, spec, dropout=True)
    wanted = {
        "blocks": [native_block(block, build) for block in blocks],
        "image": build.ImageShape(channels=channels, height=height, width=width),
        "classes": task.classes,
        "settings": build.Settings(
            batch=BATCH,
            dropout_threshold=dropout_threshold(RATE),
            label_smoothing=SMOOTHING,
            nesterov=False,
            weight_decay=0,
            l1=0,
            l2=0,
        ),
        "greys": data.greys,
        "images": data.images,
        "labels": data.labels,
    }
    return build.Trainer(**{**wanted, **changed})


def started(task: Task, data: Data, build: ModuleType) -> Any:
    """A trainer with random weights, in which no scale is 1 and no shift 0."""
    trainer = trainer_of(task, data, build)
    draw = np.random.default_rng(3)
    trainer.values[...] = draw.uniform(-0.4, 0.4, trainer.values.shape)
    ones = [np.repeat([0, 1], n.num_features) for n in norms(module_of(task, torch.float32))]
    trainer.running[...] = np.concatenate([np.zeros(0), *ones])
    return trainer


def module_of(task: Task, dtype: torch.dtype) -> nn.Sequential:
    """The torch engine's modules; the mean over a plane covers all of it, even if it is not
    square."""
    shape, modules = task.image, []
    for layer in task.layers:
        whole = isinstance(layer, GlobalAvgPool)
        modules.append(nn.AvgPool2d(shape[1:]) if whole else _module(layer, shape, RATE))
        shape = output_shape(layer, shape)
    for module in modules:
        if isinstance(module, StepDropout):
            module.bits = None
    return nn.Sequential(*modules, nn.Flatten()).to(dtype)


def norms(module: nn.Sequential) -> list[nn.BatchNorm2d]:
    return [part for part in module if isinstance(part, nn.BatchNorm2d)]


def draws_of(task: Task, count: int, *, smooth: bool = False) -> Draws:
    """Every augmentation that such images can have, with rectangles anywhere; some maps are
    upright."""
    draw = np.random.default_rng(5)
    channels, height, width = task.image
    turn = np.where(draw.random(count) < 0.3, 0, draw.uniform(-0.3, 0.3, count))
    one, scale = np.ones(count), draw.uniform(0.8, 1.2, count)
    affine = np.stack([scale, turn, -turn * height / 2, -turn, one, turn * width / 2], axis=1)
    top, left = draw.integers(0, height, count), draw.integers(0, width, count)
    sides = [draw.integers(0, height - top + 1), draw.integers(0, width - left + 1)]
    contrast = channels in (1, 3)
    return Draws(
        brightness=draw.uniform(0.5, 1.5, count).astype(np.float32),
        contrast=draw.uniform(0.5, 1.5, count).astype(np.float32) if contrast else None,
        contrast_first=draw.random(count) < 0.5,
        affine=affine,
        erase=np.stack([top, left, *sides], axis=1).astype(np.int64),
        smooth=smooth,
        fill=9,
    )
