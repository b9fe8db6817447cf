"""How cells and sentences write a value, a difference, and an interval."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ...base.words import (
    UNDEFINED,
    is_undefined,
    mean,
    rate,
    signed_mean,
    span,
    whole,
)
from ...study.measure import Measure

if TYPE_CHECKING:
    from ...statistics.intervals import Interval


def figure(value: Any, measure: Measure) -> str:
    """A single measured value: a count with its separators, or any number to six digits."""
    return whole(value) if measure.total or is_undefined(value) else f"{value:.6g}"


def average(value: Any, measure: Measure) -> str:
    """A mean or deviation of such values: one decimal for counts, else five digits."""
    return mean(value) if measure.total or is_undefined(value) else f"{value:.5g}"


def difference(value: Any, measure: Measure) -> str:
    """A difference between means, with its sign."""
    return signed_mean(value) if measure.total or is_undefined(value) else f"{value:+.3g}"


def possible(interval: Interval | None, measure: Measure) -> Interval | None:
    """The interval of a mean or a single value without what no count can be: below 0, or above the
    total."""
    if interval is None or measure.total is None:
        return interval
    return replace(
        interval, low=max(interval.low, 0.0), high=min(interval.high, float(measure.total))
    )


def ends(interval: Interval | None, show: Callable[[Any], str] = rate) -> str:
    """An interval: `0.374 to 0.796`."""
    return span(interval.low, interval.high, show) if interval else UNDEFINED


def with_interval(
    value: float | None, interval: Interval | None, show: Callable[[Any], str] = rate
) -> str:
    """The value and its interval, `0.590 (0.374 to 0.796)`, or whichever of them is defined."""
    return f"{show(value)} ({ends(interval, show)})" if interval else show(value)
