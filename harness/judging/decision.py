"""Which recipe to choose, by the rule that the study declares, step by step.

1. Eligible: recipes that have runs (epochs and parameters are checked before training).
2. The leader has the highest hold rate. Behind it a recipe `falls` if its deficit is significant
   among all comparisons (Holm), `ties` if even the upper end of the deficit's interval is below
   `tie_margin`, and is `undecided` otherwise: ignorance is never a tie.
3. Among leader and ties: fewest parameters, then fewest diverged runs, then the higher mean final
   count. The choice is provisional while an undecided recipe could change it.
4. The verdict compares the pass rate of the chosen recipe with the required one, at alpha / K,
   because its figures are biased in its favour: the same runs were used to choose it.

With adaptive seeds steps 2 and 3 are those of `allocation`: the others are `dropped`, `settled` or
`open`, and each is compared with the chosen recipe.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..base.words import some
from ..statistics.multiplicity import holm_against_leader
from .evidence import Evidence
from .pass_rate import PassAnswer, PassVerdict
from .seeds.adaptive import AdaptiveState, adaptive_state, chosen_among
from .standings import (
    Candidate,
    Standing,
    StandingOutcome,
    candidates,
    leader_of,
    preference_of,
    standings,
)
from .verdicts import verdict_on


@dataclass(frozen=True, repr=False)
class Decision:
    """The outcome of each step, from the runs so far."""

    leader: Candidate
    """The recipe with the highest hold rate; with adaptive seeds, the choice. Others are compared
    with it."""
    standings: tuple[Standing, ...]
    """All other candidates against the leader, in the study's order."""
    chosen: Candidate
    could_change_choice: tuple[str, ...]
    """Undecided recipes that could change the choice; with adaptive seeds, recipes that are open or
    have no runs."""
    passing: PassVerdict
    """On the chosen recipe, from the runs that chose it."""
    without_runs: tuple[str, ...]
    confidence: float
    look_ahead: bool = False
    """Whether the number of some recipe's runs was not declared, so that its intervals and tests
    must be valid for any number of runs."""
    adaptive: AdaptiveState | None = None
    """With adaptive seeds: what is open and what comes next."""

    def __repr__(self) -> str:
        choice = f"{self.chosen.name}{', provisional' if self.provisional else ''}"
        others = [f"{standing.name} {standing.outcome}" for standing in self.standings]
        return f"<Decision for {choice}; verdict: {self.verdict}; {some(others) or 'no other'}>"

    @property
    def verdict(self) -> PassAnswer:
        """Whether the chosen recipe has the required pass rate."""
        return self.passing.answer

    @property
    def provisional(self) -> bool:
        """Whether more seeds could change the choice."""
        return bool(self.could_change_choice) or (
            self.adaptive is not None and not self.adaptive.is_final
        )

    @property
    def answered(self) -> bool:
        """Whether there were enough runs for a verdict."""
        return self.verdict != "not enough runs"

    @property
    def biased(self) -> bool:
        """Whether the chosen recipe's numbers are biased in its favour, except the verdict."""
        return bool(self.standings)

    def having(self, outcome: StandingOutcome) -> list[Standing]:
        """The recipes with this outcome."""
        return [standing for standing in self.standings if standing.outcome == outcome]

    @property
    def tied(self) -> list[Candidate]:
        """The leader and the recipes that tie with it."""
        return [self.leader, *(standing.candidate for standing in self.having("ties"))]

    @property
    def runs_needed(self) -> int | None:
        """Seeds per recipe that would decide with about 80% power; None if final, or if unknown."""
        needed = [
            standing.runs_needed
            for standing in self.standings
            if standing.name in self.could_change_choice
        ]
        return max((number for number in needed if number), default=None)

    @property
    def can_fall(self) -> bool:
        """Whether the largest possible deficit would be significant with this many pairs."""
        least = holm_against_leader(
            [s.comparison.hold.least_p for s in self.standings], self.passing.among
        )
        return any(p is not None and p <= 1 - self.confidence for p in least)

    @property
    def rival(self) -> Candidate | None:
        """The closest rival of the chosen recipe: the other with the highest hold rate."""
        others = [self.leader, *(standing.candidate for standing in self.standings)]
        others = [found for found in others if found.name != self.chosen.name]
        return max(others, key=lambda found: found.rank, default=None)


def lacking(evidence: Evidence, decision: Decision | None) -> list[str]:
    """What the evidence lacks for a complete report, in words: see `Evidence.gaps`."""
    return evidence.gaps(answered=decision is not None and decision.answered)


def decide(evidence: Evidence) -> Decision | None:
    """The decision from the runs so far; None if no recipe has any."""
    found = candidates(evidence)
    if not found:
        return None
    return (_decide_adaptively if evidence.study.budget else _decide)(evidence, found)


def _decide(evidence: Evidence, found: list[Candidate]) -> Decision:
    leader = leader_of(found)
    behind = standings(evidence, leader, [other for other in found if other is not leader])
    tied = [leader, *(standing.candidate for standing in behind if standing.outcome == "ties")]
    chosen = min(tied, key=preference_of)
    return Decision(
        leader=leader,
        standings=behind,
        chosen=chosen,
        could_change_choice=_could_change_choice(
            chosen, behind, evidence.study.criterion.tie_margin if chosen is leader else 0.0
        ),
        passing=verdict_on(
            evidence, chosen.name, evidence.study.criterion.chosen_among(len(found))
        ),
        without_runs=_without_runs(evidence),
        confidence=evidence.study.criterion.confidence,
        look_ahead=evidence.look_ahead,
    )


def _decide_adaptively(evidence: Evidence, found: list[Candidate]) -> Decision:
    """The decision by `allocation`; until every recipe has a run, the highest hold rate leads."""
    state = adaptive_state(evidence)
    chosen = next(
        (c for c in found if c.name == state.allocation.choice),
        max(found, key=lambda found: found.rank),
    )
    others = [other for other in found if other is not chosen]
    placed = tuple(
        replace(
            standing,
            outcome=_adaptive_outcome(standing.name, state),
            runs_needed=_seeds_to_settle(standing.name, state),
        )
        for standing in standings(evidence, chosen, others)
    )
    return Decision(
        leader=chosen,
        standings=placed,
        chosen=chosen,
        could_change_choice=(
            *(s.name for s in placed if s.outcome == "open"),
            *_without_runs(evidence),
        ),
        passing=state.verdict or verdict_on(evidence, chosen.name, chosen_among(evidence)),
        without_runs=_without_runs(evidence),
        confidence=evidence.study.criterion.confidence,
        adaptive=state,
    )


def _adaptive_outcome(name: str, state: AdaptiveState) -> StandingOutcome:
    """The recipe's outcome; until the choice is final, the recipe under test counts as open."""
    if name in state.allocation.dropped:
        return "dropped"
    return "settled" if name in state.allocation.settled else "open"


def _seeds_to_settle(name: str, state: AdaptiveState) -> int | None:
    """The seeds that would decide between the recipe and the one under test; None if unknown.

    For the recipe under test itself, those that would decide between it and the provisional choice.
    """
    allocation = state.allocation
    wanted = allocation.choice if name == allocation.tested else name
    for rival in allocation.open:
        if rival.name == wanted and rival.more_seeds is not None:
            return rival.pairs + rival.more_seeds
    return None


def _without_runs(evidence: Evidence) -> tuple[str, ...]:
    return tuple(name for name, records in evidence.records.items() if not records)


def _could_change_choice(
    chosen: Candidate, behind: tuple[Standing, ...], lead: float
) -> tuple[str, ...]:
    """Undecided recipes that would be chosen if they tied, or may lead by more than `lead`.

    That is the tie margin if the leader is the choice. A choice that ties with the leader need not
    tie with another one, so that any new leader could change it.
    """
    return tuple(
        standing.name
        for standing in behind
        if standing.outcome == "undecided"
        and (preference_of(standing.candidate) < preference_of(chosen) or _may_lead(standing, lead))
    )


def _may_lead(standing: Standing, lead: float) -> bool:
    interval = standing.comparison.hold.interval
    return interval is None or interval.low < -lead
