"""How consistently a run, and a recipe over its runs, stays at the threshold.

Definitions are those of `docs/terms.md`. Functions take what was measured after each epoch: counts
of correct test images or, if no engine trained the run, any numbers; `sign` is 1 if higher is
better and -1 if lower is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, stdev
from typing import Final

from scipy import stats

from ..statistics.bounded import Method, bounded_mean, probability_bounds, probability_interval
from ..statistics.intervals import ROUNDING, Interval
from ..statistics.normal import normal_further, normal_mean

NEVER = math.inf
RATE_DIGITS: Final = 9
"""Hold rates are compared to this many digits, since sums of fractions are not exact."""
QUARTER: Final = 0.25
HALF_A_COUNT: Final = 0.5
"""A normal value above the threshold less this is rounded to a count at the threshold."""
HELD_SHARE: Final = 0.95
"""The share of epochs at the threshold for which `mean_needed` is computed."""


@dataclass(frozen=True)
class RunConsistency:
    """One run against the criterion. A diverged run counts as never reaching the threshold.

    `first_epoch` is the first one at the threshold; from the epoch `staying_from` on, none is below
    it. Both count from 1 and are infinite if there is no such epoch. `dip`, `final` and `best` are
    in images, or in the unit of the measure.
    """

    reached: bool
    first_epoch: float
    staying_from: float
    holds: bool
    hold_rate: float
    dip: float
    final: float | None
    best: float | None
    """A maximum over epochs, and therefore optimistic."""
    sign: int = 1

    @property
    def merit(self) -> float:
        """The final count, signed so that higher is better; -inf if the run diverged."""
        return -math.inf if self.final is None else self.sign * self.final


def judge_run(
    counts: Sequence[float],
    threshold: float,
    window: int,
    *,
    diverged: bool = False,
    sign: int = 1,
) -> RunConsistency:
    """A run's consistency from its counts by epoch.

    A run that is shorter than the `window`, in epochs, is judged over all its epochs.
    """
    if diverged or not counts:
        best = max(counts, default=None, key=lambda count: sign * count)
        return RunConsistency(False, NEVER, NEVER, False, 0.0, 0, None, best, sign)
    at = [sign * count >= sign * threshold for count in counts]
    last = at[-window:]
    first = at.index(True) if any(at) else None
    after = [] if first is None else counts[first:]
    return RunConsistency(
        reached=first is not None,
        first_epoch=NEVER if first is None else first + 1,
        staying_from=_staying_from(at),
        holds=all(last),
        hold_rate=sum(last) / len(last),
        dip=max([sign * (threshold - count) for count in after] + [0]),
        final=counts[-1],
        best=max(counts, key=lambda count: sign * count),
        sign=sign,
    )


def _staying_from(at: Sequence[bool]) -> float:
    staying = len(at) - at[::-1].index(False) + 1 if False in at else 1
    return staying if staying <= len(at) else NEVER


def rank(hold_rate: float | None, merit: float) -> tuple[float, float]:
    """The key that recipes are ranked by, highest first: hold rate, then merit of the final counts.

    Hold rates that agree to nine digits are equal; a recipe without runs ranks below all others.
    """
    return -1.0 if hold_rate is None else round(hold_rate, RATE_DIGITS), merit


@dataclass(frozen=True)
class RecipeConsistency:
    """A recipe over its runs, whose number is `runs`. Fields are None if undefined.

    Intervals are two-sided at the study's confidence; `..._bounds` are one-sided, each valid on its
    own. All use `method`.
    """

    runs: int
    method: Method
    diverged: int
    reached: int
    reached_interval: Interval | None
    reached_bounds: Interval | None
    holding: int
    pass_interval: Interval | None
    pass_bounds: Interval | None
    hold_rate: float | None
    hold_interval: Interval | None
    first_epoch_median: float | None
    """Infinite if half of the runs or more never reached the threshold."""
    final: FinalCounts

    @property
    def pass_rate(self) -> float | None:
        """Share of the runs that hold."""
        return self.holding / self.runs if self.runs else None


@dataclass(frozen=True)
class FinalCounts:
    """Final counts of the `runs` that did not diverge, in images. Fields are None if undefined."""

    runs: int
    mean: float | None
    interval: Interval | None
    """For the mean."""
    deviation: float | None
    """Standard deviation (n - 1); undefined for a single run."""
    least: float | None
    most: float | None
    interquartile_mean: float | None
    """Mean of the middle half, as `scipy.stats.trim_mean` cuts it."""
    prediction: Interval | None
    """For one further run; None if one may look at will."""
    mean_needed: float | None
    """The mean at which 95% of epochs would be at the threshold if counts were normal with this
    standard deviation."""
    sign: int = 1

    @property
    def merit(self) -> float:
        """The mean, signed so that higher is better; -inf if there are no runs."""
        return -math.inf if self.mean is None else self.sign * self.mean


def judge_recipe(
    runs: Sequence[RunConsistency],
    diverged: int,
    threshold: float,
    confidence: float,
    method: Method,
    sign: int = 1,
    *,
    counted: bool = True,
) -> RecipeConsistency:
    """A recipe's consistency from its runs in order of seed; diverged runs count in every n."""
    count = len(runs)
    reached, holding = [run.reached for run in runs], [run.holds for run in runs]
    hold_rates = [run.hold_rate for run in runs]
    return RecipeConsistency(
        runs=count,
        method=method,
        diverged=diverged,
        reached=sum(reached),
        reached_interval=probability_interval(reached, confidence, method),
        reached_bounds=probability_bounds(reached, confidence, method),
        holding=sum(holding),
        pass_interval=probability_interval(holding, confidence, method),
        pass_bounds=probability_bounds(holding, confidence, method),
        hold_rate=sum(hold_rates) / count if count else None,
        hold_interval=bounded_mean(hold_rates, confidence, method),
        first_epoch_median=median(run.first_epoch for run in runs) if runs else None,
        final=final_counts(
            [run.final for run in runs], threshold, confidence, method, sign, counted=counted
        ),
    )


def final_counts(
    counts: Sequence[float | None],
    threshold: float,
    confidence: float,
    method: Method,
    sign: int = 1,
    *,
    counted: bool = True,
) -> FinalCounts:
    """The summary of the final counts; None in `counts` is a diverged run."""
    finals = [count for count in counts if count is not None]
    deviation = stdev(finals) if len(finals) > 1 else None
    quantile = float(stats.norm.ppf(HELD_SHARE))
    least_deviation = ROUNDING if counted else 0.0
    reached = threshold - sign * HALF_A_COUNT if counted else threshold
    return FinalCounts(
        runs=len(finals),
        mean=sum(finals) / len(finals) if finals else None,
        interval=normal_mean(finals, confidence, method, least_deviation),
        deviation=deviation,
        least=min(finals, default=None),
        most=max(finals, default=None),
        interquartile_mean=float(stats.trim_mean(finals, QUARTER)) if finals else None,
        prediction=normal_further(finals, confidence, method, least_deviation),
        mean_needed=None if deviation is None else reached + sign * quantile * deviation,
        sign=sign,
    )
