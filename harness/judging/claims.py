"""Published claims about a recipe, tested against the runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..statistics.multiplicity import holm
from ..study.declaration import Claim
from .comparison import Comparison, compare_recipes
from .evidence import Evidence

ClaimAnswer = Literal["holds", "does not hold", "is not shown"]


@dataclass(frozen=True)
class Against:
    """The claim's recipe against the other one, `recipe`; differences are the claim's minus its.

    `hold_p` is adjusted over all other recipes of the claim (Holm).
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
    ahead_of: tuple[str, ...]
    behind: tuple[str, ...]
    absent: tuple[str, ...] = ()
    """Recipes that the claim is also about, but of which no runs can be compared."""

    @property
    def answer(self) -> ClaimAnswer:
        """Whether the claim holds; `is not shown` if it is unclear against some recipe."""
        if self.behind:
            return "does not hold"
        sure = len(self.ahead_of) == len(self.against) and not self.absent
        return "holds" if sure else "is not shown"


def judge_claims(evidence: Evidence) -> list[JudgedClaim]:
    """The study's claims about recipes that have runs, tested against others that have runs."""
    present = {name for name, records in evidence.records.items() if records}
    return [
        _judge_claim(evidence, claim, sorted(others))
        for claim in evidence.study.claims
        if claim.recipe in present
        and (others := (present & set(claim.against or present)) - {claim.recipe})
    ]


def _judge_claim(evidence: Evidence, claim: Claim, others: list[str]) -> JudgedClaim:
    confidence = evidence.study.criterion.confidence
    compared = [compare_recipes(evidence, claim.recipe, other) for other in others]
    against = tuple(
        Against(other, evidence.parameters(other), comparison, p)
        for other, comparison, p in zip(
            others, compared, holm([c.hold.p for c in compared]), strict=True
        )
    )
    parameters = evidence.parameters(claim.recipe)
    better = {
        found.recipe: found.better(confidence)
        if claim.about == "hold rate"
        else (found.parameters > parameters) - (found.parameters < parameters)
        for found in against
    }
    return JudgedClaim(
        claim=claim,
        parameters=parameters,
        against=against,
        ahead_of=tuple(name for name, sign in better.items() if sign > 0),
        behind=tuple(name for name, sign in better.items() if sign < 0),
        absent=tuple(
            name
            for name in claim.against or evidence.records
            if name not in (claim.recipe, *others)
        ),
    )
