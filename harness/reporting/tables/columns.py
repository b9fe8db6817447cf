"""A table is a typed row class: its fields are the columns of the CSV file, in order.

The annotation of each field says what the column means and how it is shown to people, so that the
CSV header, the documentation, the report's tables and the sentences share one source:

- `Told`: a column with the field's own name.
- `Ends`: an interval, which takes two columns.
- `Inline`: another row class, whose columns are inserted here.

A field without any of these annotations is not a column: it is there for cells and sentences.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from functools import cached_property
from operator import attrgetter
from types import UnionType
from typing import (
    Any,
    ClassVar,
    Final,
    Generic,
    Literal,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

import pandas as pd

from ...base.words import in_csv
from ...statistics.intervals import Interval

NUMBER_FORMAT: Final = "%.8g"
DTYPES: Final = {int: "Int64", float: "float64", bool: "bool", str: "object"}
"""Types of a data frame's columns; the one for integers allows undefined values."""


@dataclass(frozen=True)
class Told:
    """What a column means, and how it is shown to people: its heading, and the text of a cell.

    `show` writes the column's value; `cell` writes a text from the whole row, if one value does not
    suffice.
    """

    doc: str
    head: str = ""
    show: Callable[[Any], str] = str
    cell: Callable[[Any], str] | None = None
    counted: bool = False
    """Whether it is a whole number, unless the measure is not a count."""

    def about(self, of: str) -> Told:
        """The same, about the quantity whose name replaces `{of}`."""
        return replace(self, doc=self.doc.format(of=of), head=self.head.format(of=of))


RECIPE: Final = Told("name of the recipe", "Recipe")


@dataclass(frozen=True)
class Ends:
    """The two columns of an interval: `<name>_<low>` and `<name>_<high>`.

    If it is shown to people, `head` and `cell` belong to the first.
    """

    name: str
    doc: str
    low: str = "low"
    high: str = "high"
    words: tuple[str, str] = ("lower end of", "upper end of")
    head: str = ""
    cell: Callable[[Any], str] | None = None


@dataclass(frozen=True)
class Inline:
    """The columns of a row class within another one: `prefix` begins their names.

    In their descriptions, `of` replaces `{of}`.
    """

    prefix: str = ""
    of: str = ""


class Row:
    """A row of a table; subclasses are frozen dataclasses."""

    __slots__ = ()

    FILE: ClassVar[str]
    """Name of the CSV file, without its suffix."""
    SHOWN: ClassVar[tuple[str, ...]] = ()
    """Columns of the table in the report, in the order in which they are shown."""
    ESSENTIAL: ClassVar[tuple[str, ...]] = ()
    """Those of them that are shown even on the narrowest terminals."""


@dataclass(frozen=True)
class Column:
    """A column, and how to get it from a row: `owner` is the part of the row that has the field."""

    name: str
    type: type
    told: Told
    get: Callable[[Any], Any]
    owner: Callable[[Any], Any]

    def value(self, row: object) -> Any:
        """The value in a row, of the column's type; None if it is undefined."""
        value = self.get(row)
        return float(value) if self.type is float and value is not None else value

    def text(self, row: object) -> str:
        """The text of the cell that is shown to people."""
        return self.told.cell(self.owner(row)) if self.told.cell else self.told.show(self.get(row))


def columns_of(kind: type) -> tuple[Column, ...]:
    """The columns of a row class, in order."""
    return tuple(_columns(kind, (), Inline()))


def _columns(kind: type, path: tuple[str, ...], inline: Inline) -> Iterator[Column]:
    hints = get_type_hints(kind, include_extras=True)
    owner = attrgetter(".".join(path)) if path else _itself
    for field in fields(kind):
        value_type, marks = _annotation(hints[field.name])
        here = (*path, field.name)
        match marks:
            case [Told() as told]:
                yield Column(
                    inline.prefix + field.name,
                    int if told.counted else _without_none(value_type),
                    told.about(inline.of),
                    attrgetter(".".join(here)),
                    owner,
                )
            case [Ends() as mark]:
                yield from _two_columns(mark, attrgetter(".".join(here)), owner, inline)
            case [Inline() as further]:
                yield from _columns(value_type, here, further)


def _two_columns(
    mark: Ends, get: Callable[[Any], Any], owner: Callable[[Any], Any], inline: Inline
) -> Iterator[Column]:
    name, doc = inline.prefix + mark.name, mark.doc.format(of=inline.of)
    low = Told(f"{mark.words[0]} {doc}", mark.head, cell=mark.cell)
    high = Told(f"{mark.words[1]} {doc}")
    yield Column(f"{name}_{mark.low}", float, low, lambda row: _low(get(row)), owner)
    yield Column(f"{name}_{mark.high}", float, high, lambda row: _high(get(row)), owner)


def _low(interval: Interval | None) -> float | None:
    return interval.low if interval else None


def _high(interval: Interval | None) -> float | None:
    return interval.high if interval else None


def _itself(row: Any) -> Any:
    return row


def _annotation(hint: Any) -> tuple[Any, list[Any]]:
    """The type of a field, and its annotations."""
    if not hasattr(hint, "__metadata__"):
        return hint, []
    value_type, *marks = get_args(hint)
    return value_type, marks


def _without_none(hint: Any) -> type:
    if get_origin(hint) in (Union, UnionType):
        (hint,) = [part for part in get_args(hint) if part is not type(None)]
    return str if get_origin(hint) is Literal else hint


R = TypeVar("R", bound=Row)


@dataclass(frozen=True)
class Rows(Generic[R]):
    """A table: its rows and their class, which an empty table has, too."""

    kind: type[R]
    rows: tuple[R, ...]

    def __iter__(self) -> Iterator[R]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The columns of the row class, in order."""
        return columns_of(self.kind)

    def where(self, keep: Callable[[R], bool]) -> Rows[R]:
        """The table of the rows for which `keep` is true."""
        return Rows(self.kind, tuple(row for row in self.rows if keep(row)))

    def by_column(self) -> list[dict[str, Any]]:
        """Each row's values by the names of their columns; None if undefined."""
        return [{column.name: column.value(row) for column in self.columns} for row in self.rows]

    def csv(self) -> str:
        """The table as CSV: eight significant digits, `inf` for never, empty for undefined."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow([column.name for column in self.columns])
        writer.writerows([_csv(column.value(row)) for column in self.columns] for row in self.rows)
        return text.getvalue()

    def frame(self) -> pd.DataFrame:
        """The table as a data frame."""
        return pd.DataFrame(
            {
                column.name: pd.Series(values, dtype=_dtype(column, values))
                for column in self.columns
                for values in [[column.value(row) for row in self.rows]]
            }
        )


def _dtype(column: Column, values: list[Any]) -> str:
    """Type of the column in a data frame; a column that usually holds counts may hold floats."""
    if column.told.counted and any(isinstance(value, float) for value in values):
        return DTYPES[float]
    return DTYPES[column.type]


def _csv(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return NUMBER_FORMAT % value
    return in_csv(value) if isinstance(value, str) else str(value)
