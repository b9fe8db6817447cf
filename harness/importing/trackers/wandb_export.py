"""The CSV export of a W&B chart: one row per step, one column per run, `<run> - <metric>`."""

from __future__ import annotations

from typing import Final

import pandas as pd

from ...results.elsewhere.record import Source
from ...study.loading.import_table import ImportTable
from ..cells import numbers, whole_numbers
from ..folders import settings_in
from ..long_table import RUN_NAME, LongTable
from .tracked import Points, TrackedRun, long_table

BETWEEN: Final = " - "
SPANS: Final = ("__MIN", "__MAX")
"""Endings of the two columns beside each column of a chart: its minimum and its maximum."""


def is_export(frame: pd.DataFrame) -> bool:
    """Whether the first column is a step and all others are runs with their metrics."""
    names = [str(name) for name in frame.columns]
    others = names[1:]
    return bool(others) and BETWEEN not in names[0] and all(BETWEEN in name for name in others)


def from_export(table: LongTable, columns: ImportTable) -> LongTable:
    """The runs of the table, named as `folders` says; empty cells are steps without a value."""
    step = str(table.frame.columns[0])
    steps = whole_numbers(table, step, "step")
    found: dict[str, Points] = {}
    for column in [str(name) for name in table.frame.columns[1:]]:
        run, _, metric = column.rpartition(BETWEEN)
        if metric.endswith(SPANS):
            continue
        there = (table.frame[column].astype(str).str.strip() != "").to_numpy()
        values = numbers(table.where(there), column)
        points = found.setdefault(run, {})
        if len(values):
            points[metric] = list(zip(steps[there].tolist(), values.tolist(), strict=True))
    runs = [
        TrackedRun(run, {RUN_NAME: run, **settings_in(run, columns, table.source.file)}, points)
        for run, points in found.items()
    ]
    source = Source(file=table.source.file, sha256=table.source.sha256, reader="W&B export")
    return long_table(runs, columns, source).remarked(table.remark)
