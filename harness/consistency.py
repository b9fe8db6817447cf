"""How consistently a run, and a recipe over its runs, stays at the threshold.

Definitions are those of the README's terms. Functions take counts: arrays of correct test images by
epoch. Nothing here imports torch.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, stdev

NEVER = math.inf


@dataclass(frozen=True)
class RunConsistency:
    """One run against the criterion.

    `first_epoch` is infinite where the threshold was never reached. A diverged run reached nothing.
    """

    reached: bool
    first_epoch: float
    holds: bool
    hold_rate: float
    dip: int
    final: int | None
    best: int | None
    """A maximum over epochs, hence optimistic."""


def judge_run(
    counts: Sequence[int], threshold: int, window: int, *, diverged: bool = False
) -> RunConsistency:
    """Consistency of a run from its counts, epoch by epoch; the window is clipped to its epochs."""
    if diverged or not counts:
        return RunConsistency(False, NEVER, False, 0.0, 0, None, max(counts, default=None))
    at = [count >= threshold for count in counts]
    last = at[-window:]
    first = at.index(True) if any(at) else None
    after = [] if first is None else counts[first:]
    return RunConsistency(
        reached=first is not None,
        first_epoch=NEVER if first is None else first + 1,
        holds=all(last),
        hold_rate=sum(last) / len(last),
        dip=max([threshold - count for count in after] + [0]),
        final=counts[-1],
        best=max(counts),
    )


@dataclass(frozen=True)
class RecipeConsistency:
    """A recipe over its runs; `runs` is the n beside most numbers. None where undefined."""

    runs: int
    diverged: int
    reached: int
    holding: int
    hold_rate: float | None
    finals: int
    """Runs that were not diverged: the n of the final counts."""
    final_mean: float | None
    final_std: float | None
    """Standard deviation with n - 1; undefined for one run."""
    final_min: int | None
    final_max: int | None
    first_epoch_median: float | None
    """Infinite where half of the runs or more never reached the threshold."""

    @property
    def pass_rate(self) -> float | None:
        """Share of the runs that hold."""
        return self.holding / self.runs if self.runs else None


def judge_recipe(runs: Sequence[RunConsistency], diverged: int) -> RecipeConsistency:
    """Consistency of a recipe; diverged runs stay in every denominator."""
    finals = [run.final for run in runs if run.final is not None]
    return RecipeConsistency(
        runs=len(runs),
        diverged=diverged,
        reached=sum(run.reached for run in runs),
        holding=sum(run.holds for run in runs),
        hold_rate=sum(run.hold_rate for run in runs) / len(runs) if runs else None,
        finals=len(finals),
        final_mean=sum(finals) / len(finals) if finals else None,
        final_std=stdev(finals) if len(finals) > 1 else None,
        final_min=min(finals, default=None),
        final_max=max(finals, default=None),
        first_epoch_median=median(run.first_epoch for run in runs) if runs else None,
    )
