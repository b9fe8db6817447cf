"""Tests and probabilities based on ranks and signs alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Final

import numpy as np

from ..base.array_types import Floats

DENOMINATOR: Final = 10_000
LEAST_STEPS: Final = 20
MOST_STEPS: Final = 1_000
REACH: Final = 1_000_000
"""Steps of all differences together, at most: the test's time and memory grow with them."""


def sign_flip(differences: Sequence[float]) -> float | None:
    """Exact two-sided p of the sign-flip permutation test for a mean of 0; None without values.

    It is the share of the 2^n choices of signs for which the sum of the n differences is at least
    as far from 0 as observed. Differences of more than `REACH` steps together are first rounded, as
    by `sign_flip_of_reals`.
    """
    if not len(differences):
        return None
    fractions = [Fraction(value).limit_denominator(DENOMINATOR) for value in differences]
    scale = math.lcm(*(value.denominator for value in fractions))
    steps = [int(value * scale) for value in fractions]
    return _share_as_far(steps if sum(map(abs, steps)) <= REACH else _rounded(differences))


def sign_flip_of_reals(differences: Sequence[float]) -> float | None:
    """`sign_flip` for any numbers, which are first rounded to an even grid up to the largest one.

    Rounding is symmetric about 0, so the test on the rounded differences keeps its alpha.
    """
    return _share_as_far(_rounded(differences)) if len(differences) else None


def _rounded(differences: Sequence[float]) -> list[int]:
    """The differences in whole steps of an even grid up to the largest one."""
    largest = max(map(abs, differences)) or 1.0
    steps = min(max(REACH // len(differences), LEAST_STEPS), MOST_STEPS)
    return [round(steps * (value / largest)) for value in differences]


def _share_as_far(steps: Sequence[int]) -> float:
    """The share of all choices of signs for which the sum is at least as far from 0 as it is.

    The distribution of the sum is built up one value at a time.
    """
    chances = np.ones(1)  # of the sums -reach, -reach + 1, ... reach of the values so far
    for step in filter(None, map(abs, steps)):
        grown = np.zeros(len(chances) + 2 * step)
        grown[: len(chances)] += chances / 2
        grown[2 * step :] += chances / 2
        chances = grown
    sums = np.arange(len(chances)) - len(chances) // 2
    return float(chances[np.abs(sums) >= abs(sum(steps))].sum())


def superiority(ours: Floats, theirs: Floats) -> float | None:
    """Share of all pairs of (m,) `ours` and (n,) `theirs` in which ours is higher.

    Ties count half. None if either is empty.
    """
    if not len(ours) or not len(theirs):
        return None
    higher = ours[:, None] > theirs[None, :]
    equal = ours[:, None] == theirs[None, :]
    return float((higher + 0.5 * equal).mean())
