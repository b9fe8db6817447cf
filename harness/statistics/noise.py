"""How much of the spread of final counts is due to the test images, how much to the networks.

Each network gets each test image right or wrong. If it did so independently from image to image,
the images' error rates would determine the variance of the counts; any variance beyond that is
variance of true accuracy between runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .bounded import Method
from .intervals import Interval
from .normal import normal_variance

ImageIndices = npt.NDArray[np.integer]


@dataclass(frozen=True)
class Noise:
    """Variances of the final count between runs, in squared images.

    `between`, the part that independent errors do not explain, estimates the variance of true
    accuracy; as a difference it can be negative, and it is not clipped. It takes two test images,
    and is None for one, of which each run has all or none. The variances are None for fewer than
    two runs, and so is the interval, which needs more runs if one may look at will.
    """

    runs: int
    variance: float | None
    independent: float | None
    between: float | None
    between_interval: Interval | None
    always_wrong: int
    sometimes_wrong: int
    """Images that some runs, but not all, get wrong."""


def decompose(
    mistakes: Sequence[ImageIndices], total: int, confidence: float, method: Method
) -> Noise:
    """The variances, from the indices of the images that each run gets wrong: (m,) for each run.

    `total` is the number of test images. After Jordan (arXiv 2304.01910, equation 3); unbiased for
    any number of runs.
    """
    runs = len(mistakes)
    wrong = np.bincount(np.concatenate([*mistakes, np.empty(0, np.int64)]), minlength=total)
    always, sometimes = int((wrong == runs).sum()), int(((wrong > 0) & (wrong < runs)).sum())
    if runs < 2:
        return Noise(runs, None, None, None, None, always if runs else 0, sometimes)
    rates = wrong / runs
    observed = float(np.var([len(found) for found in mistakes], ddof=1))
    independent = float((rates * (1 - rates)).sum()) * runs / (runs - 1)
    if total < 2:
        return Noise(runs, observed, independent, None, None, always, sometimes)
    correction = total / (total - 1)
    spread = normal_variance(observed, runs, confidence, method)
    return Noise(
        runs=runs,
        variance=observed,
        independent=independent,
        between=(observed - independent) * correction,
        between_interval=spread
        and Interval(
            (spread.low - independent) * correction, (spread.high - independent) * correction
        ),
        always_wrong=always,
        sometimes_wrong=sometimes,
    )
