"""Runs from tables of long form: rows are sorted into runs, and wrong ones refused."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..base.array_types import Floats, Integers
from ..base.errors import InputError
from ..base.words import plural
from ..study.loading.import_table import ImportTable
from ..study.measure import MOST_COUNTED, MOST_MEASURED
from .cells import epochs, numbers, whole_numbers
from .long_table import (
    LongTable,
    MetricColumns,
    check_columns,
    keep_only,
    metric_columns,
    no_rows,
    take_in_order,
)
from .recipes import axes_of, names_of
from .resumed import not_superseded


@dataclass(frozen=True, eq=False)
class FoundRun:
    """A run as the files have it: its values, up to the first that is not finite."""

    recipe: str
    seed: int
    values: list[int | float]
    diverged: bool
    tables: tuple[int, ...]
    """Which of the tables it was read from."""


@dataclass(frozen=True, eq=False)
class FoundRuns:
    """All runs of some tables, and what was measured in them."""

    runs: dict[str, list[FoundRun]]
    """By recipe, in the order in which the files name them; by seed."""
    axes: dict[str, dict[str, str]]
    """What the other columns say of each recipe, by the recipe's name and the column's."""
    aside: list[str]
    """Ignored columns: they differ within a recipe, or are too many."""
    metric: MetricColumns
    total: int | None
    superseded: int
    """Number of rows whose epochs came again after their run was resumed."""
    written: dict[str, str]
    """What the files write for the name of each recipe."""


@dataclass(frozen=True, eq=False)
class Columns:
    """The columns of all tables joined, (n,) each, with the rows sorted by run and epoch."""

    tables: list[LongTable]
    named: list[list[str]]
    """The recipe of each row, in the order of the tables."""
    written: dict[str, str]
    """What the files write for the name of each recipe."""
    names: list[str]
    """Names of the recipes; `recipe` holds indices into this list."""
    recipe: Integers
    seed: Integers
    epoch: Integers
    value: Floats
    total: Integers | None
    table: Integers
    index: Integers
    """Index of the row in its table."""
    superseded: int

    def place(self, row: int) -> str:
        """File and row of one of the sorted rows."""
        return self.tables[int(self.table[row])].place(int(self.index[row]))

    def logged_together(self, row: int) -> bool:
        """Whether a sorted row and the one before it are of one table, and of one tracker's run."""
        (one, first), (other, second) = (
            (int(self.table[r]), int(self.index[r])) for r in (row, row - 1)
        )
        runs = self.tables[one].runs
        return one == other and (runs is None or runs[first] == runs[second])

    def run(self, row: int) -> str:
        """The run of one of the sorted rows, in words."""
        return f"recipe {self.names[int(self.recipe[row])]}, seed {self.seed[row]}"


def find_runs(tables: list[LongTable], declared: ImportTable, window: int) -> FoundRuns:
    """The runs of the tables, by recipe in the order of the files, then by seed.

    Raises InputError with one line for the first fault: a cell that is not a number, an epoch that
    is missing or there twice, a value outside its bounds, a run shorter than the window.
    """
    metric = metric_columns(tables, declared)
    for table in tables:
        check_columns(table, declared, metric)
    columns = _columns(tables, declared, metric)
    begins = _begins(columns)
    _check_epochs(columns, begins, declared)
    total = _total(columns, metric)
    _check_values(columns, metric, declared)
    runs = [
        _run(columns, first, end, counted=total is not None)
        for first, end in zip(begins, [*begins[1:], len(columns.seed)], strict=True)
    ]
    _check_lengths(columns, begins, runs, window)
    axes, aside = axes_of(tables, columns.named, declared, metric)
    by_recipe: dict[str, list[FoundRun]] = {name: [] for name in columns.names}
    for run in runs:
        by_recipe[run.recipe].append(run)
    return FoundRuns(by_recipe, axes, aside, metric, total, columns.superseded, columns.written)


def _columns(tables: list[LongTable], declared: ImportTable, metric: MetricColumns) -> Columns:
    """Every cell converted, and the rows sorted: those of a run together, in order of epoch."""
    named, written = names_of(tables, declared)
    names = list(dict.fromkeys(name for own in named for name in own))
    code = {name: number for number, name in enumerate(names)}
    recipe = np.array([code[name] for own in named for name in own], dtype=np.int64)
    seed = np.concatenate([whole_numbers(t, declared.seed, "seed") for t in tables])
    epoch = np.concatenate([epochs(t, declared) for t in tables])
    value = np.concatenate([numbers(t, metric.value) for t in tables])
    totals = _totals(tables, declared, metric)
    sizes = [len(t.frame) for t in tables]
    if not sum(sizes):
        raise no_rows(tables[0])
    table = np.repeat(np.arange(len(tables)), sizes)
    order = np.lexsort((epoch, seed, recipe))
    if declared.resumed:
        order = order[np.isin(order, not_superseded(tables, epoch, recipe, seed, table))]
    return Columns(
        tables=tables,
        named=named,
        written=written,
        names=names,
        recipe=recipe[order],
        seed=seed[order],
        epoch=epoch[order],
        value=value[order],
        total=None if totals is None else totals[order],
        table=table[order],
        index=np.concatenate([np.arange(size) for size in sizes])[order],
        superseded=sum(sizes) - len(order),
    )


def _totals(
    tables: list[LongTable], declared: ImportTable, metric: MetricColumns
) -> Integers | None:
    """(n,): the total of each row's count; None if the metric is not a count."""
    if metric.total is None:
        return None
    no_count = f", or say `--value {metric.value}` (`value` in [import]) if that is no count"
    or_else = "" if declared.total else no_count
    return np.concatenate([whole_numbers(t, metric.total, "total", or_else) for t in tables])


def _begins(columns: Columns) -> list[int]:
    """The rows at which a new run begins."""
    new = (np.diff(columns.recipe) != 0) | (np.diff(columns.seed) != 0)
    return [0, *(np.flatnonzero(new) + 1).tolist()]


def _check_epochs(columns: Columns, begins: list[int], declared: ImportTable) -> None:
    """Check that no epoch is missing or there twice; all runs count from 1, or all from 0."""
    inside = np.ones(len(columns.epoch), dtype=bool)
    inside[begins] = False
    steps = np.diff(columns.epoch, prepend=0)
    if (twice := inside & (steps == 0)).any():
        row = int(twice.argmax())
        resumed = "say `--resumed` if the run was resumed, " if columns.logged_together(row) else ""
        raise InputError(
            f"{columns.place(row)}, column {declared.epoch}: {columns.run(row)} has epoch "
            f"{columns.epoch[row]} already, in {columns.place(row - 1)}; drop one of the "
            f"two, give the runs different seeds, {resumed}or {keep_only('COLUMN')}"
        )
    if declared.in_order:
        return
    base = min(int(columns.epoch[begins].min()), 1)
    missing = np.where(inside, steps != 1, columns.epoch != base)
    if missing.any():
        row = int(missing.argmax())
        lacking = int(columns.epoch[row - 1]) + 1 if inside[row] else base
        raise InputError(
            f"{columns.place(row)}, column {declared.epoch}: {columns.run(row)} lacks epoch "
            f"{lacking} before {columns.epoch[row]}; add it, leave the run out, or "
            f"{take_in_order()}"
        )


def _total(columns: Columns, metric: MetricColumns) -> int | None:
    """The total of every count; counts of different totals are not compared."""
    if columns.total is None:
        return None
    first = int(columns.total[0])
    if (other := columns.total != first).any():
        row = int(other.argmax())
        raise InputError(
            f"{columns.place(row)}, column {metric.total}: is {columns.total[row]:,}, and "
            f"{first:,} in {columns.place(0)}; counts of different totals are "
            "not compared: judge them separately"
        )
    if not first:
        raise InputError(f"{columns.place(0)}, column {metric.total}: is 0; give the number tested")
    if first > MOST_COUNTED:
        raise InputError(
            f"{columns.place(0)}, column {metric.total}: is {first:,}, and {MOST_COUNTED:,} is "
            "the most; give shares instead of counts"
        )
    return first


def _check_values(columns: Columns, metric: MetricColumns, declared: ImportTable) -> None:
    """Check that counts are whole and within their total, other values within their bounds."""
    finite = np.isfinite(columns.value)
    low, high = declared.bounds or (-MOST_MEASURED, MOST_MEASURED)
    what = f"beyond the bounds, {low:g} to {high:g}; correct it, or the bounds"
    if columns.total is not None:
        low, high = max(low, 0), min(high, float(columns.total[0]))
        what = f"not a count of {columns.total[0]:,}; give one, or leave the totals out"
        if (part := finite & (columns.value != np.floor(columns.value))).any():
            raise _fault(columns, metric, part, what)
    if (beyond := finite & ((columns.value < low) | (columns.value > high))).any():
        raise _fault(columns, metric, beyond, what)
    # A run that has diverged does not come back.
    same = (np.diff(columns.recipe) == 0) & (np.diff(columns.seed) == 0)
    back = np.concatenate([[False], same & ~finite[:-1] & finite[1:]])
    if back.any():
        row = int(back.argmax()) - 1
        value = columns.value[row]
        raise InputError(
            f"{columns.place(row)}, column {metric.value}: {columns.run(row)} has {value:g} at "
            f"epoch {columns.epoch[row]} and a number after it; correct it: a run "
            "that diverged has no later numbers"
        )


def _check_lengths(columns: Columns, begins: list[int], runs: list[FoundRun], window: int) -> None:
    """Check that no run is shorter than the window, unless it diverged."""
    for run, first in zip(runs, begins, strict=True):
        if len(run.values) < window and not run.diverged:
            raise InputError(
                f"{columns.place(first)}: {columns.run(first)} has "
                f"{plural(len(run.values), 'epoch')}, fewer than the window of {window}; leave the "
                "run out, or ask for a shorter window"
            )


def _fault(columns: Columns, metric: MetricColumns, wrong: np.ndarray, what: str) -> InputError:
    row = int(wrong.argmax())
    place = f"{columns.place(row)}, column {metric.value}"
    return InputError(f"{place}: {columns.value[row]:.10g} is {what}")


def _run(columns: Columns, first: int, end: int, *, counted: bool) -> FoundRun:
    values = columns.value[first:end]
    finite = values[np.isfinite(values)]
    return FoundRun(
        recipe=columns.names[int(columns.recipe[first])],
        seed=int(columns.seed[first]),
        values=finite.astype(np.int64).tolist() if counted else finite.tolist(),
        diverged=len(finite) < len(values),
        tables=tuple(np.unique(columns.table[first:end]).tolist()),
    )
