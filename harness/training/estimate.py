"""How long a plan will take: from runs in the ledger, or else from a few timed steps."""

from __future__ import annotations

import heapq
import math
import time
from collections.abc import Callable, Iterable
from statistics import median
from typing import TYPE_CHECKING, Final

from ..data.spec import DataSet
from ..engines import Batch
from ..engines.roster import engine_named, trains_in_groups
from ..results.environment import DEVICE, physical_cores
from ..results.ledger import Ledger
from ..results.record import RunRecord
from ..study.recipe import Recipe
from .groups.kinds import kind_of, together
from .groups.processes import count, free_bytes
from .schedules import schedule
from .worker import Job

if TYPE_CHECKING:
    from ..engines.gpu.seeds import SeedGroup

TIMED_STEPS: Final = 4
START_SECONDS: Final = 4.0
"""Seconds until the first worker trains: it starts Python and imports the engine."""


def estimate_seconds(
    jobs: list[Job], data: DataSet | None, ledger: Ledger, workers: int
) -> float | None:
    """Wall-clock seconds for the jobs: groups train one after the other on each GPU; every other
    job is trained by one worker from beginning to end.

    None if a job runs a program of which the ledger has no run yet; `data` is None for programs.
    """
    if not jobs:
        return 0.0
    epoch = _seconds_an_epoch(jobs, data, ledger)
    if epoch is None:
        return None
    grouped, alone = list[float](), list[float]()
    for job in jobs:
        kind = grouped if trains_in_groups(job.engine) else alone
        kind.append(epoch[job.run.recipe_key] * job.epochs)
    groups = sum(grouped) / count() if grouped else 0.0
    return START_SECONDS + groups + makespan(alone, workers)


def makespan(durations: Iterable[float], workers: int) -> float:
    """When the last of these ends, if each in turn is begun by the first worker that is free."""
    begun = list(durations)
    free = [0.0] * max(min(workers, len(begun)), 1)  # the others would have nothing to do
    for duration in begun:
        heapq.heapreplace(free, free[0] + duration)
    return max(free)


def _seconds_an_epoch(
    jobs: list[Job], data: DataSet | None, ledger: Ledger
) -> dict[str, float] | None:
    """Seconds by recipe key; recipes of the same cost are timed once. None if one is unknown."""
    epoch: dict[str, float] = {}
    timed: dict[tuple[object, ...], float] = {}
    for job in jobs:
        if job.run.recipe_key in epoch:
            continue
        known = _recorded(job, ledger)
        if known is not None:
            epoch[job.run.recipe_key] = known
            continue
        if data is None:
            return None
        grouped = trains_in_groups(job.engine)
        alike = (job.engine, _cost_class(job.run.own))
        if alike not in timed:
            timed[alike] = _timed_in_group(job, jobs, data) if grouped else _timed(job, data)
        epoch[job.run.recipe_key] = timed[alike]
    return epoch


def _recorded(job: Job, ledger: Ledger) -> float | None:
    seconds = [
        row.seconds or 0.0
        for record in ledger.of_recipe(job.run.recipe_key)
        if isinstance(record, RunRecord)
        and record.engine == job.engine.name
        and (DEVICE in record.environment) == trains_in_groups(job.engine)
        for row in record.rows
    ]
    return median(seconds) if seconds else None


def _cost_class(recipe: Recipe) -> tuple[object, ...]:
    """Recipes with equal values of this cost about the same."""
    dropout = recipe.regulariser.dropout > 0
    return recipe.architecture, recipe.batch_size, recipe.augmentation, dropout


def _timed(job: Job, data: DataSet) -> float:
    """Seconds of an epoch: its draws, all steps at the median pace of a few, and an evaluation."""
    from ..engines.draws.augmentation import draw
    from ..engines.draws.randomness import permutation

    recipe = job.run.own
    network = engine_named(job.engine.trainer).create(recipe, data, job.run.seed)
    begin = time.perf_counter()
    order = permutation(job.run.seed, 1, data.spec.train)
    draws = draw(recipe.augmentation, job.run.seed, 1, data.image_shape)
    rest = time.perf_counter() - begin
    paces = []
    for step in range(TIMED_STEPS):
        images = order[: recipe.batch_size]
        begin = time.perf_counter()
        network.step(Batch(1, step, images, draws.of(images), recipe.lr, None))
        paces.append(time.perf_counter() - begin)
    begin = time.perf_counter()
    network.evaluate()
    rest += time.perf_counter() - begin
    return median(paces) * math.ceil(data.spec.train / recipe.batch_size) + rest


def _timed_in_group(job: Job, jobs: list[Job], data: DataSet) -> float:
    """The job's share of the seconds of its group's epoch, from a few steps, an evaluation and
    its draws."""
    from ..engines.gpu.device import open_device
    from ..engines.gpu.seeds import Epoch, SeedGroup

    alike = [one for one in jobs if kind_of(one) == kind_of(job)]
    runs = [one.run for one in together(alike, free_bytes(0))]
    steps = math.ceil(data.spec.train / job.run.own.batch_size)
    few = min(TIMED_STEPS, steps)
    recipes, seeds = [run.own for run in runs], [run.seed for run in runs]
    group = SeedGroup(recipes, seeds, data, open_device(), steps=few)
    rates = schedule(job.run.own, job.run.epochs, steps)
    momentum = None if rates.momentum is None else rates.momentum[0, :few]
    begin = time.perf_counter()
    epoch = Epoch(1, job.run.own.augmentation, rates.lr[0, :few], momentum)
    given = group.epoch_given(0, epoch)
    group.give(0, given)
    drawing = (time.perf_counter() - begin) / physical_cores()
    for seat in range(1, len(runs)):
        group.give(seat, given)
    group.take_given()
    training = _seconds_of(group, group.train) / few * steps
    return max(drawing, (training + _seconds_of(group, group.evaluate)) / len(runs))


def _seconds_of(group: SeedGroup, work: Callable[[], None]) -> float:
    """Seconds that the device takes for the work, done once before to warm up."""
    work()
    group.wait()
    begin = time.perf_counter()
    work()
    group.wait()
    return time.perf_counter() - begin
