"""Labels of plots: names and texts of the user's, in lines that leave room for what is plotted."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Final

from matplotlib.font_manager import FontProperties, findfont, get_font

FONT: Final = "DejaVu Sans"
"""A font that comes with matplotlib, so that plots are the same everywhere."""
LETTERS: Final = 56
"""Most letters of a label in one line."""
LINE_LETTERS: Final = 52
"""Letters of a line, where they are more."""
MOST: Final = 104
"""Most letters of a label: what lies in the middle of longer ones is left out."""
ALONG: Final = (60, 50)
"""The same for a label along an axis that leaves room for such names."""
SMALL: Final = "small"
"""Size of labels that are in several lines."""
ENDS: Final = " -_+/,;:"
"""After these a line may end."""
EQUALS: Final = " = "
WHOLE: Final = "\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}"
"""What is not torn apart, as in `(n = 20)`, and how that is told."""
UNKNOWN: Final = "\N{REPLACEMENT CHARACTER}"


def in_lines(text: str, letters: int = LETTERS, line: int = LINE_LETTERS) -> str:
    """The text, in as few lines as it takes of at most `line` letters, if it has more than
    `letters` in all.

    Characters that the font lacks are shown as unknown ones.
    """
    known = "".join(letter if letter in _drawn() else UNKNOWN for letter in text)
    if len(known) <= letters:
        return known
    if len(known) > MOST:
        known = f"{known[: MOST // 2]}...{known[-MOST // 2 + 3 :]}"
    whole = known.replace(EQUALS, WHOLE)
    return "\n".join(_lines(whole, line)).replace(WHOLE, EQUALS)


def _lines(text: str, most: int) -> Iterator[str]:
    """Cuts after the last letter that ends a part, where no more lines come of it."""
    while len(text) > most:
        least = len(text) - most * (-(-len(text) // most) - 1)
        ends = [place for place in range(least, most + 1) if text[place - 1] in ENDS]
        cut = max(ends, default=most)
        yield text[:cut].rstrip()
        text = text[cut:].lstrip()
    yield text


@cache
def _drawn() -> frozenset[str]:
    """The characters that the font has, and the ends of lines."""
    font = get_font(findfont(FontProperties(family=FONT)))
    return frozenset(map(chr, font.get_charmap())) | {"\n"}
