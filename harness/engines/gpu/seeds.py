"""A group of seeds on a device: recipes of one architecture and batch size, trained together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ....models import architecture
from ...data.spec import DataSet, DataSpec
from ...study.recipe import SGD, Augmentation, Recipe
from .. import Evaluation, State, StepResult, _cuda
from ..draws.augmentation import draw
from ..draws.initialisation import initial_filters
from ..draws.randomness import dropout_threshold, permutation
from ..native_engine import native_block
from ..support import BlockSpec, blocks_of, blocks_of_layers
from ..weights import Float32s, parts_of, set_initial
from .epochs import Augmentations, Given, as_bytes, dropout_given, images_given, paces_given
from .streams import seeds_in_streams

STEPS_AHEAD: Final = 16
"""Steps whose dropout masks are drawn side by side, beside the steps before them."""
OUTCOME: Final = np.dtype([("loss", np.float64), ("correct", np.int64)])
Outcomes = npt.NDArray[np.void]
"""(n,) of OUTCOME."""
STATE: Final = ("values", "running", "velocity")
"""Names of a state's parts, as in the native engine's checkpoints."""


@dataclass(frozen=True)
class Epoch:
    """An epoch of one seed: its number, its augmentation, and the rate and momentum of each step.

    A momentum of None means the recipe's.
    """

    number: int
    augmentation: Augmentation
    lr: npt.NDArray[np.float64]
    momentum: npt.NDArray[np.float64] | None


def group_of(recipes: Sequence[Recipe], data: DataSpec, *, steps: int | None = None) -> _cuda.Group:
    """A group of these recipes, with one seed each, for a whole epoch or its first `steps`.

    Raises Uncovered for recipes that the engine does not cover, ValueError if the kernels do not
    cover their architecture.
    """
    batch = min(recipes[0].batch_size, data.train)
    wanted = Augmentations.of(recipes)
    return _cuda.Group(
        blocks=[native_block(block, _cuda) for block in group_blocks(recipes, data)],
        image=data.shape,
        classes=data.classes,
        batch=batch,
        seeds=len(recipes),
        train_images=data.train,
        test_images=data.test,
        places=data.train if steps is None else steps * batch,
        steps_ahead=STEPS_AHEAD,
        brightness=wanted.brightness,
        contrast=wanted.contrast,
        affine=wanted.affine,
        erase=wanted.erase,
    )


def group_blocks(recipes: Sequence[Recipe], data: DataSpec) -> list[BlockSpec]:
    """Their network, with dropout layers if any of them has dropout; raises Uncovered."""
    for recipe in recipes:
        blocks_of(recipe, data)
    dropout = any(dropout_threshold(recipe.regulariser.dropout) > 0 for recipe in recipes)
    return blocks_of_layers(
        architecture(recipes[0].architecture, data.classes), data, dropout=dropout
    )


class SeedGroup:
    """Seeds, each with its own recipe, from their initial weights on, trained epoch by epoch.

    Everything raises `_cuda.DeviceError` if the device is lost. Only one thread may use it,
    except for `epoch_given`, `give` and `parts`.
    """

    def __init__(
        self,
        recipes: Sequence[Recipe],
        seeds: Sequence[int],
        data: DataSet,
        device: _cuda.Device,
        *,
        steps: int | None = None,
    ) -> None:
        self._recipes, self._numbers, self._data = recipes, seeds, data
        self.augmentations = Augmentations.of(recipes)
        self._blocks = group_blocks(recipes, data.spec)
        self.has_dropout = any(block.dropout for block in self._blocks)
        group = group_of(recipes, data.spec, steps=steps)
        self._seeds = seeds_in_streams(group, self._kind(), device)
        self._places = group.places
        self.parameters = self._seeds.parameters
        self._put_data()
        for seat in range(len(recipes)):
            self._set_rule(seat)
            Seat(self, seat).restart()
        self._seeds.begin()

    def epoch_given(self, seat: int, epoch: Epoch) -> Given:
        """What the seed is given for an epoch, which takes a while. Any thread may call this."""
        seed, count = self._numbers[seat], self._data.spec.train
        order = permutation(seed, epoch.number, count)[: self._places]
        draws = draw(epoch.augmentation, seed, epoch.number, self._data.image_shape)
        given = dict(images_given(order, draws.of(order), self.augmentations))
        given.update(paces_given(epoch.lr, self.momentum(seat, epoch.momentum)))
        if self.has_dropout:
            given.update(dropout_given(seed, epoch.number, range(len(epoch.lr))))
        return given

    def momentum(self, seat: int, moved: npt.ArrayLike | None) -> npt.ArrayLike:
        """The momentum: `moved` if the scheduler changes it, else the recipe's."""
        optimiser = self._recipes[seat].optimiser
        assert isinstance(optimiser, SGD)
        return optimiser.momentum if moved is None else moved

    def give(self, seat: int, given: Given) -> None:
        """Hand a seat what it is given for the next training, while the device trains.

        Any thread may call this, except while `take_given` runs. A seat that is given nothing
        trains on its old data, without effect.
        """
        for region, content in given.items():
            self._seeds.put(region, content, seat)

    def take_given(self) -> None:
        """Take what the seats were given, once the device has done all that it was told to do."""
        self._seeds.take_given()

    def train(self) -> None:
        """Start to train all steps of all seeds on what was taken, without waiting for them."""
        self._seeds.train_epoch()

    def train_step(self, count: int) -> None:
        """Train only the first step, on this many images per seed."""
        self._seeds.train_step(count)

    def evaluate(self) -> None:
        """Start to classify the test images, without waiting for it."""
        self._seeds.evaluate()

    def wait(self) -> None:
        """Wait until the device has done all that it was told to do."""
        self._seeds.get("test outcomes", 0)

    def outcomes_of(self, seat: int) -> Outcomes:
        """The outcome of each step of the last training, as on the device: see `results_of`."""
        return self._seeds.get("outcomes", seat).view(OUTCOME)

    def evaluation_of(self, seat: int) -> Evaluation:
        """The result of the last evaluation."""
        (made,) = self._seeds.get("test outcomes", seat).view(OUTCOME).tolist()
        return Evaluation(made[0], self._seeds.get("predicted", seat))

    def numbers(self, seat: int, region: str) -> Float32s:
        """A copy of the seed's numbers in a region."""
        return self._seeds.get(region, seat).view(np.float32)

    def set_numbers(self, seat: int, region: str, numbers: Float32s) -> None:
        """Replace the seed's numbers in a region."""
        self._seeds.put(region, as_bytes(numbers), seat)

    def parts(self, values: Float32s, running: Float32s) -> list[list[Float32s]]:
        """Views of parameters and running statistics, block by block."""
        return parts_of(self._blocks, self._data.spec.shape[0], values, running)

    def initial(self, seat: int) -> State:
        """The state that the seed starts from."""
        state = {name: np.zeros_like(self.numbers(seat, name)) for name in STATE}
        layers = architecture(self._recipes[seat].architecture, self._data.spec.classes)
        filters = initial_filters(layers, self._data.spec.shape, self._numbers[seat])
        set_initial(self.parts(state["values"], state["running"]), filters)
        return state

    def _kind(self) -> str:
        """What groups have in common that take the same time."""
        spec, recipe = self._data.spec, self._recipes[0]
        batch = min(recipe.batch_size, spec.train)
        sizes = (spec.shape, spec.classes, batch, len(self._recipes))
        return f"{self._blocks} {sizes} {self.augmentations}"

    def _put_data(self) -> None:
        data = self._data
        self._seeds.put("training images", as_bytes(data.train_images))
        self._seeds.put("training labels", as_bytes(data.train_labels))
        self._seeds.put("test images", as_bytes(data.test_images))
        self._seeds.put("test labels", as_bytes(data.test_labels))
        self._seeds.put("greys", as_bytes(data.spec.normalised_greys()))

    def _set_rule(self, seat: int) -> None:
        recipe = self._recipes[seat]
        optimiser, regulariser = recipe.optimiser, recipe.regulariser
        assert isinstance(optimiser, SGD)
        self._seeds.set_rule(
            seat,
            dropout_threshold=dropout_threshold(regulariser.dropout),
            label_smoothing=regulariser.label_smoothing,
            nesterov=optimiser.nesterov,
            weight_decay=optimiser.weight_decay,
            l1=regulariser.l1,
            l2=regulariser.l2,
            fill=recipe.augmentation.fill,
            smooth=recipe.augmentation.interpolation == "bilinear",
        )


def results_of(outcomes: Outcomes) -> list[StepResult]:
    """The result of each step, which takes far longer than to copy them from the device."""
    return [StepResult(loss, correct) for loss, correct in outcomes.tolist()]


@dataclass(frozen=True)
class Moment:
    """A copy of a seed's weights and state, off the device."""

    group: SeedGroup
    kept: Mapping[str, Float32s]
    """Parameters, running statistics and the optimiser's velocity."""

    def weights(self) -> list[npt.NDArray[np.generic]]:
        """Block by block: filters, then scale, shift, running mean and variance."""
        blocks = self.group.parts(self.kept["values"], self.kept["running"])
        return [part for parts in blocks for part in parts]


@dataclass(frozen=True)
class Seat:
    """One seed of a group, as a checkpoint sees it: its weights and state."""

    group: SeedGroup
    number: int

    @property
    def parameters(self) -> int:
        """Number of parameters of its network."""
        return self.group.parameters

    def now(self) -> Moment:
        """A copy of its present state, which can be read while the device trains."""
        kept = {name: self.group.numbers(self.number, name) for name in STATE}
        return Moment(self.group, kept)

    def weights(self) -> list[npt.NDArray[np.generic]]:
        """Block by block: filters, then scale, shift, running mean and variance."""
        return self.now().weights()

    def state(self) -> dict[str, Float32s]:
        """Copies of parameters, running statistics and the optimiser's velocity."""
        return dict(self.now().kept)

    def restore(self, state: State) -> None:
        """Continue from a state; raises KeyError or ValueError if it does not fit."""
        for name, numbers in self.state().items():
            given = state[name]
            if given.shape != numbers.shape or given.dtype != numbers.dtype:
                raise ValueError(f"{name} are not those of this network")
        for name in STATE:
            self.group.set_numbers(self.number, name, state[name].astype(np.float32))

    def restart(self) -> None:
        """Go back to the initial state."""
        self.restore(self.group.initial(self.number))
