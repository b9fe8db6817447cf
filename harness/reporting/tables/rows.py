"""The rows of a table, one by one."""

from __future__ import annotations

from typing import Any

import pandas as pd

Row = dict[Any, Any]


def rows_of(table: pd.DataFrame) -> list[Row]:
    """Each row by column; None for what is undefined."""
    undefined_as_none = table.astype(object).where(table.notna(), None)
    rows: list[Row] = undefined_as_none.to_dict(orient="records")
    return rows
