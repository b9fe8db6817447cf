"""A recipe: everything that determines how a network is trained, except seed and epochs."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from .fields import (
    Differs,
    Flag,
    Grey,
    Name,
    NotNegative,
    Number,
    Positive,
    PositiveInt,
    Share,
    Strict,
    Unit,
)
from .schedulers import Constant, Scheduler

Betas = tuple[Share, Share]


class SGD(Strict):
    """Stochastic gradient descent, as torch.optim.SGD."""

    name: Literal["SGD"]
    momentum: Share = 0.0
    """Share of the last update that is carried over to the next; OneCycleLR sets its own."""
    nesterov: Flag = False
    """Whether to use Nesterov momentum, which looks one step ahead."""
    weight_decay: NotNegative = 0.0
    """Multiplied by the weights and added to the gradient of all parameters, like
    `regulariser.l2`."""

    @model_validator(mode="after")
    def _nesterov_needs_momentum(self) -> SGD:
        if self.nesterov and self.momentum == 0:
            raise ValueError("nesterov needs a momentum above 0")
        return self


class Adam(Strict):
    """Adam, as torch.optim.Adam."""

    name: Literal["Adam"]
    betas: Betas = (0.9, 0.999)
    """Decay rates of the running means of the gradient and of its square; OneCycleLR sets the
    first one itself."""
    eps: Positive = 1e-8
    """Added to the root of the mean square."""
    weight_decay: NotNegative = 0.0
    """Multiplied by the weights and added to the gradient."""


class AdamW(Strict):
    """Adam with decoupled weight decay, as torch.optim.AdamW."""

    name: Literal["AdamW"]
    betas: Betas = (0.9, 0.999)
    """Decay rates of the running means of the gradient and of its square; OneCycleLR sets the
    first one itself."""
    eps: Positive = 1e-8
    """Added to the root of the mean square."""
    weight_decay: NotNegative = 0.01
    """Multiplied by learning rate and weights, and subtracted from the weights."""


def _by_name(value: object) -> object:
    """A bare string is short for a table that holds only that name."""
    return {"name": value} if isinstance(value, str) else value


Optimiser = SGD | Adam | AdamW


class Augmentation(Strict):
    """Random changes of a training image, each uniform in its range, applied in this order.

    First colour jitter (brightness and contrast, in random order); then one geometric transform,
    sampled by `interpolation`, with `fill` in the corners that it uncovers; then erasing. All work
    as in torchvision on PIL images, before normalisation. All channels of an image are changed
    alike and filled with the same value; contrast needs one channel, or red, green and blue.
    """

    brightness: Share = 0.0
    """Factor between 1 - b and 1 + b."""
    contrast: Share = 0.0
    """Factor between 1 - c and 1 + c."""
    rotation: Annotated[Number, Field(ge=0, le=180), Unit("degrees")] = 0.0
    """The largest angle, in either direction."""
    translation: Annotated[
        Number,
        Field(ge=0),
        Unit("pixels"),
        Differs("RandomAffine takes a share of the image: 0.1 would be 2.8 pixels of 28"),
    ] = 0.0
    """The largest shift, in either direction along each axis, rounded to whole pixels."""
    scale: Annotated[
        Number, Field(ge=0, le=0.9), Differs("RandomAffine takes the two ends, (1 - s, 1 + s)")
    ] = 0.0
    """Factor between 1 - s and 1 + s."""
    shear: Annotated[Number, Field(ge=0, le=60), Unit("degrees")] = 0.0
    """The largest angle, in either direction, along the rows."""
    erasing: Annotated[Number, Field(ge=0, le=1), Differs("0.5 by default in RandomErasing")] = 0.0
    """Probability that a rectangle of 2% to 33% of the image is set to `erasing_fill`."""
    interpolation: Literal["nearest", "bilinear"] = "nearest"
    """Whether a pixel of the transformed image is the nearest pixel of the original, or a weighted
    mean of the nearest four."""
    fill: Annotated[Grey, Differs("0 by default; 1 is what the published recipes have")] = 1
    """Grey value of the corners that the geometric transform uncovers."""
    erasing_fill: Annotated[
        Grey,
        Differs(
            "RandomErasing after Normalize, with its default value of 0, writes the mean grey, "
            "which is 33 for MNIST"
        ),
    ] = 0
    """Grey value of the erased rectangle, before images are normalised: 0 is black."""
    until: Annotated[Number, Field(ge=0, le=1)] = 1.0
    """Share of the epochs, from the first, in which images are augmented, in whole epochs."""

    def at(self, epoch: int, epochs: int) -> Augmentation:
        """The augmentation in one of `epochs` epochs, counted from 1."""
        return self if epoch <= self.augmented_epochs(epochs) else Augmentation()

    def augmented_epochs(self, epochs: int) -> int:
        """The number of augmented epochs, which are the first ones."""
        return math.floor(self.until * epochs + 0.5)


class Regulariser(Strict):
    """Settings that keep the weights from fitting the training images too closely."""

    dropout: Annotated[
        Number,
        Field(ge=0, le=0.99),
        Differs("0.5 by default, and a setting of each layer"),
    ] = 0.0
    """Rate of the architecture's dropout layers, rounded to 1/65,536."""
    l1: NotNegative = 0.0
    """l1 * sum |w| is added to the loss, over all trainable parameters."""
    l2: NotNegative = 0.0
    """l2 / 2 * sum w^2 is added to the loss, over all trainable parameters; for SGD this is the
    same as `weight_decay`."""
    label_smoothing: Share = 0.0
    """Share of the target probability that is spread evenly over the classes."""


class Recipe(Strict):
    """Everything that determines how a network is trained, except the seed and declared epochs."""

    name: Name
    """What the recipe is called everywhere; not part of a run's identity."""
    architecture: str
    """A registered name, or `package.module:function` that returns a torch module."""
    batch_size: Annotated[
        PositiveInt,
        Unit("images"),
        Differs("1 by default in DataLoader, whose last batch may be smaller too"),
    ]
    """The number of images per training step; the last batch of an epoch may be smaller."""
    lr: Annotated[Positive, Differs("0.001 by default")]
    """The learning rate that the scheduler starts from or, with a rise, reaches at its peak."""
    optimiser: Annotated[Optimiser, Field(discriminator="name"), BeforeValidator(_by_name)]
    """A name, or a table with its settings."""
    scheduler: Annotated[Scheduler, Field(discriminator="name"), BeforeValidator(_by_name)] = (
        Constant(name="none")
    )
    """A name, or a table with its settings."""
    augmentation: Augmentation = Augmentation()
    """None by default."""
    regulariser: Regulariser = Regulariser()
    """None by default."""

    @property
    def defined_by(self) -> str:
        """The key of its digest in the study's definitions, which is that of its architecture."""
        return self.architecture

    def identity(self) -> dict[str, Any]:
        """The fields that determine a run's numbers; fields at their defaults are left out."""
        return self.model_dump(mode="json", exclude={"name"}, exclude_defaults=True)
