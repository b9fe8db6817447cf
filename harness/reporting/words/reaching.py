"""The sentences on when runs reach the threshold, and whether they stay there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...base.words import agreeing, epoch, plural, rate, some
from ...judging.consistency import NEVER
from ..bundle import Bundle
from ..tables.consistency import ConsistencyRow
from ..tables.survival import SurvivalRow
from .answers import highest
from .goal import threshold_words


def reached(bundle: Bundle) -> list[str]:
    """How many runs ever reached the threshold, and how many held it."""
    evidence, runs = bundle.evidence, list(bundle.runs)
    at, window = threshold_words(evidence), evidence.study.criterion.window
    return [
        f"{sum(run.reached for run in runs)} of {plural(len(runs), 'run')} reached {at} at some "
        "epoch.",
        f"{sum(run.holds for run in runs)} of {plural(len(runs), 'run')} stayed there throughout "
        f"the last {'epoch' if window == 1 else f'{window} epochs'}.",
    ]


def first_epochs(bundle: Bundle) -> list[str]:
    """Which recipes reach the threshold first, and which in the largest share of their runs."""
    ranked = [row for row in bundle.ranked if row.over.first_epoch_median is not None]
    soonest = highest(ranked, lambda row: -(row.over.first_epoch_median or 0.0))
    last = {row.recipe: row for row in bundle.survival}
    most = highest(
        [last[row.recipe] for row in ranked if row.recipe in last], lambda row: row.reached
    )
    several = len(ranked) > 1
    share = f"share of runs that had reached it by their last epoch is {rate(most[0].reached)}"
    return [
        _soonest(soonest, several=several),
        f"The largest {share}, for {some([row.recipe for row in most])}."
        if several
        else f"The {share}.",
    ]


def _soonest(rows: Sequence[ConsistencyRow], *, several: bool) -> str:
    """The recipes with the lowest median of first epochs; `several` if there are others, too."""
    names, over = some([row.recipe for row in rows]), rows[0].over
    if over.first_epoch_median == NEVER:
        if several:
            return "No recipe reached it in more than half of its runs."
        return f"{names} reached it in at most half of its runs."
    first = (
        f"The first to reach it {agreeing(len(rows), 'is', 'are')} {names},"
        if several
        else f"{names} first reaches it"
    )
    return (
        f"{first} at epoch {epoch(over.first_epoch_median)}, the median over "
        f"{plural(over.runs, 'run')} (runs that never reach it count as infinitely late)."
    )


def staying(bundle: Bundle) -> list[str]:
    """How many runs are at the threshold at the last epoch, and throughout the window."""
    rows = list(bundle.survival)
    last = max(row.epoch for row in rows)
    begin = max(1, last - bundle.evidence.study.criterion.window + 1)
    at, runs = _stayed(rows, last)
    throughout, runs_then = _stayed(rows, begin)
    return [
        f"At epoch {last}, {at} of {plural(runs, 'run')} were at the threshold.",
        f"{throughout} of {plural(runs_then, 'run')} were at it from epoch {begin} on.",
    ]


def _stayed(rows: Iterable[SurvivalRow], epoch: int) -> tuple[int, int]:
    """How many runs of all recipes stay from this epoch on, and how many runs there are."""
    here = [row for row in rows if row.epoch == epoch]
    return round(sum(row.staying * row.runs for row in here)), sum(row.runs for row in here)
