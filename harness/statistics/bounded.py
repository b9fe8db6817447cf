"""Intervals for the mean of bounded values, by how the number of runs was decided."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from ..base.array_types import Floats
from .eprocess import anytime_p
from .gaffke import gaffke, gaffke_p
from .hedged import hedged_capital
from .intervals import Interval, share_bounds, share_interval

Method = Literal["declared", "anytime"]
"""`declared`: the number of runs was fixed before the first run and has been reached; one look.
`anytime`: one may look after every run and stop at will; intervals are wider for it."""


def bounded_mean(
    values: Sequence[float] | Floats,
    confidence: float,
    method: Method,
    low: float = 0.0,
    high: float = 1.0,
) -> Interval | None:
    """Two-sided interval for the mean of (n,) values between `low` and `high`, in order of seed.

    For a declared number of values it is Gaffke's, otherwise that of hedged capital; None if n is
    0. Raises ValueError for a value that is out of bounds or not a number.
    """
    shares = (np.asarray(values, dtype=np.float64) - low) / (high - low)
    if not np.all((shares >= 0) & (shares <= 1)):  # which also catches NaN
        raise ValueError(f"values should lie from {low:g} to {high:g}: {values}")
    if not len(shares):
        return None
    found = (gaffke if method == "declared" else hedged_capital)(shares, confidence)
    return Interval(low + found.low * (high - low), low + found.high * (high - low))


def no_difference_p(differences: Sequence[float] | Floats, method: Method) -> float | None:
    """Two-sided p of (n,) differences between -1 and 1, in order of seed, having a mean of 0.

    For a declared number of them it is that of Gaffke's interval, otherwise from e-processes; None
    if n is 0.
    """
    values = np.asarray(differences, dtype=np.float64)
    if method == "anytime":
        return anytime_p(values)
    return gaffke_p((values + 1) / 2) if len(values) else None


def probability_interval(
    events: Sequence[bool], confidence: float, method: Method
) -> Interval | None:
    """Two-sided interval for the probability of an event.

    `events` says for each run, in order of seed, whether the event occurred. For a declared number
    of runs the interval is Clopper and Pearson's, otherwise that of hedged capital; None for none.
    """
    if method == "declared":
        return share_interval(sum(events), len(events), confidence)
    return bounded_mean(events, confidence, method)


def probability_bounds(
    events: Sequence[bool], confidence: float, method: Method
) -> Interval | None:
    """One-sided bounds for the same probability, each valid at `confidence` on its own.

    Both together are valid only at `2 * confidence - 1`.
    """
    if method == "declared":
        return share_bounds(sum(events), len(events), confidence)
    return bounded_mean(events, 2 * confidence - 1, method)
