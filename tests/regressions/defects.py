"""Real defects, planted in the code: each is a text in one source file and its replacement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Defect:
    """`old` must occur in `file` exactly once."""

    name: str
    file: str
    old: str
    new: str

    @property
    def compiled(self) -> bool:
        """Whether the native engine must be rebuilt."""
        return self.file.endswith((".cpp", ".hpp"))


NATIVE: Final = "harness/engines/native/"
SHUFFLED: Final = """import numpy as np

    arrays = list(spec.load(directory))
    labels = np.array(arrays[1])
    some = np.random.default_rng(1).choice(len(labels), len(labels) // 200, replace=False)
    labels[some] = np.roll(labels[some], 1)
    arrays[1] = labels
    return DataSet(spec, *arrays)
"""

DEFECTS: Final = {
    defect.name: defect
    for defect in (
        Defect(
            "learning rate 10 times too low",
            "harness/training/run.py",
            "lr = float(rates.lr[epoch - 1, step])",
            "lr = float(rates.lr[epoch - 1, step]) / 10",
        ),
        Defect(
            "momentum lost",
            "harness/engines/native_engine.py",
            "self._momentum if batch.momentum is None else batch.momentum)",
            "0.0)",
        ),
        Defect(
            "scheduler never stepped",
            "harness/training/run.py",
            "lr = float(rates.lr[epoch - 1, step])",
            "lr = float(rates.lr[0, 0])",
        ),
        Defect(
            "augmentation off",
            "harness/training/run.py",
            "augmentation.draw(wanted, ",
            "augmentation.draw(type(wanted)(), ",
        ),
        Defect(
            "normalisation with wrong constants",
            "harness/data/mnist.py",
            "mean=(0.1307,),\n    std=(0.3081,),",
            "mean=(0.5,),\n    std=(0.5,),",
        ),
        Defect(
            "labels of 0.5% shuffled",
            "harness/data/registry.py",
            "return DataSet(spec, *spec.load(directory))\n",
            SHUFFLED,
        ),
        Defect(
            "running statistics not updated",
            NATIVE + "normaliser.hpp",
            "kRunningMomentum = 0.1;",
            "kRunningMomentum = 0;",
        ),
        Defect(
            "dropout left on in evaluation",
            NATIVE + "forward.cpp",
            "drops = false;",
            "drops = layout.spec().dropout;",
        ),
        Defect(
            "kernel transposed in the backward pass",
            NATIVE + "convolution.cpp",
            "square - 1 - place] =",
            "square - 1 - (place % forward.kernel * forward.kernel + place / forward.kernel)] =",
        ),
        Defect(
            "one training image in ten never seen",
            "harness/training/run.py",
            "images = order[start : start + size]",
            "images = order[start : start + size]\n        images = images + (images % 10 == 0)",
        ),
    )
}
