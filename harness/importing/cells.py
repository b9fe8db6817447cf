"""The cells of a column as numbers or texts; an error names the first wrong cell by its row."""

from __future__ import annotations

import contextlib
import math
from decimal import Decimal
from typing import Any, Final

import numpy as np
import pandas as pd

from ..base.array_types import Floats, Integers
from ..base.narrow_floats import as_meant
from ..base.words import shorten
from ..study.loading.import_table import ImportTable
from .long_table import LongTable, as_decimals, as_texts

MOST: Final = 2**63 - 1
EXACT: Final = 2**53
"""A float below this that is whole is exactly the number that was written."""
FLOATS: Final = (float, Decimal, np.floating)
NOT_FINITE: Final = {f"{sign}{word}" for sign in ("", "+", "-") for word in ("nan", "inf")}
"""What programs print for a value that is not finite, in lower case."""


def whole_numbers(table: LongTable, column: str, what: str, or_else: str = "") -> Integers:
    """(n,): whole numbers from 0; raises InputError, with what may be done `or_else`."""
    cells = table.frame[column]
    if pd.api.types.is_integer_dtype(cells.dtype) and not cells.isna().any():
        found: Integers = cells.to_numpy(dtype=np.int64)
    else:
        floats = _floats(cells)
        sound = (floats >= 0) & (floats < EXACT) & (floats == np.floor(floats))
        found = np.where(sound, floats, -1).astype(np.int64)
        for index in np.flatnonzero(floats >= EXACT).tolist():
            found[index] = _large(cells.iloc[index])
    if (wrong := found < 0).any():
        index = int(wrong.argmax())
        fix = f"give a whole number from 0 to {MOST:,}{or_else}"
        raise table.fault(index, column, f"{_shown(cells.iloc[index])} cannot be the {what}; {fix}")
    return found


def epochs(table: LongTable, columns: ImportTable) -> Integers:
    """(n,): the epochs; raises InputError."""
    gaps = "; with `--in-order` they may have gaps, as steps in another column (`--epoch`) do"
    return whole_numbers(table, columns.epoch, "epoch", gaps)


def numbers(table: LongTable, column: str) -> Floats:
    """(n,): any numbers, even NaN and infinite ones; raises InputError for other or empty cells."""
    cells = table.frame[column]
    found = _floats(cells)
    for index in np.flatnonzero(np.isnan(found)).tolist():
        if not _is_lost(cells.iloc[index]):
            shown = _shown(cells.iloc[index])
            what = "a real number" if _is_complex(cells.iloc[index]) else "a number"
            text = f"{shown} is not {what}; give one, or nan from where the run diverged"
            raise table.fault(index, column, text)
    return as_meant(found)


def texts(table: LongTable, column: str) -> list[str]:
    """(n,): the cells as texts; raises InputError if one is empty."""
    cells = table.frame[column]
    found = [text.strip() for text in as_texts(cells).tolist()]
    if "" in found:
        raise table.fault(found.index(""), column, "is empty; name the recipe")
    return found


def _floats(cells: pd.Series[Any]) -> Floats:
    """The cells as floats: NaN where a cell is not a number."""
    kind, types = cells.dtype, pd.api.types
    if types.is_numeric_dtype(kind) and not (
        types.is_bool_dtype(kind) or types.is_complex_dtype(kind)
    ):
        if (decimals := as_decimals(cells)) is not None:
            return decimals.astype(np.float64)
        return cells.to_numpy(dtype=np.float64, na_value=np.nan)
    return np.array([_number(cell) for cell in cells.tolist()], dtype=np.float64)


def _large(cell: object) -> int:
    """A whole number that a float may not hold exactly; -1 for anything else, and beyond MOST."""
    if isinstance(cell, Decimal) and (cell > MOST or cell != cell.to_integral_value()):
        return -1  # a vast one, or an infinite one, is not written out
    if isinstance(cell, int | str | Decimal | np.integer):
        with contextlib.suppress(ValueError):  # a text such as 9007199254740993.0
            return exact if (exact := int(cell)) <= MOST else -1
    return -1


def _number(cell: object) -> float:
    """The number as Python reads it, to the last bit, but without underscores."""
    if isinstance(cell, np.floating):
        return float(str(cell))
    if isinstance(cell, bool) or not isinstance(cell, int | float | str | Decimal | np.integer):
        return math.nan
    try:
        return math.nan if isinstance(cell, str) and "_" in cell else float(cell)
    except (ValueError, OverflowError):
        return math.nan


def _is_lost(cell: object) -> bool:
    """Whether the cell says that a number was no longer finite."""
    return isinstance(cell, FLOATS) or (
        isinstance(cell, str) and cell.strip().lower() in NOT_FINITE
    )


def _is_complex(cell: object) -> bool:
    return isinstance(cell, complex | np.complexfloating)


def _is_empty(cell: object) -> bool:
    return cell is None or cell is pd.NA or (isinstance(cell, FLOATS) and math.isnan(cell))


def _shown(cell: object) -> str:
    if _is_empty(cell) or not str(cell).strip():
        return "an empty cell"
    return shorten(cell.item() if isinstance(cell, np.generic) else cell)
