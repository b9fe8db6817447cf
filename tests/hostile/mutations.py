"""Mutated files: bytes cut, doubled, swapped, or replaced by what breaks parsers and paths.

Of records also the content, under digests and a checksum that are right again.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from hypothesis import strategies as st
from resealed import ESCAPE, resealed

NASTY = [
    b"", b"\x00", b"\xff\xfe", b"\n", b'"', b"'", b"[", b"]", b"{", b"}", b"=", b",", b"-", b"0",
    b"1e999", b"nan", b"inf", b"null", b"true", b"9" * 400, b"-1", b"../../tmp/x", b"/etc/passwd",
    b"<script>alert(1)</script>", b"${HOME}", b"%s%n", b"\\u0000", b"\x1b[31m", b"a" * 10_000,
    b"[[" * 200, b'{"a":' * 200, "\u202e\U0001f9e8".encode(), b"os:system", b"seeds = 9999999999\n",
]  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn, sound: bytes) -> bytes:
    """One to four changes to a sound file."""
    text = sound
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(text)))
        length = draw(st.sampled_from([0, 1, 2, 8, 40, 400]))
        put = draw(st.sampled_from(NASTY) | st.binary(max_size=6))
        match draw(st.sampled_from(["replace", "insert", "double", "swap", "cut"])):
            case "replace":
                text = text[:place] + put + text[place + length :]
            case "insert":
                text = text[:place] + put + text[place:]
            case "double":
                text = text[:place] + text[place : place + length] * 2 + text[place + length :]
            case "swap":
                other = draw(st.integers(0, len(text)))
                first, second = sorted((place, other))
                text = text[second:] + text[first:second] + text[:first]
            case _:
                text = text[:place]
    return text


VALUES: list[Any] = [
    None, True, False, 0, 1, -1, 2, 3, 500, 501, 2**31, 2**63, 10**25, 10**400, 0.5, -0.5, 1e300,
    "", "1", "a" * 64, "f" * 63, "failed", "diverged", "completed", "digits", "native", ESCAPE,
    "\u202e", "\ud800", "a" * 100_000, "../../tmp/x", "<script>alert(1)</script>", [], [1],
    [[0, 3]], [[499, 9], [0, 1]], [[10**30, 1]], {}, {"a": 1}, {ESCAPE: ESCAPE},
]  # fmt: skip


@st.composite
def mutated_content(draw: st.DrawFn, sound: str) -> str:
    """One to three values of a sound record removed, replaced, moved or doubled; all resealed."""
    changes = draw(st.integers(1, 3))

    def change(content: dict[str, Any]) -> None:
        for _ in range(changes):
            _change(draw, content)

    return resealed(sound, change, keys=draw(st.booleans()))


def _change(draw: st.DrawFn, content: Any) -> None:
    """Change a table or list, or something inside it; an empty one stays as it is."""
    if not content:
        return
    place = draw(st.sampled_from([*content] if isinstance(content, dict) else range(len(content))))
    inner = content[place]
    if isinstance(inner, dict | list) and inner and draw(st.integers(0, 3)):
        _change(draw, inner)
        return
    match draw(st.sampled_from(["replace", "replace", "replace", "drop", "double", "add"])):
        case "drop":
            del content[place]
        case "double" if isinstance(content, list):
            content.insert(place, inner)
        case "add" if isinstance(content, dict):
            content[ESCAPE] = deepcopy(draw(st.sampled_from(VALUES)))
        case _:
            content[place] = deepcopy(draw(st.sampled_from(VALUES)))
