"""Lines and tables on a terminal, which shows foreign text as it is and never obeys it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from .words import printable

DOTS: Final = "..."


def say(console: Console, text: str, style: str | None = None) -> None:
    """Print a line without markup or control characters; only the terminal wraps it."""
    console.print(Text(printable(text), style or ""), soft_wrap=True)


def table(
    head: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    left: Collection[int] = (0,),
    bold: int | None = None,
    title: str | None = None,
) -> Table:
    """Rows of cells under headings: the columns `left` are aligned left, all others right.

    `bold` is the index of a row to print in bold.
    """
    made = Table(box=box.SIMPLE_HEAD, title=None if title is None else Text(printable(title)))
    for number, name in enumerate(head):
        if number in left:  # a name that is too long goes on below: its end may tell it apart
            made.add_column(Text(printable(name)), justify="left", overflow="fold")
        else:
            made.add_column(Text(printable(name)), justify="right")
    for number, row in enumerate(rows):
        style = "bold" if number == bold else None
        made.add_row(*(Text(printable(cell)) for cell in row), style=style)
    return made


def show(made: Table, console: Console) -> None:
    """Print the table; where no terminal shows it, as wide as it is, and from the first line on."""
    if not console.is_terminal:
        made.show_edge = False
        made.width = width_of(made, console)
    console.print(made, crop=console.is_terminal)


def show_list(
    console: Console,
    head: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    left: Collection[int],
    name: int,
    spare: Sequence[int],
) -> None:
    """Print a row for each thing of a list, on one line.

    On a terminal that is too narrow, columns are left out in the order of `spare` until the rest
    fits; then what is in the column `name` is cut in its middle, since its end may tell it apart.
    """
    rows, kept = list(rows), list(range(len(head)))
    made = _only(kept, head, rows, left)
    for column in spare:
        if _excess(made, console) <= 0:
            break
        kept.remove(column)
        made = _only(kept, head, rows, left)
    if (excess := _excess(made, console)) > 0:
        most = max((len(row[name]) for row in rows), default=0) - excess
        cut = [[*row[:name], cut_inside(row[name], most), *row[name + 1 :]] for row in rows]
        made = _only(kept, head, cut, left)
    show(made, console)


def _only(
    kept: Sequence[int], head: Sequence[str], rows: Sequence[Sequence[str]], left: Collection[int]
) -> Table:
    """The table with these columns only."""
    shown = [[row[column] for column in kept] for row in rows]
    places = [place for place, column in enumerate(kept) if column in left]
    return table([head[column] for column in kept], shown, left=places)


def _excess(made: Table, console: Console) -> int:
    """How many characters the table is wider than the terminal; 0 if there is no terminal."""
    return width_of(made, console) - console.width if console.is_terminal else 0


def cut_inside(text: str, most: int) -> str:
    """The text with at most so many characters, or eight: its beginning, three dots, its end."""
    if len(text) <= max(most, 8):
        return text
    kept = max(most, 8) - len(DOTS)
    return text[: (kept + 1) // 2] + DOTS + text[-(kept // 2) :]


def width_of(made: Table, console: Console) -> int:
    """How many characters wide the table is if none of its cells is wrapped."""
    return console.measure(made, options=console.options.update(width=10_000)).maximum
