"""Numbers as people are shown them: the stated digits, and words for what is undefined."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Callable, Sequence
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


def digit(label: int) -> str:
    """`a 3`, `an 8`."""
    return f"{'an' if label == 8 else 'a'} {label}"


def plural(count: int, noun: str) -> str:
    """`1 run`, `2 runs`."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def printable(text: object) -> str:
    """Text from elsewhere, without control characters but line breaks."""
    return "".join(c if c.isprintable() or c == "\n" else " " for c in str(text))


def one_line(text: object) -> str:
    """Text from elsewhere, without control characters and line breaks."""
    return " ".join(printable(text).split())


def in_markdown(text: object) -> str:
    """Text from elsewhere that Markdown shows as it is: no HTML, no links, no end of a cell."""
    return re.sub(r"([\[\]|`])", r"\\\1", html.escape(printable(text), quote=False))


def signed(value: Any) -> str:
    """A difference of shares, three decimals and its sign."""
    return UNDEFINED if is_undefined(value) else f"{value:+.3f}"


def signed_mean(value: Any) -> str:
    """A difference of mean counts, one decimal and its sign."""
    return UNDEFINED if is_undefined(value) else f"{value:+,.1f}"


def span(low: Any, high: Any, show: Callable[[Any], str] = rate) -> str:
    """An interval: `0.210 to 0.634`."""
    return UNDEFINED if is_undefined(low) else f"{show(low)} to {show(high)}"


def p_value(value: Any) -> str:
    """`p = 0.012`, or `p < 0.001`."""
    if is_undefined(value):
        return "p undefined"
    return "p < 0.001" if value < 0.001 else f"p = {value:.3f}"


def listed(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def sort_key(value: Any) -> str:
    """What a page sorts by: a number with its digits, an infinite one as such, or text."""
    if isinstance(value, float):
        return "Infinity" if math.isinf(value) else f"{value:.8g}"
    return printable(value)
