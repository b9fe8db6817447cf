"""Whether a recipe meets the required pass rate, fails it, or has too few runs to say.

If the same runs were used to choose a recipe, its count is biased in its favour: one of K is bound
to be lucky. "Meets" and "fails" are then concluded at alpha / K, so that the probability is at most
alpha that any of the K is wrongly found to meet the rate, and likewise to fail it.
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
    """The answer and its basis.

    With a declared number of runs, the basis is exact one-sided `bounds` on the pass rate; if one
    may look at will, it is the log evidence for either answer, to be compared with
    `required_evidence`.
    """

    answer: PassAnswer
    runs: int
    among: int
    """The number of recipes that these runs chose this one from; 1 if they did not choose it."""
    alpha: float
    """Significance level of each test: the study's alpha / (among x looks).

    The answer on the one that was chosen is then false with a probability of at most the study's
    alpha."""
    method: Method
    bounds: Interval | None = None
    for_meets: float | None = None
    for_fails: float | None = None
    holding: int = 0
    """How many of these runs hold."""
    failed: int = 0
    """How many further runs failed."""
    looks: tuple[int, ...] = ()
    """The declared numbers of runs after which an answer is sought, if there are several."""

    @property
    def required_evidence(self) -> float:
        """The log evidence that an answer requires."""
        return -math.log(self.alpha)


def pass_verdict(
    holding: Sequence[bool | None], required: float, confidence: float, among: int, method: Method
) -> PassVerdict:
    """The verdict on one of `among` recipes; `holding` says whether each run holds, in order.

    None is a run that failed. Runs may fail for a reason that has to do with their results, so
    "meets" is concluded as if such a run did not hold, and "fails" without it.
    """
    alpha = (1 - confidence) / max(among, 1)
    known, at_worst = [h for h in holding if h is not None], [bool(h) for h in holding]
    seen = PassVerdict(
        "not enough runs", len(known), among, alpha, method,
        holding=sum(known), failed=len(holding) - len(known),
    )  # fmt: skip
    if method == "declared":
        bounds = _bounds(known, at_worst, 1 - alpha)
        answer = _answer(
            meets=bounds is not None and bounds.low >= required,
            fails=bounds is not None and bounds.high < required,
        )
        return replace(seen, answer=answer, bounds=bounds)
    above, _ = pass_evidence(np.asarray(at_worst, float), required)
    _, below = pass_evidence(np.asarray(known, float), required)
    for_meets, for_fails, enough = float(peak(above)), float(peak(below)), -math.log(alpha)
    answer = _answer(meets=for_meets >= enough, fails=for_fails >= enough)
    return replace(seen, answer=answer, for_meets=for_meets, for_fails=for_fails)


def _bounds(known: Sequence[bool], at_worst: Sequence[bool], confidence: float) -> Interval | None:
    """The upper bound from the runs that are `known`, the lower one from the runs `at_worst`."""
    most = probability_bounds(known, confidence, "declared")
    least = probability_bounds(at_worst, confidence, "declared")
    return Interval(least.low, most.high) if least and most else None


def verdict_at_looks(
    holding: Sequence[bool],
    looks: tuple[int, ...],
    required: float,
    confidence: float,
    among: int,
) -> PassVerdict:
    """The verdict at the first look with an answer, or else at the last look reached.

    The looks share alpha equally, so that the probability of a false answer at any of them is at
    most alpha (Bonferroni).
    """
    shared = among * len(looks)
    reached = [
        pass_verdict(holding[:runs], required, confidence, shared, "declared")
        for runs in looks
        if runs <= len(holding)
    ]
    if not reached:
        alpha = (1 - confidence) / shared
        return PassVerdict("not enough runs", len(holding), among, alpha, "declared", looks=looks)
    answered = (found for found in reached if found.answer != "not enough runs")
    return replace(next(answered, reached[-1]), among=among, looks=looks)


def _answer(*, meets: bool, fails: bool) -> PassAnswer:
    """The answer; if there was enough evidence for both, now or earlier, neither is believed."""
    if meets == fails:
        return "not enough runs"
    return "meets" if meets else "fails"


def runs_that_could_meet(required: float, confidence: float, among: int = 1) -> int:
    """The smallest declared number of runs that meets the required pass rate if all of them hold.

    It is the smallest n for which required^n is at most alpha / `among`.
    """
    return math.ceil(math.log((1 - confidence) / among) / math.log(required))
