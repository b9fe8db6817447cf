"""The distributions for which Gaffke's interval is worst, by enumeration.

That its coverage is at least the confidence is a conjecture. On a lattice, such as that of hold
rates over five epochs, every outcome of a few runs can be listed, and the probability that the
lower end lies above the true mean is a polynomial in the distribution. Its largest value is
searched for among all two-point distributions, which are thought to be the worst, among many
others drawn at random, and uphill from the worst of these. The results are in `worst_cases.csv`.
"""

from __future__ import annotations

from itertools import combinations, combinations_with_replacement
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from scipy import special

from ..base.array_types import Floats
from .gaffke import gaffke

WORST_CASES_TABLE: Final = Path(__file__).parent / "worst_cases.csv"
HOLD_RATES: Final = tuple(np.arange(6) / 5)
DIFFERENCES: Final = tuple(np.arange(11) / 10)
"""Differences of hold rates, mapped from [-1, 1] to [0, 1]."""
CASES: Final = (
    *(("hold rate", HOLD_RATES, runs) for runs in (3, 5, 8)),
    *(("difference", DIFFERENCES, runs) for runs in (3, 4)),
)
ALPHA: Final = 0.025
"""How often each end may miss the mean at a confidence of 95%."""
DRAWN: Final = 2_000
CLIMBED: Final = 5
STEPS: Final = 100
TINY: Final = 1e-300
"""Replaces a probability of 0, which has no logarithm."""
ROWS: Final = 500
EDGE: Final = 1e-9
"""How far a mean that is just missed lies below the lower end."""


def worst_miss(points: tuple[float, ...], runs: int, alpha: float = ALPHA) -> tuple[float, Floats]:
    """The largest probability found that the lower end is above the true mean, and where.

    The second result is the distribution for which it was found: a probability for each of
    `points`, the values between 0 and 1 that a run can have.
    """
    values = np.array(points)
    outcomes = np.array(list(combinations_with_replacement(range(len(points)), runs)))
    counts = (outcomes[:, :, None] == np.arange(len(points))).sum(axis=1)
    lows = np.array([gaffke(values[row], 1 - 2 * alpha).low for row in outcomes])
    tried = np.vstack([_two_points(values, counts, lows), _at_random(len(points))])
    misses = _misses(tried, values, counts, lows)
    generator = np.random.default_rng(1)
    for start in np.argsort(misses)[-CLIMBED:]:
        uphill, miss = _climb(tried[start], float(misses[start]), generator, values, counts, lows)
        tried, misses = np.vstack([tried, uphill]), np.append(misses, miss)
    worst = int(misses.argmax())
    return float(misses[worst]), tried[worst]


def _misses(tried: Floats, values: Floats, counts: Floats, lows: Floats) -> Floats:
    """(distributions,): for each, the probability that the lower end is above its mean."""
    runs = int(counts[0].sum())
    ways = special.gammaln(runs + 1) - special.gammaln(counts + 1).sum(axis=1)
    logs = np.log(np.maximum(tried, TINY))
    parts = [
        (np.exp(ways + part @ counts.T) * (lows > (chances @ values)[:, None])).sum(axis=1)
        for part, chances in zip(_parts(logs), _parts(tried), strict=True)
    ]
    return np.concatenate(parts)


def _parts(rows: Floats) -> list[Floats]:
    """The rows in parts that are small enough to fit into memory."""
    return np.array_split(rows, range(ROWS, len(rows), ROWS))


def _two_points(values: Floats, counts: Floats, lows: Floats) -> Floats:
    """The two-point distributions whose mean some outcome of the two points just misses."""
    found = []
    for low, high in combinations(range(len(values)), 2):
        others = np.delete(counts, [low, high], axis=1)
        means = lows[others.sum(axis=1) == 0] - EDGE
        for share in (means - values[low]) / (values[high] - values[low]):
            if 0 < share < 1:
                chances = np.zeros(len(values))
                chances[[low, high]] = 1 - share, share
                found.append(chances)
    return np.array(found)


def _at_random(points: int) -> Floats:
    generator = np.random.default_rng(0)
    return np.vstack(
        [generator.dirichlet(np.full(points, sharp), DRAWN // 2) for sharp in (0.2, 1.0)]
    )


def _climb(
    chances: Floats,
    miss: float,
    generator: np.random.Generator,
    values: Floats,
    counts: Floats,
    lows: Floats,
) -> tuple[Floats, float]:
    """Climb by small random moves towards distributions over all points."""
    for step in np.geomspace(0.1, 1e-4, STEPS):
        moved = (1 - step) * chances + step * generator.dirichlet(np.full(len(chances), 0.3))
        (there,) = _misses(moved[None], values, counts, lows)
        if there > miss:
            chances, miss = moved, float(there)
    return chances, miss


def write_worst_cases() -> None:
    """Run the search and write the shipped table."""
    rows = []
    for name, points, runs in CASES:
        miss, chances = worst_miss(points, runs)
        worst = {f"{p:g}": round(float(c), 6) for p, c in zip(points, chances, strict=True) if c}
        rows.append((name, len(points), runs, ALPHA, miss, worst))
    columns = ["values", "points", "runs", "allowed", "worst", "distribution"]
    table = pd.DataFrame(rows, columns=columns)
    table.to_csv(WORST_CASES_TABLE, index=False, float_format="%.6f", lineterminator="\n")
    print(table.to_string())
