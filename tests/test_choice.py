"""Which engine trains which recipe, and what is said about it."""

from typing import Any

import pytest
from reprobench.harness.engines import choice
from reprobench.harness.engines.choice import choose, native_missing, remarks, uncovered
from reprobench.harness.engines.coverage import (
    BlockSpec,
    Order,
    Pool,
    Uncovered,
    Window,
    blocks_of_layers,
)
from reprobench.harness.errors import InputError
from reprobench.harness.recipe import Recipe
from reprobench.harness.study_file import load_study
from reprobench.models.layers import (
    Architecture,
    AvgPool,
    BatchNorm,
    Conv,
    Dropout,
    GlobalAvgPool,
    MaxPool,
    ReLU,
)

native = pytest.mark.skipif(native_missing() is not None, reason=str(native_missing()))
MISSING = "the native engine is not built: install a C++ compiler"


def recipe(name: str = "a", optimiser: str = "SGD", architecture: str = "final") -> Recipe:
    fields: dict[str, Any] = {"name": name, "batch_size": 8, "lr": 0.1}
    return Recipe.model_validate({**fields, "optimiser": optimiser, "architecture": architecture})


@native
def test_every_shipped_recipe_trains_on_the_native_engine() -> None:
    for name in ("mnist", "mnist-grid", "digits", "tiny"):
        recipes = load_study(name).recipes
        assert {engine for engine, _ in choose("auto", recipes).values()} == {"native"}
        assert remarks(recipes) == []


@native
def test_what_the_native_engine_lacks_goes_to_torch() -> None:
    recipes = (recipe("a"), recipe("b", "Adam"))
    chosen = choose("auto", recipes)
    assert (chosen["a"][0], chosen["b"][0]) == ("native", "torch")
    assert remarks(recipes) == [
        "b trains on the torch engine: the native engine does not cover optimiser Adam"
    ]
    assert choose("torch", recipes)["a"] == chosen["b"]


@native
def test_insisting_on_the_native_engine() -> None:
    assert choose("native", (recipe(),))["a"][0] == "native"
    with pytest.raises(InputError, match="b has optimiser AdamW, which it does not cover"):
        choose("native", (recipe("a"), recipe("b", "AdamW")))


def test_without_the_native_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "native_missing", lambda: MISSING)
    assert choose("auto", (recipe(),))["a"][0] == "torch"
    assert remarks((recipe(),)) == [
        f"{MISSING}; the torch engine trains instead, several times slower"
    ]
    with pytest.raises(InputError, match="--engine native: the native engine is not built"):
        choose("native", (recipe(),))


def test_a_module_of_ones_own_is_not_covered() -> None:
    own = Recipe.model_construct(architecture="mine:network")
    assert uncovered(own) == "a torch module of your own"


def test_blocks_of_a_network() -> None:
    layers: Architecture = (
        *(Conv(4, 3), ReLU(), BatchNorm(), Dropout(), MaxPool()),
        *(Conv(6, 5, padding=2), BatchNorm(), ReLU(), AvgPool(3)),
        *(Conv(8, 1), BatchNorm(), Dropout()),
        *(Conv(10, 1), GlobalAvgPool()),
    )
    assert blocks_of_layers(layers, dropout=True) == [
        BlockSpec(4, 3, 0, Order.RELU_NORM, True, Pool.MAX, Window(2, 2)),
        BlockSpec(6, 5, 2, Order.NORM_RELU, False, Pool.AVERAGE, Window(3, 3)),
        BlockSpec(8, 1, 0, Order.NORM, True, Pool.NONE, Window(1, 1)),
        BlockSpec(10, 1, 0, Order.NONE, False, Pool.AVERAGE, Window(4, 4)),
    ]
    assert not any(block.dropout for block in blocks_of_layers(layers, dropout=False))


def test_blocks_for_images_that_are_not_square() -> None:
    layers: Architecture = (Conv(4, 3), MaxPool(), Conv(26, 1), GlobalAvgPool())
    blocks = blocks_of_layers(layers, dropout=True, image=(3, 20, 33), classes=26)
    assert [block.window for block in blocks] == [Window(2, 2), Window(9, 15)]
    with pytest.raises(Uncovered, match="scores of shape 26 x 1 x 1"):
        blocks_of_layers(layers, dropout=True, image=(3, 20, 33))


@pytest.mark.parametrize(
    ("layers", "gap"),
    [
        ((ReLU(), Conv(10, 28)), "a first layer that is no convolution"),
        ((Conv(4, 1), MaxPool(), ReLU(), Conv(10, 14)), "the sequence Conv, MaxPool, ReLU"),
        ((Conv(4, 1), Dropout(), BatchNorm(), Conv(10, 28)), "the sequence Conv, Dropout"),
        ((Conv(5, 28),), "scores of shape 5 x 1 x 1"),
        ((Conv(10, 3),), "scores of shape 10 x 26 x 26"),
    ],
)
def test_what_is_not_covered_is_named(layers: Architecture, gap: str) -> None:
    with pytest.raises(Uncovered, match=gap):
        blocks_of_layers(layers, dropout=True)
