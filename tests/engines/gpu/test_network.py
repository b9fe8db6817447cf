"""One run on the device, step by step: the native engine's bits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from reprobench.harness.data.mnist import MNIST
from reprobench.harness.data.spec import DataSet
from reprobench.harness.engines import Batch, Network
from reprobench.harness.engines.draws.augmentation import draw
from reprobench.harness.engines.draws.randomness import permutation
from reprobench.harness.engines.roster import CUDA, NATIVE
from reprobench.harness.study.recipe import Recipe

pytestmark = pytest.mark.usefixtures("emulated")

RICH = Recipe.model_validate(
    {
        "name": "rich",
        "architecture": "iteration",
        "batch_size": 24,
        "lr": 0.05,
        "optimiser": {"name": "SGD", "momentum": 0.9, "nesterov": True, "weight_decay": 1e-4},
        "augmentation": {
            "brightness": 0.1,
            "contrast": 0.2,
            "rotation": 7,
            "erasing": 0.3,
            "fill": 3,
            "interpolation": "bilinear",
        },
        "regulariser": {"dropout": 0.08, "l1": 1e-5, "l2": 1e-5, "label_smoothing": 0.1},
    }
)


def train(network: Network, data: DataSet, steps: int) -> list[object]:
    """Losses and counts of a few steps, the last with few images, and of an evaluation."""
    order = permutation(5, 1, data.spec.train)
    draws = draw(RICH.augmentation, 5, 1, data.image_shape)
    made: list[object] = []
    for step in range(steps):
        images = order[24 * step : 24 * (step + 1)] if step < steps - 1 else order[-7:]
        made.append(network.step(Batch(1, step, images, draws.of(images), 0.05, None)))
    evaluation = network.evaluate()
    return [*made, evaluation.loss, evaluation.predicted.tolist()]


def bytes_of(network: Network) -> list[bytes]:
    state = network.state()
    return [np.ascontiguousarray(a).tobytes() for a in (*network.weights(), *state.values())]


def test_steps_evaluation_and_state_are_those_of_the_native_engine(digits: DataSet) -> None:
    few = replace(
        digits,
        spec=replace(digits.spec, test=30),
        test_images=digits.test_images[:30],
        test_labels=digits.test_labels[:30],
    )
    device, native = (engine.create(RICH, few, 5) for engine in (CUDA, NATIVE))
    assert device.parameters == native.parameters
    assert bytes_of(device) == bytes_of(native)
    assert train(device, few, 3) == train(native, few, 3)
    assert bytes_of(device) == bytes_of(native)
    anew = CUDA.create(RICH, few, 6)
    anew.restore(native.state())
    assert bytes_of(anew) == bytes_of(native)


@pytest.mark.parametrize("architecture", ["iteration", "final", "padded-9010"])
def test_published_networks_on_images_of_mnists_shape(architecture: str) -> None:
    """Two steps, the second with few images, and an evaluation."""
    random = np.random.default_rng(1)
    images = random.integers(0, 256, (24, *MNIST.shape), dtype=np.uint8)
    labels = random.integers(0, 10, 24, dtype=np.uint8)
    few = DataSet(replace(MNIST, train=24, test=5), images, labels, images[:5], labels[:5])
    recipe = RICH.model_copy(update={"architecture": architecture, "batch_size": 8})
    draws = draw(recipe.augmentation, 5, 1, few.image_shape)
    made = []
    for engine in (CUDA, NATIVE):
        network = engine.create(recipe, few, 5)
        for step, chosen in enumerate((np.arange(8), np.arange(21, 24))):
            network.step(Batch(1, step, chosen, draws.of(chosen), 0.05, None))
        evaluation = network.evaluate()
        made.append((bytes_of(network), evaluation.loss, evaluation.predicted.tolist()))
    assert made[0] == made[1]


def test_a_state_of_another_network_is_refused(digits: DataSet) -> None:
    network = CUDA.create(RICH, digits, 5)
    state = dict(network.state())
    with pytest.raises(ValueError, match="velocity are not those of this network"):
        network.restore({**state, "velocity": np.zeros(3, dtype=np.float32)})


def test_both_engines_have_one_key_and_say_who_trains() -> None:
    assert CUDA.version() == NATIVE.version()
    assert (CUDA.version().trainer, NATIVE.version().trainer) == ("cuda", "native")
    assert CUDA.device() == {"device": "emulated on the CPU"}
    assert NATIVE.device() == {}
