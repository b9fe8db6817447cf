"""Tables as people are shown them: chosen columns, formatted, each cell with what it sorts by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .columns import Rows


@dataclass(frozen=True)
class Cell:
    """A cell: what is shown, and what it sorts by: a number, text, or nothing if undefined."""

    text: str
    key: float | str | None


@dataclass(frozen=True)
class Shown:
    """A table of cells. `names` are those of the columns that the cells are sorted by."""

    names: tuple[str, ...]
    head: tuple[str, ...]
    rows: list[list[Cell]]

    @property
    def texts(self) -> list[bool]:
        """For each column, whether it holds text, which is aligned to the left."""
        return [
            any(isinstance(row[place].key, str) for row in self.rows)
            for place in range(len(self.head))
        ]

    def only(self, names: Sequence[str]) -> Shown:
        """The columns of these names, in their own order."""
        places = [place for place, name in enumerate(self.names) if name in names]
        return Shown(
            tuple(self.names[place] for place in places),
            tuple(self.head[place] for place in places),
            [[row[place] for place in places] for row in self.rows],
        )


def show(rows: Rows[Any]) -> Shown:
    """The table with the columns that its row class shows people."""
    by_name = {column.name: column for column in rows.columns}
    columns = [by_name[name] for name in rows.kind.SHOWN]
    return Shown(
        rows.kind.SHOWN,
        tuple(column.told.head for column in columns),
        [[Cell(column.text(row), column.value(row)) for column in columns] for row in rows],
    )
