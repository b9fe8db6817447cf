"""The mean of bounded values, by the method that fits how their runs came about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from ..base.array_types import Floats
from .gaffke import gaffke
from .hedged import hedged_capital
from .intervals import Interval, share, share_bounds

Method = Literal["declared", "anytime"]
"""`declared`: the number of runs was declared before the first, and is reached; looked at once.
`anytime`: one may look after every run and stop at will, so that wider intervals are due."""


def bounded_mean(
    values: Sequence[float] | Floats,
    confidence: float,
    method: Method,
    low: float = 0.0,
    high: float = 1.0,
) -> Interval | None:
    """Two-sided interval for the mean of values between `low` and `high`, in order of seed.

    Gaffke's where the number was declared, else hedged capital. None without values; raises
    ValueError for one that is outside, or is not a number.
    """
    shares = (np.asarray(values, dtype=np.float64) - low) / (high - low)
    if not np.all((shares >= 0) & (shares <= 1)):  # which also catches NaN
        raise ValueError(f"values should lie from {low:g} to {high:g}: {values}")
    if not len(shares):
        return None
    found = (gaffke if method == "declared" else hedged_capital)(shares, confidence)
    return Interval(low + found.low * (high - low), low + found.high * (high - low))


def probability(events: Sequence[bool], confidence: float, method: Method) -> Interval | None:
    """Two-sided interval for the probability of an event that each run shows or does not show.

    Clopper and Pearson's where the number of runs was declared, else hedged capital.
    """
    if method == "declared":
        return share(sum(events), len(events), confidence)
    return bounded_mean(events, confidence, method)


def probability_bounds(
    events: Sequence[bool], confidence: float, method: Method
) -> Interval | None:
    """One-sided bounds for that probability: each holds at `confidence`, not both together."""
    if method == "declared":
        return share_bounds(sum(events), len(events), confidence)
    return bounded_mean(events, 2 * confidence - 1, method)
