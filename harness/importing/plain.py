"""Readers for files that are tables of long form: CSV, Parquet, JSON lines."""

from __future__ import annotations

import contextlib
import csv
import io
import re
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..base.errors import InputError
from ..base.json_keys import DuplicateKey
from ..base.words import not_utf8, one_line, plural
from ..study.loading.import_table import ImportTable
from .long_table import LongTable, check_names, column_of
from .sources import check_rows, content_of, extra, parsed, source_of
from .trackers.wandb_export import from_export, is_export

NARROW: Final[dict[str, Callable[[Any], object]]] = {"halffloat": np.float16, "float": np.float32}
"""Parquet's floats of fewer than 64 bits, which become Python's in a column with nulls."""
UNNAMED_LEVEL: Final = re.compile(r"__index_level_\d+__")
"""A column in which pandas keeps a level of the index that has no name: row numbers, mostly."""
BLANKS_AT_ENDS: Final = re.compile(rb"[ \t]\"?(?:[,\r\n]|\Z)")
OTHER_MARKS: Final = (";", "\t", "|")
"""Separators of columns in files that spreadsheets and databases write."""


def read_csv(path: Path, columns: ImportTable) -> list[LongTable]:
    """A CSV file with a header, in which every cell is kept as text, even an empty one.

    Its lines may all end in a carriage return alone, as spreadsheets for the Mac write them. It may
    also be the export of a W&B chart. Raises InputError.
    """
    written = content_of(path)
    content = written if b"\n" in written else written.replace(b"\r", b"\n")
    check_rows(path, content.count(b"\n"))
    _check_header(path, content)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            frame = pd.read_csv(
                io.BytesIO(content),
                na_filter=False,
                dtype=str,  # how pandas reads numbers differs between its versions
                skip_blank_lines=False,
                skipinitialspace=True,
                index_col=False,
            )
    except (ValueError, pd.errors.ParserWarning) as error:
        reason = not_utf8(content) or _uneven(content) or f"{one_line(error)}; save it anew"
        raise InputError(f"{path}: is not a CSV file with a header: {reason}") from error
    if BLANKS_AT_ENDS.search(content):
        frame = frame.rename(columns=str.strip).apply(lambda cells: cells.str.strip())
    source = source_of(path, written, "CSV")
    rows: Sequence[int | str] = range(2, len(frame) + 2)
    if b"\n\n" in content or b"\n\r\n" in content:
        there = np.flatnonzero(~_blank(frame))
        frame, rows = frame.iloc[there].reset_index(drop=True), (there + 2).tolist()
    table = LongTable(frame, source, rows, remark=_cut_short(path, content))
    return [from_export(table, columns) if is_export(frame) else table]


def _cut_short(path: Path, content: bytes) -> str | None:
    """A remark if the last row may be incomplete, since its writer was killed."""
    if content.endswith((b"\n", b"\r")):
        return None
    return (
        f"{path}: its last row has no line end; if the program that wrote it was killed, the last "
        "number may lack digits"
    )


def _check_header(path: Path, content: bytes) -> None:
    """Raises InputError unless commas separate the columns and none is there twice.

    Of two with one name, pandas would rename the second.
    """
    if not content.strip():
        raise InputError(f"{path}: is empty; give a header, and a row for each epoch of every run")
    first = content.partition(b"\n")[0].decode("utf-8-sig", errors="replace")
    if not first.strip():
        raise InputError(f"{path}: row 1: is empty; begin with the header")
    try:
        cells = next(csv.reader([first.rstrip("\r")], skipinitialspace=True), [])
    except csv.Error as error:  # some carriage returns alone between rows, or no rows at all
        raise _no_header(path) from error
    if "\0" in first and not not_utf8(content):
        raise _no_header(path)
    names = [cell.strip() for cell in cells]
    if len(names) == 1 and (marks := [mark for mark in OTHER_MARKS if mark in first]):
        raise InputError(
            f"{path}: row 1: its columns are separated by {marks[0]!r}; save it with commas "
            "between columns, and with points in numbers"
        )
    check_names(names, f"{path}: row 1")


def _no_header(path: Path) -> InputError:
    return InputError(
        f"{path}: row 1: is not the header of a CSV file whose lines end in \\n or \\r\\n; save it "
        "again as CSV (UTF-8)"
    )


def _uneven(content: bytes) -> str | None:
    """Which row has more cells than the header, as a number with a decimal comma makes it."""
    text = io.StringIO(content.decode("utf-8-sig", errors="replace"), newline="")
    rows = csv.reader(text, skipinitialspace=True)
    with contextlib.suppress(csv.Error):
        wanted = len(next(rows, []))
        for number, row in enumerate(rows, start=2):
            if len(row) > wanted:
                return (
                    f"row {number:,} has {plural(len(row), 'cell')}, but the header "
                    f"{wanted}; write numbers with points, and a cell with a comma in quotes"
                )
    return None


def _blank(frame: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """(n,): for each row, whether all its cells are empty."""
    cells = [frame[name].isna() | (frame[name].astype(str) == "") for name in frame.columns]
    empty: npt.NDArray[np.bool_] = np.logical_and.reduce([cell.to_numpy() for cell in cells])
    return empty


def read_parquet(path: Path, _: ImportTable) -> list[LongTable]:
    """A Parquet file, in which null is an empty cell, not NaN; raises InputError."""
    parquet = extra("pyarrow.parquet", "parquet", path)
    content = content_of(path)
    try:
        check_rows(path, parquet.ParquetFile(io.BytesIO(content)).metadata.num_rows)
        table = parquet.read_table(io.BytesIO(content))
        named = [i for i, n in enumerate(table.column_names) if not UNNAMED_LEVEL.fullmatch(n)]
        table = table.select(named)
        # Without pandas' notes on the index, its named levels are columns like the others.
        frame = table.to_pandas(ignore_metadata=True)
        check_names(table.column_names, str(path))
    except (ValueError, OSError) as error:
        reason = one_line(error)[:200]
        raise InputError(f"{path}: cannot be read as Parquet: {reason}; write it anew") from error
    for name, column in zip(table.column_names, table.columns, strict=True):
        if column.null_count:
            cells = column.to_pylist()
            if narrow := NARROW.get(str(column.type)):
                cells = [cell if cell is None else narrow(cell) for cell in cells]
            frame[name] = pd.Series(cells, dtype=object)
    return [LongTable(frame, source_of(path, content, "Parquet"), range(1, len(frame) + 1))]


def read_json_lines(path: Path, _: ImportTable) -> list[LongTable]:
    """A file with one JSON object per line, each for an epoch; raises InputError."""
    content = content_of(path)
    check_rows(path, content.count(b"\n"))
    lines = [(n, line) for n, line in enumerate(content.splitlines(), start=1) if line.strip()]
    objects = [_object(path, number, line) for number, line in lines]
    names = dict.fromkeys(name for row in objects for name in row)
    frame = pd.DataFrame({name: column_of([row.get(name) for row in objects]) for name in names})
    source = source_of(path, content, "JSON lines")
    return [LongTable(frame, source, [number for number, _ in lines])]


def _object(path: Path, number: int, line: bytes) -> dict[str, object]:
    try:
        found = parsed(line)
    except DuplicateKey as error:
        raise InputError(f"{path}: row {number:,}: {error}; drop one") from error
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"{path}: row {number:,}: is not JSON: {one_line(error)}; give one object on the "
            "row, or remove it if its program was killed while it wrote"
        ) from error
    if not isinstance(found, dict):
        raise InputError(f"{path}: row {number:,}: is not a JSON object; give one for each epoch")
    return found
