"""The keys of JSON objects, each of which should be there once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .words import one_line


class DuplicateKey(ValueError):
    """A key is there twice, with two values of which Python's reader would drop the first."""

    def __init__(self, key: str) -> None:
        super().__init__(f"key {one_line(key)} is there twice")


def without_duplicates(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """The object with these keys and values, for `json.loads`; raises DuplicateKey."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise DuplicateKey(next(name for name in names if names.count(name) > 1))
    return found
