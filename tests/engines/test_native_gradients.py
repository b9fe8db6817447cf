"""Gradients of the native engine compared with torch's in float64: same step, same masks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from reference import Reference, Step, batch_of, error, recipe_of, turned
from reprobench.harness.data.digits import DIGITS
from reprobench.harness.data.spec import DataSet
from reprobench.harness.engines import Batch
from reprobench.harness.engines.roster import NATIVE
from reprobench.harness.study.recipe import Recipe
from reprobench.models import ARCHITECTURES
from reprobench.models.layers import (
    Architecture,
    AvgPool,
    BatchNorm,
    Conv,
    Dropout,
    GlobalAvgPool,
    Layer,
    MaxPool,
    ReLU,
)
from reprobench.models.padded import PADDED
from reprobench.models.summary import output_shape

if reason := NATIVE.missing():
    pytest.skip(reason, allow_module_level=True)

from natively import gradients_of
from reprobench.harness.engines.builds import builds, load
from reprobench.harness.engines.native_engine import FASTEST, NativeNetwork

MOST_ERROR_RATIO = 4
TURNED = 1e-5
"""A float32 error above this comes from a decision that depended on the last bit."""
FLOAT32 = 1e-7
"""Errors below this are the rounding of the result itself."""


class Comparison:
    """The same step on the native engine, in float32 and in float64."""

    def __init__(self, recipe: Recipe, data: DataSet) -> None:
        self._recipe, self._data = recipe, data
        self.network = NativeNetwork(recipe, data, seed=1)
        others = [build for build in map(load, builds()) if build is not FASTEST]
        self._others = [NativeNetwork(recipe, data, 1, build) for build in others]
        self._single = Reference(recipe, data, 1, torch.float32)
        self._exact = Reference(recipe, data, 1, torch.float64)

    def disturb(self, seed: int) -> None:
        """Move all weights from their initial values, as training would: no scale is 1, no shift
        0."""
        generator = np.random.default_rng(seed)
        values = self.network.state()["values"]
        values *= generator.uniform(0.7, 1.4, values.shape).astype(np.float32)
        values += generator.normal(0, 0.05, values.shape).astype(np.float32)

    def evaluate(self) -> float:
        """Check the classes of test images, except near ties; returns the share checked."""
        sure, classes = self._load(self._exact).classes(self._data.test_images)
        ours = self.network.evaluate().predicted
        assert (ours[sure] == classes[sure]).all()
        return float(sure.mean())

    def step(self, number: int, count: int) -> float:
        """Check a step; returns the ratio of the gradient's errors, native to float32."""
        batch = batch_of(self._recipe, self._data, number, count)
        single, exact = (self._load(r).step(batch) for r in (self._single, self._exact))
        before = {name: np.array(numbers) for name, numbers in self.network.state().items()}
        result = self.network.differentiate(batch)
        for other in self._others:
            other.restore(before)
            assert other.differentiate(batch) == result
            assert _bytes_of(other) == _bytes_of(self.network)
        assert result.loss == pytest.approx(exact.loss, rel=2e-6)
        assert error(self._statistics(), exact.statistics) < 1e-6
        ours, theirs = error(self._gradient(), exact.gradient), self._theirs(batch, single, exact)
        limit = MOST_ERROR_RATIO * theirs
        if ours > limit:
            ours = self._ours_where_decisions_differ(batch, limit)
        assert ours <= limit
        return ours / theirs

    def _load(self, reference: Reference) -> Reference:
        reference.load([np.array(part) for part in self.network.weights()])
        return reference

    def _gradient(self) -> np.ndarray:
        parts = [part.reshape(-1) for part in gradients_of(self.network)]
        return np.concatenate(parts).astype(np.float64)

    def _statistics(self) -> np.ndarray:
        parts = [part for part in self.network.weights() if part.ndim == 1]
        grouped = [parts[i + 2 : i + 4] for i in range(0, len(parts), 4)]
        flat = [part for pair in grouped for part in pair]
        return np.concatenate([np.zeros(0), *flat]).astype(np.float64)

    def _theirs(self, batch: Batch, single: Step, exact: Step) -> float:
        """The error of torch in float32, with the decisions of ReLUs and max pools as in
        float64."""
        found = error(single.gradient, exact.gradient)
        if found > TURNED:
            as_theirs = turned(self._exact, batch, single.gradient, limit=TURNED)
            found = error(single.gradient, as_theirs.gradient)
        return max(found, FLOAT32)

    def _ours_where_decisions_differ(self, batch: Batch, limit: float) -> float:
        """Our error, if ReLUs and max pools that depend on the last bit decide as ours did."""
        as_ours = turned(self._exact, batch, self._gradient(), limit)
        return error(self._gradient(), as_ours.gradient)


def _bytes_of(network: NativeNetwork) -> bytes:
    """Gradients, weights and statistics."""
    parts = [*gradients_of(network), *network.weights()]
    return b"".join(np.array(part).tobytes() for part in parts)


@pytest.mark.parametrize("name", ["iteration", "final"])
@pytest.mark.slow
def test_gradients_along_a_trajectory(digits: DataSet, name: str) -> None:
    """Batches as large as the published ones, some of them not a multiple of eight."""
    regulariser = {"dropout": 0.08, "label_smoothing": 0.05}
    recipe = recipe_of(name, batch_size=128, regulariser=regulariser)
    comparison, ratios = Comparison(recipe, digits), []
    for step in range(24):
        count = 128 if step % 8 else 125
        if step % 4 == 0:
            ratios.append(comparison.step(step % 10, count))
        comparison.network.step(batch_of(recipe, digits, step % 10, count))
    assert comparison.evaluate() > 0.9
    assert np.median(ratios) <= 1


@pytest.mark.parametrize("name", PADDED)
def test_gradients_of_padded_networks(digits: DataSet, name: str) -> None:
    recipe = recipe_of(name, regulariser={})
    comparison = Comparison(recipe, digits)
    for step in range(3):
        comparison.network.step(batch_of(recipe, digits, step, 32))
    comparison.step(3, 21)


@st.composite
def architectures(draw: Callable[[st.SearchStrategy[Any]], Any]) -> Architecture:
    """Blocks of any kind that fit, and a classifier."""
    layers: list[Layer] = []
    shape = DIGITS.shape
    for _ in range(draw(st.integers(0, 4))):
        block = draw(blocks())
        try:
            after = shape
            for layer in block:
                after = output_shape(layer, after)
        except ValueError:
            continue
        layers, shape = [*layers, *block], after
    last: list[Layer] = [Conv(10, draw(st.sampled_from([1, min(2, shape[1])]))), GlobalAvgPool()]
    return (*layers, *last)


@st.composite
def blocks(draw: Callable[[st.SearchStrategy[Any]], Any]) -> list[Layer]:
    kernel = draw(st.integers(1, 7))
    conv = Conv(draw(st.integers(1, 13)), kernel, draw(st.integers(0, kernel + 1)))
    orders = [[], [ReLU()], [BatchNorm()], [ReLU(), BatchNorm()], [BatchNorm(), ReLU()]]
    dropout = draw(st.sampled_from([[], [Dropout()]]))
    pools = [[], [], [MaxPool(2)], [AvgPool(2)], [MaxPool(3)], [AvgPool(3)]]
    return [conv, *draw(st.sampled_from(orders)), *dropout, *draw(st.sampled_from(pools))]


def smallest_normalised(layers: Architecture) -> int:
    """Positions of the smallest plane that is normalised."""
    shape, least = DIGITS.shape, 28 * 28
    for layer in layers:
        shape = output_shape(layer, shape)
        if isinstance(layer, BatchNorm):
            least = min(least, shape[1] * shape[2])
    return least


@pytest.mark.parametrize("examples", [70, pytest.param(230, marks=pytest.mark.slow)])
def test_gradients_of_random_architectures(digits: DataSet, examples: int) -> None:
    """Away from initial weights too; also their classes on test images."""
    few = replace(digits, test_images=digits.test_images[:30], test_labels=digits.test_labels[:30])
    ratios: dict[Architecture, float] = {}
    evaluated: list[float] = []

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(layers=architectures(), count=st.integers(1, 21))
    def check(layers: Architecture, count: int) -> None:
        assume(count * smallest_normalised(layers) > 1)
        ARCHITECTURES["drawn"] = layers
        comparison = Comparison(recipe_of("drawn", regulariser={"dropout": 0.2}), few)
        comparison.disturb(count)
        ratios[layers] = comparison.step(0, count)
        evaluated.append(comparison.evaluate())

    try:
        check()
    finally:
        ARCHITECTURES.pop("drawn", None)
    assert len(ratios) >= 0.85 * examples
    assert np.mean(evaluated) > 0.9
    assert np.median(list(ratios.values())) <= 1
