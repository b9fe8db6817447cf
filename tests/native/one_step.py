"""One training step and an evaluation on the engine that is chosen here, in this one process.

    python tests/native/one_step.py

Prints its name: under an emulated processor, whether it is the right one, and runs on it. The
evaluation is of a few images, for the emulator's sake.
"""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

from reprobench.harness.data.digits import DIGITS
from reprobench.harness.data.registry import load_data_set
from reprobench.harness.engines import Batch
from reprobench.harness.engines.choice import AUTO, choose, remarks
from reprobench.harness.engines.draws.augmentation import draw
from reprobench.harness.engines.draws.randomness import permutation
from reprobench.harness.engines.roster import engine_named
from reprobench.harness.study.loading.file import load_study

recipe, *_ = load_study("tiny").recipes
digits = load_data_set(DIGITS, Path())
data = replace(digits, test_images=digits.test_images[:40], test_labels=digits.test_labels[:40])
(engine,) = choose(AUTO, (recipe,), data.spec).values()
images = permutation(1, 1, data.spec.train)[: recipe.batch_size]
draws = draw(recipe.augmentation, 1, 1, data.image_shape).of(images)
network = engine_named(engine.name).create(recipe, data, 1)
loss = network.step(Batch(1, 0, images, draws, recipe.lr, None)).loss
correct = int((network.evaluate().predicted == data.test_labels).sum())
assert math.isfinite(loss)
for line in remarks((recipe,), data.spec):
    print(line)
print(f"trained on the engine: {engine.name}, loss {loss:.6f}, {correct} correct")
