"""The sentences that answer a report's questions, with numbers from its tables.

If several recipes share an extreme, all are named, and the numbers are those of the highest-ranked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import TypeVar

from ...base.words import (
    agreeing,
    listed,
    mean,
    p_value,
    percent,
    plural,
    rate,
    some,
    whole,
)
from ...judging.consistency import RATE_DIGITS
from ...statistics.intervals import Interval
from ...study.axes import in_words
from ...study.measure import Measure
from ..bundle import Bundle
from ..tables.cells import ends
from ..tables.comparisons import ComparisonsRow
from ..tables.grounds import EffectsRow
from .goal import amount_words, better_end, counted_noun, final_noun

T = TypeVar("T")


def highest(rows: Iterable[T], value: Callable[[T], float]) -> list[T]:
    """All rows with the highest value, to nine decimals, in their order."""
    rows = list(rows)
    most = max(round(value(row), RATE_DIGITS) for row in rows)
    return [row for row in rows if round(value(row), RATE_DIGITS) == most]


def deficits(bundle: Bundle) -> list[str]:
    """How many recipes have each outcome, and how far behind the closest is."""
    rows = list(bundle.behind)
    nearest = rows[0]
    hold, adaptive = nearest.hold, bundle.evidence.study.budget is not None
    others = f"{'other than' if adaptive else 'behind'} {nearest.leader}"
    margin = bundle.evidence.study.criterion.tie_margin
    several = len(rows) > 1
    return [
        f"Of the {len(rows)} recipes {others}, {_outcomes(rows, margin)}."
        if several
        else f"The only recipe {others}, {nearest.recipe}, {_stands(nearest)}.",
        f"{f'The closest, {nearest.recipe},' if several else 'It'} is "
        f"{_behind(hold.difference)} in hold rate ({_confidence(bundle)} interval "
        f"{ends(hold.interval, hold.show)}; Holm-adjusted {p_value(hold.p_holm)}; "
        f"{plural(hold.pairs, 'pair')} of runs), and its mean {final_noun(bundle.evidence)} is "
        f"{_beside(nearest.final.difference, bundle.evidence.measure)} "
        f"{'the choice' if adaptive else 'the leader'}'s.",
        *_further_run(bundle, nearest),
    ]


def _further_run(bundle: Bundle, nearest: ComparisonsRow) -> Iterator[str]:
    """How probable it is that the better one stays ahead; nothing without runs to compare."""
    if nearest.superiority is not None:
        yield (
            f"A further run of {nearest.leader} would end {better_end(bundle.evidence)} than one "
            f"of {nearest.recipe} with a probability of {rate(nearest.superiority)} "
            f"({ends(nearest.superiority_interval)})."
        )


def _stands(row: ComparisonsRow) -> str:
    """The outcome of one recipe as a verb."""
    return (
        row.shown_outcome if row.shown_outcome in ("falls", "ties") else f"is {row.shown_outcome}"
    )


def _outcomes(rows: Sequence[ComparisonsRow], tie_margin: float) -> str:
    count = Counter(row.shown_outcome for row in rows)
    if any(count[outcome] for outcome in ("dropped", "settled", "open", "under test")):
        under_test = [
            f"; {row.recipe} is under test, and {row.leader} may still lead it by {tie_margin:g}"
            for row in rows
            if row.under_test
        ]
        return (
            f"{count['dropped']} {agreeing(count['dropped'], 'is', 'are')} dropped, "
            f"{count['settled']} settled and {count['open']} open{''.join(under_test)}"
        )
    return (
        f"{count['falls']} {agreeing(count['falls'], 'falls', 'fall')}, {count['ties']} "
        f"{agreeing(count['ties'], 'ties', 'tie')} and {count['undecided']} "
        f"{agreeing(count['undecided'], 'is', 'are')} undecided"
    )


def _behind(difference: float | None) -> str:
    """How far a recipe is behind the one that it is compared with, or ahead of it."""
    if difference is None:
        return "behind by an unknown amount"
    if not round(difference, RATE_DIGITS):
        return "equal"
    return f"{rate(abs(difference))} {'ahead' if difference < 0 else 'behind'}"


def _beside(difference: float | None, measure: Measure) -> str:
    """How many images a recipe is below the one that it is compared with, or above it."""
    if difference is None:
        return "an unknown distance from"
    if not round(difference, RATE_DIGITS):
        return "equal to"
    return f"{amount_words(abs(difference), measure)} {'above' if difference < 0 else 'below'}"


def effects(bundle: Bundle) -> list[str]:
    """The best and worst levels of each axis, after what part of the grid has runs."""
    lines = _part_of_grid(bundle)
    for axis, levels in groupby(bundle.effects, key=lambda row: row.axis):
        rows = list(levels)
        best = highest(rows, lambda row: row.hold_rate)
        worst = highest(rows, lambda row: -row.hold_rate)
        said = (
            _levels(best, f" {agreeing(len(best), 'is', 'are')} equal")
            if len(best) == len(rows)
            else f"the best {agreeing(len(best), 'is', 'are')} {_levels(best)}; "
            f"the worst {agreeing(len(worst), 'is', 'are')} {_levels(worst)}"
        )
        lines.append(f"{in_words(axis).capitalize()}: {said}.")
    return lines


def _part_of_grid(bundle: Bundle) -> list[str]:
    """How many recipes the effects are of, if not of all."""
    every, of_axis = len(bundle.evidence.compared.study.recipes), Counter[str]()
    for row in bundle.effects:
        of_axis[row.axis] += row.recipes
    count = max(of_axis.values())
    said = f"Only {count} of the {every} recipes count: those with runs in every combination."
    return [] if count == every else [said]


def _levels(rows: Sequence[EffectsRow], verb: str = "") -> str:
    """Levels with the same hold rate, each with its own interval unless all have the same."""
    names, at = [row.level for row in rows], rate(rows[0].hold_rate)
    grounds = [f"({ends(row.hold_interval)}{_over(row)})" for row in rows]
    if len({*grounds}) == 1:
        return f"{listed(names)}{verb}, at {at} {grounds[0]}"
    own = [f"{name} {found}" for name, found in zip(names, grounds, strict=True)]
    return f"{listed(own)}{verb}, at {at}"


def _over(row: EffectsRow) -> str:
    """What a level's mean is over: the seeds are its n, however many runs have each of them."""
    if row.recipes == 1:
        return f", n = {row.seeds}"
    return f"; {plural(row.runs, 'run')}, {plural(row.seeds, 'seed')}"


def noise(bundle: Bundle) -> list[str]:
    """Whether networks differ in true accuracy by more than independent errors explain."""
    rows = [
        (row.between, row.between_interval, row)
        for row in bundle.noise
        if row.between is not None and row.between_interval is not None
    ]
    beyond = [row.recipe for _, interval, row in rows if interval.low > 0]
    largest = highest(rows, lambda found: found[0])
    between, interval, most = largest[0]
    confidence, several = _confidence(bundle), len(rows) > 1
    shown = (
        f"For {some(beyond, 8)}, runs differ in true accuracy by more than independent errors on "
        f"single images explain (the {confidence} interval of the remaining variance is above 0)."
        if beyond
        else f"{'No recipe is' if several else f'{most.recipe} is not'} shown to have runs that "
        "differ in true accuracy by more than independent errors on single images explain "
        f"({_not_above_0([found for _, found, _ in rows], confidence)})."
    )
    whose = f"The largest remaining variance is that of {some([r.recipe for _, _, r in largest])},"
    of = f"{most.recipe}: " if len(largest) > 1 else ""
    return [
        shown,
        "Variances are in images squared.",
        f"{whose if several else f'The remaining variance of {most.recipe} is'} {mean(between)} "
        f"({of}{ends(interval, mean)}, n = {most.runs}), beside {mean(most.independent)} from "
        f"independent errors; {plural(most.always_wrong, counted_noun(bundle.evidence))} "
        f"{agreeing(most.always_wrong, 'is', 'are')} misclassified by every run of {most.recipe}, "
        f"{whole(most.sometimes_wrong)} by some.",
        *_below_0([row.recipe for _, interval, row in rows if interval.high < 0]),
    ]


def _below_0(names: Sequence[str]) -> Iterator[str]:
    """What it means that the interval of a variance is below 0, if one is."""
    if names:
        yield (
            f"No variance can be below 0: the runs of {some(names, 8)} ended closer together than "
            "independent errors would put them, by chance or because errors on single images are "
            "not independent."
        )


def _not_above_0(intervals: Sequence[Interval], confidence: str) -> str:
    """How the intervals lie, none of which is above 0; without any spread, one may be below."""
    if any(interval.high < 0 for interval in intervals):
        which = "no" if len(intervals) > 1 else "the"
        where = "is above 0" if len(intervals) > 1 else "is below 0"
    else:
        which, where = "every" if len(intervals) > 1 else "the", "includes 0"
    return f"{which} {confidence} interval of the remaining variance {where}"


def learning_rates(bundle: Bundle) -> list[str]:
    """The range of learning rates."""
    rates = [row.lr for row in bundle.ended_epochs if row.lr is not None]
    recipes = len(bundle.ranked)
    over = f", over {recipes} recipes; recipes with the same rates share a line"
    low, high = f"{min(rates):.3g}", f"{max(rates):.3g}"
    span = f"are {low}" if low == high else f"range from {high} down to {low}"
    return [f"At the first training step of each epoch they {span}{over if recipes > 1 else ''}."]


def _confidence(bundle: Bundle) -> str:
    return percent(bundle.evidence.study.criterion.confidence)
