"""Every scheduler compared with torch's own over a whole run, step by step."""

import hashlib
import math
from typing import Any

import numpy as np
import pytest
import torch
from reprobench.harness.study.recipe import Recipe
from reprobench.harness.training.schedules import schedule
from torch.optim import lr_scheduler

EPOCHS, STEPS, LR = 15, 13, 0.05

BY_EPOCH = {
    "StepLR": [{"step_size": 6, "gamma": 0.5}, {"step_size": 1}, {"step_size": 99}],
    "MultiStepLR": [{"milestones": [3, 7, 12], "gamma": 0.3}, {"milestones": [20]}],
    "CosineAnnealingLR": [{"T_max": EPOCHS}, {"T_max": 4, "eta_min": 0.001}],
}
BY_STEP = [
    {},
    {"pct_start": 0.1, "div_factor": 10, "final_div_factor": 100},
    {"anneal_strategy": "linear", "base_momentum": 0.7, "max_momentum": 0.9},
    {"three_phase": True, "pct_start": 0.4},
    {"cycle_momentum": False},
]


def recipe(scheduler: object, optimiser: object = "SGD") -> Recipe:
    fields = {"name": "r", "architecture": "final", "batch_size": 1, "lr": LR}
    return Recipe.model_validate({**fields, "optimiser": optimiser, "scheduler": scheduler})


def sgd() -> torch.optim.SGD:
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=LR, momentum=0.9)


def step_size_of(optimiser: torch.optim.Optimizer) -> tuple[float, float]:
    group = optimiser.param_groups[0]
    optimiser.step()
    return group["lr"], group["momentum"]


@pytest.mark.parametrize(
    ("name", "settings"), [(name, entry) for name, entries in BY_EPOCH.items() for entry in entries]
)
def test_schedulers_that_step_once_an_epoch(name: str, settings: dict[str, Any]) -> None:
    optimiser = sgd()
    theirs = getattr(lr_scheduler, name)(optimiser, **settings)
    expected = []
    for _ in range(EPOCHS):
        expected += [step_size_of(optimiser)[0] for _ in range(STEPS)]
        theirs.step()
    ours = schedule(recipe({"name": name, **settings}), EPOCHS, STEPS)
    np.testing.assert_allclose(ours.lr.ravel(), expected, rtol=1e-12, atol=1e-15)
    assert ours.momentum is None


@pytest.mark.parametrize("settings", BY_STEP)
def test_one_cycle_steps_with_every_batch(settings: dict[str, Any]) -> None:
    optimiser = sgd()
    theirs = lr_scheduler.OneCycleLR(optimiser, LR, total_steps=EPOCHS * STEPS, **settings)
    expected = []
    for step in range(EPOCHS * STEPS):
        expected.append(step_size_of(optimiser))
        if step < EPOCHS * STEPS - 1:
            theirs.step()
    rates, momenta = zip(*expected, strict=True)
    ours = schedule(recipe({"name": "OneCycleLR", **settings}), EPOCHS, STEPS)
    np.testing.assert_allclose(ours.lr.ravel(), rates, rtol=1e-12, atol=1e-15)
    if settings.get("cycle_momentum", True):
        assert ours.momentum is not None
        np.testing.assert_allclose(ours.momentum.ravel(), momenta, rtol=1e-12)
    else:
        assert ours.momentum is None


@pytest.mark.parametrize("warm", [5, STEPS, STEPS + 4])
@pytest.mark.parametrize("name", ["none", *BY_EPOCH])
def test_warm_up_then_a_scheduler_by_epoch(name: str, warm: int) -> None:
    """LinearLR steps after every batch; when it has ended, the other steps after every epoch."""
    settings = BY_EPOCH[name][0] if name in BY_EPOCH else {}
    optimiser = sgd()
    if name in BY_EPOCH:
        main = getattr(lr_scheduler, name)(optimiser, **settings)
    else:
        main = lr_scheduler.ConstantLR(optimiser, factor=1)
    linear = lr_scheduler.LinearLR(optimiser, start_factor=0.2, total_iters=warm)
    expected = []
    for step in range(EPOCHS * STEPS):
        expected.append(step_size_of(optimiser)[0])
        if step < warm:
            linear.step()
        if (step + 1) % STEPS == 0 and step >= warm:
            main.step()
    warmup = {"start_factor": 0.2, "total_iters": warm}
    ours = schedule(recipe({"name": name, **settings, "warmup": warmup}), EPOCHS, STEPS)
    np.testing.assert_allclose(ours.lr.ravel(), expected, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("warm", [1, 3, EPOCHS + 2])
@pytest.mark.parametrize("name", ["none", *BY_EPOCH])
def test_warm_up_by_epoch(name: str, warm: int) -> None:
    """Both step after every epoch, the other when LinearLR has ended, as in a SequentialLR."""
    settings = BY_EPOCH[name][0] if name in BY_EPOCH else {}
    optimiser = sgd()
    if name in BY_EPOCH:
        main = getattr(lr_scheduler, name)(optimiser, **settings)
    else:
        main = lr_scheduler.ConstantLR(optimiser, factor=1)
    linear = lr_scheduler.LinearLR(optimiser, start_factor=0.2, total_iters=warm)
    expected = []
    for epoch in range(EPOCHS):
        expected += [step_size_of(optimiser)[0] for _ in range(STEPS)]
        (linear if epoch < warm else main).step()
    warmup = {"start_factor": 0.2, "total_iters": warm, "unit": "epochs"}
    ours = schedule(recipe({"name": name, **settings, "warmup": warmup}), EPOCHS, STEPS)
    np.testing.assert_allclose(ours.lr.ravel(), expected, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("unit", ["steps", "epochs"])
@pytest.mark.parametrize("name", ["none", "CosineAnnealingLR", "OneCycleLR"])
def test_a_warm_up_that_never_ends_takes_no_memory(name: str, unit: str) -> None:
    warmup = {"start_factor": 0.5, "total_iters": 10**15, "unit": unit}
    ours = schedule(recipe({"name": name, "warmup": warmup}), EPOCHS, STEPS)
    assert ours.momentum is None
    np.testing.assert_allclose(ours.lr, LR / 2, rtol=1e-9)


def test_warm_up_then_one_cycle() -> None:
    warm = 20
    optimiser = sgd()
    one_cycle = lr_scheduler.OneCycleLR(optimiser, LR, total_steps=EPOCHS * STEPS - warm)
    linear = lr_scheduler.LinearLR(optimiser, start_factor=0.5, total_iters=warm)
    expected = []
    for step in range(EPOCHS * STEPS):
        expected.append(step_size_of(optimiser))
        if step < warm:
            linear.step()
        elif step < EPOCHS * STEPS - 1:
            one_cycle.step()
    rates, momenta = zip(*expected, strict=True)
    warmup = {"start_factor": 0.5, "total_iters": warm}
    ours = schedule(recipe({"name": "OneCycleLR", "warmup": warmup}), EPOCHS, STEPS)
    assert ours.momentum is not None
    np.testing.assert_allclose(ours.lr.ravel(), rates, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(ours.momentum.ravel(), momenta, rtol=1e-12)


PLATEAUS = [
    {},
    {"warmup": 0.1, "start_factor": 0.2, "plateau_from": 0.5, "floor": 0.1},
    {"warmup": 0.33, "plateau_from": 1.0, "floor": 0.0},
    {"warmup": 0.001, "plateau_from": 0.002, "floor": 1.0},
]


def rate_at(share: float, warmup: float, start: float, plateau: float, floor: float) -> float:
    """The rate as a multiple of the peak, by the haversine: sin^2(x / 2) = (1 - cos x) / 2."""
    if share >= plateau:
        return floor
    if share < warmup:
        return start + (1 - start) * math.sin(math.pi / 2 * share / warmup) ** 2
    fallen = math.sin(math.pi / 2 * (share - warmup) / (plateau - warmup)) ** 2
    return 1 - (1 - floor) * fallen


@pytest.mark.parametrize("settings", PLATEAUS)
def test_cosine_plateau(settings: dict[str, float]) -> None:
    warmup, plateau = settings.get("warmup", 0.2), settings.get("plateau_from", 0.75)
    start, floor = settings.get("start_factor", 0.04), settings.get("floor", 0.01)
    total = EPOCHS * STEPS
    expected = [LR * rate_at(t / total, warmup, start, plateau, floor) for t in range(total)]
    ours = schedule(recipe({"name": "CosinePlateau", **settings}), EPOCHS, STEPS)
    assert ours.momentum is None
    np.testing.assert_allclose(ours.lr.ravel(), expected, rtol=1e-12, atol=1e-15)


def test_the_plateau_is_level_to_the_last_bit() -> None:
    lr = schedule(recipe({"name": "CosinePlateau", "plateau_from": 0.6}), 10, STEPS).lr
    assert (lr[6:] == LR * 0.01).all()
    assert lr[5, -1] > lr[6, 0]
    assert lr.max() == lr[2, 0] == LR


def test_cosine_plateau_on_every_machine_the_same() -> None:
    lr = schedule(recipe("CosinePlateau"), EPOCHS, STEPS).lr
    assert hashlib.sha256(lr.astype("<f8").tobytes()).hexdigest()[:16] == "8374295bed7d7c23"


def test_cosine_takes_the_declared_epochs_as_its_half_period() -> None:
    ours = schedule(recipe("CosineAnnealingLR"), EPOCHS, STEPS)
    explicit = schedule(recipe({"name": "CosineAnnealingLR", "T_max": EPOCHS}), EPOCHS, STEPS)
    assert (ours.lr == explicit.lr).all()


def test_a_warm_up_longer_than_the_run() -> None:
    warmup = {"start_factor": 0.5, "total_iters": 4 * STEPS}
    ours = schedule(recipe({"name": "StepLR", "step_size": 1, "warmup": warmup}), 2, STEPS)
    assert ours.lr.shape == (2, STEPS)
    np.testing.assert_allclose(
        ours.lr.ravel()[[0, 2 * STEPS - 1]], [LR / 2, LR * (0.5 + 0.5 * 25 / 52)]
    )
