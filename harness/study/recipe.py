"""A recipe: all that determines how a network is trained, but the seed and the epochs."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

Number = Annotated[float, Field(strict=True)]
Positive = Annotated[Number, Field(gt=0)]
NotNegative = Annotated[Number, Field(ge=0)]
Share = Annotated[Number, Field(ge=0, lt=1)]
Flag = Annotated[bool, Field(strict=True)]
PositiveInt = Annotated[int, Field(gt=0, strict=True)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._+-]{0,79}$")]


class Strict(BaseModel):
    """Base of all that a study file declares: unknown keys, infinities and NaN are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class SGD(Strict):
    """Stochastic gradient descent, as torch.optim.SGD."""

    name: Literal["SGD"]
    momentum: Share = 0.0
    nesterov: Flag = False
    weight_decay: NotNegative = 0.0

    @model_validator(mode="after")
    def _nesterov_needs_momentum(self) -> SGD:
        if self.nesterov and self.momentum == 0:
            raise ValueError("nesterov needs a momentum above 0")
        return self


class Adam(Strict):
    """Adam, as torch.optim.Adam; its weight decay is added to the gradient."""

    name: Literal["Adam"]
    betas: tuple[Share, Share] = (0.9, 0.999)
    eps: Positive = 1e-8
    weight_decay: NotNegative = 0.0


class AdamW(Strict):
    """Adam with decoupled weight decay, as torch.optim.AdamW."""

    name: Literal["AdamW"]
    betas: tuple[Share, Share] = (0.9, 0.999)
    eps: Positive = 1e-8
    weight_decay: NotNegative = 0.01


class Warmup(Strict):
    """LinearLR over the first `total_iters` training steps, then the scheduler from its start."""

    name: Literal["LinearLR"] = "LinearLR"
    start_factor: Annotated[Number, Field(gt=0, le=1)] = 1 / 3
    total_iters: PositiveInt = 5


class Constant(Strict):
    """The same learning rate throughout."""

    name: Literal["none"]
    warmup: Warmup | None = None


class StepLR(Strict):
    """The rate times `gamma` after every `step_size` epochs."""

    name: Literal["StepLR"]
    step_size: PositiveInt
    gamma: Positive = 0.1
    warmup: Warmup | None = None


class MultiStepLR(Strict):
    """The rate times `gamma` at each epoch of `milestones`."""

    name: Literal["MultiStepLR"]
    milestones: tuple[PositiveInt, ...]
    gamma: Positive = 0.1
    warmup: Warmup | None = None


class CosineAnnealingLR(Strict):
    """Half a cosine from the rate to `eta_min` in `T_max` epochs (default: all but the warm-up)."""

    name: Literal["CosineAnnealingLR"]
    T_max: PositiveInt | None = None
    eta_min: NotNegative = 0.0
    warmup: Warmup | None = None


class OneCycleLR(Strict):
    """One cycle over all training steps; the recipe's `lr` is its `max_lr`."""

    name: Literal["OneCycleLR"]
    pct_start: Annotated[Number, Field(gt=0, lt=1)] = 0.3
    anneal_strategy: Literal["cos", "linear"] = "cos"
    cycle_momentum: Flag = True
    base_momentum: Share = 0.85
    max_momentum: Share = 0.95
    div_factor: Positive = 25.0
    final_div_factor: Positive = 1e4
    three_phase: Flag = False
    warmup: Warmup | None = None


class CosinePlateau(Strict):
    """Cosine warm-up to the recipe's `lr`, cosine decay to `floor` times it, constant after that.

    Moves at each training step; its shares are of all training steps of a run.
    """

    name: Literal["CosinePlateau"]
    warmup: Annotated[Number, Field(gt=0, lt=1)] = 0.2
    """Share of the steps over which the rate rises."""
    start_factor: Annotated[Number, Field(gt=0, le=1)] = 0.04
    """The rate of the first step, as a part of `lr`."""
    plateau_from: Annotated[Number, Field(gt=0, le=1)] = 0.75
    """Share of the steps after which the rate no longer changes."""
    floor: Annotated[Number, Field(ge=0, le=1)] = 0.01
    """The rate of the plateau, as a part of `lr`."""

    @model_validator(mode="after")
    def _rises_before_the_plateau(self) -> CosinePlateau:
        if self.warmup >= self.plateau_from:
            raise ValueError(
                f"plateau_from ({self.plateau_from}) should be above warmup ({self.warmup})"
            )
        return self


def _by_name(value: object) -> object:
    """A bare string is short for a table that holds only that name."""
    return {"name": value} if isinstance(value, str) else value


Optimiser = SGD | Adam | AdamW
Scheduler = Constant | StepLR | MultiStepLR | CosineAnnealingLR | OneCycleLR | CosinePlateau


class Augmentation(Strict):
    """Random changes of a training image, each uniform in its range, applied in this order.

    Colour jitter (brightness and contrast, in random order); then one geometric transform with
    nearest-neighbour sampling whose uncovered corners get `fill`; then erasing. As torchvision does
    on PIL images.
    """

    brightness: Share = 0.0
    """Factor between 1 - b and 1 + b."""
    contrast: Share = 0.0
    """Factor between 1 - c and 1 + c."""
    rotation: Annotated[Number, Field(ge=0, le=180)] = 0.0
    """Degrees either way."""
    translation: Annotated[Number, Field(ge=0)] = 0.0
    """Pixels either way, along both axes, rounded to whole ones."""
    scale: Annotated[Number, Field(ge=0, le=0.9)] = 0.0
    """Factor between 1 - s and 1 + s."""
    shear: Annotated[Number, Field(ge=0, le=60)] = 0.0
    """Degrees either way, along the rows."""
    erasing: Annotated[Number, Field(ge=0, le=1)] = 0.0
    """Probability that a rectangle of 2% to 33% of the image is set to 0."""
    fill: Annotated[int, Field(ge=0, le=255, strict=True)] = 1
    """Grey value of the corners that the geometric transform uncovers."""


class Regulariser(Strict):
    """What keeps the weights from fitting the training images too closely."""

    dropout: Annotated[Number, Field(ge=0, le=0.99)] = 0.0
    """Rate at the architecture's dropout layers, resolved to 1/65,536."""
    l1: NotNegative = 0.0
    """l1 * sum |w| is added to the loss, over all trainable parameters."""
    l2: NotNegative = 0.0
    """l2 / 2 * sum w^2 is added to the loss, over all trainable parameters."""
    label_smoothing: Share = 0.0
    """Share of the target probability that is spread evenly over the classes."""


class Recipe(Strict):
    """Everything but the seed and the declared epochs that determines how a network is trained."""

    name: Name
    architecture: str
    """A registered name, or `package.module:function` that returns a torch module."""
    batch_size: PositiveInt
    lr: Positive
    optimiser: Annotated[Optimiser, Field(discriminator="name"), BeforeValidator(_by_name)]
    scheduler: Annotated[Scheduler, Field(discriminator="name"), BeforeValidator(_by_name)] = (
        Constant(name="none")
    )
    augmentation: Augmentation = Augmentation()
    regulariser: Regulariser = Regulariser()

    def identity(self) -> dict[str, Any]:
        """The fields that determine a run's numbers; those at their defaults are left out."""
        return self.model_dump(mode="json", exclude={"name"}, exclude_defaults=True)
