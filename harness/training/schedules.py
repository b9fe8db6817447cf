"""Learning rate and momentum of every training step of a run, from its recipe alone.

Names, defaults and meanings are torch's (torch.optim.lr_scheduler), except for CosinePlateau, which
torch lacks. StepLR, MultiStepLR and CosineAnnealingLR change the rate between epochs; OneCycleLR,
CosinePlateau and the LinearLR warm-up change it at each training step. All is computed in double
precision without the platform's mathematics library, so that every machine and engine gets the same
rates.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..base.array_types import Floats
from ..engines.draws.portable import PI, cosine
from ..study.recipe import Recipe
from ..study.schedulers import (
    Constant,
    CosineAnnealingLR,
    CosinePlateau,
    MultiStepLR,
    OneCycleLR,
    StepLR,
    Warmup,
)

ByEpoch = Constant | StepLR | MultiStepLR | CosineAnnealingLR


@dataclass(frozen=True)
class Schedule:
    """Rates of a run, (epochs, steps): `lr`, and `momentum` if the scheduler changes it."""

    lr: Floats
    momentum: Floats | None


def schedule(recipe: Recipe, epochs: int, steps: int) -> Schedule:
    """The rates of `epochs` epochs of `steps` training steps each."""
    scheduler = recipe.scheduler
    if isinstance(scheduler, CosinePlateau):
        lr = _cosine_plateau(scheduler, recipe.lr, epochs * steps)
        return Schedule(lr.reshape(epochs, steps), None)
    warmup = scheduler.warmup
    rise = _rise(warmup, epochs, steps) if warmup else np.zeros(0)
    lr, momentum = _main(scheduler, recipe.lr, epochs, steps, len(rise))
    lr = np.concatenate([rise * (lr[0] if len(lr) else recipe.lr), lr]).reshape(epochs, steps)
    if momentum is None or len(momentum) == 0:
        return Schedule(lr, None)
    held = np.full(len(rise), momentum[0])
    return Schedule(lr, np.concatenate([held, momentum]).reshape(epochs, steps))


def _main(
    scheduler: OneCycleLR | ByEpoch, peak: float, epochs: int, steps: int, first: int
) -> tuple[Floats, Floats | None]:
    """Rates and momenta of the steps from number `first` on, where the warm-up ends."""
    if isinstance(scheduler, OneCycleLR):
        return _one_cycle(scheduler, peak, epochs * steps - first)
    warm_epochs = first // steps
    by_epoch = _by_epoch(scheduler, peak, epochs - warm_epochs)
    return np.repeat(by_epoch, steps)[first - warm_epochs * steps :], None


def _by_epoch(scheduler: ByEpoch, lr: float, epochs: int) -> Floats:
    match scheduler:
        case StepLR(step_size=size, gamma=gamma):
            return lr * _powers(gamma, [epoch // size for epoch in range(epochs)])
        case MultiStepLR(milestones=milestones, gamma=gamma):
            passed = [sum(epoch >= mark for mark in milestones) for epoch in range(epochs)]
            return lr * _powers(gamma, passed)
        case CosineAnnealingLR(T_max=half_period, eta_min=lowest):
            turn = PI * np.arange(epochs) / (half_period or max(epochs, 1))
            return lowest + (lr - lowest) * (1 + cosine(turn)) / 2
        case Constant():
            return np.full(epochs, lr)


def _powers(base: float, exponents: list[int]) -> Floats:
    """Powers by repeated multiplication, independent of any platform's `pow`."""
    powers: Floats = np.cumprod(np.array([1.0] + [base] * max(exponents, default=0)))
    return powers[exponents]


def _rise(warmup: Warmup, epochs: int, steps: int) -> Floats:
    """Factors of the rate at the steps of the warm-up, cut off where the run ends."""
    by_epoch = warmup.unit == "epochs"
    most = epochs if by_epoch else epochs * steps
    share = np.arange(min(warmup.total_iters, most)) / warmup.total_iters
    parts = warmup.start_factor + (1 - warmup.start_factor) * share
    return np.repeat(parts, steps) if by_epoch else parts


def _one_cycle(cycle: OneCycleLR, max_lr: float, count: int) -> tuple[Floats, Floats | None]:
    """Smith and Topin, arXiv 1708.07120, as torch's OneCycleLR with `total_steps = count`."""
    start = max_lr / cycle.div_factor
    ends = cycle.pct_start * count - 1
    rates, momenta = [start, max_lr], [cycle.max_momentum, cycle.base_momentum]
    knots = [0.0, ends]
    if cycle.three_phase:
        knots.append(2 * ends)
        rates.append(start)
        momenta.append(cycle.max_momentum)
    knots.append(count - 1.0)
    rates.append(start / cycle.final_div_factor)
    momenta.append(cycle.max_momentum)
    lr = _anneal(cycle.anneal_strategy, knots, rates, count)
    if not cycle.cycle_momentum:
        return lr, None
    return lr, _anneal(cycle.anneal_strategy, knots, momenta, count)


def _cosine_plateau(plateau: CosinePlateau, peak: float, count: int) -> Floats:
    """Each step takes the rate of the curve at the step's beginning."""
    knots = [0.0, plateau.warmup * count, plateau.plateau_from * count, float(count)]
    lowest = peak * plateau.floor
    return _anneal("cos", knots, [peak * plateau.start_factor, peak, lowest, lowest], count)


def _anneal(strategy: str, knots: list[float], values: list[float], count: int) -> Floats:
    """(count,): the values at steps 0 .. count-1 of a curve with `values[i]` at step `knots[i]`."""
    steps = np.arange(count, dtype=np.float64)
    phase = np.clip(np.searchsorted(knots, steps, side="left") - 1, 0, len(knots) - 2)
    begin, end = np.take(knots, phase), np.take(knots, phase + 1)
    share = (steps - begin) / np.where(end == begin, 1, end - begin)
    low, high = np.take(values, phase), np.take(values, phase + 1)
    if strategy == "linear":
        curve: Floats = low + (high - low) * share
    else:
        curve = high + (low - high) / 2 * (1 + cosine(PI * share))
    return curve
