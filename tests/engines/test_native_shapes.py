"""Images of other shapes, and other numbers of classes, on the native engine."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from reference import error
from reprobench.harness.data.mnist import MNIST
from reprobench.harness.engines.draws.augmentation import Draws
from reprobench.harness.engines.draws.randomness import (
    DropoutBits,
    dropout_seed,
    dropout_threshold,
)
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
from torch.nn import functional
from torchvision.transforms import functional as pil

if reason := NATIVE.missing():
    pytest.skip(reason, allow_module_level=True)

from reprobench.harness.engines.builds import builds, load
from reprobench.harness.engines.native_engine import augment_natively, native_block, native_draws
from reprobench.harness.engines.support import Order, Pool, blocks_of_layers
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
    spec = replace(MNIST, shape=task.image, classes=task.classes)
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
    """A trainer with random weights; no scale is 1, no shift 0."""
    trainer = trainer_of(task, data, build)
    draw = np.random.default_rng(3)
    trainer.values[...] = draw.uniform(-0.4, 0.4, trainer.values.shape)
    ones = [np.repeat([0, 1], n.num_features) for n in norms(module_of(task, torch.float32))]
    trainer.running[...] = np.concatenate([np.zeros(0), *ones])
    return trainer


def module_of(task: Task, dtype: torch.dtype) -> nn.Sequential:
    """The torch engine's modules; the mean over a plane is over all of it, also if not square."""
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


@dataclass(frozen=True)
class Step:
    loss: float
    gradient: np.ndarray
    running: np.ndarray


class Reference:
    """The same network in torch, at a trainer's weights."""

    def __init__(self, task: Task, data: Data, trainer: Any, dtype: torch.dtype) -> None:
        self._module, self._data, self._dtype = module_of(task, dtype), data, dtype
        values = torch.from_numpy(np.array(trainer.values)).to(dtype)
        nn.utils.vector_to_parameters(values, self._module.parameters())
        rest = torch.from_numpy(np.array(trainer.running)).to(dtype)
        for norm in norms(self._module):
            for statistic in (norm.running_mean, norm.running_var):
                statistic.copy_(rest[: norm.num_features])
                rest = rest[norm.num_features :]

    def step(self, images: np.ndarray, labels: np.ndarray) -> Step:
        bits = DropoutBits(1, 1, 0)
        for module in self._module.train():
            if isinstance(module, StepDropout):
                module.bits = bits
        scores = self._module(self._normalised(images))
        wanted = torch.from_numpy(labels.astype(np.int64))
        loss = functional.cross_entropy(scores, wanted, label_smoothing=SMOOTHING)
        gradients = torch.autograd.grad(loss, list(self._module.parameters()))
        flat = nn.utils.parameters_to_vector(gradients).double().numpy()
        statistics = [[norm.running_mean, norm.running_var] for norm in norms(self._module)]
        running = [part.double().numpy() for pair in statistics for part in pair]
        return Step(float(loss.detach()), flat, np.concatenate([np.zeros(0), *running]))

    @torch.no_grad()
    def scores(self, images: np.ndarray) -> torch.Tensor:
        return self._module.eval()(self._normalised(images))

    def _normalised(self, images: np.ndarray) -> torch.Tensor:
        greys = [self._data.greys[c][images[:, c]] for c in range(images.shape[1])]
        return torch.from_numpy(np.stack(greys, axis=1)).to(self._dtype)


def draws_of(task: Task, count: int, *, smooth: bool = False) -> Draws:
    """Every augmentation there is for such images, some of them upright; rectangles anywhere."""
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


@pytest.mark.parametrize("augmented", [False, True])
@EVERY_TASK
def test_gradients(task: Task, augmented: bool) -> None:
    """Against torch in float64 and float32, with the same masks; all builds alike."""
    data = data_of(task)
    chosen = np.random.default_rng(2).permutation(IMAGES)[:BATCH].astype(np.int64)
    draws = draws_of(task, BATCH) if augmented else Draws()
    trainers = [started(task, data, load(build)) for build in builds()]
    images = augment_natively(data.images[chosen], draws)
    exact, single = (
        Reference(task, data, trainers[0], dtype).step(images, data.labels[chosen])
        for dtype in (torch.float64, torch.float32)
    )
    found = []
    for trainer, build in zip(trainers, builds(), strict=True):
        seed = dropout_seed(1, 1, 0)
        loss, _ = trainer.differentiate(chosen, native_draws(draws, load(build)), seed)
        assert loss == pytest.approx(exact.loss, rel=2e-6)
        assert error(trainer.running, exact.running) < 1e-6
        limit = max(4 * error(single.gradient, exact.gradient), 1e-6)
        assert error(trainer.gradients, exact.gradient) <= limit
        found.append((loss, trainer.gradients.tobytes(), trainer.running.tobytes()))
    assert len(set(found)) == 1


@EVERY_TASK
def test_evaluation(task: Task) -> None:
    data = data_of(task)
    trainer = started(task, data, load(builds()[0]))
    scores = Reference(task, data, trainer, torch.float64).scores(data.images)
    loss, predicted = trainer.evaluate(data.images, data.labels)
    wanted = torch.from_numpy(data.labels.astype(np.int64))
    assert loss == pytest.approx(float(functional.cross_entropy(scores, wanted)), rel=1e-5)
    highest = scores.topk(min(2, task.classes)).values
    sure = (highest[:, 0] - highest[:, -1] > 1e-4) | (task.classes == 1)
    assert sure.double().mean() > 0.9
    assert (predicted == scores.argmax(dim=1).numpy())[sure.numpy()].all()


def test_grey_images_need_no_channel() -> None:
    task = TASKS[1]
    data = data_of(task)
    grey = Data(data.images[:, 0], data.labels, data.greys)
    build = load(builds()[0])
    results = [started(task, d, build).evaluate(d.images, d.labels) for d in (data, grey)]
    assert results[0][0] == results[1][0]
    assert (results[0][1] == results[1][1]).all()


@pytest.mark.parametrize("build", builds())
@pytest.mark.parametrize("image", [(3, 32, 32), (1, 20, 33), (3, 33, 20), (1, 64, 64)], ids=str)
@pytest.mark.parametrize("smooth", [False, True])
def test_augmentation_is_torchvisions(image: Shape, build: str, smooth: bool) -> None:
    """Pixel by pixel, on PIL's images of one channel and of three."""
    task = Task(image, 1, ())
    images = np.random.default_rng(1).integers(0, 256, (60, *image), dtype=np.uint8)
    draws = draws_of(task, len(images), smooth=smooth)
    ours = augment_natively(images, draws, load(build))
    theirs = np.stack([torchvisions(image, draws, i) for i, image in enumerate(images)])
    assert (ours != theirs).sum() == 0
    if image[0] == 1:
        assert (augment_natively(images[:, 0], draws, load(build)) == ours[:, 0]).all()


def torchvisions(image: np.ndarray, draws: Draws, i: int) -> np.ndarray:
    picture = Image.fromarray(image[0] if len(image) == 1 else image.transpose(1, 2, 0))
    assert draws.brightness is not None
    assert draws.contrast is not None
    assert draws.contrast_first is not None
    assert draws.affine is not None
    assert draws.erase is not None
    steps = [
        lambda x: pil.adjust_brightness(x, float(draws.brightness[i])),
        lambda x: pil.adjust_contrast(x, float(draws.contrast[i])),
    ]
    for step in reversed(steps) if draws.contrast_first[i] else steps:
        picture = step(picture)
    fill = draws.fill if len(image) == 1 else (draws.fill,) * len(image)
    matrix = tuple(map(float, draws.affine[i]))
    sampling = Image.Resampling.BILINEAR if draws.smooth else Image.Resampling.NEAREST
    moved = picture.transform(
        picture.size, Image.Transform.AFFINE, matrix, sampling, fillcolor=fill
    )
    pixels = torch.from_numpy(np.array(moved)).reshape(*image.shape[1:], -1).permute(2, 0, 1)
    black = torch.tensor(0, dtype=torch.uint8)
    return pil.erase(pixels, *map(int, draws.erase[i]), black).numpy()


def test_what_does_not_fit_is_refused() -> None:
    task, build = TASKS[1], load(builds()[0])
    data = data_of(task)
    large = np.zeros((IMAGES, 65, 20), dtype=np.uint8)
    shape, images, labels = build.ImageShape, data.images, data.labels
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"images": images[:, 0, :, :32].copy()}, "not of the declared shape"),
        ({"images": images.repeat(3, axis=1)}, "not of the declared shape"),
        ({"images": images[0, 0].copy()}, r"not \(n, height, width\)"),
        ({"images": large}, "sides of 1 to 64"),
        ({"image": shape(channels=1, height=20, width=65)}, "sides of 1 to 64"),
        ({"image": shape(channels=0, height=20, width=33)}, "need a channel"),
        ({"image": shape(channels=1, height=9, width=33)}, "does not fit|one position"),
        ({"greys": data.greys.repeat(2, axis=0)}, "256 normalised values"),
        ({"classes": 25}, "channel a class"),
        ({"labels": np.full_like(labels, 26)}, "none of the network's classes"),
        ({"labels": labels[1:].copy()}, "as many labels as images"),
    ]
    for changed, message in wrong:
        with pytest.raises(ValueError, match=message):
            trainer_of(task, data, build, **changed)


def test_too_many_classes_are_refused() -> None:
    task = Task((1, 4, 4), 257, (Conv(257, 4),))
    with pytest.raises(ValueError, match="at most 256"):
        trainer_of(task, data_of(TASKS[5]), load(builds()[0]))


@pytest.mark.parametrize(
    ("image", "draws", "message"),
    [
        ((1, 20, 33), Draws(erase=np.array([[0, 0, 21, 1]])), "rectangle"),
        ((1, 20, 33), Draws(erase=np.array([[3, 30, 2, 4]])), "rectangle"),
        ((1, 20, 33), Draws(erase=np.array([[-1, 0, 2, 4]])), "rectangle"),
        ((2, 8, 8), Draws(contrast=np.ones(1, dtype=np.float32)), "one channel, or of three"),
        ((1, 8, 8), Draws(brightness=np.ones(2, dtype=np.float32)), "not those of the batch"),
    ],
)
def test_draws_that_do_not_fit_the_images(image: Shape, draws: Draws, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        augment_natively(np.zeros((1, *image), dtype=np.uint8), draws)


@pytest.mark.parametrize("build", builds())
def test_both_sides_name_the_same(build: str) -> None:
    module = load(build)
    for ours, theirs in ((Order, module.Order), (Pool, module.Pool)):
        assert [member.name for member in ours] == [member.name for member in theirs]
