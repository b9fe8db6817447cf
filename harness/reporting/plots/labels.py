"""Labels of plots: the user's names and texts, in lines that leave room for what is plotted."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache
from typing import Final

from matplotlib.font_manager import FontProperties, findfont, get_font

FONT: Final = "DejaVu Sans"
"""A font that comes with matplotlib, so that plots are the same everywhere."""
LETTERS: Final = 56
"""Most letters of a label in one line."""
LINE_LETTERS: Final = 52
"""Most letters of each line, if a label has more than `LETTERS`."""
MOST: Final = 104
"""Most letters of a label: the middle of longer labels is left out."""
ALONG: Final = (60, 50)
"""`LETTERS` and `LINE_LETTERS` of the label of an axis beside such names."""
SMALL: Final = "small"
"""Font size of labels in several lines."""
ENDS: Final = " -_+/,;:"
"""Characters after which a line may end."""
EQUALS: Final = " = "
WHOLE: Final = "\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}"
"""An equals sign that a line does not end at, as in `(n = 20)`, and its stand-in meanwhile."""
ELLIPSIS: Final = "..."
UNKNOWN: Final = "\N{REPLACEMENT CHARACTER}"


def with_runs(name: str, runs: int, shown: int | None = None) -> str:
    """The name of a recipe or level, and the number of its runs; and of those shown, if not all."""
    return f"{name} (n = {runs})" if shown in (None, runs) else f"{name} ({shown} of {runs} runs)"


def in_lines(text: str, letters: int = LETTERS, line: int = LINE_LETTERS) -> str:
    """The text, which is split into as few lines of at most `line` letters as possible if it has
    more than `letters` in total.

    Characters that the font lacks are replaced by `UNKNOWN`.
    """
    known = "".join(letter if letter in _drawn() else UNKNOWN for letter in text)
    if len(known) <= letters:
        return known
    if len(known) > MOST:
        half = MOST // 2
        known = known[:half] + ELLIPSIS + known[len(known) - half + len(ELLIPSIS) :]
    whole = known.replace(EQUALS, WHOLE)
    return "\n".join(_lines(whole, line)).replace(WHOLE, EQUALS)


def _lines(text: str, most: int) -> Iterator[str]:
    """The text, cut after the last of `ENDS` if that does not lead to more lines."""
    while len(text) > most:
        least = len(text) - most * (math.ceil(len(text) / most) - 1)
        ends = [place for place in range(least, most + 1) if text[place - 1] in ENDS]
        cut = max(ends, default=most)
        yield text[:cut].rstrip()
        text = text[cut:].lstrip()
    yield text


@cache
def _drawn() -> frozenset[str]:
    """The characters that the font has, and the line break."""
    font = get_font(findfont(FontProperties(family=FONT)))
    return frozenset(map(chr, font.get_charmap())) | {"\n"}
