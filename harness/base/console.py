"""Lines and tables on a terminal, which shows foreign text as it is and never obeys it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from .words import printable


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


def width_of(made: Table, console: Console) -> int:
    """How many characters wide the table is if none of its cells is wrapped."""
    return console.measure(made, options=console.options.update(width=10_000)).maximum
