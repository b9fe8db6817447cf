"""What executes training steps: the interface of an engine, and the engines by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Protocol

import numpy as np
import numpy.typing as npt

from ..data.spec import DataSet
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


State = Mapping[str, npt.NDArray[np.generic]]
"""All numbers that the next training step depends on, by name."""


class Engine(Protocol):
    """One run's network and optimiser. Made from (recipe, data, seed); then stepped."""

    parameters: int

    def step(self, batch: Batch) -> StepResult:
        """Train on one batch."""

    def evaluate(self) -> Evaluation:
        """Classify the test images."""

    def weights(self) -> list[npt.NDArray[np.generic]]:
        """Weights and running statistics, layer by layer."""

    def state(self) -> State:
        """Weights, running statistics and what the optimiser keeps."""

    def restore(self, state: State) -> None:
        """Go on from a state; raises KeyError, ValueError or RuntimeError for another network's."""


def numerics(engine: str) -> str:
    """The version of an engine's arithmetic: runs of equal key and numerics have equal bits."""
    version: str = _module(engine).numerics_version()
    return version


def create(engine: str, recipe: Recipe, data: DataSet, seed: int) -> Engine:
    """The engine's network for one run, at its initial weights."""
    network: Engine = _module(engine).create(recipe, data, seed)
    return network


def warm_up(engine: str) -> None:
    """Import what the engine needs, which takes seconds."""
    _module(engine).warm_up()


def _module(engine: str) -> ModuleType:
    return import_module(f".{engine}_engine", __package__)
