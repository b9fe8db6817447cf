"""Numbers as people are shown them: the stated digits, and words for what is undefined."""

from __future__ import annotations

import math
from typing import Any

UNDEFINED = "-"


def is_undefined(value: Any) -> bool:
    """Whether the value is None or NaN."""
    return value is None or math.isnan(value)


def whole(value: Any) -> str:
    """A count with thousands separators."""
    return UNDEFINED if is_undefined(value) else f"{int(value):,}"


def rate(value: Any) -> str:
    """A share between 0 and 1, three decimals."""
    return UNDEFINED if is_undefined(value) else f"{value:.3f}"


def mean(value: Any) -> str:
    """A mean count, one decimal."""
    return UNDEFINED if is_undefined(value) else f"{value:,.1f}"


def seconds(value: Any) -> str:
    """Seconds, none of their decimals."""
    return UNDEFINED if is_undefined(value) else f"{value:,.0f}"


def epoch(value: Any) -> str:
    """An epoch, or a median of epochs; `never` where it is infinite."""
    if is_undefined(value):
        return UNDEFINED
    return "never" if math.isinf(value) else f"{value:g}"


def percent(target: float) -> str:
    """A target as people say it: 0.994 is 99.4%."""
    return f"{100 * target:.6g}%"


def plural(count: int, noun: str) -> str:
    """`1 run`, `2 runs`."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def one_line(text: object) -> str:
    """Text from elsewhere, without line breaks."""
    return " ".join(str(text).split())
