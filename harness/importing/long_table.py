"""Tables of long form, a row an epoch, as the readers of files give them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd

from ..base.errors import InputError
from ..base.words import listed
from ..results.imported import Source
from ..study.imported import ImportTable
from ..study.measure import COUNTED
from ..study.problems import allowed_names

VALUE: Final = "value"
TOTAL: Final = "total"


@dataclass(frozen=True)
class LongTable:
    """The rows of one file, with its columns as it has them."""

    frame: pd.DataFrame
    source: Source
    rows: Sequence[int]
    """What number each row has to whoever opens the file: in CSV the header is row 1."""

    def fault(self, index: int, column: str, text: str) -> InputError:
        """What is wrong in a column of the row with this index, and what would do."""
        return InputError(f"{self.place(index)}, column {column}: {text}")

    def place(self, index: int) -> str:
        """File and row."""
        return f"{self.source.file}: row {self.rows[index]:,}"


@dataclass(frozen=True)
class Measured:
    """The columns of the metric: `total` is None where it is no count."""

    value: str
    total: str | None


def measured(tables: list[LongTable], columns: ImportTable) -> Measured:
    """Which columns are the metric's, the same in all files; raises InputError."""
    if columns.value is not None:
        return Measured(columns.value, columns.total)
    if all(COUNTED in table.frame.columns for table in tables):
        return Measured(COUNTED, columns.total or TOTAL)
    return Measured(VALUE, columns.total)


def check_columns(table: LongTable, columns: ImportTable, metric: Measured) -> None:
    """Raises InputError where a column that is needed is not there, or there twice."""
    needed = [*columns.recipe, columns.seed, columns.epoch, metric.value]
    needed += [metric.total] if metric.total else []
    there = [str(name) for name in table.frame.columns]
    for name in needed:
        if there.count(name) == 1:
            continue
        if name in there:
            raise InputError(f"{table.source.file}: column {name} is there twice; drop one")
        raise InputError(
            f"{table.source.file}: has no column {name}; {allowed_names(name, there)}"
            f"{_hint(name, metric)}"
        )


def _hint(name: str, metric: Measured) -> str:
    """What to say to those whose columns have other names."""
    if name == metric.total:
        return f"; {metric.value} is a count, of so many"
    keys = ("recipe", "seed", "epoch", VALUE)
    known = listed([f"`{key}`" for key in keys])
    return f"; other columns are named as {known} of [import] or as options" if name in keys else ""
