"""What a record's fields may hold: sane numbers, and texts that are safe to print."""

from __future__ import annotations

import math
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field

from ..base.words import one_line, printable
from ..study.measure import MOST_COUNTED, MOST_MEASURED

MOST_LETTERS: Final = 2_000
MOST_FACTS: Final = 10_000
"""Values in a recipe or an environment, including those in its lists and tables."""

Count = Annotated[int, Field(ge=0, le=MOST_COUNTED, strict=True)]
Ordinal = Annotated[int, Field(ge=1, le=MOST_COUNTED, strict=True)]
BoundedFloat = Annotated[float, Field(ge=-MOST_MEASURED, le=MOST_MEASURED, strict=True)]
"""A learning rate or a loss."""
Seconds = Annotated[float, Field(ge=0, le=1e9, strict=True)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


def _message(text: str) -> str:
    return _shown(text, text.replace("\n", " "))


def _line(text: str) -> str:
    return _shown(text, text)


def _shown(text: str, letters: str) -> str:
    if len(text) > MOST_LETTERS:
        raise ValueError(f"has {len(text):,} characters; at most {MOST_LETTERS:,} are allowed")
    if not letters.isprintable():
        raise ValueError("holds control characters")
    return text


def _facts(content: dict[str, Any]) -> dict[str, Any]:
    left: list[Any] = [content]
    count = 0
    while left:
        value = left.pop()
        count += 1
        if isinstance(value, dict):
            left += [*value, *value.values()]
        elif isinstance(value, list | tuple):
            left += value
        elif isinstance(value, str):
            _line(value)
        elif isinstance(value, float) and not math.isfinite(value):
            raise ValueError("holds a number that is not finite")
        elif isinstance(value, int) and not abs(value) <= 2**63:
            raise ValueError("holds a number that is far too large")
    if count > MOST_FACTS:
        raise ValueError(f"holds {count:,} values; at most {MOST_FACTS:,} are allowed")
    return content


Line = Annotated[str, AfterValidator(_line)]
Message = Annotated[str, AfterValidator(_message)]
"""May have several lines."""
Facts = Annotated[dict[str, Any], AfterValidator(_facts)]
"""Values as in JSON: what a recipe declares, or what a run was made with."""


def as_message(text: str | None) -> str | None:
    """An error's text in the form that a record may hold."""
    return None if text is None else printable(text)[:MOST_LETTERS]


def as_facts(content: dict[str, Any]) -> dict[str, Any]:
    """What this machine reports about itself, in the form that a record may hold."""
    return {name: _as_fact(value) for name, value in content.items()}


def _as_fact(value: Any) -> Any:
    if isinstance(value, dict):
        return as_facts(value)
    return one_line(value)[:MOST_LETTERS] if isinstance(value, str) else value
