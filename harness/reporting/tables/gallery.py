"""The test images that decide: those whose error rate over runs is nearest to one half."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final

import numpy as np
import numpy.typing as npt

from ...base.array_types import Bytes
from .columns import Row, Rows, Told

MOST: Final = 48

TakenFor = npt.NDArray[np.integer]
"""(m, 2): index of a test image, and the class that it is taken for."""


@dataclass(frozen=True)
class GalleryRow(Row):
    """A row for each of the images that decide, whose error rates are nearest to one half."""

    FILE = "gallery"

    image: Annotated[int, Told("index of the test image, from 0")]
    label: Annotated[int, Told("its class")]
    wrong: Annotated[int, Told("runs that misclassify it at their last epoch")]
    runs: Annotated[int, Told("completed runs: the n of the row")]
    error_rate: Annotated[float, Told("share of the runs that misclassify it")]
    taken_for: Annotated[
        int, Told("class that it is most often taken for; among equally frequent ones, the lowest")
    ]
    taken_for_runs: Annotated[int, Told("runs that take it for that class")]


def gallery_table(
    mistakes: Sequence[TakenFor], labels: Bytes, classes: int, most: int = MOST
) -> Rows[GalleryRow]:
    """The `most` images whose error rate over runs is nearest to one half, the nearest first.

    `mistakes` has an array for each run; `labels`, (n,), are below `classes`. Images that are
    equally near are in order of index. Those that all of several runs misclassify decide nothing.
    """
    taken = np.zeros((len(labels), classes), dtype=np.int64)
    for found in mistakes:
        np.add.at(taken, (found[:, 0], found[:, 1]), 1)
    wrong, runs = taken.sum(axis=1), len(mistakes)
    some = np.flatnonzero((wrong > 0) & (wrong < max(runs, 2)))
    order = np.argsort(np.abs(wrong[some] / max(runs, 1) - 0.5), kind="stable")
    rows = (
        GalleryRow(
            image=int(image),
            label=int(labels[image]),
            wrong=int(wrong[image]),
            runs=runs,
            error_rate=float(wrong[image] / runs),
            taken_for=int(taken[image].argmax()),
            taken_for_runs=int(taken[image].max()),
        )
        for image in some[order][:most]
    )
    return Rows(GalleryRow, tuple(rows))
