"""What cells and sentences have in common: an interval, and a value beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...base.words import UNDEFINED, rate, span
from ...statistics.intervals import Interval


def ends(interval: Interval | None, show: Callable[[Any], str] = rate) -> str:
    """An interval: `0.374 to 0.796`."""
    return span(interval.low, interval.high, show) if interval else UNDEFINED


def with_interval(
    value: float | None, interval: Interval | None, show: Callable[[Any], str] = rate
) -> str:
    """The value and its interval, `0.590 (0.374 to 0.796)`, or what of them is defined."""
    return f"{show(value)} ({ends(interval, show)})" if interval else show(value)
