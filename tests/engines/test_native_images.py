"""Images of other shapes on the native engine: how they are augmented, and which are refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from reprobench.harness.engines.draws.augmentation import Draws, augment
from reprobench.harness.engines.roster import NATIVE
from reprobench.models.layers import Conv
from reprobench.models.summary import Shape
from torchvision.transforms import functional as pil

if reason := NATIVE.missing():
    pytest.skip(reason, allow_module_level=True)

from natively import augment_natively
from reprobench.harness.engines.builds import builds, load
from shapes import (
    IMAGES,
    TASKS,
    Task,
    data_of,
    draws_of,
    trainer_of,
)


@pytest.mark.parametrize("build", builds())
@pytest.mark.parametrize("image", [(3, 32, 32), (1, 20, 33), (3, 33, 20), (1, 64, 64)], ids=str)
@pytest.mark.parametrize("smooth", [False, True])
def test_augmentation_is_torchvisions(image: Shape, build: str, smooth: bool) -> None:
    """Pixel by pixel, on PIL images with one channel and with three."""
    task = Task(image, 1, ())
    images = np.random.default_rng(1).integers(0, 256, (60, *image), dtype=np.uint8)
    draws = draws_of(task, len(images), smooth=smooth)
    ours = augment_natively(images, draws, load(build))
    theirs = np.stack([torchvisions(image, draws, i) for i, image in enumerate(images)])
    assert (ours != theirs).sum() == 0
    assert (augment(images, draws) != theirs).sum() == 0
    if image[0] == 1:
        assert (augment_natively(images[:, 0], draws, load(build)) == ours[:, 0]).all()


@pytest.mark.parametrize("image", [(2, 64, 9), (5, 9, 64)], ids=str)
@pytest.mark.parametrize("smooth", [False, True])
def test_every_channel_is_changed_alike(image: Shape, smooth: bool) -> None:
    """Each channel like a separate grey image, on both engines, if there is no contrast."""
    images = np.random.default_rng(1).integers(0, 256, (60, *image), dtype=np.uint8)
    draws = draws_of(Task(image, 1, ()), len(images), smooth=smooth)
    ours = augment(images, draws)
    assert (augment_natively(images, draws) != ours).sum() == 0
    for channel in range(image[0]):
        assert (augment(images[:, channel], draws) != ours[:, channel]).sum() == 0


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
