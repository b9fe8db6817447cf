"""A folder of tables, one for each run, as the CSV loggers of Lightning and Keras write them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from ..base.errors import InputError
from ..base.words import allowed_names
from ..study.loading.import_table import ImportTable
from . import plain
from .cells import numbers, whole_numbers
from .long_table import TOTAL, LongTable
from .sources import paths_below, source_of_many
from .trackers.tracked import Points, long_table, metric_names, named_runs

CSV: Final = "*.csv"
JSON_LINES: Final = "*.jsonl"


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
    points: dict[str, Points] = {}
    contents: dict[str, bytes] = {}
    remarks: list[str] = []
    for file in sorted(paths_below(path, mark)):
        (table,) = read(file, columns)
        if {*columns.recipe, columns.seed} <= {*table.frame.columns}:
            found.append(table)
            continue
        name = file.relative_to(path).with_suffix("").as_posix()
        points[name] = _points(table, columns)
        contents[name] = table.source.sha256.encode()
        remarks += [table.remark] if table.remark else []
    if points:
        source = source_of_many(path, contents, f"folder of {mark[1:]} files")
        joined = long_table(named_runs(points, columns, path), columns, source)
        found.append(replace(joined, remark="; ".join(remarks) or None))
    return found


def _points(table: LongTable, columns: ImportTable) -> Points:
    """What a file has in each column of numbers; rows without a number there are skipped.

    Such rows have other metrics, in files with one row per step of the training.
    """
    needed = {*metric_names(columns), columns.total or TOTAL}
    found: Points = {}
    for name in map(str, table.frame.columns):
        cells = table.frame[name]
        if name in needed:
            there = [cell is not None and str(cell).strip() != "" for cell in cells]
            if not any(there):
                continue
            part = table.where(np.array(there, dtype=bool))
            values = numbers(part, name)
            found[name] = list(zip(_epochs(part, columns), values.tolist(), strict=True))
        elif name != columns.epoch and pd.to_numeric(cells, errors="coerce").notna().any():
            found[name] = []
    return found


def _epochs(table: LongTable, columns: ImportTable) -> list[int]:
    """The epoch of each row; 0 if no column has it but the order counts. Raises InputError."""
    if columns.epoch in table.frame.columns:
        return [int(epoch) for epoch in whole_numbers(table, columns.epoch, "epoch")]
    if columns.in_order:
        return [0] * len(table.frame)
    names = allowed_names(columns.epoch, [str(name) for name in table.frame.columns])
    raise InputError(
        f"{table.source.file}: has no column {columns.epoch}; {names}; to use another, say "
        "`--epoch`, or say `--in-order` if each row is an epoch"
    )
