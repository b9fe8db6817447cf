"""How the learning rate changes: torch's schedulers by their names, and one with a plateau."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from .fields import (
    Default,
    Differs,
    Flag,
    NotNegative,
    Number,
    Positive,
    PositiveInt,
    Share,
    Strict,
    Unit,
)

Part = Annotated[Number, Field(gt=0, le=1)]
_PER_EPOCH = Differs("counts calls of `step()`")


class Warmup(Strict):
    """A linear rise at the start of a run, before the scheduler begins; torch's LinearLR."""

    name: Literal["LinearLR"] = "LinearLR"
    start_factor: Part = 1 / 3
    """The rate of the first step, as a fraction of the rate that the scheduler begins with."""
    total_iters: Annotated[
        PositiveInt,
        Unit("`unit`"),
        Differs("counts calls of `step()`, which many recipes make once an epoch"),
    ] = 5
    """How long the rate rises, in `unit`."""
    unit: Literal["steps", "epochs"] = "steps"
    """What `total_iters` counts; with epochs, the rate rises between epochs only."""


Warming = Annotated[
    Warmup | None,
    Default("none"),
    Differs("a scheduler of its own, LinearLR, joined by SequentialLR"),
]


class Constant(Strict):
    """A constant learning rate."""

    name: Literal["none"]
    warmup: Warming = None
    """A rise before the scheduler begins."""


class StepLR(Strict):
    """The rate is multiplied by `gamma` after every `step_size` epochs."""

    name: Literal["StepLR"]
    step_size: Annotated[PositiveInt, Unit("epochs"), _PER_EPOCH]
    """Epochs between two changes."""
    gamma: Positive = 0.1
    """What the rate is multiplied by."""
    warmup: Warming = None
    """A rise before the scheduler begins."""


class MultiStepLR(Strict):
    """The rate is multiplied by `gamma` at each of the `milestones`."""

    name: Literal["MultiStepLR"]
    milestones: Annotated[tuple[PositiveInt, ...], Unit("epochs"), _PER_EPOCH]
    """The rate changes after each of these numbers of epochs."""
    gamma: Positive = 0.1
    """What the rate is multiplied by."""
    warmup: Warming = None
    """A rise before the scheduler begins."""


class CosineAnnealingLR(Strict):
    """The rate falls to `eta_min` along half a cosine wave over `T_max` epochs."""

    name: Literal["CosineAnnealingLR"]
    T_max: Annotated[
        PositiveInt | None,
        Unit("epochs"),
        Default("all epochs after the warm-up"),
        Differs("no default; counts calls of `step()`"),
    ] = None
    """Half the cosine's period."""
    eta_min: NotNegative = 0.0
    """The lowest rate."""
    warmup: Warming = None
    """A rise before the scheduler begins."""


class OneCycleLR(Strict):
    """One cycle over all training steps; the recipe's `lr` is its `max_lr`."""

    name: Literal["OneCycleLR"]
    pct_start: Annotated[Number, Field(gt=0, lt=1)] = 0.3
    """Share of the steps over which the rate rises."""
    anneal_strategy: Literal["cos", "linear"] = "cos"
    """The shape of rise and fall."""
    cycle_momentum: Flag = True
    """Whether momentum (Adam's first beta) falls as the rate rises, and rises as it falls; the
    optimiser's own momentum then has no effect."""
    base_momentum: Share = 0.85
    """Momentum where the rate is highest."""
    max_momentum: Share = 0.95
    """Momentum where the rate is lowest."""
    div_factor: Positive = 25.0
    """The first rate is `lr` divided by this."""
    final_div_factor: Positive = 1e4
    """The last rate is the first rate divided by this."""
    three_phase: Flag = False
    """Whether the rate, after its peak, returns to its first value in as many steps as it rose, and
    only then falls to its last."""
    warmup: Warming = None
    """A rise before the scheduler begins."""


class CosinePlateau(Strict):
    """Cosine rise to the recipe's `lr`, cosine fall to `floor` times it, then constant.

    Torch has no such scheduler. With it, the last epochs of a run all have the same rate.
    """

    name: Literal["CosinePlateau"]
    warmup: Annotated[Number, Field(gt=0, lt=1)] = 0.2
    """Share of all training steps over which the rate rises."""
    start_factor: Part = 0.04
    """The rate of the first step, as a fraction of `lr`."""
    plateau_from: Part = 0.75
    """Share of all training steps after which the rate no longer changes."""
    floor: Annotated[Number, Field(ge=0, le=1)] = 0.01
    """The rate of the plateau, as a fraction of `lr`."""

    @model_validator(mode="after")
    def _rises_before_the_plateau(self) -> CosinePlateau:
        if self.warmup >= self.plateau_from:
            raise ValueError(
                f"plateau_from ({self.plateau_from}) should be above warmup ({self.warmup})"
            )
        return self


Scheduler = Constant | StepLR | MultiStepLR | CosineAnnealingLR | OneCycleLR | CosinePlateau
