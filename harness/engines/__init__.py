"""What executes training steps: the interface of an engine, and of the network that it makes."""

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
    """Where the scheduler moves it; else the recipe's holds."""


@dataclass(frozen=True)
class StepResult:
    """Mean training loss of a batch, and how many of it were classified correctly."""

    loss: float
    correct: int


@dataclass(frozen=True)
class Evaluation:
    """Mean cross-entropy on the test images, and the predicted class of each: (n,) uint8."""

    loss: float
    predicted: npt.NDArray[np.uint8]


class RecipeFault(Exception):
    """What a recipe brings along failed, and would fail again: no fault of the machine."""


State = Mapping[str, npt.NDArray[np.generic]]
"""All numbers that the next training step depends on, by name."""


class Resumable(Protocol):
    """What a checkpoint keeps, and brings back."""

    def weights(self) -> list[npt.NDArray[np.generic]]:
        """Weights and running statistics, layer by layer."""

    def state(self) -> State:
        """Weights, running statistics and what the optimiser keeps."""

    def restore(self, state: State) -> None:
        """Go on from a state; raises KeyError, ValueError or RuntimeError for another network's."""


class Network(Resumable, Protocol):
    """One run's network and optimiser. Made from (recipe, data, seed); then stepped."""

    parameters: int

    def step(self, batch: Batch) -> StepResult:
        """Train on one batch."""

    def evaluate(self) -> Evaluation:
        """Classify the test images."""


class Engine(Protocol):
    """What can train recipes. To ask it what it can do imports nothing heavy."""

    @property
    def name(self) -> str:
        """As `--engine` has it."""

    @property
    def expected(self) -> bool:
        """Whether this machine could have it, so that the user is told where it is missing."""

    @property
    def in_groups(self) -> bool:
        """Whether it trains many runs in one step."""

    def version(self) -> EngineVersion:
        """Its name and the version of its arithmetic; raises ImportError where it is missing."""

    def missing(self) -> str | None:
        """Why it is not here and what to do, in one line; None where it is."""

    def uncovered(self, recipe: Recipe, data: DataSpec) -> str | None:
        """What of a recipe it does not cover; None where it covers all of it."""

    def uncovered_layers(self, architecture: Architecture, data: DataSpec) -> str | None:
        """What of a registered architecture it does not cover; None where it covers all of it."""

    def default_workers(self) -> int:
        """Worker processes that it trains in at once where the user names no number."""

    def environment(self) -> dict[str, str]:
        """What a record's environment says of it; nothing for one that is always here."""

    def device(self) -> dict[str, str]:
        """What a record's environment says of what it trains on beside the processor."""

    def create(self, recipe: Recipe, data: DataSet, seed: int) -> Network:
        """The network of one run, at its initial weights."""

    def warm_up(self) -> None:
        """Import what training needs, which takes seconds."""
