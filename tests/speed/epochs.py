"""What the benchmarks train: recipes of the study mnist, on a tenth of its images."""

from __future__ import annotations

from dataclasses import replace

from reprobench.harness.data.spec import DataSet
from reprobench.harness.engines import Batch, Engine
from reprobench.harness.engines.draws.augmentation import draw
from reprobench.harness.engines.draws.randomness import permutation
from reprobench.harness.results.trained import TrainedEpoch
from reprobench.harness.study.identity import Run
from reprobench.harness.study.loading.file import load_study
from reprobench.harness.training.run import run_epoch
from reprobench.harness.training.schedules import schedule

BATCH = 128


def run_of(name: str) -> Run:
    """The first run of a recipe."""
    return next(run for run in load_study("published").runs() if run.recipe.name == name)


def tenth_of(mnist: DataSet) -> DataSet:
    """A tenth of MNIST, training and test images."""
    return DataSet(
        replace(mnist.spec, train=6_000, test=1_000),
        mnist.train_images[:6_000],
        mnist.train_labels[:6_000],
        mnist.test_images[:1_000],
        mnist.test_labels[:1_000],
    )


def batches(run: Run, data: DataSet) -> list[Batch]:
    """The batches of an epoch."""
    order = permutation(1, 1, len(data.train_images))
    draws = draw(run.recipe.augmentation, 1, 1, data.image_shape)
    parts = [order[first : first + BATCH] for first in range(0, len(order), BATCH)]
    return [
        Batch(1, step, part, draws.of(part), run.recipe.lr, None) for step, part in enumerate(parts)
    ]


def one_epoch(run: Run, data: DataSet, engine: Engine) -> TrainedEpoch:
    """Train on every image and evaluate, as a bench does."""
    rates = schedule(run.recipe, run.epochs, -(-data.spec.train // run.recipe.batch_size))
    return run_epoch(run, data, engine, rates, 1)
