"""A folder of tables, one for each run, as the CSV loggers of Lightning and Keras write them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..base.errors import InputError
from ..base.words import allowed_names, listed
from ..results.elsewhere.record import Source
from ..study.loading.import_table import ImportTable
from ..study.measure import COUNTED
from . import plain
from .cells import NOT_FINITE, epochs, numbers, texts, whole_numbers
from .long_table import TOTAL, LongTable, chosen
from .sources import paths_below, source_of_many
from .trackers.tracked import Points, long_table, metric_names, named_runs

CSV: Final = "*.csv"
JSON_LINES: Final = "*.jsonl"
KINDS: Final = (CSV, JSON_LINES, "*.parquet")
NOTHING: Final = ("", "NA")
"""Texts of cells in which nothing was logged; Keras writes the second."""


def read_csv_folder(path: Path, columns: ImportTable) -> list[LongTable]:
    """The CSV files in a folder and in those below it; raises InputError."""
    return _tables(path, columns, CSV, plain.read_csv)


def read_json_lines_folder(path: Path, columns: ImportTable) -> list[LongTable]:
    """The files of JSON lines in a folder and in those below it; raises InputError."""
    return _tables(path, columns, JSON_LINES, plain.read_json_lines)


def _tables(
    path: Path,
    columns: ImportTable,
    mark: str,
    read: Callable[[Path, ImportTable], list[LongTable]],
) -> list[LongTable]:
    """The files that name their runs in columns, and one table of all that are a run each."""
    found: list[LongTable] = []
    of_runs: dict[str, LongTable] = {}
    for file in sorted(paths_below(path, mark)):
        (table,) = _read_in(path, file, columns, read)
        if {*columns.recipe, columns.seed} <= {*table.frame.columns}:
            found.append(table)
        else:
            name = file.relative_to(path).with_suffix("").as_posix()
            if name in of_runs:
                other = of_runs[name].source.file
                raise InputError(f"{file}: is the same run as {other}; leave one of the two out")
            of_runs[name] = table
    if of_runs:
        contents = {name: table.source.sha256.encode() for name, table in of_runs.items()}
        source = source_of_many(path, contents, f"folder of {mark[1:]} files")
        found.append(_joined(of_runs, columns, path, source))
    return [*found[:-1], found[-1].remarked(_left_out(path, mark))]


def _read_in(
    path: Path,
    file: Path,
    columns: ImportTable,
    read: Callable[[Path, ImportTable], list[LongTable]],
) -> list[LongTable]:
    """A file of the folder; raises InputError, which says that a file may be no run at all."""
    try:
        return read(file, columns)
    except InputError as error:
        raise InputError(f"{error}; or move it out of {path}, if it is no run") from error


def _left_out(path: Path, mark: str) -> str | None:
    """A remark on tables of other kinds in the folder."""
    others = [other for other in KINDS if other != mark and any(paths_below(path, other))]
    if not others:
        return None
    return f"{path}: its files {listed(others)} are left out, since it has others {mark}"


def _joined(
    tables: Mapping[str, LongTable], columns: ImportTable, path: Path, source: Source
) -> LongTable:
    """One table of files that are a run each, by the names that say which."""
    here = {name: _only_in(table, columns) for name, table in tables.items()}
    kept = {
        name: chosen(table, columns.model_copy(update={"only": here[name]}))
        for name, table in tables.items()
    }
    points = {name: _points(table, columns) for name, table in kept.items()}
    runs = []
    for run in named_runs(points, columns, path):
        _check_agrees(kept[run.name], run.settings, columns)
        runs.append(replace(run, settings={**run.settings, **here[run.name]}))
    remarks = [
        remark for table in kept.values() for remark in (table.remark, _ends_early(table, columns))
    ]
    return long_table(runs, columns, source).remarked(*remarks)


def _only_in(table: LongTable, columns: ImportTable) -> dict[str, str]:
    """What `only` asks of columns that a file has."""
    return {name: text for name, text in columns.only.items() if name in table.frame.columns}


def _check_agrees(table: LongTable, said: Mapping[str, str], columns: ImportTable) -> None:
    """Raises InputError if a column of a file has another recipe or seed than its path says."""
    for name in (columns.seed, *columns.recipe):
        if name not in said or name not in table.frame.columns:
            continue
        part = table.where(_there(table, name))
        if name == columns.seed:
            wrong = whole_numbers(part, name, "seed") != int(said[name])
        else:
            wrong = np.array(texts(part, name)) != said[name]
        if wrong.any():
            index = int(wrong.argmax())
            cell = part.frame[name].iloc[index]
            text = f"is {cell}, but the file's path says {said[name]}; correct one of the two"
            raise part.fault(index, name, text)


def _points(table: LongTable, columns: ImportTable) -> Points:
    """What a file has in each column of numbers; rows without a number there are skipped.

    Such rows have other metrics, in files with one row per step of the training. Of columns that do
    not count, only their names, and whether they end with a number that is not finite: a point that
    stands for that, at no epoch.
    """
    needed = {*metric_names(columns), columns.total}
    if columns.value is None and COUNTED in table.frame.columns:
        needed.add(columns.total or TOTAL)
    found: Points = {}
    for name in map(str, table.frame.columns):
        if name in needed:
            part = table.where(_there(table, name))
            if len(part.frame):
                values = numbers(part, name)
                found[name] = list(zip(_epochs(part, columns), values.tolist(), strict=True))
        elif name != columns.epoch and _is_lost_in(table, name):
            found[name] = [(0, math.nan)]
        elif name != columns.epoch and _has_numbers(table, name):
            found[name] = []
    return found


def _is_lost_in(table: LongTable, column: str) -> bool:
    """Whether the last number of a column is not finite."""
    logged = np.flatnonzero(_there(table, column))
    last = str(table.frame[column].iloc[logged[-1]]) if len(logged) else ""
    return last.strip().lower() in NOT_FINITE


def _has_numbers(table: LongTable, column: str) -> bool:
    return bool(pd.to_numeric(table.frame[column], errors="coerce").notna().any())


def _there(table: LongTable, column: str) -> npt.NDArray[np.bool_]:
    """(n,): for each row, whether anything was logged in a column."""
    cells = table.frame[column]
    logged = [cell is not None and str(cell).strip() not in NOTHING for cell in cells]
    return np.array(logged, dtype=bool)


def _ends_early(table: LongTable, columns: ImportTable) -> str | None:
    """A remark if a file with one row per epoch ends with rows that lack what is measured.

    pandas writes NaN as an empty cell, so that the run may have diverged there.
    """
    if columns.epoch in table.frame.columns and table.frame[columns.epoch].duplicated().any():
        return None
    for name in (name for name in metric_names(columns) if name in table.frame.columns):
        logged = np.flatnonzero(there := _there(table, name))
        first = int(logged[-1]) + 1 if len(logged) else 0
        if 0 < first < len(there) and np.isfinite(numbers(table.where(there), name)[-1]):
            return (
                f"{table.place(first)}, column {name}: has no number from here on, so the run ends "
                "before; write nan there if it diverged"
            )
    return None


def _epochs(table: LongTable, columns: ImportTable) -> list[int]:
    """The epoch of each row; 0 if no column has it but the order counts. Raises InputError."""
    if columns.epoch in table.frame.columns:
        return list(map(int, epochs(table, columns)))
    if columns.in_order:
        return [0] * len(table.frame)
    names = allowed_names(columns.epoch, [str(name) for name in table.frame.columns])
    raise InputError(
        f"{table.source.file}: has no column {columns.epoch}; {names}; to use another, say "
        "`--epoch`, or say `--in-order` if each row is an epoch"
    )
