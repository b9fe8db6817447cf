"""Published claims about a recipe, tested against the runs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from ..statistics.multiplicity import holm
from ..study.declaration import Claim
from .comparison import Comparison, compare, compare_recipes
from .evidence import Evidence

ClaimAnswer = Literal["holds", "does not hold", "is not shown"]
ClaimOutcome = Literal["better", "worse", "not shown"]


@dataclass(frozen=True)
class Against:
    """The claim's recipe against the other one, `recipe`; differences are the claim's minus its.

    `hold_p` is adjusted over all other recipes of the claim (Holm). `parameters` are 0 if they are
    unknown, or if there are no runs of the recipe.
    """

    recipe: str
    parameters: int
    comparison: Comparison
    hold_p: float | None

    def better(self, confidence: float) -> int:
        """1 if the claim's recipe has the higher hold rate, -1 if the lower, 0 if uncertain."""
        difference = self.comparison.hold.mean or 0.0
        sure = self.hold_p is not None and self.hold_p <= 1 - confidence
        return int(np.sign(difference)) if sure else 0


@dataclass(frozen=True)
class JudgedClaim:
    """A claim and its comparisons; it holds if its recipe is better than each of the others."""

    claim: Claim
    parameters: int
    against: tuple[Against, ...]
    """All other recipes of the claim; a comparison has no pairs if there are no runs of either."""
    absent: tuple[str, ...]
    """Those of the claim's recipes, its own included, of which no runs can be compared."""
    ahead_of: tuple[str, ...] = ()
    behind: tuple[str, ...] = ()

    @property
    def answer(self) -> ClaimAnswer:
        """Whether the claim holds; `is not shown` if it is unclear against some recipe."""
        if self.behind:
            return "does not hold"
        sure = len(self.ahead_of) == len(self.against) > 0
        return "holds" if sure else "is not shown"

    def outcome(self, other: str) -> ClaimOutcome:
        """How the claim's recipe compares with this other one, in what the claim is about."""
        if other in self.ahead_of:
            return "better"
        return "worse" if other in self.behind else "not shown"

    @property
    def compared(self) -> tuple[Against, ...]:
        """The other recipes whose runs can be compared with those of the claim's recipe."""
        if self.claim.recipe in self.absent:
            return ()
        return tuple(found for found in self.against if found.recipe not in self.absent)


def judge_claims(evidence: Evidence) -> list[JudgedClaim]:
    """All of the study's claims, tested on the runs that may be compared."""
    return [_judge_claim(evidence, claim) for claim in evidence.study.claims]


def _judge_claim(evidence: Evidence, claim: Claim) -> JudgedClaim:
    others = sorted({*(claim.against or evidence.records)} - {claim.recipe})
    compared = evidence.compared
    parameters = {
        name: compared.parameters(name) for name, records in compared.records.items() if records
    }
    comparisons = [_comparison(compared, claim.recipe, other) for other in others]
    against = tuple(
        Against(other, parameters.get(other, 0), comparison, p)
        for other, comparison, p in zip(
            others, comparisons, holm([c.hold.p for c in comparisons]), strict=True
        )
    )
    judged = JudgedClaim(
        claim=claim,
        parameters=parameters.get(claim.recipe, 0),
        against=against,
        absent=tuple(name for name in (claim.recipe, *others) if name not in parameters),
    )
    better = {found.recipe: _better(judged, found, evidence) for found in judged.compared}
    return replace(
        judged,
        ahead_of=tuple(name for name, sign in better.items() if sign > 0),
        behind=tuple(name for name, sign in better.items() if sign < 0),
    )


def _comparison(evidence: Evidence, recipe: str, other: str) -> Comparison:
    """The two recipes compared; over no pairs if one of them has no runs."""
    if evidence.records.get(recipe) and evidence.records.get(other):
        return compare_recipes(evidence, recipe, other)
    return compare({}, {}, evidence.study.criterion.confidence, "anytime")


def _better(judged: JudgedClaim, found: Against, evidence: Evidence) -> int:
    """1 if the claim's recipe is the better one of the two, -1 if the other is, 0 if neither."""
    if judged.claim.about == "hold rate":
        return found.better(evidence.study.criterion.confidence)
    return (found.parameters > judged.parameters) - (found.parameters < judged.parameters)
