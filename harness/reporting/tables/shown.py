"""Tables as they are shown to people: selected columns, formatted, with a sort key per cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from .columns import Rows

MOST_ROWS: Final = 60
"""Most rows of a table in Markdown or in a terminal; the CSV files and the page have all."""


@dataclass(frozen=True)
class Cell:
    """A cell: its text, and the key that it sorts by: a number, text, or None if undefined."""

    text: str
    key: float | str | None


@dataclass(frozen=True)
class Shown:
    """A table of cells; `names` are those of the columns whose values are the sort keys."""

    names: tuple[str, ...]
    head: tuple[str, ...]
    rows: list[list[Cell]]

    @property
    def texts(self) -> list[bool]:
        """Whether each column holds text, which is aligned to the left."""
        return [
            any(isinstance(row[place].key, str) for row in self.rows)
            for place in range(len(self.head))
        ]

    def only(self, names: Sequence[str]) -> Shown:
        """The columns with these names, in the order of the table."""
        places = [place for place, name in enumerate(self.names) if name in names]
        return Shown(
            tuple(self.names[place] for place in places),
            tuple(self.head[place] for place in places),
            [[row[place] for place in places] for row in self.rows],
        )

    def without_empty(self, *names: str) -> Shown:
        """The table without those of these columns in which no row has a value."""
        empty = [
            name
            for place, name in enumerate(self.names)
            if name in names and all(row[place].key is None for row in self.rows)
        ]
        return self.only([name for name in self.names if name not in empty])

    def foremost(self, chosen: str | None = None) -> list[list[Cell]]:
        """The first `MOST_ROWS` rows; a chosen recipe further down takes the place of the last."""
        first, rest = self.rows[:MOST_ROWS], self.rows[MOST_ROWS:]
        own = [row for row in rest if row[0].text == chosen]
        return [*first[:-1], *own] if own else first


def show(rows: Rows[Any]) -> Shown:
    """The table with the columns that its row class shows people."""
    by_name = {column.name: column for column in rows.columns}
    columns = [by_name[name] for name in rows.kind.SHOWN]
    return Shown(
        rows.kind.SHOWN,
        tuple(column.told.head for column in columns),
        [[Cell(column.text(row), column.value(row)) for column in columns] for row in rows],
    )
