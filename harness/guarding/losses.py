"""Lost runs: those that diverged, or ended so low that their count means nothing.

A single lost run makes the spread so large that a comparison of means finds nothing. Lost runs are
therefore counted, and only the others are compared by their mean. If nothing has changed,
new runs of a recipe are lost as often as its committed ones; how often that is may differ from
recipe to recipe, so that each is compared with its own.

A recipe that never loses a run raises no false alarm by lost runs. The chance that is allowed for
these is therefore shared by the recipes that have lost committed runs, and the one that is judged.
How many others there are does not depend on its own runs, so that each keeps to its share.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import stats

from ..base.array_types import Floats, Integers

HALF: Final = 0.5
"""A run is lost below this share of its recipe's median committed count, without diverged runs."""
MOST_LOST: Final = 0.25
"""A recipe passes only if it can be excluded that its share of lost runs rose by this much."""
RATES: Final = np.concatenate([np.geomspace(1e-4, 0.01, 12), np.linspace(0.015, 0.6, 40)])
"""The true shares of lost runs for which the chance of a false alarm is bounded."""
HALVINGS: Final = 14


def is_lost(
    counts: Sequence[float] | Floats, committed: Sequence[float] | Floats, *, counted: bool = True
) -> npt.NDArray[np.bool_]:
    """(..., n): for each count, whether the run is lost, by its recipe's `committed` ones (..., m).

    A diverged run, which has -inf, is always lost. Half of a median means nothing for measures that
    are not counts: there, no other run is.
    """
    diverged = np.isneginf(counts)
    if not counted:
        return diverged
    low: npt.NDArray[np.bool_] = np.asarray(counts) < HALF * _median_of_ended(committed)
    return diverged | low


def _median_of_ended(counts: Sequence[float] | Floats) -> Floats:
    """(..., 1): the median without -inf, of (..., m) counts; -inf if there are no others."""
    ordered = np.sort(np.asarray(counts, np.float64), axis=-1)
    number, before = ordered.shape[-1], np.isneginf(ordered).sum(axis=-1, keepdims=True)
    at = (before + (number - before - 1) // 2, before + (number - before) // 2)
    low, high = (np.take_along_axis(ordered, np.minimum(i, number - 1), axis=-1) for i in at)
    median: Floats = (low + high) / 2
    return median


def lost_among(counts: Sequence[float], committed: Sequence[float], *, counted: bool = True) -> int:
    """How many of a recipe's runs, with these counts, are lost."""
    return int(is_lost(counts, committed, counted=counted).sum())


def recipes_with_losses(
    committed: Mapping[str, Sequence[float]], *, counted: bool = True
) -> frozenset[str]:
    """The recipes that have lost committed runs."""
    return frozenset(
        name for name, own in committed.items() if lost_among(own, own, counted=counted)
    )


def excluded(lost: Integers, runs: int, share: Floats, alpha: float) -> npt.NDArray[np.bool_]:
    """Whether `lost` of `runs` new runs exclude, at `alpha`, that `share` has risen by MOST_LOST.

    `share` is that of lost runs among the committed ones; in any shape, like `lost`.
    """
    rate = np.minimum(share + MOST_LOST, 1)
    unlikely: npt.NDArray[np.bool_] = stats.binom.cdf(lost, runs, rate) <= alpha
    return unlikely


@cache
def least_alarming(committed: int, at: tuple[int, ...], alpha: float) -> Integers:
    """(committed + 1, looks): how many lost new runs are an alarm, by lost committed runs and look.

    The smaller the p of an outcome in Fisher's exact test, the more alarming it is. The limit on p
    is the largest for which the chance of an alarm at any look is at most `alpha` for every true
    share in RATES. If no number is an alarm, the entry exceeds the number of runs at the look.
    """
    ps = [_fisher(committed, number) for number in at]
    low, high = np.log(alpha / 1e6), np.log(min(20 * alpha, 0.5))
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        tried = _limits(ps, float(np.exp(middle)))
        if _chance_of_alarm(committed, at, tried) <= alpha:
            low = middle
        else:
            high = middle
    return _limits(ps, float(np.exp(low)))


def _fisher(committed: int, new: int) -> Floats:
    """(committed + 1, new + 1): one-sided p, by lost committed and lost new runs."""
    old, fresh = np.ogrid[: committed + 1, : new + 1]
    p: Floats = stats.hypergeom.sf(fresh - 1, committed + new, old + fresh, new)
    return p


def _limits(ps: Sequence[Floats], most: float) -> Integers:
    """The smallest numbers of lost new runs with p at most `most`; p falls as the number grows."""
    return np.column_stack([(p > most).sum(axis=1) for p in ps])


def _chance_of_alarm(committed: int, at: tuple[int, ...], limits: Integers) -> float:
    """The largest chance over the true shares, computed exactly over all paths of outcomes."""
    chance = np.zeros((committed + 1, len(RATES)))
    paths = np.ones((1, committed + 1, len(RATES)))  # by lost new runs, without an alarm so far
    for number, before, limit in zip(at, (0, *at), limits.T, strict=False):
        more = number - before
        steps = stats.binom.pmf(np.arange(more + 1)[:, None], more, RATES)
        grown = np.zeros((number + 1, committed + 1, len(RATES)))
        for lost, step in enumerate(steps):
            grown[lost : lost + len(paths)] += paths * step
        alarms = np.arange(number + 1)[:, None] >= limit
        chance += (grown * alarms[:, :, None]).sum(axis=0)
        paths = grown * ~alarms[:, :, None]
    weights = stats.binom.pmf(np.arange(committed + 1)[:, None], committed, RATES)
    return float((weights * chance).sum(axis=0).max())
