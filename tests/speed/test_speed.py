"""How fast training, evaluation and augmentation are, as ratios. Nothing here asserts a time.

make speed
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from epochs import BATCH, batches, one_epoch, run_of, tenth_of
from notebook import AUGMENT, Notebook
from PIL import Image
from race import Run
from reprobench.harness.data.spec import DataSet
from reprobench.harness.engines import Network
from reprobench.harness.engines.builds import builds, load
from reprobench.harness.engines.draws.augmentation import augment, draw
from reprobench.harness.engines.roster import ENGINES, NATIVE, engine_named
from reprobench.harness.study.recipe import Augmentation
from reprobench.harness.training.checkpoints import Checkpoint
from torch import nn
from workers import Workers

PUBLISHED = Augmentation(brightness=0.1, contrast=0.1, rotation=7)
HERE = [engine.name for engine in ENGINES if not engine.missing()]
RECIPE = pytest.mark.parametrize("recipe", ["iteration3", "final"])


@pytest.fixture(scope="module")
def tenth(mnist: DataSet) -> DataSet:
    """A tenth of MNIST."""
    return tenth_of(mnist)


@pytest.fixture
def workers(recipe: str, mnist_directory: Path) -> Iterator[Workers]:
    """Two workers on the fastest engine."""
    made = Workers(2, recipe, HERE[0], mnist_directory)
    yield made
    made.end()


def engines(recipe: str, data: DataSet) -> dict[str, Network]:
    return {name: engine_named(name).create(run_of(recipe).recipe, data, 1) for name in HERE}


def engines_and_builds(recipe: str, data: DataSet) -> dict[str, Network]:
    """The engines and, if the processor has AVX-512, the native engine's other build."""
    made = engines(recipe, data)
    if NATIVE.name in HERE and len(builds()) > 1:
        from reprobench.harness.engines.native_engine import NativeNetwork

        made["native_avx2"] = NativeNetwork(run_of(recipe).recipe, data, 1, load(builds()[-1]))
    return made


@RECIPE
def test_training_step(race: Run, tenth: DataSet, recipe: str) -> None:
    batch, *_ = batches(run_of(recipe), tenth)
    steps = {
        name: lambda engine=engine: engine.step(batch)
        for name, engine in engines_and_builds(recipe, tenth).items()
    }
    race(f"training step of {recipe}, batch of {BATCH}", 40, **steps)


@RECIPE
def test_evaluation(race: Run, mnist: DataSet, recipe: str) -> None:
    made = engines_and_builds(recipe, mnist)
    evaluations = {name: engine.evaluate for name, engine in made.items()}
    race(f"evaluation of {recipe}, 10,000 images", 5, **evaluations)


def test_augmentation(race: Run, mnist: DataSet) -> None:
    images = np.array(mnist.train_images[:BATCH])
    draws = draw(PUBLISHED, 1, 1, images.shape)
    pictures = [Image.fromarray(image) for image in images]
    contestants = {
        "numpy": lambda: augment(images, draws),
        "pil": lambda: [np.asarray(AUGMENT(picture)) for picture in pictures],
    }
    if NATIVE.name in HERE:
        from natively import augment_natively

        contestants = {"native": lambda: augment_natively(images, draws), **contestants}
    race(f"augmentation of {BATCH} images", 30, **contestants)


@RECIPE
def test_tenth_of_an_epoch(race: Run, tenth: DataSet, recipe: str) -> None:
    """One thread each; `epoch` has what the harness adds to steps and evaluation."""
    run, made = run_of(recipe), engines(recipe, tenth)
    fastest, steps = made[HERE[0]], batches(run, tenth)

    def parts() -> None:
        for batch in steps:
            fastest.step(batch)
        fastest.evaluate()

    epochs = {
        name: lambda engine=engine: one_epoch(run, tenth, engine) for name, engine in made.items()
    }
    race(f"a tenth of an epoch of {recipe}, one thread", 3, parts=parts, **epochs)


@RECIPE
def test_checkpoint(race: Run, tenth: DataSet, recipe: str, tmp_path: Path) -> None:
    """The cost of keeping an epoch at the end of a run, when all its epochs are kept."""
    run, engine = run_of(recipe), engine_named(HERE[0]).create(run_of(recipe).recipe, tenth, 1)
    rows = [one_epoch(run, tenth, engine)] * run.epochs
    checkpoint = Checkpoint(tmp_path / "run.safetensors", "key")
    race(
        f"keeping an epoch of {recipe}, and a tenth of training it",
        10,
        checkpoint=lambda: checkpoint.save(engine.state(), rows),
        epoch=lambda: one_epoch(run, tenth, engine),
    )


@RECIPE
def test_two_workers(race: Run, recipe: str, workers: Workers) -> None:
    race(
        f"a tenth of an epoch of {recipe}, by one worker and by two",
        5,
        amounts={"two": 2},
        two=lambda: workers.train(2),
        one=lambda: workers.train(1),
    )


@RECIPE
def test_two_workers_against_the_notebook(
    race: Run, tenth: DataSet, recipe: str, workers: Workers
) -> None:
    model = plain_model(engine_named("torch").create(run_of(recipe).recipe, tenth, 1))
    notebook = Notebook(tenth, model)
    race(
        f"a tenth of an epoch of {recipe}, by two workers and by a notebook on all cores",
        3,
        amounts={"two": 2},
        two=lambda: workers.train(2),
        notebook=notebook.epoch,
    )


def plain_model(engine: Network) -> nn.Module:
    """The engine's module with torch's own dropout instead of ours."""
    module = engine._module  # type: ignore[attr-defined]
    layers = [
        nn.Dropout(0.08) if type(layer).__name__ == "StepDropout" else layer for layer in module
    ]
    torch.use_deterministic_algorithms(False)
    return nn.Sequential(*layers)
