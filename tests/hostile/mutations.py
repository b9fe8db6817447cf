"""Mutated text: bytes cut, doubled, swapped, or replaced by what breaks parsers and paths."""

from __future__ import annotations

from hypothesis import strategies as st

NASTY = [
    b"", b"\x00", b"\xff\xfe", b"\n", b'"', b"'", b"[", b"]", b"{", b"}", b"=", b",", b"-", b"0",
    b"1e999", b"nan", b"inf", b"null", b"true", b"9" * 400, b"-1", b"../../tmp/x", b"/etc/passwd",
    b"<script>alert(1)</script>", b"${HOME}", b"%s%n", b"\\u0000", b"\x1b[31m", b"a" * 10_000,
    b"[[" * 200, b'{"a":' * 200, "\u202e\U0001f9e8".encode(), b"os:system", b"seeds = 9999999999\n",
]  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn, sound: bytes) -> bytes:
    """One to four changes of a sound file."""
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
