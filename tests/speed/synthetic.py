"""Ledgers of runs that were not trained, as large and varied as those of a big study on MNIST."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
from joblib import Parallel, delayed
from reprobench.harness.results.environment import environment
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.study.declaration import Study
from reprobench.harness.study.recipe import Recipe
from scripted import scripted_record

SEEDS: Final = 20
EPOCHS: Final = 15
TOTAL: Final = 10_000
DIFFICULT: Final = 1_000
"""Test images that some run gets wrong."""
STUDY: Final = """
name = "{name}"
data_set = "mnist"
seeds = 20
[criterion]
target = 0.994
epochs = 15
parameters = 10_000
window = 5
[defaults]
batch_size = 128
optimiser = {{ name = "SGD", momentum = 0.9 }}
[grid]
{grid}
"""
RATES: Final = "lr = [0.2, 0.15, 0.1, 0.08, 0.05, 0.04, 0.03, 0.02, 0.015, 0.01]"
GRIDS: Final = {
    100: 'architecture = ["final"]\nlr = [0.1, 0.05, 0.03, 0.02, 0.01]',
    10_000: "\n".join(
        [
            'architecture = ["iteration", "final"]',
            RATES,
            "batch_size = [32, 64, 128, 256, 512]",
            'scheduler = ["none", "CosineAnnealingLR", "OneCycleLR",'
            ' { name = "StepLR", step_size = 6 }, { name = "StepLR", step_size = 3, gamma = 0.5 }]',
        ]
    ),
}
"""The axes of a study, by its number of runs, which is 20 times the number of recipes."""


def make_study(runs: int, folder: Path) -> Path:
    """Write the file of a study of this many runs, 100 or 10,000; returns it."""
    file = folder / f"scale-{runs}.toml"
    file.write_text(STUDY.format(name=file.stem, grid=GRIDS[runs]))
    return file


def fill(ledger: Ledger, study: Study) -> None:
    """Write a record of every run of the study, on all cores."""
    ledger.prepare()
    Parallel(n_jobs=-1)(
        delayed(_write_recipe)(ledger, study, recipe, number)
        for number, recipe in enumerate(study.recipes)
    )


def _write_recipe(ledger: Ledger, study: Study, recipe: Recipe, number: int) -> None:
    made = environment()
    for seed in study.seeds:
        mistakes = _mistakes(number, seed)
        counts = [TOTAL - len(found) for found in mistakes]
        record = scripted_record(study.run_of(recipe, seed), counts, mistakes=mistakes, **made)
        path = ledger.path(record)
        path.parent.mkdir(exist_ok=True)
        path.write_text(record.to_json())


def _mistakes(recipe: int, seed: int) -> list[Any]:
    """For each epoch the [index, predicted] pairs: about 300 after the first, 50 to 90 in the end.

    Images differ in how difficult they are, recipes in how many they get wrong.
    """
    draws = np.random.default_rng([recipe, seed])
    epoch = np.arange(EPOCHS)
    late = 58 + recipe % 29 + draws.normal(0, 5, EPOCHS)
    numbers = np.maximum(late + 240 * np.exp(-epoch / 1.5), 30).astype(int)
    difficulty = np.linspace(0, 12, DIFFICULT) + draws.gumbel(0, 1, (EPOCHS, DIFFICULT))
    images = np.random.default_rng(0).permutation(TOTAL)[np.argsort(difficulty)]
    return [
        [[index, index * 7 % 10] for index in sorted(own[:number].tolist())]
        for own, number in zip(images, numbers, strict=True)
    ]
