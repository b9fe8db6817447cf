"""Whether a recipe's pass rate is the required one: meets it, fails it, or not enough runs to say.

A recipe that was chosen by the very runs that are counted is flattered by them: of K recipes some
is lucky. "Meets" and "fails" are then said at alpha / K, so that the probability is at most alpha
that any of the K is said to meet, or any to fail, what it does not.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from ..statistics.bounded import Method, probability_bounds
from ..statistics.eprocess import pass_evidence, peak
from ..statistics.intervals import Interval

PassAnswer = Literal["meets", "fails", "not enough runs"]


@dataclass(frozen=True)
class PassVerdict:
    """The answer, and what it rests on.

    With a declared number of runs: exact one-sided `bounds`. Where one may look at will: log
    evidence for either answer, to be held against `threshold`.
    """

    answer: PassAnswer
    runs: int
    among: int
    """Recipes of which this one was chosen by these runs; 1 where they took no part in it."""
    level: float
    """Probability of a false answer, alpha / (among x looks)."""
    method: Method
    bounds: Interval | None = None
    for_meets: float | None = None
    for_fails: float | None = None
    holding: int = 0
    """Of these runs, those that hold."""
    looks: tuple[int, ...] = ()
    """The declared numbers of runs at which the answer is asked, where there are several."""

    @property
    def threshold(self) -> float:
        """What log evidence must reach."""
        return -math.log(self.level)


def pass_verdict(
    holding: Sequence[bool], required: float, confidence: float, among: int, method: Method
) -> PassVerdict:
    """The verdict on one of `among` recipes, from whether each of its runs holds, in order."""
    level = (1 - confidence) / max(among, 1)
    if method == "declared":
        bounds = probability_bounds(holding, 1 - level, method)
        answer = _answer(
            meets=bounds is not None and bounds.low >= required,
            fails=bounds is not None and bounds.high < required,
        )
        return PassVerdict(answer, len(holding), among, level, method, bounds, holding=sum(holding))
    above, below = (
        float(peak(side)) for side in pass_evidence(np.asarray(holding, float), required)
    )
    enough = -math.log(level)
    answer = _answer(meets=above >= enough, fails=below >= enough)
    return PassVerdict(answer, len(holding), among, level, method, None, above, below, sum(holding))


def verdict_at_looks(
    holding: Sequence[bool],
    looks: tuple[int, ...],
    required: float,
    confidence: float,
    among: int,
) -> PassVerdict:
    """The first answer at a declared number of runs; before it, that of the last look reached.

    Each look has its share of alpha, so that the probability of a false answer at any of them is at
    most alpha (Bonferroni).
    """
    shared = among * len(looks)
    reached = [
        pass_verdict(holding[:runs], required, confidence, shared, "declared")
        for runs in looks
        if runs <= len(holding)
    ]
    if not reached:
        level = (1 - confidence) / shared
        return PassVerdict("not enough runs", len(holding), among, level, "declared", looks=looks)
    answered = (found for found in reached if found.answer != "not enough runs")
    return replace(next(answered, reached[-1]), among=among, looks=looks)


def _answer(*, meets: bool, fails: bool) -> PassAnswer:
    """Where evidence for both was enough at some time, neither is believed."""
    if meets == fails:
        return "not enough runs"
    return "meets" if meets else "fails"


def runs_that_could_meet(required: float, confidence: float, among: int = 1) -> int:
    """The fewest declared runs, all of which hold, that meet the required pass rate."""
    return math.ceil(math.log((1 - confidence) / among) / math.log(required))
