"""Adaptive seeds: which runs to train next, and when the choice among recipes is final.

With probability at least 1 - alpha, whatever the budget and whenever training stops, a choice that
is called final has a true hold rate less than the tie margin below the best, and no smaller recipe
that is as good as the best has been dropped. Why: for recipes a and b at equal seeds,
M(a, b, allowance) is the evidence against "a is behind b by the allowance or more"
(`statistics.eprocess`). One required evidence for K recipes, (K - 1) / alpha, serves two purposes:

- M(a, b, 0) beyond it: a is ahead of b, and b is **dropped** for good;
- M(c, j, tie margin) beyond it: j does not lead c by the tie margin, and is **settled** against c.

Let b be the best recipe, and the smallest of the best if several are equal. For a wrong choice, M
must exceed it for b and some other recipe a, although what is concluded from it is false. M grows
with the allowance, so one event per recipe a covers both uses, and K - 1 events of probability
alpha / (K - 1) have a probability of at most alpha together. This holds at all times at once: which
pair is extended, and when, may depend on anything seen so far.

It requires runs without gaps: every recipe has the study's first seeds, in order. Runs after a
failed one do not count until that one has been trained again. A diverged run has a hold rate of 0.

After Even-Dar, Mannor and Mansour (JMLR 7, 2006: elimination) and Kalyanakrishnan et al. (ICML
2012: spend on the leader and on its rivals).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from ...base.array_types import Integers
from ...study.loading.adaptive_seeds import FIRST_PORTION
from ..consistency import RATE_DIGITS
from .pair_evidence import AdaptiveRule, PairEvidence

RIVALS_AT_ONCE: Final = 2
"""At least this many open rivals are given seeds at a time; with one, the rule can get stuck."""
PORTIONS: Final = ((200, 20), (50, 10), (0, 5))
"""(seeds so far, further seeds at a time): the first pair that a recipe has reached applies."""


@dataclass(frozen=True)
class Rival:
    """An open recipe: for all that is known, it may lead the tested one by the tie margin."""

    name: str
    log_evidence: float
    """The largest log evidence so far that it does not lead by the tie margin; at
    `Allocation.required_evidence` the recipe is settled."""
    ahead: float
    """The largest log evidence so far that it leads, by however little; at
    `Allocation.required_evidence` the recipe under test is dropped."""
    pairs: int
    """Seeds that both it and the recipe under test have."""
    more_seeds: int | None
    """How many more seeds would settle it, or drop the recipe under test, if the larger of the two
    log evidences keeps growing at its average rate; None if there is none yet."""

    @property
    def nearer(self) -> float:
        """The larger of the two log evidences, which is likely to decide first."""
        return max(self.log_evidence, self.ahead)


@dataclass(frozen=True)
class Dropped:
    """A recipe that is shown to be behind another one, which may be dropped itself."""

    behind: str
    """The name of that other recipe."""
    log_evidence: float
    """The largest so far that it is behind, at least `Allocation.required_evidence`."""


@dataclass(frozen=True)
class Allocation:
    """What the runs so far decide, and what to train next."""

    required_evidence: float
    """Log of (K - 1) / alpha."""
    tested: str | None
    """The recipe under test: among the active recipes with the fewest parameters, the one with the
    highest hold rate. None until every recipe has a run."""
    choice: str | None
    """`tested` if the choice is final, otherwise the active recipe with the highest hold rate."""
    seeds: dict[str, int]
    """Each recipe's number of runs before its first gap."""
    dropped: dict[str, Dropped]
    """Recipes that are shown to be behind another one, in the order in which they were tested."""
    settled: dict[str, float]
    """Active recipes that do not lead the tested one by the tie margin, with the log evidence."""
    open: tuple[Rival, ...]
    """The rivals of the tested recipe, in the order in which they are given more seeds."""
    next: dict[str, int] = field(default_factory=dict)
    """How many of the study's first seeds each of these recipes should have next; empty once the
    choice is final or the budget is spent."""

    @property
    def is_final(self) -> bool:
        """Whether the choice is final, so that no more seeds are needed for it."""
        return self.tested is not None and not self.open

    @property
    def spent(self) -> int:
        """The number of runs so far."""
        return sum(self.seeds.values())


def allocate(
    pair_evidence: PairEvidence, workers: int = 1, counts: Integers | None = None
) -> Allocation:
    """The allocation after all runs, or after the first `counts` of each recipe."""
    seen = pair_evidence.runs if counts is None else counts
    seeds = dict(zip(pair_evidence.names, seen.tolist(), strict=True))
    if not len(seen) or seen.min() == 0:
        first = _first(seeds, pair_evidence.rule)
        return Allocation(pair_evidence.required_evidence, None, None, seeds, {}, {}, (), first)
    sums = pair_evidence.sums
    means = [round(float(sums[i, n]) / n, RATE_DIGITS) for i, n in enumerate(seen.tolist())]
    tested, dropped = _tested(pair_evidence, seen, means)
    active = [i for i in range(len(seen)) if i not in dropped and i != tested]
    within, ahead = pair_evidence.within(tested), pair_evidence.ahead(tested)
    rivals, settled = [], {}
    for i in sorted(active, key=lambda i: (-means[i], seen[i], i)):
        pairs = int(min(seen[i], seen[tested]))
        largest = float(within[i, pairs])
        if largest >= pair_evidence.required_evidence:
            settled[pair_evidence.names[i]] = largest
        else:
            leads = float(ahead[i, pairs])
            more = _more_seeds(max(largest, leads), pair_evidence.required_evidence, pairs)
            rivals.append(Rival(pair_evidence.names[i], largest, leads, pairs, more))
    best = max([tested, *active], key=lambda i: (means[i], pair_evidence.finals[i], seen[i], -i))
    names = [pair_evidence.names[tested], *(rival.name for rival in rivals)]
    first = _first(seeds, pair_evidence.rule)
    return Allocation(
        required_evidence=pair_evidence.required_evidence,
        tested=pair_evidence.names[tested],
        choice=pair_evidence.names[best if rivals else tested],
        seeds=seeds,
        dropped={pair_evidence.names[i]: found for i, found in dropped.items()},
        settled=settled,
        open=tuple(rivals),
        next=(first or _next(names, seeds, pair_evidence.rule.budget, workers)) if rivals else {},
    )


def _tested(
    pair_evidence: PairEvidence, seen: Integers, means: Sequence[float]
) -> tuple[int, dict[int, Dropped]]:
    """The recipe under test, and the dropped ones.

    A dropped recipe can still be the one that others are behind, and evidence from earlier looks
    still counts.
    """
    known = [math.inf if number is None else number for number in pair_evidence.parameters]
    dropped: dict[int, Dropped] = {}
    while True:
        active = [i for i in range(len(seen)) if i not in dropped]
        fewest = min(known[i] for i in active)
        tested = max(
            (i for i in active if known[i] == fewest),
            key=lambda i: (means[i], seen[i], -i),
        )
        ahead = pair_evidence.ahead(tested)[range(len(seen)), np.minimum(seen, seen[tested])]
        ahead[tested] = 0.0
        leader = int(ahead.argmax())
        if len(active) == 1 or ahead[leader] < pair_evidence.required_evidence:
            return tested, dropped
        dropped[tested] = Dropped(pair_evidence.names[leader], float(ahead[leader]))


def _more_seeds(log_evidence: float, required: float, pairs: int) -> int | None:
    """Seeds until there is as much, if log evidence grows in proportion; None if it is 0."""
    return math.ceil(pairs * (required / log_evidence - 1)) if log_evidence > 0 else None


def _first(seeds: Mapping[str, int], rule: AdaptiveRule) -> dict[str, int]:
    """The first seeds, for recipes that do not have them all."""
    first = min(FIRST_PORTION, rule.budget)
    return {name: first for name, number in seeds.items() if number < first}


def _next(
    names: Sequence[str], seeds: Mapping[str, int], budget: int, workers: int
) -> dict[str, int]:
    """More seeds for the tested recipe and its foremost rivals; empty if the budget is spent.

    `names` are the tested recipe and its rivals. Among the tested one and RIVALS_AT_ONCE rivals,
    those with the fewest seeds are given a portion; while workers would be idle, so are further
    rivals that have fewer seeds than that.
    """
    foremost = names[: RIVALS_AT_ONCE + 1]
    least = min(seeds[name] for name in foremost)
    until = min(least + portion(least), budget)
    chosen = {name: until for name in foremost if seeds[name] == least < until}
    for name in names[RIVALS_AT_ONCE + 1 :] if chosen else ():
        if sum(chosen[n] - seeds[n] for n in chosen) >= workers:
            break
        if seeds[name] < until:
            chosen[name] = min(seeds[name] + portion(seeds[name]), until)
    return chosen


def portion(seeds: int) -> int:
    """How many more seeds a recipe that has `seeds` is given."""
    return next(more for least, more in PORTIONS if seeds >= least)
