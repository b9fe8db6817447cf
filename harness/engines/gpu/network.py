"""A single run on a device, step by step: a group of one whose epoch has one step."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ...data.spec import DataSet
from ...study.recipe import Recipe
from .. import Batch, Evaluation, State, StepResult
from .device import open_device
from .epochs import dropout_given, images_given, paces_given
from .seeds import Seat, SeedGroup, results_of


class CudaNetwork:
    """One run's network and optimiser. A large group hardly takes longer: see `SeedGroup`."""

    def __init__(self, recipe: Recipe, data: DataSet, seed: int) -> None:
        self._size, self._seed = min(recipe.batch_size, data.spec.train), seed
        self._group = SeedGroup([recipe], [seed], data, open_device(), steps=1)
        self._seat = Seat(self._group, 0)
        self.parameters = self._group.parameters

    def step(self, batch: Batch) -> StepResult:
        """Train on one batch."""
        group, count = self._group, len(batch.images)
        every = np.resize(np.arange(count), self._size)  # the step takes only the first `count`
        images, draws = batch.images[every], batch.draws.of(every)
        given = dict(images_given(images, draws, group.augmentations))
        given.update(paces_given([batch.lr], group.momentum(0, batch.momentum)))
        if group.has_dropout:
            given.update(dropout_given(self._seed, batch.epoch, [batch.step]))
        group.give(0, given)
        group.take_given()
        group.train_step(count)
        return results_of(group.outcomes_of(0))[0]

    def evaluate(self) -> Evaluation:
        """Classify the test images."""
        self._group.evaluate()
        return self._group.evaluation_of(0)

    def weights(self) -> list[npt.NDArray[np.generic]]:
        """Block by block: filters, then scale, shift, running mean and variance."""
        return self._seat.weights()

    def state(self) -> State:
        """Copies of parameters, running statistics and the optimiser's velocity."""
        return self._seat.state()

    def restore(self, state: State) -> None:
        """Continue from a state; raises KeyError or ValueError if it does not fit."""
        self._seat.restore(state)
