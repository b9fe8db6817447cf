"""Which engine trains which recipe, and the messages about it."""

from dataclasses import replace
from typing import Any

import pytest
from reprobench.harness.base.errors import InputError
from reprobench.harness.data.mnist import MNIST
from reprobench.harness.engines.choice import choose, remarks
from reprobench.harness.engines.roster import NATIVE, Native
from reprobench.harness.engines.support import (
    BlockSpec,
    Order,
    Pool,
    Uncovered,
    Window,
    blocks_of_layers,
)
from reprobench.harness.study.loading.file import load_study, shipped_studies
from reprobench.harness.study.recipe import Augmentation, Recipe
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

native = pytest.mark.skipif(NATIVE.missing() is not None, reason=str(NATIVE.missing()))
MISSING = "the native engine is not built: install a C++ compiler"


def recipe(name: str = "a", optimiser: str = "SGD", architecture: str = "final") -> Recipe:
    fields: dict[str, Any] = {"name": name, "batch_size": 8, "lr": 0.1}
    return Recipe.model_validate({**fields, "optimiser": optimiser, "architecture": architecture})


@native
@pytest.mark.parametrize("name", shipped_studies())
def test_every_shipped_recipe_trains_on_the_native_engine(name: str) -> None:
    study = load_study(name)
    chosen = choose("auto", study.recipes, study.data)
    assert {engine.name for engine in chosen.values()} == {"native"}
    assert remarks(study.recipes, study.data) == []


@native
def test_what_the_native_engine_lacks_goes_to_torch() -> None:
    recipes = (recipe("a"), recipe("b", "Adam"))
    chosen = choose("auto", recipes, MNIST)
    assert (chosen["a"].name, chosen["b"].name) == ("native", "torch")
    assert remarks(recipes, MNIST) == [
        "b trains on the torch engine: the native engine does not cover optimiser Adam"
    ]
    assert choose("torch", recipes, MNIST)["a"] == chosen["b"]


@native
def test_one_remark_a_reason() -> None:
    """However many recipes of a grid it keeps from the faster engine."""
    recipes = [recipe(name, "Adam") for name in "abc"]
    gap = "the torch engine: the native engine does not cover optimiser Adam"
    assert remarks(recipes, MNIST) == [f"a, b and c train on {gap}"]
    many = [recipe(f"r{number}", "Adam") for number in range(100)]
    assert remarks(many, MNIST) == [f"r0, r1, r2, r3, r4, r5 and 94 more train on {gap}"]
    with pytest.raises(InputError) as caught:
        choose("native", recipes, MNIST)
    (line,) = caught.value.lines
    assert line.startswith("--engine native: a, b and c have optimiser Adam, which it does not ")


@native
def test_insisting_on_the_native_engine() -> None:
    assert choose("native", (recipe(),), MNIST)["a"].name == "native"
    with pytest.raises(InputError, match="b has optimiser AdamW, which it does not cover"):
        choose("native", (recipe("a"), recipe("b", "AdamW")), MNIST)


def test_without_the_native_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Native, "missing", lambda _: MISSING)
    assert choose("auto", (recipe(),), MNIST)["a"].name == "torch"
    assert remarks((recipe(),), MNIST) == [
        f"{MISSING}; the torch engine trains instead, several times slower"
    ]
    with pytest.raises(InputError, match="--engine native: the native engine is not built"):
        choose("native", (recipe(),), MNIST)


def test_a_module_of_ones_own_is_not_covered() -> None:
    own = Recipe.model_construct(architecture="mine:network")
    assert NATIVE.uncovered(own, MNIST) == "a torch module of your own"


def test_erasing_with_grey_is_not_covered() -> None:
    grey = recipe().model_copy(update={"augmentation": Augmentation(erasing=1, erasing_fill=33)})
    assert NATIVE.uncovered(grey, MNIST) == "an erasing_fill other than 0"


def test_blocks_of_a_network() -> None:
    layers: Architecture = (
        *(Conv(4, 3), ReLU(), BatchNorm(), Dropout(), MaxPool()),
        *(Conv(6, 5, padding=2), BatchNorm(), ReLU(), AvgPool(3)),
        *(Conv(8, 1), BatchNorm(), Dropout()),
        *(Conv(10, 1), GlobalAvgPool()),
    )
    assert blocks_of_layers(layers, MNIST, dropout=True) == [
        BlockSpec(4, 3, 0, Order.RELU_NORM, True, Pool.MAX, Window(2, 2)),
        BlockSpec(6, 5, 2, Order.NORM_RELU, False, Pool.AVERAGE, Window(3, 3)),
        BlockSpec(8, 1, 0, Order.NORM, True, Pool.NONE, Window(1, 1)),
        BlockSpec(10, 1, 0, Order.NONE, False, Pool.AVERAGE, Window(4, 4)),
    ]
    assert not any(block.dropout for block in blocks_of_layers(layers, MNIST, dropout=False))


def test_blocks_for_images_that_are_not_square() -> None:
    layers: Architecture = (Conv(4, 3), MaxPool(), Conv(26, 1), GlobalAvgPool())
    letters = replace(MNIST, shape=(3, 20, 33), class_names=("a letter",) * 26)
    blocks = blocks_of_layers(layers, letters, dropout=True)
    assert [block.window for block in blocks] == [Window(2, 2), Window(9, 15)]
    with pytest.raises(Uncovered, match="scores of shape 26 x 1 x 1"):
        blocks_of_layers(layers, replace(letters, class_names=MNIST.class_names), dropout=True)


@pytest.mark.parametrize(
    ("layers", "gap"),
    [
        ((ReLU(), Conv(10, 28)), "a first layer that is not a convolution"),
        ((Conv(4, 1), MaxPool(), ReLU(), Conv(10, 14)), "the sequence Conv, MaxPool, ReLU"),
        ((Conv(4, 1), Dropout(), BatchNorm(), Conv(10, 28)), "the sequence Conv, Dropout"),
        ((Conv(5, 28),), "scores of shape 5 x 1 x 1"),
        ((Conv(10, 3),), "scores of shape 10 x 26 x 26"),
    ],
)
def test_what_is_not_covered_is_named(layers: Architecture, gap: str) -> None:
    with pytest.raises(Uncovered, match=gap):
        blocks_of_layers(layers, MNIST, dropout=True)
