"""The test images that decide: those that about half of all runs get wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from ...data.spec import Bytes

MOST: Final = 48

Mistakes = npt.NDArray[np.integer]
"""(m, 2): index of a test image, and the class that it is taken for."""


def gallery_table(
    mistakes: Sequence[Mistakes], labels: Bytes, classes: int, most: int = MOST
) -> pd.DataFrame:
    """The `most` images whose error rate over runs is nearest to one half, the nearest first.

    `mistakes` has an array for each run, `labels` (n,) the images' classes, of which there are
    `classes`. Equally near ones are in order of index; of classes that an image is taken for
    equally often, the lowest is named.
    """
    taken = np.zeros((len(labels), classes), dtype=np.int64)
    for found in mistakes:
        np.add.at(taken, (found[:, 0], found[:, 1]), 1)
    wrong, runs = taken.sum(axis=1), len(mistakes)
    ever = np.flatnonzero(wrong)
    order = np.argsort(np.abs(wrong[ever] / max(runs, 1) - 0.5), kind="stable")
    images = ever[order][:most]
    return pd.DataFrame(
        {
            "image": images,
            "label": labels[images],
            "wrong": wrong[images],
            "runs": runs,
            "error_rate": wrong[images] / max(runs, 1),
            "taken_for": taken[images].argmax(axis=1),
            "taken_for_runs": taken[images].max(axis=1),
        }
    )
