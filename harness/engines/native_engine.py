"""The native engine: C++ on one core, with the same bits on every machine. See `native/`."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from ...models import architecture
from ..data.spec import DataSet
from ..study.recipe import SGD, Recipe
from . import Batch, Evaluation, State, StepResult
from .builds import fastest
from .draws.augmentation import Draws
from .draws.initialisation import initial_filters
from .draws.randomness import DRAWS_VERSION, dropout_seed, dropout_threshold
from .support import BlockSpec, blocks_of
from .weights import Float32s, parts_of, set_initial

if TYPE_CHECKING:
    from . import _native

FASTEST: Final = fastest()
NUMERICS: Final = 2
"""Increased when the same draws give different bits than before."""


def numerics_version() -> str:
    """The versions that decide the bits, which do not depend on the machine."""
    return f"draws {DRAWS_VERSION}, native {NUMERICS}"


def warm_up() -> None:
    """Do nothing: importing this module is all that is needed."""


def create(recipe: Recipe, data: DataSet, seed: int) -> NativeNetwork:
    """The engine's network for one run."""
    return NativeNetwork(recipe, data, seed)


class NativeNetwork:
    """One run's network and optimiser, in C++, in one of the builds."""

    def __init__(
        self, recipe: Recipe, data: DataSet, seed: int, build: ModuleType = FASTEST
    ) -> None:
        optimiser, regulariser = recipe.optimiser, recipe.regulariser
        self._blocks = blocks_of(recipe, data.spec)
        assert isinstance(optimiser, SGD)
        self._data, self._seed, self._momentum = data, seed, optimiser.momentum
        self._build = build
        self._channels, height, width = data.spec.shape
        self._trainer: _native.Trainer = build.Trainer(
            blocks=[native_block(block, build) for block in self._blocks],
            image=build.ImageShape(channels=self._channels, height=height, width=width),
            classes=data.spec.classes,
            settings=build.Settings(
                batch=min(recipe.batch_size, data.spec.train),
                dropout_threshold=dropout_threshold(regulariser.dropout),
                label_smoothing=regulariser.label_smoothing,
                nesterov=optimiser.nesterov,
                weight_decay=optimiser.weight_decay,
                l1=regulariser.l1,
                l2=regulariser.l2,
            ),
            greys=data.spec.normalised_greys(),
            images=data.train_images,
            labels=data.train_labels,
        )
        layers = architecture(recipe.architecture, data.spec.classes)
        set_initial(
            self._parts(self._trainer.values), initial_filters(layers, data.spec.shape, seed)
        )
        self.parameters = len(self._trainer.values)

    def step(self, batch: Batch) -> StepResult:
        """Train on one batch."""
        result = self.differentiate(batch)
        self._trainer.update(batch.lr, self._momentum if batch.momentum is None else batch.momentum)
        return result

    def differentiate(self, batch: Batch) -> StepResult:
        """Loss and gradients of one batch; running statistics change, parameters do not."""
        seed = dropout_seed(self._seed, batch.epoch, batch.step)
        draws = native_draws(batch.draws, self._build)
        return StepResult(*self._trainer.differentiate(batch.images, draws, seed))

    def evaluate(self) -> Evaluation:
        """Classify the test images."""
        loss, predicted = self._trainer.evaluate(self._data.test_images, self._data.test_labels)
        return Evaluation(loss, predicted)

    def weights(self) -> list[npt.NDArray[np.generic]]:
        """Block by block: filters, then scale, shift, running mean and variance."""
        return [part for parts in self._parts(self._trainer.values) for part in parts]

    def state(self) -> State:
        """Views of parameters, running statistics and the optimiser's velocity."""
        trainer = self._trainer
        return {
            "values": trainer.values,
            "running": trainer.running,
            "velocity": trainer.velocity,
        }

    def restore(self, state: State) -> None:
        """Continue from a state; raises KeyError or ValueError if it does not fit."""
        for name, numbers in self.state().items():
            if state[name].shape != numbers.shape or state[name].dtype != numbers.dtype:
                raise ValueError(f"{name} are not those of this network")
            numbers[...] = state[name]

    def _parts(self, numbers: Float32s) -> list[list[Float32s]]:
        return parts_of(self._blocks, self._channels, numbers, self._trainer.running)


def native_block(block: BlockSpec, build: ModuleType) -> _native.BlockSpec:
    """The block as the engine takes it."""
    made: _native.BlockSpec = build.BlockSpec(
        channels=block.channels,
        kernel=block.kernel,
        padding=block.padding,
        order=build.Order[block.order.name],
        dropout=block.dropout,
        pool=build.Pool[block.pool.name],
        window=build.Window(height=block.window.height, width=block.window.width),
    )
    return made


def native_draws(draws: Draws, build: ModuleType) -> _native.Draws:
    """The draws as the engine takes them."""
    made: _native.Draws = build.Draws(
        brightness=draws.brightness,
        contrast=draws.contrast,
        contrast_first=draws.contrast_first,
        affine=draws.affine,
        erase=draws.erase,
        smooth=draws.smooth,
        fill=draws.fill,
    )
    return made
