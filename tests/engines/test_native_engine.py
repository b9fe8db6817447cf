"""The native engine: initial weights, updates, evaluation, augmentation, bits, and checks."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from reference import PUBLISHED, batch_of, error, recipe_of
from reprobench.harness.data.spec import DataSet
from reprobench.harness.engines import Batch
from reprobench.harness.engines.draws.augmentation import augment, draw
from reprobench.harness.engines.roster import NATIVE
from reprobench.harness.engines.torch_engine import TorchNetwork
from reprobench.harness.results.trained import weight_digest
from reprobench.harness.study.recipe import Augmentation
from reprobench.models import ARCHITECTURES
from reprobench.models.layers import BatchNorm, Conv, GlobalAvgPool, ReLU

if reason := NATIVE.missing():
    pytest.skip(reason, allow_module_level=True)

from natively import augment_natively, gradients_of
from reprobench.harness.engines._native import exponential, logarithm
from reprobench.harness.engines.builds import builds, load
from reprobench.harness.engines.native_engine import FASTEST, NativeNetwork

DIGEST = "f617f6c828eb97dc712e4d1fcec09d6d1f3b327832213b257b0fef29284e6fab"
"""Digest of a short training. If it changes, increase the engine's `NUMERICS`: old runs differ."""
AUGMENTATIONS = [
    {},
    PUBLISHED,
    {"brightness": 0.5},
    {"contrast": 0.5},
    {"rotation": 180.0, "fill": 7},
    {"translation": 5.0, "fill": 0},
    {"scale": 0.5},
    {"translation": 3.0, "scale": 0.2, "erasing": 1.0},
    {**PUBLISHED, "translation": 2.0, "scale": 0.1, "shear": 5.0, "erasing": 0.3, "fill": 255},
]


OPTIMISERS = [
    {"name": "SGD"},
    {"name": "SGD", "momentum": 0.9},
    {"name": "SGD", "momentum": 0.9, "nesterov": True},
    {"name": "SGD", "momentum": 0.5, "weight_decay": 0.01},
]


@pytest.mark.parametrize("optimiser", OPTIMISERS, ids=str)
@pytest.mark.parametrize("penalty", [{}, {"l1": 1e-3}, {"l2": 1e-2}], ids=str)
def test_updates_are_torchs(
    digits: DataSet, optimiser: dict[str, Any], penalty: dict[str, float]
) -> None:
    """Torch's SGD in float64 gets the native gradients, and must arrive at the same weights."""
    recipe = recipe_of("final", optimiser=optimiser, regulariser=penalty, batch_size=32)
    network = NativeNetwork(recipe, digits, 1)
    weights = [torch.from_numpy(np.array(w)).double() for w in trained(network)]
    options = {name: value for name, value in optimiser.items() if name != "name"}
    sgd = torch.optim.SGD(weights, lr=1, **options)
    for step in range(5):
        rate = 0.05 / (1 + step)
        momentum = 0.8 if step > 2 and "momentum" in optimiser else None
        network.step(replace(batch_of(recipe, digits, step, 32, lr=rate), momentum=momentum))
        for weight, gradient in zip(weights, gradients_of(network), strict=True):
            weight.grad = torch.from_numpy(np.array(gradient)).double()
            weight.grad += penalty.get("l1", 0) * weight.sign() + penalty.get("l2", 0) * weight
        sgd.param_groups[0].update(lr=rate, **({} if momentum is None else {"momentum": momentum}))
        sgd.step()
    for ours, theirs in zip(trained(network), weights, strict=True):
        np.testing.assert_allclose(ours, theirs.numpy(), rtol=1e-5, atol=1e-6)


def trained(network: NativeNetwork) -> list[np.ndarray]:
    """The weights without the running statistics, which follow scale and shift."""
    followed = 0
    kept = []
    for part in network.weights():
        followed = 0 if part.ndim == 4 else followed + 1
        if followed <= 2:
            kept.append(part)
    return kept


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_both_engines_start_alike(digits: DataSet, name: str, seed: int) -> None:
    networks = [made(recipe_of(name), digits, seed) for made in (NativeNetwork, TorchNetwork)]
    for ours, theirs in zip(*(network.weights() for network in networks), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert networks[0].parameters == networks[1].parameters


@pytest.mark.parametrize("name", ["iteration", "final"])
def test_evaluation_is_torchs(digits: DataSet, name: str) -> None:
    recipe = recipe_of(name, lr=0.1)
    native, reference = NativeNetwork(recipe, digits, 1), TorchNetwork(recipe, digits, 1)
    for step in range(60):
        native.step(batch_of(recipe, digits, step % 20, 64))
    for weight, trained_weight in zip(reference.weights(), native.weights(), strict=True):
        weight[...] = trained_weight
    ours, theirs = native.evaluate(), reference.evaluate()
    assert (ours.predicted == theirs.predicted).all()
    assert ours.loss == pytest.approx(theirs.loss, rel=1e-5)
    assert 250 < (ours.predicted == digits.test_labels).sum() < 500


@pytest.mark.parametrize("name", ["iteration", "final"])
def test_one_step_on_both_engines(digits: DataSet, name: str) -> None:
    """Augmented, and with dropout if the recipe has it: only rounding may differ."""
    recipe = recipe_of(name, regulariser={"dropout": 0.08} if name == "iteration" else {})
    batch, others = (batch_of(recipe, digits, step, 64) for step in (3, 4))

    def stepped(made: type[NativeNetwork | TorchNetwork], batch: Batch) -> tuple[float, np.ndarray]:
        network = made(recipe, digits, 1)
        loss = network.step(batch).loss
        return loss, np.concatenate([part.reshape(-1) for part in network.weights()])

    loss, ours = stepped(NativeNetwork, batch)
    reference, theirs = stepped(TorchNetwork, batch)
    _, otherwise = stepped(TorchNetwork, replace(batch, draws=others.draws))
    assert loss == pytest.approx(reference, rel=1e-6)
    assert error(ours, theirs) < 5e-4
    assert error(ours, otherwise) > 3e-3


def test_a_batch_is_no_larger_than_the_data(digits: DataSet) -> None:
    """Memory is only taken for images that exist, whatever batch size is declared."""
    recipe = recipe_of(batch_size=10**9)
    batch = batch_of(recipe, digits, 0, digits.spec.train)
    assert NativeNetwork(recipe, digits, 1).step(batch).loss > 0


@pytest.mark.parametrize("build", builds())
@pytest.mark.parametrize("wanted", AUGMENTATIONS, ids=str)
def test_augmentation_is_pixel_by_pixel_the_same(
    digits: DataSet, wanted: dict[str, Any], build: str
) -> None:
    """test_augmentation compares both versions with torchvision on PIL."""
    images = np.array(digits.train_images[:1_200])
    draws = draw(Augmentation(**wanted), 3, 2, images.shape)
    assert (augment_natively(images, draws, load(build)) != augment(images, draws)).sum() == 0


def test_what_is_given_is_checked(digits: DataSet) -> None:
    recipe = recipe_of(batch_size=8)
    network, batch = NativeNetwork(recipe, digits, 1), batch_of(recipe, digits, 0, 8)
    wrong = [
        (np.array([1297]), "no such image"),
        (np.array([-1]), "no such image"),
        (np.arange(9), "larger than declared"),
        (np.arange(0), "empty"),
        (np.arange(3), "draws are not those of the batch"),
    ]
    for images, message in wrong:
        with pytest.raises(ValueError, match=message):
            network.step(Batch(1, 0, images.astype(np.int64), batch.draws, 0.1, None))


def few_steps(
    digits: DataSet,
    between: Callable[[NativeNetwork], object] = id,
    build: ModuleType = FASTEST,
) -> str:
    """Digest of the weights after batches of several sizes, with an action after each."""
    recipe = recipe_of("iteration", batch_size=40)
    network = NativeNetwork(recipe, digits, 1, build)
    for step, count in enumerate((40, 40, 3, 40, 17, 40)):
        network.step(batch_of(recipe, digits, step, count))
        between(network)
    return weight_digest(network.weights())


@pytest.mark.parametrize("build", builds())
def test_the_bits_are_pinned(digits: DataSet, build: str) -> None:
    """In every build that this processor can run."""
    assert few_steps(digits, build=load(build)) == DIGEST


@pytest.mark.parametrize("build", builds())
def test_padding_times_infinity_is_no_number(
    digits: DataSet, monkeypatch: pytest.MonkeyPatch, build: str
) -> None:
    """In all builds, whose register blocks differ in size; in other places ReLU turns it into 0."""
    monkeypatch.setitem(
        ARCHITECTURES, "drawn", (Conv(5, 3, padding=2), ReLU(), GlobalAvgPool(), Conv(10, 1))
    )
    recipe = recipe_of("drawn", regulariser={}, augmentation={})
    blank = replace(digits, train_images=np.zeros_like(digits.train_images))
    network = NativeNetwork(recipe, blank, 1, load(build))
    batch = batch_of(recipe, blank, 0, 8)
    assert math.isfinite(network.differentiate(batch).loss)
    last_column = 2
    network.state()["values"][last_column] = math.inf
    assert math.isnan(network.differentiate(batch).loss)


def test_an_evaluation_leaves_no_trace(digits: DataSet) -> None:
    assert few_steps(digits, between=NativeNetwork.evaluate) == DIGEST


def test_the_mode_of_the_processor_has_no_part(digits: DataSet) -> None:
    """If the mode mattered, a velocity too small for a normal number would become 0."""
    velocities = []
    for flush in (False, True):
        trainer = NativeNetwork(recipe_of(), digits, 1)._trainer
        trainer.gradients[...], trainer.velocity[...] = 0, 1e-39
        torch.set_flush_denormal(flush)
        try:
            trainer.update(0.1, 0.5)
            assert few_steps(digits) == DIGEST
        finally:
            torch.set_flush_denormal(False)
        velocities.append(np.array(trainer.velocity))
    assert (velocities[0] > 0).all()
    assert (velocities[0] == velocities[1]).all()


def test_one_value_cannot_be_normalised(digits: DataSet, monkeypatch: pytest.MonkeyPatch) -> None:
    layers = (Conv(4, 28), BatchNorm(), Conv(10, 1))
    monkeypatch.setitem(ARCHITECTURES, "drawn", layers)
    recipe = recipe_of("drawn", regulariser={})
    network = NativeNetwork(recipe, digits, 1)
    with pytest.raises(ValueError, match="more than one value a channel"):
        network.step(batch_of(recipe, digits, 0, 1))
    network.step(batch_of(recipe, digits, 0, 2))


def exponential_by_division(x: float) -> float:
    """The same polynomial, whose divisions are divisions."""
    high, low = 0.6931471803691238, 1.9082149292705877e-10
    twos = math.floor(x / high + 0.5)
    rest = (x - twos * high) - twos * low
    total = 1.0
    for k in range(14, 0, -1):
        total = 1.0 + total * rest / k
    return math.ldexp(total, twos)


def test_the_quotients_of_the_exponential_are_those_of_divisions() -> None:
    random = np.random.default_rng(1)
    for x in [*random.uniform(-690, 690, 50_000), *random.normal(0, 1e-9, 1000), 0.0, -0.0]:
        assert exponential(x) == exponential_by_division(x)


@pytest.mark.parametrize("low", [-700.0, -1.0, 0.0, 300.0])
def test_exponential_and_logarithm(low: float) -> None:
    """Within two units in the last place of the platform's functions, which are good to half a
    unit."""
    for x in np.linspace(low, low + 400, 10_001):
        assert abs(exponential(x) - math.exp(x)) <= 2 * math.ulp(math.exp(x))
        y = math.exp(x / 2)
        assert abs(logarithm(y) - math.log(y)) <= 2 * math.ulp(math.log(y)) + 1e-16
    assert math.isnan(exponential(math.nan))
    assert math.isnan(logarithm(-1.0))
