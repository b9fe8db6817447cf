"""Which recipe to choose, by the rule that the study declares, step by step.

1. Eligible: recipes that have runs (budgets are checked before training).
2. The leader has the highest hold rate. Behind it a recipe `falls` if its deficit is significant
   over all comparisons (Holm), `ties` if even the upper end of the deficit's interval is below
   `tie_margin`, and is `undecided` otherwise: ignorance is never a tie.
3. Among leader and ties: fewest parameters, then fewest diverged runs, then the higher mean final
   count. The choice is provisional while an undecided recipe could change it.
4. The verdict holds the pass rate of the chosen recipe against the required one, by exact
   one-sided bounds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from ..statistics.multiplicity import holm_against_leader, runs_for_power
from ..study.declaration import Criterion
from .comparison import Comparison, Runs, compare
from .consistency import RecipeConsistency, rank
from .evidence import Evidence

Outcome = Literal["leads", "falls", "ties", "undecided"]
Verdict = Literal["meets", "fails", "not enough runs"]


@dataclass(frozen=True)
class Candidate:
    """A recipe as the decision sees it."""

    name: str
    parameters: int
    consistency: RecipeConsistency
    runs: Runs

    @property
    def hold_rate(self) -> float:
        """Mean hold rate; of a recipe without runs there is none, and it is no candidate."""
        assert self.consistency.hold_rate is not None
        return self.consistency.hold_rate

    @property
    def rank(self) -> tuple[float, float]:
        """What recipes are ranked by: equal hold rates are equal in its first number."""
        return rank(self.consistency.hold_rate, self.consistency.final.mean)


@dataclass(frozen=True)
class Standing:
    """A recipe against the leader; p-values are adjusted over all recipes behind it."""

    candidate: Candidate
    outcome: Outcome
    comparison: Comparison
    hold_p: float | None
    final_p: float | None
    runs_needed: int | None
    """Seeds for 80% power to find a deficit of the tie margin; None where unknown."""

    @property
    def name(self) -> str:
        """The recipe's name."""
        return self.candidate.name


@dataclass(frozen=True)
class Decision:
    """The outcome of each step, on what runs there are."""

    leader: Candidate
    standings: tuple[Standing, ...]
    """Of all other candidates, in the study's order."""
    chosen: Candidate
    unsettled: tuple[str, ...]
    """Undecided recipes that could change the choice; it is provisional while there are any."""
    verdict: Verdict
    without_runs: tuple[str, ...]
    confidence: float

    def having(self, outcome: Outcome) -> list[Standing]:
        """The recipes with this outcome."""
        return [standing for standing in self.standings if standing.outcome == outcome]

    @property
    def level(self) -> list[Candidate]:
        """The leader and its ties."""
        return [self.leader, *(standing.candidate for standing in self.having("ties"))]

    @property
    def runs_needed(self) -> int | None:
        """Seeds a recipe that would settle the choice; None where it is settled or unknown."""
        needed = [
            standing.runs_needed for standing in self.standings if standing.name in self.unsettled
        ]
        return max((number for number in needed if number), default=None)

    @property
    def can_fall(self) -> bool:
        """Whether the largest deficit that could be would be significant with so many pairs."""
        least = holm_against_leader([s.comparison.hold.least_p for s in self.standings])
        return any(p is not None and p <= 1 - self.confidence for p in least)

    @property
    def rival(self) -> Candidate | None:
        """The closest rival of the chosen recipe: the highest hold rate but its own."""
        others = [self.leader, *(standing.candidate for standing in self.standings)]
        others = [found for found in others if found.name != self.chosen.name]
        return max(others, key=lambda found: found.rank, default=None)


def decide(evidence: Evidence) -> Decision | None:
    """The decision on what runs there are; None where no recipe has any."""
    candidates = _candidates(evidence)
    if not candidates:
        return None
    criterion = evidence.study.criterion
    leader = max(candidates, key=lambda found: found.rank)
    standings = _standings(leader, [c for c in candidates if c is not leader], criterion)
    chosen = min(
        [leader, *(s.candidate for s in standings if s.outcome == "ties")], key=_preference
    )
    return Decision(
        leader=leader,
        standings=standings,
        chosen=chosen,
        unsettled=_unsettled(chosen, standings, criterion.tie_margin),
        verdict=verdict(chosen.consistency, criterion.required_pass_rate),
        without_runs=tuple(name for name, records in evidence.records.items() if not records),
        confidence=criterion.confidence,
    )


def _candidates(evidence: Evidence) -> list[Candidate]:
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


def _standings(
    leader: Candidate, others: list[Candidate], criterion: Criterion
) -> tuple[Standing, ...]:
    compared = [compare(leader.runs, other.runs, criterion.confidence) for other in others]
    hold_ps = holm_against_leader([found.hold.p for found in compared])
    final_ps = holm_against_leader([found.final.p for found in compared])
    return tuple(
        Standing(
            candidate=other,
            outcome=_outcome(found, hold_p, criterion),
            comparison=found,
            hold_p=hold_p,
            final_p=final_p,
            runs_needed=runs_for_power(
                found.hold.deviation, criterion.tie_margin, criterion.confidence
            ),
        )
        for other, found, hold_p, final_p in zip(others, compared, hold_ps, final_ps, strict=True)
    )


def _outcome(found: Comparison, p: float | None, criterion: Criterion) -> Outcome:
    deficit = found.hold
    if deficit.mean is None or deficit.interval is None or p is None:
        return "undecided"
    if deficit.mean > 0 and p <= 1 - criterion.confidence:
        return "falls"
    return "ties" if deficit.interval.high < criterion.tie_margin else "undecided"


def _unsettled(
    chosen: Candidate, standings: tuple[Standing, ...], margin: float
) -> tuple[str, ...]:
    """Undecided recipes that, were they tied, would be chosen; or that may lead by the margin."""
    return tuple(
        standing.name
        for standing in standings
        if standing.outcome == "undecided"
        and (_preference(standing.candidate) < _preference(chosen) or _may_lead(standing, margin))
    )


def _may_lead(standing: Standing, margin: float) -> bool:
    interval = standing.comparison.hold.interval
    return interval is None or interval.low < -margin


def verdict(found: RecipeConsistency, required: float) -> Verdict:
    """The pass rate against the required one, by its exact one-sided bounds."""
    bounds = found.pass_bounds
    if bounds and bounds.low >= required:
        return "meets"
    return "fails" if bounds and bounds.high < required else "not enough runs"


def runs_that_could_meet(required: float, confidence: float) -> int:
    """The fewest runs, all of which hold, that meet the required pass rate (exact bound)."""
    return math.ceil(math.log(1 - confidence) / math.log(required))


def _preference(candidate: Candidate) -> tuple[int, int, float]:
    found = candidate.consistency
    return candidate.parameters, found.diverged, -(found.final.mean or 0.0)
