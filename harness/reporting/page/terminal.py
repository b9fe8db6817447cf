"""What a terminal shows of a report: its table, where to find the rest, and finally the answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from ...base.console import say, show, table, width_of
from ...base.disk.ours import PAGE
from ...base.words import some
from ..tables.shown import Cell, Shown
from ..words.headline import Headline

MARK: Final = ">"
"""Stands in a column of its own before the name of the chosen recipe, whose row is also bold."""


@dataclass(frozen=True)
class WrittenReport:
    """A report that has been written: its folder, and what a terminal shows of it."""

    folder: Path
    title: str
    summary: Shown
    essential: tuple[str, ...]
    """The columns that are shown even on the narrowest of terminals."""
    chosen: str | None
    headline: Headline
    apart: tuple[str, ...] = ()
    """Recipes that another engine trained, which are not compared with those of the table."""
    lacking: str | None = None
    """What the report could not show, and why."""


def show_report(report: WrittenReport, console: Console) -> None:
    """Print a report's title, its table and its place, and at the very end, the advice."""
    console.print()
    say(console, report.title, style="bold")
    if report.summary.rows:
        show(_table_that_fits(report, console), console)
    if rest := len(report.summary.rows) - len(report.summary.foremost()):
        say(console, f"and {rest} more, in consistency.csv")
    if report.apart:
        apart = some(report.apart)
        say(console, f"trained by another engine, and not compared with these: {apart}")
    for line in [*report.headline.biased, *report.headline.verdict, *report.headline.open]:
        say(console, line)
    if report.lacking:
        say(console, report.lacking)
    say(console, f"report: {report.folder / PAGE}")
    say(console, report.headline.advice, style="bold")


def _table_that_fits(report: WrittenReport, console: Console) -> Table:
    """All columns, or as many as fit; if the essential ones do not, intervals on a second line."""
    for shown in (report.summary, _on_two_lines(report.summary)):
        for names in _selections(shown.names, report.essential):
            made = _made(shown.only(names), report.chosen)
            if width_of(made, console) <= console.width:
                return made
    return _made(_on_two_lines(report.summary).only(report.essential), report.chosen)


def _selections(names: tuple[str, ...], essential: tuple[str, ...]) -> list[tuple[str, ...]]:
    """All columns, then fewer and fewer: the last of those that are not essential go first."""
    optional = [name for name in names if name not in essential]
    kept = [{*essential, *optional[:count]} for count in range(len(optional), -1, -1)]
    return [tuple(name for name in names if name in selection) for selection in kept]


def _made(shown: Shown, chosen: str | None) -> Table:
    rows = [[cell.text for cell in row] for row in shown.foremost(chosen)]
    places = [place for place, row in enumerate(rows) if row[0] == chosen]
    marked = [[MARK if row[0] == chosen else "", *row] for row in rows]
    return table(["", *shown.head], marked, left=(0, 1), bold=places[0] if places else None)


def _on_two_lines(shown: Shown) -> Shown:
    """The same table with whatever is in brackets on a second line."""
    rows = [
        [row[0], *(Cell(cell.text.replace(" (", "\n("), cell.key) for cell in row[1:])]
        for row in shown.rows
    ]
    return replace(shown, rows=rows)
