"""Which recipe to choose, by the rule that the study declares, step by step.

1. Eligible: recipes that have runs (budgets are checked before training).
2. The leader has the highest hold rate; what lies within `tie_margin` of it is level with it.
3. Among these: fewest parameters, then fewest diverged runs, then the higher mean final count.
4. The pass rate of the chosen recipe stands beside the required one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from .consistency import RecipeConsistency
from .evidence import Evidence

ROUNDING: Final = 1e-9


@dataclass(frozen=True)
class Candidate:
    """A recipe as the decision sees it."""

    name: str
    parameters: int
    consistency: RecipeConsistency

    @property
    def hold_rate(self) -> float:
        """Mean hold rate; of a recipe without runs there is none, and it is no candidate."""
        assert self.consistency.hold_rate is not None
        return self.consistency.hold_rate


@dataclass(frozen=True)
class Decision:
    """The outcome of each step. A recipe that `fell` has how far behind the leader it is."""

    leader: Candidate
    level: tuple[Candidate, ...]
    """Leader and ties, the chosen one first."""
    fell: dict[str, float]
    without_runs: tuple[str, ...]

    @property
    def chosen(self) -> Candidate:
        """The recipe to choose."""
        return self.level[0]


def decide(evidence: Evidence) -> Decision | None:
    """The decision on what runs there are; None where no recipe has any."""
    candidates = [
        Candidate(name, records[0].parameters, evidence.consistency[name])
        for name, records in evidence.records.items()
        if records
    ]
    if not candidates:
        return None
    leader = max(candidates, key=_lead)
    margin = evidence.study.criterion.tie_margin + ROUNDING
    behind = {found.name: leader.hold_rate - found.hold_rate for found in candidates}
    level = [found for found in candidates if behind[found.name] <= margin]
    return Decision(
        leader=leader,
        level=tuple(sorted(level, key=_preference)),
        fell={name: deficit for name, deficit in behind.items() if deficit > margin},
        without_runs=tuple(name for name, records in evidence.records.items() if not records),
    )


def _lead(candidate: Candidate) -> tuple[float, float]:
    return candidate.hold_rate, candidate.consistency.final_mean or 0.0


def _preference(candidate: Candidate) -> tuple[int, int, float]:
    found = candidate.consistency
    return candidate.parameters, found.diverged, -(found.final_mean or 0.0)
