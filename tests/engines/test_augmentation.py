"""Our augmentation compared with torchvision on PIL: not one pixel may differ."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from reprobench.harness.data.spec import DataSet
from reprobench.harness.engines.draws.augmentation import Draws, augment, draw
from reprobench.harness.engines.draws.geometry import inverse_affine, rotate
from reprobench.harness.engines.draws.randomness import Stream, uniform
from reprobench.harness.engines.roster import NATIVE
from reprobench.harness.study.recipe import Augmentation
from torchvision.transforms import functional

Augment = Callable[[np.ndarray, Draws], np.ndarray]
VERSIONS: list[Augment] = [augment]
if NATIVE.missing() is None:
    from natively import augment_natively

    VERSIONS.append(augment_natively)

SEED, EPOCH = 3, 2
PUBLISHED = {"brightness": 0.1, "contrast": 0.1, "rotation": 7.0}


def torchvision_augment(images: np.ndarray, wanted: Augmentation, draws: Draws) -> np.ndarray:
    """The same draws through torchvision on PIL, image by image."""
    geometry = _Geometry(wanted, len(images))
    return np.stack(
        [
            _erased(geometry.moved(_jittered(Image.fromarray(image), draws, i), i), draws, i)
            for i, image in enumerate(images)
        ]
    )


class _Geometry:
    """Rotation, shift, scale and shear of each image, in torchvision's units."""

    def __init__(self, wanted: Augmentation, count: int) -> None:
        def between(purpose: int, low: float, high: float) -> np.ndarray:
            return low + (high - low) * uniform(SEED, Stream.AUGMENTATION, EPOCH, purpose, count)

        self.wanted = wanted
        self.angle = between(3, -wanted.rotation, wanted.rotation)
        self.shift = [between(p, -wanted.translation, wanted.translation) for p in (4, 5)]
        self.scale = between(6, 1 - wanted.scale, 1 + wanted.scale)
        self.shear = between(7, -wanted.shear, wanted.shear)

    def moved(self, image: Image.Image, i: int) -> Image.Image:
        wanted, mode = self.wanted, functional.InterpolationMode(self.wanted.interpolation)
        if wanted.translation or wanted.scale or wanted.shear:
            x, y = (round(float(shift[i])) for shift in self.shift)
            scale, shear = float(self.scale[i]), [float(self.shear[i]), 0.0]
            return functional.affine(
                image, -float(self.angle[i]), [x, y], scale, shear, mode, fill=[wanted.fill]
            )
        if wanted.rotation:
            return functional.rotate(image, float(self.angle[i]), mode, fill=[wanted.fill])
        return image


def _jittered(image: Image.Image, draws: Draws, i: int) -> Image.Image:
    steps: list[Callable[[Image.Image], Image.Image]] = []
    if draws.brightness is not None:
        steps.append(lambda x: functional.adjust_brightness(x, float(draws.brightness[i])))
    if draws.contrast is not None:
        steps.append(lambda x: functional.adjust_contrast(x, float(draws.contrast[i])))
    assert draws.contrast_first is not None
    for step in reversed(steps) if draws.contrast_first[i] else steps:
        image = step(image)
    return image


def _erased(image: Image.Image, draws: Draws, i: int) -> np.ndarray:
    pixels = torch.from_numpy(np.array(image))[None]
    if draws.erase is not None:
        grey = torch.tensor(draws.erase_fill, dtype=torch.uint8)
        pixels = functional.erase(pixels, *map(int, draws.erase[i]), grey)
    return pixels[0].numpy()


def differing_pixels(
    images: np.ndarray, settings: dict[str, Any], versions: Sequence[Augment] = VERSIONS
) -> int:
    """Differing pixels of both our versions, in NumPy and, if it is built, in C++."""
    wanted = Augmentation(**settings)
    draws = draw(wanted, SEED, EPOCH, images.shape)
    expected = torchvision_augment(images, wanted, draws)
    return sum(int((version(images, draws) != expected).sum()) for version in versions)


def test_published_augmentation_on_mnist(mnist: DataSet) -> None:
    assert differing_pixels(mnist.train_images[:3000], PUBLISHED) == 0


EVERY: list[dict[str, Any]] = [
    PUBLISHED,
    {"brightness": 0.9},
    {"contrast": 0.9},
    {"brightness": 0.8, "contrast": 0.8},
    {"rotation": 180, "fill": 77},
    {"translation": 3.5},
    {"scale": 0.4},
    {"shear": 40},
    {"scale": 0.3, "translation": 2, "fill": 0},
    {"erasing": 1.0},
    {**PUBLISHED, "translation": 4, "scale": 0.2, "shear": 15, "erasing": 0.5},
    {**PUBLISHED, "interpolation": "bilinear"},
    {"translation": 3.5, "interpolation": "bilinear", "fill": 200},
    {"scale": 0.4, "interpolation": "bilinear"},
    {"rotation": 180, "scale": 0.2, "shear": 15, "interpolation": "bilinear", "fill": 77},
]


@pytest.mark.parametrize("settings", EVERY, ids=str)
def test_every_augmentation_on_digits(digits: DataSet, settings: dict[str, Any]) -> None:
    assert differing_pixels(digits.train_images[:1000], settings) == 0


@pytest.mark.parametrize("settings", EVERY, ids=str)
def test_images_that_are_no_squares(settings: dict[str, Any]) -> None:
    images = np.random.default_rng(1).integers(0, 256, (500, 20, 33), dtype=np.uint8)
    assert differing_pixels(images, settings, [augment]) == 0


def test_erasing_with_grey(digits: DataSet) -> None:
    settings = {"erasing": 1.0, "erasing_fill": 57}
    assert differing_pixels(digits.train_images[:1000], settings, [augment]) == 0


@pytest.mark.parametrize("angle", [0.0, 90.0, 180.0, -90.0, 1e-14])
def test_right_angles_which_pil_treats_apart(digits: DataSet, angle: float) -> None:
    image = digits.train_images[:1]
    ours = augment(image, Draws(affine=rotate(np.array([angle]), (28, 28)), fill=1))
    expected = functional.rotate(Image.fromarray(image[0]), angle, fill=[1])
    assert (ours[0] == np.array(expected)).all()


def test_inverse_affine_is_torchvisions() -> None:
    theirs = functional._get_inverse_affine_matrix([16, 14], 33.0, [2, -3], 1.2, [10.0, 0.0])
    angle, right, down, scale, shear = (np.array([value]) for value in (33.0, 2.0, -3.0, 1.2, 10.0))
    ours = inverse_affine(angle, [right, down], scale, shear, size=(28, 32))
    np.testing.assert_allclose(ours[0], theirs, rtol=1e-13)


def test_draws_fill_their_ranges() -> None:
    draws = draw(Augmentation(brightness=0.1, contrast=0.2, erasing=0.25), 1, 1, (20_000, 28, 28))
    for factors, reach in ((draws.brightness, 0.1), (draws.contrast, 0.2)):
        assert factors is not None
        assert abs(factors - 1).max() <= reach + 1e-7
        assert factors.max() > 1 + 0.99 * reach
        assert factors.min() < 1 - 0.99 * reach
        assert abs(factors.mean() - 1) < 5 * reach / np.sqrt(3 * 20_000)
    assert draws.contrast_first is not None
    assert abs(draws.contrast_first.mean() - 0.5) < 5 * 0.5 / np.sqrt(20_000)
    assert draws.erase is not None
    height, width = draws.erase[:, 2], draws.erase[:, 3]
    assert abs((height > 0).mean() - 0.25) < 0.02
    area = (height * width)[height > 0] / 784
    assert area.min() > 0.015
    assert area.max() < 0.36


def test_one_augmentation_leaves_the_draws_of_the_others_alone() -> None:
    alone = draw(Augmentation(rotation=7), 1, 1, (100, 28, 28))
    together = draw(Augmentation(rotation=7, brightness=0.1, erasing=0.5), 1, 1, (100, 28, 28))
    assert alone.affine is not None
    assert together.affine is not None
    assert (alone.affine == together.affine).all()


def test_nothing_asked_for_changes_nothing(digits: DataSet) -> None:
    images = digits.train_images[:10]
    assert (augment(images, draw(Augmentation(), 1, 1, (10, 28, 28))) == images).all()
