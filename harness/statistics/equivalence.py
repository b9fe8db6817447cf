"""Whether new runs are equivalent to old ones where their bits cannot be the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from . import intervals
from .intervals import Interval

TEST_CONFIDENCE: Final = 0.90
"""Two one-sided tests at 5% are the interval at 90% (Schuirmann, J. Pharmacokin. 15, 1987)."""


@dataclass(frozen=True)
class Equivalence:
    """Differences of final counts, new less old, seed by seed, against a margin in images."""

    pairs: int
    mean: float | None
    interval: Interval | None
    """At 90%; None for fewer than two pairs."""
    margin: float

    @property
    def holds(self) -> bool:
        """Whether the interval of the mean difference lies within the margin on both sides."""
        found = self.interval
        return found is not None and -self.margin < found.low <= found.high < self.margin


def equivalence(differences: Sequence[float], margin: float) -> Equivalence:
    """The test over all runs, whatever their recipes."""
    return Equivalence(
        pairs=len(differences),
        mean=sum(differences) / len(differences) if differences else None,
        interval=intervals.mean(differences, TEST_CONFIDENCE),
        margin=margin,
    )


def plausible(counts: Sequence[int], runs: int, confidence: float) -> Interval | None:
    """The prediction interval for one of `runs` further runs, adjusted for their number.

    Bonferroni: each at 1 - (1 - confidence) / runs, so that all lie inside with `confidence`. None
    where `counts`, the final counts of a recipe's runs, are fewer than two.
    """
    return intervals.one_further(counts, 1 - (1 - confidence) / max(runs, 1))
