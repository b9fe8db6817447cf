"""Images of other shapes, and other numbers of classes, on the native engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from reference import error
from reprobench.harness.engines.draws.augmentation import Draws
from reprobench.harness.engines.draws.randomness import DropoutBits, dropout_seed
from reprobench.harness.engines.roster import NATIVE
from torch import nn
from torch.nn import functional

if reason := NATIVE.missing():
    pytest.skip(reason, allow_module_level=True)

from natively import augment_natively
from reprobench.harness.engines.builds import builds, load
from reprobench.harness.engines.native_engine import native_draws
from reprobench.harness.engines.support import Order, Pool
from reprobench.harness.engines.torch_network import StepDropout
from shapes import (
    BATCH,
    EVERY_TASK,
    IMAGES,
    SMOOTHING,
    TASKS,
    Data,
    Task,
    data_of,
    draws_of,
    module_of,
    norms,
    started,
)


@dataclass(frozen=True)
class Step:
    loss: float
    gradient: np.ndarray
    running: np.ndarray


class Reference:
    """The same network in torch, at a trainer's weights."""

    def __init__(self, task: Task, data: Data, trainer: Any, dtype: torch.dtype) -> None:
        self._module, self._data, self._dtype = module_of(task, dtype), data, dtype
        values = torch.from_numpy(np.array(trainer.values)).to(dtype)
        nn.utils.vector_to_parameters(values, self._module.parameters())
        rest = torch.from_numpy(np.array(trainer.running)).to(dtype)
        for norm in norms(self._module):
            for statistic in (norm.running_mean, norm.running_var):
                statistic.copy_(rest[: norm.num_features])
                rest = rest[norm.num_features :]

    def step(self, images: np.ndarray, labels: np.ndarray) -> Step:
        bits = DropoutBits(1, 1, 0)
        for module in self._module.train():
            if isinstance(module, StepDropout):
                module.bits = bits
        scores = self._module(self._normalised(images))
        wanted = torch.from_numpy(labels.astype(np.int64))
        loss = functional.cross_entropy(scores, wanted, label_smoothing=SMOOTHING)
        gradients = torch.autograd.grad(loss, list(self._module.parameters()))
        flat = nn.utils.parameters_to_vector(gradients).double().numpy()
        statistics = [[norm.running_mean, norm.running_var] for norm in norms(self._module)]
        running = [part.double().numpy() for pair in statistics for part in pair]
        return Step(float(loss.detach()), flat, np.concatenate([np.zeros(0), *running]))

    @torch.no_grad()
    def scores(self, images: np.ndarray) -> torch.Tensor:
        return self._module.eval()(self._normalised(images))

    def _normalised(self, images: np.ndarray) -> torch.Tensor:
        greys = [self._data.greys[c][images[:, c]] for c in range(images.shape[1])]
        return torch.from_numpy(np.stack(greys, axis=1)).to(self._dtype)


@pytest.mark.parametrize("augmented", [False, True])
@EVERY_TASK
def test_gradients(task: Task, augmented: bool) -> None:
    """Compared with torch in float64 and float32, with the same masks; all builds give the same."""
    data = data_of(task)
    chosen = np.random.default_rng(2).permutation(IMAGES)[:BATCH].astype(np.int64)
    draws = draws_of(task, BATCH) if augmented else Draws()
    trainers = [started(task, data, load(build)) for build in builds()]
    images = augment_natively(data.images[chosen], draws)
    exact, single = (
        Reference(task, data, trainers[0], dtype).step(images, data.labels[chosen])
        for dtype in (torch.float64, torch.float32)
    )
    found = []
    for trainer, build in zip(trainers, builds(), strict=True):
        seed = dropout_seed(1, 1, 0)
        loss, _ = trainer.differentiate(chosen, native_draws(draws, load(build)), seed)
        assert loss == pytest.approx(exact.loss, rel=2e-6)
        assert error(trainer.running, exact.running) < 1e-6
        limit = max(4 * error(single.gradient, exact.gradient), 1e-6)
        assert error(trainer.gradients, exact.gradient) <= limit
        found.append((loss, trainer.gradients.tobytes(), trainer.running.tobytes()))
    assert len(set(found)) == 1


@EVERY_TASK
def test_evaluation(task: Task) -> None:
    data = data_of(task)
    trainer = started(task, data, load(builds()[0]))
    scores = Reference(task, data, trainer, torch.float64).scores(data.images)
    loss, predicted = trainer.evaluate(data.images, data.labels)
    wanted = torch.from_numpy(data.labels.astype(np.int64))
    assert loss == pytest.approx(float(functional.cross_entropy(scores, wanted)), rel=1e-5)
    highest = scores.topk(min(2, task.classes)).values
    sure = (highest[:, 0] - highest[:, -1] > 1e-4) | (task.classes == 1)
    assert sure.double().mean() > 0.9
    assert (predicted == scores.argmax(dim=1).numpy())[sure.numpy()].all()


def test_grey_images_need_no_channel() -> None:
    task = TASKS[1]
    data = data_of(task)
    grey = Data(data.images[:, 0], data.labels, data.greys)
    build = load(builds()[0])
    results = [started(task, d, build).evaluate(d.images, d.labels) for d in (data, grey)]
    assert results[0][0] == results[1][0]
    assert (results[0][1] == results[1][1]).all()


@pytest.mark.parametrize("build", builds())
def test_both_sides_name_the_same(build: str) -> None:
    module = load(build)
    for ours, theirs in ((Order, module.Order), (Pool, module.Pool)):
        assert [member.name for member in ours] == [member.name for member in theirs]
