"""Where each recipe stands against the leader: it falls, ties, or is undecided."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

from ..statistics.multiplicity import (
    cautious_deviation,
    holm_against_leader,
    runs_for_power,
    runs_for_tie,
)
from ..study.declaration import Criterion
from .comparison import Comparison, RunsBySeed, compare_recipes
from .consistency import RATE_DIGITS, RecipeConsistency, rank
from .evidence import Evidence

StandingOutcome = Literal["falls", "ties", "undecided", "dropped", "settled", "open"]
"""Where a recipe stands against the leader: with a declared number of seeds one of the first three,
with adaptive seeds one of the others."""


@dataclass(frozen=True)
class Candidate:
    """A recipe as the decision sees it."""

    name: str
    parameters: int
    """0 if they are not stated."""
    consistency: RecipeConsistency
    runs: RunsBySeed = field(repr=False)

    @property
    def hold_rate(self) -> float:
        """The mean hold rate; every candidate has one, since it has runs."""
        assert self.consistency.hold_rate is not None
        return self.consistency.hold_rate

    @property
    def rank(self) -> tuple[float, float]:
        """The key that recipes are ranked by; its first number is equal for equal hold rates."""
        return rank(self.consistency.hold_rate, self.consistency.final.merit)


@dataclass(frozen=True)
class Standing:
    """A recipe against the leader; p-values are adjusted for all comparisons with the leader."""

    candidate: Candidate
    outcome: StandingOutcome
    comparison: Comparison
    hold_p: float | None
    final_p: float | None
    runs_needed: int | None
    """For an undecided recipe, seeds with 80% power to detect a deficit of the tie margin, at the
    alpha that Holm's method gives the smallest p of all pairs, and to show a tie if there is no
    deficit, unless it is further behind than the margin so far; with adaptive seeds, those that
    would decide about it. None if unknown, or if there are that many already."""

    @property
    def name(self) -> str:
        """The recipe's name."""
        return self.candidate.name


def candidates(evidence: Evidence) -> list[Candidate]:
    """The recipes that have runs, in the study's order."""
    return [
        Candidate(
            name,
            evidence.parameters(name),
            evidence.consistency[name],
            evidence.judged(name),
        )
        for name, records in evidence.records.items()
        if records
    ]


def leader_of(found: list[Candidate]) -> Candidate:
    """The recipe with the highest hold rate, also on the seeds that it shares with each rival.

    If seeds are missing, a recipe can be ahead on its own seeds but behind on the common ones, on
    which recipes are compared. Such a recipe does not lead, unless this is true of all of them.
    """
    ranked = sorted(found, key=lambda candidate: candidate.rank, reverse=True)
    return next((c for c in ranked if not any(_beats(other, c) for other in found)), ranked[0])


def _beats(ours: Candidate, theirs: Candidate) -> bool:
    common = ours.runs.keys() & theirs.runs.keys()
    gaps = [ours.runs[seed].hold_rate - theirs.runs[seed].hold_rate for seed in common]
    return round(math.fsum(gaps), RATE_DIGITS) > 0


def standings(
    evidence: Evidence, leader: Candidate, others: list[Candidate]
) -> tuple[Standing, ...]:
    """The others against the leader, each over the seeds that it has in common with the leader."""
    criterion = evidence.study.criterion
    compared = [compare_recipes(evidence, leader.name, other.name) for other in others]
    among = evidence.study.criterion.chosen_among(len(others) + 1)
    hold_ps = holm_against_leader([found.hold.p for found in compared], among)
    final_ps = holm_against_leader([found.final.p for found in compared], among)
    pairs = math.comb(among, 2)
    return tuple(
        Standing(
            candidate=other,
            outcome=(outcome := _outcome(found, hold_p, criterion)),
            comparison=found,
            hold_p=hold_p,
            final_p=final_p,
            runs_needed=_runs_needed(found, criterion, pairs) if outcome == "undecided" else None,
        )
        for other, found, hold_p, final_p in zip(others, compared, hold_ps, final_ps, strict=True)
    )


def _runs_needed(found: Comparison, criterion: Criterion, pairs: int) -> int | None:
    deficit, margin = found.hold, criterion.tie_margin
    deviation = cautious_deviation(deficit.deviation, deficit.mean, deficit.pairs)
    falls = runs_for_power(deviation, margin, criterion.confidence, pairs)
    ties = runs_for_tie(deviation, margin, criterion.confidence)
    if deficit.mean is None or falls is None or ties is None:
        return None
    needed = falls if deficit.mean > margin else max(falls, ties)
    return needed if needed > deficit.pairs else None


def _outcome(found: Comparison, p: float | None, criterion: Criterion) -> StandingOutcome:
    deficit = found.hold
    if deficit.mean is None or deficit.interval is None or p is None:
        return "undecided"
    if deficit.mean > 0 and p <= 1 - criterion.confidence:
        return "falls"
    return "ties" if deficit.interval.high < criterion.tie_margin else "undecided"


def preference_of(candidate: Candidate) -> tuple[float, int, float]:
    """The key that decides among equal recipes: the one with the smallest key is chosen.

    A recipe that does not state its parameters counts as larger than those that do.
    """
    found = candidate.consistency
    return candidate.parameters or math.inf, found.diverged, -found.final.merit
