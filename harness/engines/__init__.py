"""What executes training steps: the interfaces of an engine and of the networks that it makes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from ...models.layers import Architecture
from ..data.spec import DataSet, DataSpec
from ..study.engine_version import EngineVersion
from ..study.recipe import Recipe
from .draws.augmentation import Draws


@dataclass(frozen=True)
class Batch:
    """All that one training step needs; the engine holds the images and the recipe."""

    epoch: int
    step: int
    images: npt.NDArray[np.int64]
    """(n,) indices of training images."""
    draws: Draws
    """Augmentation of these n images."""
    lr: float
    momentum: float | None
    """The momentum, if the scheduler changes it; None for the recipe's."""


@dataclass(frozen=True)
class StepResult:
    """Mean training loss of a batch, and how many of its images were classified correctly."""

    loss: float
    correct: int


@dataclass(frozen=True)
class Evaluation:
    """Mean cross-entropy on the test images, and the predicted class of each: (n,) uint8."""

    loss: float
    predicted: npt.NDArray[np.uint8]


class RecipeFault(Exception):
    """The recipe's own code failed, and would fail again: the machine is not to blame."""


State = Mapping[str, npt.NDArray[np.generic]]
"""All arrays that the next training step depends on, by name."""


class Resumable(Protocol):
    """What a checkpoint saves and restores."""

    def weights(self) -> list[npt.NDArray[np.generic]]:
        """Weights and running statistics, layer by layer."""

    def state(self) -> State:
        """Weights, running statistics and what the optimiser keeps."""

    def restore(self, state: State) -> None:
        """Continue from a state; raises KeyError, ValueError or RuntimeError if it does not fit."""


class Network(Resumable, Protocol):
    """One run's network and optimiser, made from recipe, data and seed, and trained in steps."""

    parameters: int

    def step(self, batch: Batch) -> StepResult:
        """Train on one batch."""

    def evaluate(self) -> Evaluation:
        """Classify the test images."""


class Engine(Protocol):
    """Something that trains recipes. Asking what it can do imports no large library."""

    @property
    def name(self) -> str:
        """Its name, as given to `--engine`."""

    @property
    def expected(self) -> bool:
        """Whether this machine should have it, so that the user is told if it is missing."""

    @property
    def in_groups(self) -> bool:
        """Whether it trains many runs in one step."""

    def version(self) -> EngineVersion:
        """Its name and the version of its arithmetic; raises ImportError if it is missing."""

    def missing(self) -> str | None:
        """Why it is not available and what to do, in one line; None if it is available."""

    def uncovered(self, recipe: Recipe, data: DataSpec) -> str | None:
        """What in a recipe it cannot train; None if it can train all of it."""

    def uncovered_layers(self, architecture: Architecture, data: DataSpec) -> str | None:
        """What in a registered architecture it cannot train; None if it can train all of it."""

    def environment(self) -> dict[str, str]:
        """What a record's environment says of it; nothing for an engine that is never missing."""

    def device(self) -> dict[str, str]:
        """What a record's environment says of the device it trains on, if not the processor."""

    def create(self, recipe: Recipe, data: DataSet, seed: int) -> Network:
        """The network of one run, at its initial weights."""

    def warm_up(self) -> None:
        """Import what training needs, which takes seconds."""
