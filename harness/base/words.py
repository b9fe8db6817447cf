"""Numbers and text as people see them: with a stated number of digits, and harmless.

Text from a file (names, messages, versions) is made safe for its destination, by one function
each: `printable` for a terminal and a page (whose template escapes it as well), `in_markdown` for
Markdown, `in_csv` for a spreadsheet.
"""

from __future__ import annotations

import math
import re
import signal
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from typing import Any, Final

UNDEFINED: Final = "-"
MOST_ALLOWED: Final = 40
"""Names that a line lists, of those that are allowed."""
VALUE_LENGTH: Final = 60
ALL_DIGITS: Final = 15
"""Significant digits of a decimal number that a float keeps, whatever the number is."""
MOST_DECIMALS: Final = 9
"""Digits after the point to which numbers are told apart."""
LEVELS: Final = (0.2, 0.1, 0.05, 0.025, 0.02, 0.01, 0.005)
"""Usual significance levels."""
FORMULA: Final = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a spreadsheet takes for the start of a formula; the last four are full-width forms."""


def is_undefined(value: Any) -> bool:
    """Whether the value is None or NaN."""
    return value is None or math.isnan(value)


def fixed(value: float, decimals: int, *limits: float, style: str = "") -> str:
    """The number with so many decimals, or as many more as tell it from 0 and from the `limits`.

    Numbers that agree with one of these to `MOST_DECIMALS` are shown as equal to it, since sums of
    fractions are not exact; `style` is that of Python's format: "+" for a sign, "," for separators.
    """
    exact = round(float(value), MOST_DECIMALS) + 0.0  # without the sign of -0.0
    others = [limit for limit in (0.0, *limits) if exact != limit]
    places = decimals
    while places < MOST_DECIMALS and any(
        float(f"{exact:.{places}f}") == float(f"{limit:.{places}f}") for limit in others
    ):
        places += 1
    return f"{exact:{style}.{places}f}"


def whole(value: Any) -> str:
    """A count with thousands separators."""
    return UNDEFINED if is_undefined(value) else f"{int(value):,}"


def rate(value: Any, *limits: float) -> str:
    """A share between 0 and 1, to three decimals, or more if it would else be 0, 1 or a limit."""
    return UNDEFINED if is_undefined(value) else fixed(value, 3, 1.0, *limits)


def declared_rate(value: float) -> str:
    """A share to three decimals, or with all digits that it was declared with."""
    return max(rate(value), declared(value), key=len)


def mean(value: Any) -> str:
    """A mean count, to one decimal, or more if it would else be 0."""
    return UNDEFINED if is_undefined(value) else fixed(value, 1, style=",")


def seconds(value: Any) -> str:
    """Seconds, without decimals unless they would else be 0."""
    return UNDEFINED if is_undefined(value) else fixed(value, 0, style=",")


def epoch(value: Any) -> str:
    """An epoch, or a median of epochs; `never` if it is infinite."""
    if is_undefined(value):
        return UNDEFINED
    return "never" if math.isinf(value) else f"{value:g}"


def declared(value: float) -> str:
    """A number with all digits that it was declared with: 0.994."""
    return f"{value:.{ALL_DIGITS}g}"


def declared_percent(share: float) -> str:
    """A share as a percentage with all digits that it was declared with: 0.9940001 is 99.40001%."""
    return f"{declared(100 * share)}%"


def percent(share: float) -> str:
    """A share as a percentage, to six digits, or more if it would else be 100%: 0.994 is 99.4%."""
    shown = f"{100 * share:.6g}"
    return f"{declared(100 * share) if shown == '100' else shown}%"


def accuracy_percent(count: Any, total: int, *, of_mean: bool = False) -> str:
    """A count of images as a percentage of all: 9,940 of 10,000 is 99.40%.

    It has two decimals or, for a larger total, as many as tell neighbouring counts apart; a mean
    count, which has a decimal itself, has one more, so that 9,939.7 is 99.397%.
    """
    decimals = max(2, len(str(total - 1)) - 2) + of_mean
    return UNDEFINED if is_undefined(count) else f"{fixed(100 * count / total, decimals, 100.0)}%"


def plural(count: int, noun: str) -> str:
    """`1 run`, `2 runs`."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def agreeing(count: int, singular: str, plural_form: str) -> str:
    """The form of a word that agrees with this number of things: `is`, or `are`."""
    return singular if count == 1 else plural_form


def kind(value: object) -> str:
    """What a value is, in a sentence: `an int`, `a list`."""
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"


def printable(text: object) -> str:
    """The text with control characters other than line breaks replaced, for a terminal or page."""
    return "".join(c if c.isprintable() or c == "\n" else " " for c in str(text))


def one_line(text: object) -> str:
    """The text on one line, without control characters."""
    return " ".join(printable(text).split())


def killed_by(number: int) -> str:
    """The name of the signal that ended a process, if it has one; real-time signals have none."""
    try:
        return f"killed by {signal.Signals(number).name}"
    except ValueError:
        return f"killed by signal {number}"


def not_utf8(content: bytes) -> str:
    """Where a file's content is not UTF-8, and what to do; empty if it is."""
    try:
        content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return f"byte 0x{content[error.start]:02x} in line {line:,} is not UTF-8; save it as UTF-8"
    return ""


def in_csv(text: object) -> str:
    """The text as a CSV cell; an apostrophe keeps spreadsheets from taking it for a formula.

    Control characters, including line breaks, become spaces. Numbers need none of this.
    """
    plain = printable(text).replace("\n", " ")
    return f"'{plain}" if plain.lstrip().startswith(FORMULA) else plain


def in_markdown(text: object) -> str:
    """The text as Markdown that shows it literally: no markup, no HTML, no end of a table cell."""
    plain = re.sub(r"([\\`*\[\]|])|(?<!\w)(_)|(_)(?!\w)", r"\\\g<0>", printable(text))
    plain = re.sub(r"(?m)^( *)(#|>|[-+](?=\s)|--|==|~~)", r"\1\\\2", plain)
    plain = re.sub(r"(?m)^( *\d+)([.)]\s)", r"\1\\\2", plain)
    return re.sub(r"<(?=[\w/!?])", "&lt;", re.sub(r"&(?=[#\w])", "&amp;", plain))


def signed(value: Any, margin: float = 1.0) -> str:
    """A difference of shares, as `rate` shows them, with its sign; told from the margin, too."""
    limits = (1.0, -1.0, margin, -margin)
    return UNDEFINED if is_undefined(value) else fixed(value, 3, *limits, style="+")


def signed_mean(value: Any) -> str:
    """A difference of mean counts, as `mean` shows them, with its sign."""
    return UNDEFINED if is_undefined(value) else fixed(value, 1, style="+,")


def span(low: Any, high: Any, show: Callable[[Any], str] = rate) -> str:
    """An interval: `0.210 to 0.634`."""
    return UNDEFINED if is_undefined(low) else f"{show(low)} to {show(high)}"


def extent(counts: Sequence[int]) -> str:
    """From the lowest to the highest of these counts: `2 to 5`, or `5` if there is only one."""
    low, high = whole(min(counts)), whole(max(counts))
    return low if low == high else f"{low} to {high}"


def p_value(value: Any) -> str:
    """`p = 0.012`, or `p < 0.001`; with more digits if it would else be a significance level."""
    if is_undefined(value):
        return "p undefined"
    return "p < 0.001" if value < 0.001 else f"p = {fixed(value, 3, 1.0, *LEVELS)}"


def evidence(required: float, *values: float) -> list[str]:
    """Log evidence, and first what is required, to two decimals, or to more if a value that is
    not the required one would else look like it."""
    for places in range(2, MOST_DECIMALS + 1):
        first, *shown = (f"{value:.{places}f}" for value in (required, *values))
        if all(
            text != first or value == required for text, value in zip(shown, values, strict=True)
        ):
            break
    return [first, *shown]


def listed(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *first, last = names or [""]
    return f"{', '.join(first)} and {last}" if first else last


def sentence(words: str) -> str:
    """The words with a capital letter at their beginning."""
    return words[0].upper() + words[1:]


def some(names: Sequence[str], most: int = 6) -> str:
    """The names in a sentence: beyond `most` of them, the first ones and the number of the rest."""
    rest = len(names) - most
    return listed(names if rest <= 0 else [*names[:most], f"{rest} more"])


def nearest(name: str, allowed: Iterable[str]) -> str | None:
    """The allowed name that is most like this one, in capitals or not; None if none is like it."""
    by_letters = {one.casefold(): one for one in allowed}
    near = get_close_matches(name.casefold(), by_letters, n=1)
    return by_letters[near[0]] if near else None


def allowed_names(name: str, allowed: list[str]) -> str:
    """The names that are allowed instead of `name`, and the one nearest to it."""
    near = nearest(name, allowed)
    hint = f"; did you mean {near}?" if near else ""
    rest = [f"{len(allowed) - MOST_ALLOWED} more"] if len(allowed) > MOST_ALLOWED else []
    return f"allowed are {', '.join([*allowed[:MOST_ALLOWED], *rest])}{hint}"


def shorten(value: object) -> str:
    """The value's Python representation, cut to one short line."""
    return cut(repr(value))


def cut(text: str, most: int = VALUE_LENGTH) -> str:
    """The text, or its beginning followed by three dots."""
    return text if len(text) <= most else text[: most - 3] + "..."


def sort_key(value: Any) -> str:
    """The text that a page sorts by: a number with its digits, `Infinity`, or the text itself."""
    if isinstance(value, float):
        return "Infinity" if math.isinf(value) else f"{value:.8g}"
    return printable(value)
