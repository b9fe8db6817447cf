"""Comparing new runs with committed ones a few at a time, without more false alarms.

At a look, n new runs are compared with R committed ones by the drop divided by its standard error,

    T = (committed mean - new mean) / (s * sqrt(1 / R + 1 / n)),

where s is the pooled standard deviation. Several looks share the committed runs and the earlier new
ones, and one critical value applies to all looks (Pocock, Biometrika 64, 1977, 191-199): for normal
counts that of `critical_values`, with the R - 1 degrees of freedom of the committed runs alone.

Counts are not normal: some seeds start badly, and by luck the committed runs may include none. For
an alarm, an imaginary run as bad as the worst of all runs seen is therefore added to the committed
ones, just as Gaffke's bound adds the worst possible value. It keeps a single bad new run, however
bad, from being an alarm, at the price of some power.

A count of NaN is that of a lost run (`losses`), which is left out.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..base.array_types import Floats
from ..statistics.intervals import ROUNDING, Interval
from .critical_values import CriticalValues


def looks(first: int, limit: int) -> tuple[int, ...]:
    """New runs per recipe at each look: `first`, then twice as many each time, and last `limit`."""
    doubled = [first]
    while 2 * doubled[-1] < limit:
        doubled.append(2 * doubled[-1])
    return (*doubled, limit) if limit > first else (first,)


def drops(
    old: Floats, new: Floats, at: Sequence[int], least_deviation: float = ROUNDING
) -> tuple[Floats, Floats]:
    """Drop of the mean and its standard error at each look, both (repetitions, looks).

    `old` is (repetitions, committed runs) and `new` (repetitions, new runs); `at` says how many of
    the first new runs each look sees. NaN if either side has no run. `least_deviation` is the
    smallest deviation to assume: that of rounding to whole images, or 0 for numbers that are not
    counts.
    """
    found = [_drop(old, new[:, :number], least_deviation) for number in at]
    means, errors = zip(*found, strict=True)
    return np.column_stack(means), np.column_stack(errors)


def cautious_drops(
    old: Floats, new: Floats, at: Sequence[int], least_deviation: float = ROUNDING
) -> tuple[Floats, Floats]:
    """`drops` with an imaginary run, as bad as the worst seen, added to the committed ones."""
    found = []
    for number in at:
        seen = new[:, :number]
        worst = np.fmin.reduce(np.hstack([old, seen]), axis=1)
        found.append(_drop(np.column_stack([old, worst]), seen, least_deviation))
    means, errors = zip(*found, strict=True)
    return np.column_stack(means), np.column_stack(errors)


def _drop(old: Floats, new: Floats, least_deviation: float) -> tuple[Floats, Floats]:
    """Drop and standard error at one look, both (repetitions,)."""
    (runs, mean, squares), (number, seen, own) = _moments(old), _moments(new)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.maximum(
            (squares + own) / np.maximum(runs + number - 2, 1), least_deviation**2
        )
        errors: Floats = np.sqrt(variance * (1 / runs + 1 / number))
    return mean - seen, errors


def _moments(counts: Floats) -> tuple[Floats, Floats, Floats]:
    """Number, mean and squared deviations of the counts that are not NaN, each (repetitions,)."""
    number = (~np.isnan(counts)).sum(axis=1).astype(np.float64)
    with np.errstate(invalid="ignore"):
        mean = np.nansum(counts, axis=1) / number
    return number, mean, np.nansum((counts - mean[:, None]) ** 2, axis=1)


def drop(
    committed: Sequence[float],
    new: Sequence[float],
    critical: CriticalValues,
    least_deviation: float = ROUNDING,
) -> tuple[float, Interval]:
    """The drop of the mean and its interval: the low end decides on an alarm, the high on a pass.

    Both are in images. At least two committed counts and one new one are needed; `least_deviation`
    is the smallest standard deviation to assume.
    """
    old, seen = (np.array([counts], dtype=np.float64) for counts in (committed, new))
    (mean, error), (least, wide) = (
        (float(means[0, 0]), float(errors[0, 0]))
        for means, errors in (
            found(old, seen, [len(new)], least_deviation) for found in (drops, cautious_drops)
        )
    )
    return mean, Interval(least - critical.alarm * wide, mean + critical.clear * error)
