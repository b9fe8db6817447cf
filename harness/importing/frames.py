"""The caller's data frame as a table of long form."""

from __future__ import annotations

from decimal import Decimal
from hashlib import sha256
from typing import Any, Final

import pandas as pd

from ..base.errors import InputError
from ..base.words import kind, one_line
from ..results.elsewhere.record import Source
from .long_table import LongTable, as_texts, check_names

UNSOUND: Final = "cannot be stored; correct it"


def table_from_frame(frame: object, name: str) -> LongTable:
    """The frame with its rows counted from 1; raises InputError.

    Levels of the index that have names become columns; other levels are ignored.
    """
    if not isinstance(frame, pd.DataFrame):
        raise InputError(f"{name}: is {kind(frame)}; give a pandas DataFrame")
    named = [level for level in frame.index.names if level is not None and level not in frame]
    names = [*map(str, named), *map(str, frame.columns)]
    if wrong := next((one for one in names if not _is_sound(one)), None):
        raise InputError(f"{name}: column {wrong!a} {UNSOUND}")
    check_names(names, name)
    for number, level in enumerate(frame.index.names):
        if level in named:
            _check_cells(frame.index.get_level_values(number), str(level), name)
    for column, cells in frame.items():
        _check_cells(cells, str(column), name)
    plain = frame.reset_index(named).reset_index(drop=True)
    plain.columns = plain.columns.map(str)
    rows = pd.util.hash_pandas_object(plain.apply(as_texts), index=False).to_numpy()
    digest = sha256(rows.tobytes()).hexdigest()
    source = Source(file=name, sha256=digest, reader="DataFrame")
    return LongTable(plain, source, range(1, len(plain) + 1))


def _check_cells(cells: pd.Series[Any] | pd.Index[Any], column: str, name: str) -> None:
    """Raises InputError for the first cell that pandas cannot compare or a record cannot hold."""
    if pd.api.types.is_numeric_dtype(cells.dtype):
        return
    for row, cell in enumerate(cells.tolist(), start=1):
        if not _is_sound(cell):
            place = f"{name}: row {row:,}, column {one_line(column)}"
            raise InputError(f"{place}: {ascii(cell)[:80]} {UNSOUND}")


def _is_sound(cell: object) -> bool:
    """Whether it is neither a text with half of a surrogate pair nor a signalling NaN."""
    if isinstance(cell, Decimal):
        return not cell.is_snan()
    if isinstance(cell, str) and not cell.isascii():
        try:
            cell.encode()
        except UnicodeError:
            return False
    return True
