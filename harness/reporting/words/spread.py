"""How far apart runs end, in words: standard deviations of the final count."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from statistics import median, stdev
from typing import Final

from ...base.words import plural, sentence, some
from ...statistics.intervals import AGREEING
from ...study.measure import Measure
from ..bundle import Bundle
from ..tables.cells import average, figure
from .answers import highest
from .goal import counted_noun, final_noun

MOST_NAMES: Final = 8
LEAST_RUNS: Final = 10
"""Fewest runs of which one may be called far from the others."""


def spread(bundle: Bundle) -> list[str]:
    """Standard deviations of the final count, and the mean that the smallest of them requires.

    Some run must have a final count.
    """
    rows = [row for row in bundle.consistency if row.over.final_std is not None]
    if not rows:
        return [_no_spread(bundle)]
    measure = bundle.evidence.measure
    show, finals = partial(average, measure=measure), _finals(bundle)
    parts = [
        f"{row.recipe} {show(row.over.final_std)} "
        f"(n = {row.over.finals}{_but_one(finals[row.recipe], measure)})"
        for row in rows
    ]
    steadiest = highest(rows, lambda row: -(row.over.final_std or 0.0))
    steady, *equal = [row.recipe for row in steadiest]
    best = steadiest[0].over
    return [
        f"Standard deviation of the {final_noun(bundle.evidence)} between runs"
        f"{f', in {measure.unit}s' if measure.total else ''}: {some(parts, MOST_NAMES)}.",
        *_too_few_finals(bundle),
        f"{_smallest([steady, *equal], _mean_needed(best.mean_needed, bundle), len(rows))}; the "
        f"mean{f' of {steady}' if equal else ''} is {show(best.final_mean)}"
        f"{just_beside(best.final_mean, best.mean_needed, show)}.",
    ]


def _finals(bundle: Bundle) -> dict[str, list[float]]:
    """The final counts of each recipe's runs."""
    found: dict[str, list[float]] = {}
    for row in bundle.runs:
        if row.final_correct is not None:
            found.setdefault(row.recipe, []).append(float(row.final_correct))
    return found


def _but_one(finals: Sequence[float], measure: Measure) -> str:
    """What the deviation would be without a single run, if that makes up more than half of it."""
    if len(finals) < LEAST_RUNS:
        return ""
    middle = median(finals)
    far = max(finals, key=lambda value: abs(value - middle))
    rest = list(finals)
    rest.remove(far)
    without = stdev(rest)
    if without >= stdev(finals) / 2:
        return ""
    return f"; {average(without, measure)} without the run that ended at {figure(far, measure)}"


def just_beside(value: float | None, needed: float | None, show: Callable[[float], str]) -> str:
    """On which side of what is needed a value lies that looks the same."""
    if value is None or needed is None or show(value) != show(needed):
        return ""
    if math.isclose(value, needed, rel_tol=AGREEING):
        return ""
    return f", just {'below' if value < needed else 'above'} it"


def _no_spread(bundle: Bundle) -> str:
    """Why no recipe has a standard deviation."""
    over = [row.over for row in bundle.ranked]
    finals = sum(found.finals for found in over)
    if all(found.runs == 1 for found in over):
        return "With one run per recipe, the spread between runs is unknown."
    which = "Only one run" if finals == 1 else "Each recipe has at most one run that"
    return f"{which} did not diverge, so the spread between runs is unknown."


def _too_few_finals(bundle: Bundle) -> Iterator[str]:
    """Which recipes have no standard deviation beside others that do."""
    if names := [row.recipe for row in bundle.ranked if row.over.final_std is None]:
        yield f"Fewer than two runs of {some(names)} have a {final_noun(bundle.evidence)}."


def _smallest(names: Sequence[str], what: str, among: int) -> str:
    """What follows from the smallest deviation, with the names if it is that of some of several."""
    return f"It is smallest for {some(names)}, for which {what}" if among > 1 else sentence(what)


def _mean_needed(needed: float | None, bundle: Bundle) -> str:
    """The mean that would put 95% of epochs at the threshold, or that there can be none."""
    evidence = bundle.evidence
    shown, goal = average(needed, evidence.measure), "would put 95% of epochs at the threshold"
    if evidence.total is None or needed is None or needed <= evidence.total:
        return f"a mean of {shown} {goal}"
    most = plural(evidence.total, counted_noun(evidence))
    return f"no mean {goal}, since it would have to be {shown}, more than all {most}"
