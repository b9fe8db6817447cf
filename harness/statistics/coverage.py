"""How often the intervals cover the true values, by simulation: `make coverage`.

It also repeats the search for the distributions for which Gaffke's interval is worst
(`worst_cases`).

Final counts of a simulated recipe are normal and rounded. Their standard deviation of 6 images
comes from independent deviations of 4 by seed and 4.5 by epoch, as in a pilot study on MNIST. The
test images that a simulated run gets wrong are drawn one by one, with error rates like those of
real runs. The results are in `coverage.csv`, which the report's note on method quotes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..base.array_types import Floats
from . import intervals
from .bounded import Method, bounded_mean, no_difference_p, probability_interval
from .multiplicity import holm_against_leader
from .noise import decompose
from .normal import normal_mean
from .permutation import superiority
from .worst_cases import write_worst_cases

COVERAGE_TABLE: Final = Path(__file__).parent / "coverage.csv"
RUNS: Final = (5, 10, 20)
REPETITIONS: Final = 2_000
CONFIDENCE: Final = 0.95
THRESHOLD: Final = 9_940
MEANS: Final = (9_935, 9_940, 9_945)
SEED_DEVIATION: Final = 4.0
EPOCH_DEVIATION: Final = 4.5
WINDOW: Final = 5
BEHIND: Final = 3.0
"""By how many images the other recipe's mean count is lower."""
RECIPES: Final = (4, 24)
MANY: Final = 400_000
"""Simulated runs from which a true value is computed, since there is no formula for it."""
TEST_IMAGES: Final = 10_000


def simulate_coverage(runs: int, repetitions: int, seed: int = 1) -> dict[str, float]:
    """Share of repetitions in which each interval covers the true value, with `runs` per recipe.

    An interval for looks after every run must do so after each of them. `family_wise_K` is the
    share of repetitions in which some recipe is wrongly found to fall behind the leader, among K
    recipes that are all alike.
    """
    generator = np.random.default_rng([seed, runs])
    covered: Counter[str] = Counter()
    for repetition in range(repetitions):
        mean = MEANS[repetition % len(MEANS)]
        ours, theirs = _draw(generator, runs, mean), _draw(generator, runs, mean - BEHIND)
        further = float(_draw(generator, 1, mean)[0, -1])
        wrong = generator.random((runs, len(_error_rates()))) < _error_rates()
        seen = Seen(ours, theirs, wrong, mean)
        covered.update(seen.covered("declared"))
        after_each = [seen.first(count).covered("anytime") for count in range(1, runs + 1)]
        for name in after_each[-1]:
            covered[f"{name}_anytime"] += all(covered_now[name] for covered_now in after_each)
        predicted = intervals.one_further(ours[:, -1], CONFIDENCE)
        covered["one_further_run"] += _covers(predicted, further)
        for recipes in RECIPES:
            alarm = _false_alarm(generator, runs, mean, recipes)
            covered[f"family_wise_{recipes}"] += alarm
    return {name: count / repetitions for name, count in covered.items()}


def _draw(generator: np.random.Generator, runs: int, mean: float) -> Floats:
    """(runs, window): simulated counts by run and epoch."""
    seeds = generator.normal(mean, SEED_DEVIATION, (runs, 1))
    counts: Floats = np.rint(seeds + generator.normal(0, EPOCH_DEVIATION, (runs, WINDOW)))
    return counts


@dataclass(frozen=True)
class Seen:
    """The runs of two simulated recipes; a row is a run, a column an epoch or an image."""

    ours: Floats
    theirs: Floats
    wrong: npt.NDArray[np.bool_]
    """The images that our runs get wrong; runs are all alike in that."""
    mean: float

    def first(self, runs: int) -> Seen:
        """What was seen after so many runs."""
        return Seen(self.ours[:runs], self.theirs[:runs], self.wrong[:runs], self.mean)

    def covered(self, method: Method) -> dict[str, bool]:
        """Whether each interval covers the true value."""
        truth = _truth(self.mean)
        return {name: _covers(found, truth[name]) for name, found in self._intervals(method)}

    def _intervals(self, method: Method) -> Iterator[tuple[str, intervals.Interval | None]]:
        at, final, beaten = self.ours >= THRESHOLD, self.ours[:, -1], self.theirs[:, -1]
        hold, other = at.mean(axis=1), (self.theirs >= THRESHOLD).mean(axis=1)
        holding = [all(epochs) for epochs in at.tolist()]
        yield "pass_rate", probability_interval(holding, CONFIDENCE, method)
        yield "hold_rate", bounded_mean(hold, CONFIDENCE, method)
        yield "hold_rate_difference", bounded_mean(hold - other, CONFIDENCE, method, -1, 1)
        yield "final_mean", normal_mean(final, CONFIDENCE, method)
        yield "final_difference", normal_mean(final - beaten, CONFIDENCE, method)
        yield "superiority", _superiority(final, beaten, method)
        mistakes = [np.flatnonzero(row) for row in self.wrong]
        yield "noise", decompose(mistakes, TEST_IMAGES, CONFIDENCE, method).between_interval


def _superiority(final: Floats, beaten: Floats, method: Method) -> intervals.Interval | None:
    if method == "anytime":
        scores = (final > beaten) + 0.5 * (final == beaten)
        return bounded_mean(scores, CONFIDENCE, method)
    chance = superiority(final, beaten)
    assert chance is not None
    return intervals.of_superiority(chance, len(final), len(beaten), CONFIDENCE)


@cache
def _truth(mean: float) -> dict[str, float]:
    generator = np.random.default_rng(0)
    ours, theirs = _draw(generator, MANY, mean), _draw(generator, MANY, mean - BEHIND)
    at, other = ours >= THRESHOLD, theirs >= THRESHOLD
    final, beaten = ours[:, -1], theirs[:, -1]
    return {
        "pass_rate": float(at.all(axis=1).mean()),
        "hold_rate": float(at.mean()),
        "hold_rate_difference": float(at.mean() - other.mean()),
        "final_mean": mean,
        "final_difference": BEHIND,
        "superiority": float(((final > beaten) + 0.5 * (final == beaten)).mean()),
        "noise": 0.0,
    }


@cache
def _error_rates() -> Floats:
    """(images,): error rates of images that are ever misclassified: some often, most rarely."""
    generator = np.random.default_rng(0)
    return np.concatenate([generator.beta(0.25, 0.25, 110), generator.beta(0.05, 20, 1_500)])


def _false_alarm(generator: np.random.Generator, runs: int, mean: float, recipes: int) -> bool:
    """Whether any of the recipes, all alike, falls behind the one with the highest hold rate."""
    alike = [(_draw(generator, runs, mean) >= THRESHOLD).mean(axis=1) for _ in range(recipes)]
    leader, *others = sorted(alike, key=lambda rates: float(rates.mean()), reverse=True)
    ps = holm_against_leader(
        [no_difference_p(leader - other, "declared") for other in others], len(others) + 1
    )
    return any(p is not None and p <= 1 - CONFIDENCE for p in ps)


def _covers(interval: intervals.Interval | None, truth: float) -> bool:
    """Whether the interval covers the truth; None is an unbounded interval."""
    return interval is None or bool(interval.low <= truth <= interval.high)


def main() -> None:
    """Run the simulation and the enumeration, and write the shipped tables."""
    rows = [{"runs": runs, **simulate_coverage(runs, REPETITIONS)} for runs in RUNS]
    table = pd.DataFrame(rows).assign(repetitions=REPETITIONS)
    table.to_csv(COVERAGE_TABLE, index=False, float_format="%.4f", lineterminator="\n")
    print(table.T.to_string())
    write_worst_cases()


if __name__ == "__main__":
    main()
