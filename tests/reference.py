"""One training step as torch computes it, in either precision, to compare an engine with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from reprobench.harness.data.spec import DataSet
from reprobench.harness.engines import Batch
from reprobench.harness.engines.draws.augmentation import augment, draw
from reprobench.harness.engines.draws.randomness import DropoutBits, permutation
from reprobench.harness.engines.torch_network import StepDropout, build_network
from reprobench.harness.study.recipe import Recipe
from reprobench.models import architecture
from torch import nn
from torch.nn import functional

PUBLISHED = {"brightness": 0.1, "contrast": 0.1, "rotation": 7.0}
CLOSE_CALL = 1e-5
"""A decision closer than this share of the layer's typical value may go either way."""


def recipe_of(architecture: str = "iteration", **fields: Any) -> Recipe:
    plain = {
        "name": "r",
        "architecture": architecture,
        "batch_size": 64,
        "lr": 0.05,
        "optimiser": {"name": "SGD", "momentum": 0.9},
        "regulariser": {"dropout": 0.08},
        "augmentation": PUBLISHED,
    }
    return Recipe.model_validate({**plain, **fields})


def batch_of(recipe: Recipe, data: DataSet, step: int, count: int, lr: float = 0.05) -> Batch:
    images = permutation(1, 1, data.spec.train)[step * count : (step + 1) * count]
    draws = draw(recipe.augmentation, 1, 1, data.image_shape).of(images)
    return Batch(1, step, images, draws, lr, None)


@dataclass(frozen=True)
class Step:
    """The results of a training step: loss and gradients, and the statistics that it updated."""

    loss: float
    gradient: np.ndarray
    """All parameters' gradients, one after another, float64."""
    statistics: np.ndarray
    """Running means and variances, float64."""


@dataclass(frozen=True)
class Nudge:
    """Added to one input of a layer, to reverse a decision that depends on the last bit."""

    layer: int
    index: int
    change: float
    closeness: float


class Reference:
    """The registered architecture of a recipe at given weights, in `dtype`."""

    def __init__(self, recipe: Recipe, data: DataSet, seed: int, dtype: torch.dtype) -> None:
        self._recipe, self._data, self._seed, self._dtype = recipe, data, seed, dtype
        name, dropout = recipe.architecture, recipe.regulariser.dropout
        layers = architecture(name, data.spec.classes)
        self._network = build_network(layers, data.spec.shape, dropout, seed).to(dtype)

    def load(self, weights: list[np.ndarray]) -> None:
        """Take over an engine's weights and running statistics."""
        state = self._network.state_dict()
        names = [name for name in state if not name.endswith("num_batches_tracked")]
        loaded = {n: torch.from_numpy(np.array(w)) for n, w in zip(names, weights, strict=True)}
        self._network.load_state_dict(loaded, strict=False)

    def step(self, batch: Batch, nudges: tuple[Nudge, ...] = ()) -> Step:
        """Differentiate one batch, with the engine's augmentation and dropout masks."""
        x, labels = self._seed_and_load(batch)
        for number, layer in enumerate(self._network):
            for nudge in nudges:
                if nudge.layer == number:
                    change = torch.zeros_like(x)
                    change.view(-1)[nudge.index] = nudge.change
                    x = x + change
            x = layer(x)
        smoothing = self._recipe.regulariser.label_smoothing
        loss = functional.cross_entropy(x, labels, label_smoothing=smoothing)
        gradients = torch.autograd.grad(loss, list(self._network.parameters()))
        return Step(float(loss.detach()), _flat(gradients), _flat(self._statistics()))

    @torch.no_grad()
    def classes(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(whether the two highest scores are not nearly tied, class) of each image, in
        evaluation."""
        greys = torch.from_numpy(self._data.spec.normalised_greys()[0][images])
        scores = self._network.eval()(greys.unsqueeze(1).to(self._dtype))
        highest = scores.topk(2, dim=1).values
        sure = highest[:, 0] - highest[:, 1] > CLOSE_CALL * scores.abs().max()
        return sure.numpy(), scores.argmax(dim=1).numpy()

    @torch.no_grad()
    def close_calls(self, batch: Batch) -> list[Nudge]:
        """Decisions of ReLUs and max pools that rounding may reverse, the closest first."""
        x, _ = self._seed_and_load(batch)
        calls: list[Nudge] = []
        for number, layer in enumerate(self._network):
            if isinstance(layer, nn.ReLU):
                calls += _close_signs(number, x)
            elif isinstance(layer, nn.MaxPool2d):
                calls += _close_maxima(number, x, int(layer.kernel_size))
            x = layer(x)
        return sorted(calls, key=lambda call: call.closeness)

    def _seed_and_load(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        bits = DropoutBits(self._seed, batch.epoch, batch.step)
        for module in self._network.train():
            if isinstance(module, StepDropout):
                module.bits = bits
        images = augment(self._data.train_images[batch.images], batch.draws)
        greys = self._data.spec.normalised_greys()[0]
        labels = torch.from_numpy(self._data.train_labels[batch.images].astype(np.int64))
        return torch.from_numpy(greys[images]).unsqueeze(1).to(self._dtype), labels

    def _statistics(self) -> Iterator[torch.Tensor]:
        for module in self._network:
            if isinstance(module, nn.BatchNorm2d):
                yield from (module.running_mean, module.running_var)


def _flat(parts: Iterator[torch.Tensor] | tuple[torch.Tensor, ...]) -> np.ndarray:
    flat = [part.detach().double().reshape(-1).numpy() for part in parts]
    return np.concatenate([np.zeros(0), *flat])


def _close_signs(layer: int, x: torch.Tensor) -> Iterator[Nudge]:
    flat, scale = x.reshape(-1), float(x.square().mean().sqrt())
    for index in torch.nonzero(flat.abs() < CLOSE_CALL * scale).flatten().tolist():
        value = float(flat[index])
        yield Nudge(layer, index, -2 * value if value else 1e-300, abs(value) / scale)


def _close_maxima(layer: int, x: torch.Tensor, size: int) -> Iterator[Nudge]:
    """The runner-up of a window raised above its maximum; equal values do not depend on
    rounding."""
    scale = float(x.square().mean().sqrt())
    number = torch.arange(x.numel()).reshape(x.shape)
    windows, numbers = (
        t.unfold(2, size, size).unfold(3, size, size).reshape(-1, size * size) for t in (x, number)
    )
    top, where = windows.topk(2, dim=1)
    gap = top[:, 0] - top[:, 1]
    for window in torch.nonzero((gap > 0) & (gap < CLOSE_CALL * scale)).flatten().tolist():
        runner_up = int(numbers[window, where[window, 1]])
        closeness = float(gap[window])
        yield Nudge(layer, runner_up, 2 * closeness, closeness / scale)


def error(step: np.ndarray, exact: np.ndarray) -> float:
    """L2 distance from the exact numbers, relative to them."""
    return float(np.linalg.norm(step - exact) / max(np.linalg.norm(exact), 1e-300))


def turned(exact: Reference, batch: Batch, gradient: np.ndarray, limit: float) -> Step:
    """The exact step, after turning those close calls that bring it nearer to `gradient`.

    Ends as soon as the relative error is within `limit`.
    """
    taken: tuple[Nudge, ...] = ()
    best = exact.step(batch)
    for call in exact.close_calls(batch)[:40]:
        if error(gradient, best.gradient) <= limit:
            break
        tried = exact.step(batch, (*taken, call))
        if error(gradient, tried.gradient) < error(gradient, best.gradient):
            taken, best = (*taken, call), tried
    return best
