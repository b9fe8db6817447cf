"""The cells of a column as numbers or texts; an error names the first wrong cell by its row."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
import pandas as pd

from ..base.array_types import Floats, Integers
from ..study.loading.problems import shorten
from .long_table import LongTable

MOST: Final = 2**63 - 1
EXACT: Final = 2**53
"""A float holds every whole number up to this exactly."""
NOT_FINITE: Final = {f"{sign}{word}" for sign in ("", "+", "-") for word in ("nan", "inf")}
"""What programs print for a value that is not finite, in lower case."""


def whole_numbers(table: LongTable, column: str, what: str) -> Integers:
    """(n,): whole numbers from 0; raises InputError."""
    cells = table.frame[column]
    if pd.api.types.is_integer_dtype(cells.dtype) and not cells.isna().any():
        found: Integers = cells.to_numpy(dtype=np.int64)
        wrong = found < 0
    else:
        floats = _floats(cells)
        wrong = ~((floats >= 0) & (floats <= EXACT) & (floats == np.floor(floats)))
        found = np.where(wrong, 0, floats).astype(np.int64)
    if wrong.any():
        index = int(wrong.argmax())
        text = f"{_shown(cells.iloc[index])} cannot be the {what}; give a whole number from 0"
        raise table.fault(index, column, text)
    return found


def numbers(table: LongTable, column: str) -> Floats:
    """(n,): any numbers, even NaN and infinite ones; raises InputError for other or empty cells."""
    cells = table.frame[column]
    found = _floats(cells)
    for index in np.flatnonzero(np.isnan(found)).tolist():
        if not _is_lost(cells.iloc[index]):
            shown = _shown(cells.iloc[index])
            text = f"{shown} is not a number; give one, or nan from where the run diverged"
            raise table.fault(index, column, text)
    return found


def texts(table: LongTable, column: str) -> list[str]:
    """(n,): the cells as texts; raises InputError if one is empty."""
    cells = table.frame[column]
    found = ["" if _is_empty(cell) else str(cell).strip() for cell in cells.tolist()]
    if "" in found:
        raise table.fault(found.index(""), column, "is empty; name the recipe")
    return found


def _floats(cells: pd.Series[Any]) -> Floats:
    """The cells as floats: NaN where a cell is not a number."""
    if pd.api.types.is_numeric_dtype(cells.dtype) and not pd.api.types.is_bool_dtype(cells.dtype):
        return cells.to_numpy(dtype=np.float64, na_value=np.nan)
    return np.array([_number(cell) for cell in cells.tolist()], dtype=np.float64)


def _number(cell: object) -> float:
    """The number as Python reads it, to the last bit, but without underscores."""
    if isinstance(cell, bool) or not isinstance(cell, int | float | str):
        return math.nan
    try:
        return math.nan if isinstance(cell, str) and "_" in cell else float(cell)
    except (ValueError, OverflowError):
        return math.nan


def _is_lost(cell: object) -> bool:
    """Whether the cell says that a number was no longer finite."""
    return isinstance(cell, float) or (isinstance(cell, str) and cell.strip().lower() in NOT_FINITE)


def _is_empty(cell: object) -> bool:
    return cell is None or cell is pd.NA or (isinstance(cell, float) and np.isnan(cell))


def _shown(cell: object) -> str:
    if _is_empty(cell) or not str(cell).strip():
        return "an empty cell"
    return shorten(cell.item() if isinstance(cell, np.generic) else cell)
