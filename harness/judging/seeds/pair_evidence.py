"""The evidence on pairs of recipes, after every number of seeds that they have in common."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from ...base.array_types import Floats, Integers
from ...statistics.eprocess import mean_evidence


@dataclass(frozen=True)
class AdaptiveRule:
    """What was declared: the tie margin in hold rate, alpha, and the most seeds per recipe.

    `candidates` is the number of recipes that the choice is made among, if these are not all.
    """

    tie_margin: float
    alpha: float
    budget: int
    candidates: int = 0


@dataclass(frozen=True, eq=False)
class PairEvidence:
    """Hold rates of K recipes, in the study's order, and the evidence on all pairs of them."""

    names: tuple[str, ...]
    parameters: tuple[int | None, ...]
    """None for a recipe without runs, or whose runs do not state them."""
    hold_rates: Floats
    """(K, n): by recipe and seed; NaN from a recipe's first missing run on."""
    rule: AdaptiveRule
    finals: tuple[float, ...]
    """Each recipe's mean final count, signed so that higher is better, which ranks recipes with
    equal hold rates."""
    _ahead: dict[int, Floats] = field(default_factory=dict)
    _within: dict[int, Floats] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        hold_rates: Mapping[str, Sequence[float]],
        parameters: Mapping[str, int | None],
        rule: AdaptiveRule,
        finals: Mapping[str, float] | None = None,
    ) -> PairEvidence:
        """The evidence from each recipe's hold rates in order of seed, without gaps."""
        rates = np.full((len(hold_rates), max(map(len, hold_rates.values()), default=0)), np.nan)
        for row, own in zip(rates, hold_rates.values(), strict=True):
            row[: len(own)] = own
        return cls(
            tuple(hold_rates),
            tuple(parameters[name] for name in hold_rates),
            rates,
            rule,
            tuple((finals or {}).get(name, 0.0) for name in hold_rates),
        )

    @cached_property
    def runs(self) -> Integers:
        """(K,): the number of runs of each recipe."""
        there: Integers = (~np.isnan(self.hold_rates)).sum(axis=1)
        return there

    @cached_property
    def sums(self) -> Floats:
        """(K, n + 1): sums of the hold rates of the first 0, 1, ... n runs."""
        first = np.zeros((len(self.names), 1))
        return np.hstack([first, np.nan_to_num(self.hold_rates).cumsum(axis=1)])

    @property
    def required_evidence(self) -> float:
        """Log of (K - 1) / alpha; K counts recipes that were tried before and left out too."""
        among = max(len(self.names), self.rule.candidates)
        return math.log(max(among - 1, 1) / self.rule.alpha)

    def ahead(self, other: int) -> Floats:
        """(K, n + 1): largest log evidence that each is ahead of `other`, after 0 to n pairs."""
        if other not in self._ahead:
            self._ahead[other] = _largest(
                mean_evidence(self.hold_rates - self.hold_rates[other], 0.0)
            )
        return self._ahead[other]

    def within(self, tested: int) -> Floats:
        """(K, n + 1): largest log evidence, after 0 to n pairs, that each does not lead `tested` by
        the tie margin."""
        if tested not in self._within:
            gaps = self.hold_rates[tested] - self.hold_rates
            self._within[tested] = _largest(mean_evidence(gaps, self.rule.tie_margin))
        return self._within[tested]


def _largest(evidence: Floats) -> Floats:
    """(K, n + 1): running maximum of 0 and the (K, n) values."""
    started = np.hstack([np.zeros((len(evidence), 1)), evidence])
    largest: Floats = np.maximum.accumulate(started, axis=1)
    return largest
