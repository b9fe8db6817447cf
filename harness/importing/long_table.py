"""Tables of long form, with one row per epoch: what the readers of files return."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..base.errors import InputError
from ..base.words import allowed_names, listed, one_line, some
from ..results.elsewhere.record import Source
from ..study.loading.import_table import ImportTable
from ..study.measure import COUNTED

VALUE: Final = "value"
TOTAL: Final = "total"
RUN_NAME: Final = "run_name"
"""In the table of a tracker, the column with the run's own name there."""


@dataclass(frozen=True)
class LongTable:
    """The rows of one file, under its own column names."""

    frame: pd.DataFrame
    source: Source
    rows: Sequence[int | str]
    """How to find each row in the file: by its number (in CSV the header is row 1) or, if the file
    is not a table, by its run and step."""
    runs: Sequence[str] | None = None
    """In the table of a tracker, the tracker's name for the run of each row."""
    remark: str | None = None
    """What should be known of the file, although it can be read."""

    def where(self, keep: npt.NDArray[np.bool_]) -> LongTable:
        """The rows for which `keep`, (n,), is true."""
        kept = np.flatnonzero(keep).tolist()
        rows = [self.rows[index] for index in kept]
        runs = self.runs and [self.runs[index] for index in kept]
        frame = self.frame[keep].reset_index(drop=True)
        return replace(self, frame=frame, rows=rows, runs=runs)

    def remarked(self, *remarks: str | None) -> LongTable:
        """The table with these remarks after its own; None is none."""
        return replace(self, remark="; ".join(filter(None, (self.remark, *remarks))) or None)

    def fault(self, index: int, column: str, text: str) -> InputError:
        """The error for a column of the row with this index: what is wrong, and the fix."""
        return InputError(f"{self.place(index)}, column {column}: {text}")

    def place(self, index: int) -> str:
        """File and row, for an error message."""
        row = self.rows[index]
        return f"{self.source.file}: {row if isinstance(row, str) else f'row {row:,}'}"


def column_of(cells: list[object]) -> pd.Series[Any]:
    """A column of numbers if all cells are of one numeric type, else the cells as they are."""
    kinds = {type(cell) for cell in cells}
    return pd.Series(cells, dtype=None if len(kinds) == 1 and kinds <= {int, float} else object)


def chosen(table: LongTable, columns: ImportTable) -> LongTable:
    """The rows that `only` keeps; raises InputError if there are none."""
    keep = np.ones(len(table.frame), dtype=bool)
    for name, text in columns.only.items():
        if name not in table.frame.columns:
            known = allowed_names(name, [str(known) for known in table.frame.columns])
            raise InputError(f"{table.source.file}: has no column {name} for `only`; {known}")
        # As objects, which can be compared with a text that no column can hold.
        keep &= (as_texts(table.frame[name]).astype(object) == text).to_numpy()
    if keep.all():
        return table
    if not keep.any():
        why = nothing_with(columns, "row", lambda name: as_texts(table.frame[name]))
        raise InputError(f"{table.source.file}: {why}")
    return table.where(keep)


def as_texts(cells: pd.Series[Any]) -> pd.Series[Any]:
    """The cells as texts, whatever they are: empty where nothing is there; bytes that are not text
    are shown as Python does."""
    try:
        decimals = as_decimals(cells)
        found = cells.astype(str) if decimals is None else pd.Series(decimals, cells.index)
    except UnicodeError:
        found = cells.map(ascii)
    return found.where(cells.notna(), "")


def as_decimals(cells: pd.Series[Any]) -> npt.NDArray[np.str_] | None:
    """(n,): floats of fewer than 64 bits as the shortest decimals that round to them: 0.96, not
    0.95999998; None for cells of any other type."""
    dtype = getattr(cells.dtype, "numpy_dtype", cells.dtype)
    for narrow in (np.float16, np.float32):
        if dtype == narrow:
            return cells.to_numpy(dtype=narrow, na_value=np.nan).astype(np.str_)
    return None


def nothing_with(columns: ImportTable, unit: str, texts: Callable[[str], Iterable[str]]) -> str:
    """Why `only` keeps no `unit`, row or run, and what to do; `texts` has the texts of a column."""
    for name, text in columns.only.items():
        known = list(dict.fromkeys(texts(name)))
        if text not in known:
            there = some([shown or "an empty cell" for shown in known]) or "nothing"
            return f"holds no {unit} with {name} = {text}, but {there}; {keep_only(name)}"
    asked = [f"{name} = {text}" for name, text in columns.only.items()]
    return f"holds no {unit} with {listed(asked)} at once; {keep_only('COLUMN')}"


def keep_only(column: str) -> str:
    """The advice to select rows or runs by their text in a column."""
    return f"say which to take: `--only {column}=TEXT`, or `only` in [import]"


def take_in_order() -> str:
    """The advice to number epochs by their order."""
    return "say `--in-order` (`in_order` in [import]) to take them as epochs in their order"


@dataclass(frozen=True)
class MetricColumns:
    """The columns of the metric; `total` is None if the metric is not a count."""

    value: str
    total: str | None


def metric_columns(tables: list[LongTable], columns: ImportTable) -> MetricColumns:
    """Which columns hold the metric, the same ones in all files."""
    if columns.value is not None:
        return MetricColumns(columns.value, columns.total)
    if all(COUNTED in table.frame.columns for table in tables):
        return MetricColumns(COUNTED, columns.total or TOTAL)
    return MetricColumns(VALUE, columns.total)


def check_names(names: Sequence[str], file: str) -> None:
    """Raises InputError if two columns of a file have the same name."""
    for number, name in enumerate(names):
        if name in names[:number]:
            raise InputError(f"{file}: column {one_line(name)} is there twice; drop one")


def check_columns(table: LongTable, columns: ImportTable, metric: MetricColumns) -> None:
    """Raises InputError if a column that is needed is missing."""
    needed = [*columns.recipe, columns.seed, columns.epoch, metric.value]
    needed += [metric.total] if metric.total else []
    there = [str(name) for name in table.frame.columns]
    if not there:
        raise no_rows(table)
    for name in needed:
        if name not in there:
            raise InputError(
                f"{table.source.file}: has no column {name}; {allowed_names(name, there)}"
                f"{_hint(name, metric)}"
            )


def no_rows(table: LongTable) -> InputError:
    """The error for a file without any rows."""
    return InputError(f"{table.source.file}: has no rows; give one for each epoch of every run")


def _hint(name: str, metric: MetricColumns) -> str:
    """A hint for those whose columns have other names."""
    if name == metric.total:
        return f"; {metric.value} is a count and needs its total"
    if name not in ("recipe", "seed", "epoch", VALUE):
        return ""
    once = "; if each run is one row, add it, with 1 in every row" if name == "epoch" else ""
    return f'; to use another, say --{name}, or {name} = "..." in [import]{once}'
