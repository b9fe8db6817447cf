"""How fast training, evaluation and augmentation are, as ratios. Nothing here asserts a time.

make speed
"""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pytest
import torch
from notebook import AUGMENT, Notebook
from PIL import Image
from race import Run
from reprobench.harness.augmentation import augment, draw
from reprobench.harness.data import DataSet
from reprobench.harness.engines import Batch, Engine, create
from reprobench.harness.randomness import permutation
from reprobench.harness.recipe import Augmentation
from reprobench.harness.schedules import schedule
from reprobench.harness.study import Run as TrainingRun
from reprobench.harness.study_file import load_study
from reprobench.harness.training import train_epoch
from torch import nn

BATCH = 128
PUBLISHED = Augmentation(brightness=0.1, contrast=0.1, rotation=7)
ARCHITECTURE = pytest.mark.parametrize("name", ["iteration3", "final"])


def run_of(name: str) -> TrainingRun:
    return next(run for run in load_study("mnist").runs((1,)) if run.recipe.name == name)


def one_batch(run: TrainingRun, data: DataSet) -> Batch:
    images = permutation(1, 1, data.spec.train)[:BATCH]
    draws = draw(run.recipe.augmentation, 1, 1, data.spec.train).of(images)
    return Batch(1, 0, images, draws, run.recipe.lr, None)


@pytest.fixture(scope="module")
def tenth(mnist: DataSet) -> DataSet:
    """A tenth of MNIST, training and test images."""
    return DataSet(
        replace(mnist.spec, train=6_000, test=1_000),
        mnist.train_images[:6_000],
        mnist.train_labels[:6_000],
        mnist.test_images[:1_000],
        mnist.test_labels[:1_000],
    )


@ARCHITECTURE
def test_training_step(race: Run, mnist: DataSet, name: str) -> None:
    run = run_of(name)
    engine, batch = create("torch", run.recipe, mnist, 1), one_batch(run, mnist)
    race(f"training step of {name}, batch of {BATCH}", 30, torch=lambda: engine.step(batch))


@ARCHITECTURE
def test_evaluation(race: Run, mnist: DataSet, name: str) -> None:
    engine = create("torch", run_of(name).recipe, mnist, 1)
    race(f"evaluation of {name}, 10,000 images", 3, torch=engine.evaluate)


def test_augmentation(race: Run, mnist: DataSet) -> None:
    draws = draw(PUBLISHED, 1, 1, BATCH)
    images = np.array(mnist.train_images[:BATCH])
    pictures = [Image.fromarray(image) for image in images]
    race(
        f"augmentation of {BATCH} images",
        20,
        numpy=lambda: augment(images, draws),
        pil=lambda: [np.asarray(AUGMENT(picture)) for picture in pictures],
    )


@ARCHITECTURE
def test_tenth_of_an_epoch(race: Run, tenth: DataSet, name: str) -> None:
    run = run_of(name)
    engine = create("torch", run.recipe, tenth, 1)
    model = plain_model(create("torch", run.recipe, tenth, 1))
    notebook = Notebook(tenth, model, threads=os.cpu_count() or 1)
    race(
        f"a tenth of an epoch of {name}, augmented and evaluated",
        3,
        torch=lambda: one_epoch(run, tenth, engine),
        notebook=notebook.epoch,
    )


def one_epoch(run: TrainingRun, data: DataSet, engine: Engine) -> None:
    rates = schedule(run.recipe, run.epochs, -(-data.spec.train // run.recipe.batch_size))
    train_epoch(run, data, engine, rates, 1)
    engine.evaluate()


def plain_model(engine: Engine) -> nn.Module:
    """The engine's module with torch's own dropout in the place of ours."""
    module = engine._module  # type: ignore[attr-defined]
    layers = [
        nn.Dropout(0.08) if type(layer).__name__ == "StepDropout" else layer for layer in module
    ]
    torch.use_deterministic_algorithms(False)
    return nn.Sequential(*layers)
