"""Which recipe to choose, by the rule that the study declares, step by step.

1. Eligible: recipes that have runs (budgets are checked before training).
2. The leader has the highest hold rate. Behind it a recipe `falls` if its deficit is significant
   over all comparisons (Holm), `ties` if even the upper end of the deficit's interval is below
   `tie_margin`, and is `undecided` otherwise: ignorance is never a tie.
3. Among leader and ties: fewest parameters, then fewest diverged runs, then the higher mean final
   count. The choice is provisional while an undecided recipe could change it.
4. The verdict holds the pass rate of the chosen recipe against the required one, at alpha / K:
   the runs that choose one of K recipes flatter it.

With adaptive seeds steps 2 and 3 are those of `allocation`: the others are `dropped`, `settled` or
`open`, and each is compared with the chosen recipe.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..statistics.multiplicity import holm_against_leader
from .adaptive import AdaptiveState, adaptive_state, without_gaps
from .evidence import Evidence
from .pass_rate import PassAnswer, PassVerdict, pass_verdict, verdict_at_looks
from .standings import (
    Candidate,
    Place,
    Standing,
    candidates,
    leader_of,
    preference_of,
    standings,
)


@dataclass(frozen=True)
class Decision:
    """The outcome of each step, on what runs there are."""

    leader: Candidate
    """The highest hold rate; with adaptive seeds the choice, which others are compared with."""
    standings: tuple[Standing, ...]
    """Of all other candidates, in the study's order."""
    chosen: Candidate
    unsettled: tuple[str, ...]
    """Undecided recipes that could change the choice; with adaptive seeds those that are open, or
    without runs."""
    passing: PassVerdict
    """On the chosen recipe, from the runs that chose it."""
    without_runs: tuple[str, ...]
    confidence: float
    look_ahead: bool = False
    """Whether some recipe has not the declared number of runs: intervals and tests of those that
    lack some are then valid at any number."""
    adaptive: AdaptiveState | None = None
    """With adaptive seeds: what is open, and what comes next."""

    @property
    def verdict(self) -> PassAnswer:
        """Whether the chosen recipe has the required pass rate."""
        return self.passing.answer

    @property
    def provisional(self) -> bool:
        """Whether more seeds could change the choice."""
        return bool(self.unsettled) or (self.adaptive is not None and not self.adaptive.final)

    @property
    def answered(self) -> bool:
        """Whether there were enough runs for a verdict."""
        return self.verdict != "not enough runs"

    @property
    def flattered(self) -> bool:
        """Whether the runs that chose the recipe flatter it in every number but the verdict."""
        return bool(self.standings)

    def having(self, outcome: Place) -> list[Standing]:
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
        """Whether the largest deficit there could be would be significant with these pairs."""
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
    found = candidates(evidence)
    if not found:
        return None
    return (_decide_adaptively if evidence.study.budget else _decide)(evidence, found)


def _decide(evidence: Evidence, found: list[Candidate]) -> Decision:
    leader = leader_of(found)
    behind = standings(evidence, leader, [other for other in found if other is not leader])
    level = [leader, *(standing.candidate for standing in behind if standing.outcome == "ties")]
    chosen = min(level, key=preference_of)
    return Decision(
        leader=leader,
        standings=behind,
        chosen=chosen,
        unsettled=_unsettled(chosen, behind, evidence.study.criterion.tie_margin),
        passing=passing(evidence, chosen.name, len(found)),
        without_runs=_without_runs(evidence),
        confidence=evidence.study.criterion.confidence,
        look_ahead=evidence.look_ahead,
    )


def _decide_adaptively(evidence: Evidence, found: list[Candidate]) -> Decision:
    """By `allocation`; before every recipe has a run, that with the highest hold rate."""
    state = adaptive_state(evidence)
    chosen = next(
        (c for c in found if c.name == state.allocation.choice),
        max(found, key=lambda found: found.rank),
    )
    others = [other for other in found if other is not chosen]
    placed = tuple(
        replace(
            standing,
            outcome=_place(standing.name, state),
            runs_needed=_seeds_to_settle(standing.name, state),
        )
        for standing in standings(evidence, chosen, others)
    )
    return Decision(
        leader=chosen,
        standings=placed,
        chosen=chosen,
        unsettled=(*(s.name for s in placed if s.outcome == "open"), *_without_runs(evidence)),
        passing=state.verdict or passing(evidence, chosen.name, len(evidence.study.recipes)),
        without_runs=_without_runs(evidence),
        confidence=evidence.study.criterion.confidence,
        adaptive=state,
    )


def _place(name: str, state: AdaptiveState) -> Place:
    """A provisional choice leaves the recipe under test open."""
    if name in state.allocation.dropped:
        return "dropped"
    return "settled" if name in state.allocation.settled else "open"


def _seeds_to_settle(name: str, state: AdaptiveState) -> int | None:
    for rival in state.allocation.open:
        if rival.name == name and rival.more_seeds is not None:
            return rival.pairs + rival.more_seeds
    return None


def _without_runs(evidence: Evidence) -> tuple[str, ...]:
    return tuple(name for name, records in evidence.records.items() if not records)


def passing(evidence: Evidence, recipe: str, among: int) -> PassVerdict:
    """The verdict on a recipe's pass rate, chosen by these very runs from `among` recipes."""
    runs, criterion = evidence.judged(recipe), evidence.study.criterion
    if looks := evidence.study.looks:
        return verdict_at_looks(
            [run.holds for run in without_gaps(evidence, recipe)],
            looks,
            criterion.required_pass_rate,
            criterion.confidence,
            among,
        )
    return pass_verdict(
        [runs[seed].holds for seed in runs],
        criterion.required_pass_rate,
        criterion.confidence,
        among,
        evidence.method(len(runs)),
    )


def _unsettled(chosen: Candidate, behind: tuple[Standing, ...], margin: float) -> tuple[str, ...]:
    """Undecided recipes that, were they tied, would be chosen; or that may lead by the margin."""
    return tuple(
        standing.name
        for standing in behind
        if standing.outcome == "undecided"
        and (
            preference_of(standing.candidate) < preference_of(chosen) or _may_lead(standing, margin)
        )
    )


def _may_lead(standing: Standing, margin: float) -> bool:
    interval = standing.comparison.hold.interval
    return interval is None or interval.low < -margin
