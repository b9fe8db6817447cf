"""Reading TOML from a user's file, unless it is huge or has numbers that other readers refuse."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from ...base.errors import InputError
from ...base.words import not_utf8

Table = dict[str, Any]
"""What is under a heading or in braces."""
MOST_BYTES: Final = 10_000_000
TOO_LARGE: Final = "is a whole number beyond TOML's 64 bits"


def read_toml(file: Path) -> dict[str, Any]:
    """The table that the file holds; raises InputError."""
    try:
        if file.stat().st_size > MOST_BYTES:
            raise InputError(
                f"{file}: has more than {MOST_BYTES:,} bytes; no study needs that many"
            )
        # Some editors begin a file with a mark of its encoding, which is no part of TOML.
        table = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InputError(f"{file}: is not TOML: {not_utf8(error.object)}") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError(f"{file}: is not TOML: {error}") from error
    except ValueError as error:  # Python limits the digits that it converts
        raise InputError(f"{file}: is not TOML: holds a number with thousands of digits") from error
    except OSError as error:
        reason = f"cannot be read: {error.strerror}; fix that, or name another file"
        raise InputError(f"{file}: {reason}") from error
    if lines := [f"{file}: {key}: {TOO_LARGE}" for key in too_large(table)]:
        raise InputError.of(lines)
    return table


def read_value(text: str) -> Any:
    """The value that this text is in TOML; any other text is taken for one without its quotes."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        return text.strip()


def too_large(value: object, key: str = "") -> Iterator[str]:
    """The keys of whole numbers that do not fit into signed 64-bit integers."""
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        yield key
    inside = dict(enumerate(value, start=1)) if isinstance(value, list) else value
    for name, inner in inside.items() if isinstance(inside, dict) else ():
        yield from too_large(inner, f"{key}.{name}" if key else str(name))
