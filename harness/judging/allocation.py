"""Adaptive seeds: which runs to train next, and when the choice among recipes is final.

With probability at least 1 - alpha, whatever the budget and whenever it stops, a choice that is
called final has a true hold rate less than `margin` below the best, and no smaller recipe that is
as good as the best was dropped. Why: for recipes a and b at equal seeds, M(a, b, allowance) is the
evidence against "a is behind b by the allowance or more" (`statistics.eprocess`). One threshold for
K recipes, (K - 1) / alpha, serves two purposes:

- M(a, b, 0) beyond it: a is ahead of b, and b is **dropped** for good;
- M(c, j, margin) beyond it: j does not lead c by the margin, and is **settled** against c.

Let b be the best recipe, the smallest of equals. A wrong choice needs, for some other recipe a, one
of these about a and b although it is false; M grows with the allowance, so that one event a recipe
is enough, and K - 1 events of probability alpha / (K - 1) are at most alpha. It holds at all times
at once: which pair is extended, and when, may depend on anything that was seen.

That needs runs without gaps: every recipe has seeds from the study's first on, in order. What
a failed run leaves a gap before does not count until it is trained again. A diverged run has a hold
rate of 0.

After Even-Dar, Mannor and Mansour (JMLR 7, 2006: elimination) and Kalyanakrishnan et al. (ICML
2012: spend on the leader and on its rivals).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from ..base.array_types import Integers
from .consistency import RATE_DIGITS
from .pair_evidence import PairEvidence, Rule

FIRST: Final = 5
"""Seeds that every recipe is given."""
RIVALS_AT_ONCE: Final = 2
"""Open rivals that are given more seeds at a time, at least: with one alone it can get stuck."""
BATCHES: Final = ((200, 20), (50, 10), (0, 5))
"""From the first number of seeds on, the second number more at a time."""


@dataclass(frozen=True)
class Rival:
    """An open recipe: it may lead the recipe under test by the margin, for all that is known."""

    name: str
    evidence: float
    """The largest log evidence so far that it does not; at `Allocation.threshold` it is settled."""
    pairs: int
    """Seeds that it has in common with the recipe under test."""
    more_seeds: int | None
    """About how many more of these would settle it, if it goes on so; None where it does not."""


@dataclass(frozen=True)
class Allocation:
    """What the runs so far decide, and what should be trained next."""

    threshold: float
    """Log of (K - 1) / alpha."""
    tested: str | None
    """The recipe under test: of the active ones with fewest parameters that with the highest hold
    rate. None before every recipe has a run."""
    choice: str | None
    """`tested` where that is final, else the active recipe with the highest hold rate."""
    seeds: dict[str, int]
    """Runs of each recipe without a gap."""
    dropped: dict[str, str]
    """Recipes that are behind another, and that other."""
    settled: dict[str, float]
    """Active recipes that do not lead the tested one by the margin, with the log evidence for it.
    """
    open: tuple[Rival, ...]
    """In the order in which they are given more seeds."""
    next: dict[str, int] = field(default_factory=dict)
    """Seeds that each of these recipes should have next, counted from the study's first; empty
    where the choice is final, or the budget is spent."""

    @property
    def final(self) -> bool:
        """Whether more seeds would not change the choice."""
        return self.tested is not None and not self.open

    @property
    def spent(self) -> int:
        """Runs so far."""
        return sum(self.seeds.values())


def allocate(runs: PairEvidence, workers: int = 1, counts: Integers | None = None) -> Allocation:
    """What is decided, and what next, from all runs, or from the first `counts` of each recipe."""
    seen = runs.counts if counts is None else counts
    seeds = dict(zip(runs.names, seen.tolist(), strict=True))
    if not len(seen) or seen.min() == 0:
        return Allocation(runs.threshold, None, None, seeds, {}, {}, (), _first(seeds, runs.rule))
    means = [round(float(runs.sums[i, n]) / n, RATE_DIGITS) for i, n in enumerate(seen.tolist())]
    tested, dropped = _tested(runs, seen, means)
    active = [i for i in range(len(seen)) if i not in dropped and i != tested]
    evidence = runs.within(tested)
    rivals, settled = [], {}
    for i in sorted(active, key=lambda i: (-means[i], seen[i], i)):
        pairs = int(min(seen[i], seen[tested]))
        largest = float(evidence[i, pairs])
        if largest >= runs.threshold:
            settled[runs.names[i]] = largest
        else:
            more = _more_seeds(largest, runs.threshold, pairs)
            rivals.append(Rival(runs.names[i], largest, pairs, more))
    best = max([tested, *active], key=lambda i: (means[i], runs.finals[i], seen[i], -i))
    names = [runs.names[tested], *(rival.name for rival in rivals)]
    first = _first(seeds, runs.rule)
    return Allocation(
        threshold=runs.threshold,
        tested=runs.names[tested],
        choice=runs.names[best if rivals else tested],
        seeds=seeds,
        dropped={runs.names[i]: runs.names[a] for i, a in dropped.items()},
        settled=settled,
        open=tuple(rivals),
        next=(first or _next(names, seeds, runs.rule.budget, workers)) if rivals else {},
    )


def _tested(
    runs: PairEvidence, seen: Integers, means: Sequence[float]
) -> tuple[int, dict[int, int]]:
    """The recipe under test, and those dropped on the way to it, each with the one ahead of it.

    A recipe that was dropped still counts against others, and so does evidence of an earlier look.
    """
    known = [math.inf if number is None else number for number in runs.parameters]
    dropped: dict[int, int] = {}
    while True:
        active = [i for i in range(len(seen)) if i not in dropped]
        fewest = min(known[i] for i in active)
        tested = max(
            (i for i in active if known[i] == fewest),
            key=lambda i: (means[i], seen[i], -i),
        )
        ahead = runs.ahead(tested)[range(len(seen)), np.minimum(seen, seen[tested])]
        ahead[tested] = 0.0
        leader = int(ahead.argmax())
        if len(active) == 1 or ahead[leader] < runs.threshold:
            return tested, dropped
        dropped[tested] = leader


def _more_seeds(evidence: float, threshold: float, pairs: int) -> int | None:
    """Log evidence grows in proportion to the seeds, or not at all."""
    return math.ceil(pairs * (threshold / evidence - 1)) if evidence > 0 else None


def _first(seeds: Mapping[str, int], rule: Rule) -> dict[str, int]:
    """The first seeds, for the recipes that lack some."""
    first = min(FIRST, rule.budget)
    return {name: first for name, number in seeds.items() if number < first}


def _next(
    names: Sequence[str], seeds: Mapping[str, int], budget: int, workers: int
) -> dict[str, int]:
    """More seeds for the tested recipe and its foremost rivals; empty where the budget is spent.

    `names` are the tested recipe and its rivals. Of the tested one and AT_ONCE rivals those with
    the fewest seeds are given a batch; while workers would be idle, further rivals that have fewer.
    """
    foremost = names[: RIVALS_AT_ONCE + 1]
    least = min(seeds[name] for name in foremost)
    until = min(least + batch(least), budget)
    chosen = {name: until for name in foremost if seeds[name] == least < until}
    for name in names[RIVALS_AT_ONCE + 1 :] if chosen else ():
        if sum(chosen[n] - seeds[n] for n in chosen) >= workers:
            break
        if seeds[name] < until:
            chosen[name] = min(seeds[name] + batch(seeds[name]), until)
    return chosen


def batch(seeds: int) -> int:
    """How many more seeds a recipe is given that has `seeds`."""
    return next(more for least, more in BATCHES if seeds >= least)
