"""What a program prints: lines with results, and lines for its log."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from ...base.json_keys import DuplicateKey, without_duplicates
from ...base.narrow_floats import as_meant
from ...base.words import one_line
from ...study.command import VALUE, MeasureTable
from ...study.measure import COUNTED, MOST_MEASURED

MOST_BYTES: Final = 65_536
"""Longest line that can be a result; a longer one goes to the log, in pieces of at most this size,
which end where a progress bar begins anew."""
MOST_SHOWN: Final = 120
STEERING: Final = re.compile(rb"\x1b\[[0-?]*[ -/]*[@-~]")
"""Sequences that set a terminal's colour or move its cursor."""
MOST_ODD: Final = 0.25
"""Share of a line's characters that may be unreadable, as in text with another encoding."""


class BadOutput(ValueError):
    """The program printed something that cannot be a result; the message says what it should be."""


@dataclass
class Lines:
    """Joins the pieces of a stream and splits it into lines, without their line ends."""

    _rest: bytearray = field(default_factory=bytearray)

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """The lines that end in this piece."""
        self._rest += piece
        while self._rest:
            end = self._rest.find(b"\n", 0, MOST_BYTES)
            if end >= 0:
                line = bytes(self._rest[:end])
                del self._rest[: end + 1]
            elif len(self._rest) >= MOST_BYTES:
                cut = self._rest.rfind(b"\r", 0, MOST_BYTES) + 1 or MOST_BYTES
                line = bytes(self._rest[:cut])
                del self._rest[:cut]
            else:
                return
            yield line

    def rest(self) -> Iterator[bytes]:
        """The last line, if the stream has ended without a line end."""
        if self._rest:
            yield bytes(self._rest)
            self._rest.clear()


def readable(line: bytes) -> str:
    """What a terminal would finally show of a line; empty if that is not text."""
    text = _seen(line).decode(errors="replace")
    odd = sum(c == "\ufffd" or not (c.isprintable() or c.isspace()) for c in text)
    return one_line(text) if odd <= MOST_ODD * len(text) else ""


def _seen(line: bytes) -> bytes:
    """What is left of a line on a terminal, where a progress bar overwrites itself."""
    return STEERING.sub(b"", line).rstrip().rpartition(b"\r")[2]


def read_result(line: bytes, printed: MeasureTable) -> tuple[int, int | float] | None:
    """Epoch and what was measured after it; None for a line of the log.

    A result is a JSON object with `epoch` and `correct` or `value`, which may be NaN or infinite.
    Raises BadOutput for a result that is not as the study declares it.
    """
    text = _seen(line).strip() if b"{" in line else b""
    if not (text.startswith(b"{") and text.endswith(b"}")):
        return None
    try:
        content, fault = _content(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(content, dict) or "epoch" not in content:
        return None
    if COUNTED not in content and VALUE not in content:
        return None
    try:
        if fault:
            raise BadOutput(f"{fault}; print it once")
        return _epoch(content["epoch"]), _measured(content, printed)
    except BadOutput as error:
        shown = readable(text)
        cut = f"{shown[:MOST_SHOWN]}..." if len(shown) > MOST_SHOWN else shown
        raise BadOutput(f"printed {cut}: {error}") from error


def _content(text: bytes) -> tuple[Any, str]:
    """The content of JSON, and what is wrong with its keys, if anything; raises ValueError."""
    try:
        return json.loads(text, object_pairs_hook=without_duplicates), ""
    except DuplicateKey as error:
        return json.loads(text), str(error)


def _epoch(epoch: Any) -> int:
    if type(epoch) is not int:
        raise BadOutput("`epoch` should be a whole number")
    return epoch


def _measured(content: dict[str, Any], printed: MeasureTable) -> int | float:
    if printed.total is None:
        if VALUE not in content:
            raise BadOutput("the study declares no `total`, so print `value`, or declare it")
        return _value(content[VALUE], printed.bounds)
    if COUNTED not in content:
        raise BadOutput(f"the study declares a `total`, so print `{COUNTED}` and `total`")
    return _count(content[COUNTED], content.get("total"), printed.total)


def _count(correct: Any, total: Any, declared: int) -> int | float:
    if type(total) is not int or total != declared:
        raise BadOutput(f"`total` should be {declared:,}, which the study declares")
    if isinstance(correct, float) and not math.isfinite(correct):
        return correct
    if type(correct) is not int or not 0 <= correct <= total:
        raise BadOutput(f"`{COUNTED}` should be a whole number from 0 to {total:,}")
    return correct


def _value(value: Any, bounds: tuple[float, float] | None) -> int | float:
    if type(value) not in (int, float):
        raise BadOutput(f"`{VALUE}` should be a number")
    if isinstance(value, float) and not math.isfinite(value):
        return value
    low, high = bounds or (-MOST_MEASURED, MOST_MEASURED)
    if not low <= value <= high:
        raise BadOutput(f"`{VALUE}` should be from {low:g} to {high:g}")
    return float(as_meant(np.array([value], dtype=np.float64))[0])
