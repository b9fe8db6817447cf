"""The sentences on when runs reach the threshold, and whether they stay there."""

from __future__ import annotations

from collections.abc import Sequence

from ...base.words import agreeing, epoch, extent, plural, rate, some
from ...judging.consistency import NEVER
from ..bundle import Bundle
from ..tables.consistency import ConsistencyRow
from ..tables.runs import RunsRow
from .answers import highest
from .goal import threshold_words


def reached(bundle: Bundle) -> list[str]:
    """How many runs ever reached the threshold, and how many held it."""
    evidence, runs = bundle.evidence, list(bundle.runs)
    at, window = threshold_words(evidence), evidence.study.criterion.window
    if len(runs) == 1:
        return [_only(runs[0], at, window)]
    return [
        f"{sum(run.reached for run in runs)} of {plural(len(runs), 'run')} reached {at} at some "
        "epoch.",
        f"{sum(run.holds for run in runs)} of {plural(len(runs), 'run')} stayed there throughout "
        f"the last {'epoch' if window == 1 else f'{window} epochs'}.",
    ]


def _only(run: RunsRow, at: str, window: int) -> str:
    """`reached` of the only run."""
    if not run.reached:
        return f"The only run never reached {at}."
    last = "epoch" if window == 1 else f"{window} epochs"
    stayed = "stayed" if run.holds else "did not stay"
    return f"The only run reached {at}, and {stayed} there throughout the last {last}."


def first_epochs(bundle: Bundle) -> list[str]:
    """Which recipes reach the threshold first, and which in the largest share of their runs.

    Some run must have an epoch, here and in `staying`.
    """
    ranked = [row for row in bundle.ranked if row.over.first_epoch_median is not None]
    soonest = highest(ranked, lambda row: -(row.over.first_epoch_median or 0.0))
    last = {row.recipe: row for row in bundle.survival}
    most = highest([last[row.recipe] for row in ranked], lambda row: row.reached)
    several = len(ranked) > 1
    if not several and ranked[0].over.runs == 1:
        return [_soonest(soonest, several=False)]
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
        if over.runs == 1:
            return f"The only run of {names} never reached it."
        return f"{names} reached it in at most half of its runs."
    first = (
        f"The first to reach it {agreeing(len(rows), 'is', 'are')} {names},"
        if several
        else f"{names} first reaches it"
    )
    if all(row.over.runs == 1 for row in rows):
        where = agreeing(len(rows), "its only run", "the only run of each")
        return f"{first} at epoch {epoch(over.first_epoch_median)}, in {where}."
    runs = extent([row.over.runs for row in rows])
    return (
        f"{first} at epoch {epoch(over.first_epoch_median)}, the median over {runs} runs (runs "
        "that never reach it count as infinitely late)."
    )


def staying(bundle: Bundle) -> list[str]:
    """How many runs are at the threshold at the last epoch, and throughout the window."""
    lengths = {run.epochs for run in bundle.runs if run.status != "diverged"}
    last = max(row.epoch for row in bundle.survival)
    if lengths - {last}:
        return _staying_at_their_ends(bundle, min(lengths), max(lengths), last)
    begin = max(1, last - bundle.evidence.study.criterion.window + 1)
    at, throughout, runs = _stayed(bundle, last), _stayed(bundle, begin), len(bundle.runs)
    if runs == 1:
        was, since = ("was" if count else "was not" for count in (at, throughout))
        return [
            f"At epoch {last}, the only run {was} at the threshold.",
            f"It {since} at it from epoch {begin} on.",
        ]
    return [
        f"At epoch {last}, {at} of {runs:,} runs {agreeing(at, 'was', 'were')} at the threshold.",
        f"{throughout} of {runs:,} runs {agreeing(throughout, 'was', 'were')} at it from epoch "
        f"{begin} on.",
    ]


def _staying_at_their_ends(bundle: Bundle, fewest: int, most: int, last: int) -> list[str]:
    """`staying` if not all runs that did not diverge, of `fewest` to `most` epochs, end at the
    `last` epoch of the plot."""
    window = bundle.evidence.study.criterion.window
    at, held, runs = _stayed(bundle, last), sum(run.holds for run in bundle.runs), len(bundle.runs)
    its, of_held = (agreeing(count, "its", "their") for count in (at, held))
    were, held_were = (agreeing(count, "was", "were") for count in (at, held))
    or_all = ", or all if there are fewer" if fewest < window else ""
    throughout = (
        f"{held} of {runs:,} runs {held_were} at it throughout {of_held} last "
        f"{plural(window, 'epoch')}{or_all}."
    )
    epochs = f"{fewest} to {plural(most, 'epoch')}" if fewest < most else plural(most, "epoch")
    return [
        f"{at} of {runs:,} runs {were} at the threshold at {its} last epoch.",
        *([throughout] if window > 1 else []),
        f"Runs that did not diverge have {epochs}; at later ones, the plot shows them as at their "
        "last.",
    ]


def _stayed(bundle: Bundle, epoch: int) -> int:
    """How many runs of all recipes stay from this epoch on."""
    return round(sum(row.staying * row.runs for row in bundle.survival if row.epoch == epoch))
