"""How long a plan will take: from the ledger where it knows, else from a few timed steps."""

from __future__ import annotations

import math
import time
from statistics import median

from ..data.spec import DataSet
from ..engines import Batch, create
from ..results.ledger import Ledger
from ..results.record import RunRecord
from ..study.recipe import Recipe
from .worker import Job

TIMED_STEPS = 4


def estimate_seconds(jobs: list[Job], data: DataSet, ledger: Ledger, workers: int) -> float:
    """Wall-clock seconds for the jobs on so many workers."""
    epoch: dict[str, float] = {}
    timed: dict[tuple[object, ...], float] = {}
    for job in jobs:
        if job.run.recipe_key in epoch:
            continue
        known = _recorded(job, ledger)
        like = job.engine, *_cost_class(job.run.recipe)
        if known is None and like not in timed:
            timed[like] = _timed(job, data)
        epoch[job.run.recipe_key] = timed[like] if known is None else known
    return sum(epoch[job.run.recipe_key] * job.epochs for job in jobs) / max(workers, 1)


def _recorded(job: Job, ledger: Ledger) -> float | None:
    seconds = [
        row.seconds
        for record in ledger.of_recipe(job.run.recipe_key)
        if isinstance(record, RunRecord) and record.engine == job.engine
        for row in record.rows
    ]
    return median(seconds) if seconds else None


def _cost_class(recipe: Recipe) -> tuple[object, ...]:
    """Recipes alike in this cost about the same."""
    dropout = recipe.regulariser.dropout > 0
    return recipe.architecture, recipe.batch_size, recipe.augmentation, dropout


def _timed(job: Job, data: DataSet) -> float:
    """Seconds of an epoch: its steps at the pace of the fastest of a few, and an evaluation."""
    from ..engines.draws.augmentation import draw
    from ..engines.draws.randomness import permutation

    recipe = job.run.recipe
    network = create(job.engine, recipe, data, job.run.seed)
    images = permutation(job.run.seed, 1, data.spec.train)[: recipe.batch_size]
    draws = draw(recipe.augmentation, job.run.seed, 1, data.image_shape).of(images)
    paces = []
    for step in range(TIMED_STEPS):
        begin = time.perf_counter()
        network.step(Batch(1, step, images, draws, recipe.lr, None))
        paces.append(time.perf_counter() - begin)
    begin = time.perf_counter()
    network.evaluate()
    steps = math.ceil(data.spec.train / recipe.batch_size)
    return min(paces) * steps + time.perf_counter() - begin
