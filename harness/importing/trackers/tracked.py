"""Runs as trackers keep them: settings by name, and each metric as points by step."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ...base.errors import InputError
from ...base.words import allowed_names, some
from ...results.elsewhere.record import Source
from ...study.loading.import_table import ImportTable
from ...study.measure import COUNTED
from ..folders import settings_in
from ..long_table import (
    RUN_NAME,
    TOTAL,
    VALUE,
    LongTable,
    column_of,
    keep_only,
    nothing_with,
    take_in_order,
)

Points = dict[str, list[tuple[int, float]]]
"""Step and value of everything that was logged, by the metric's name."""


@dataclass(frozen=True, eq=False)
class TrackedRun:
    """A run of a tracker: what it was started with, and what it logged."""

    name: str
    """Its name in the tracker, by which it can be found there."""
    settings: dict[str, str]
    points: Points


def long_table(runs: Sequence[TrackedRun], columns: ImportTable, source: Source) -> LongTable:
    """One row per step at which the metric was logged; raises InputError.

    Each setting is a column: those that name the recipe or the seed are read as such, and the
    others become axes.
    """
    kept = [run for run in runs if all(run.settings.get(k) == v for k, v in columns.only.items())]
    if not runs:
        raise InputError(f"{source.file}: holds no run; name a store with runs")
    if not kept:
        raise InputError(f"{source.file}: {_none_with(runs, columns)}")
    metric = _metric(kept, columns, source)
    rows: list[dict[str, object]] = []
    places: list[str] = []
    names: list[str] = []
    for run in kept:
        _check_settings(run, columns, source)
        points = _in_steps(run, metric, columns, source)
        totals = _totals(run, points, metric, columns, source)
        for step, value in points:
            row: dict[str, object] = {**run.settings, columns.epoch: step, metric: value}
            if totals is not None:
                row[columns.total or TOTAL] = totals.get(step)
            rows.append(row)
            places.append(f"run {run.name}, step {step}")
            names.append(run.name)
    known = dict.fromkeys(name for row in rows for name in row)
    frame = pd.DataFrame({name: column_of([row.get(name) for row in rows]) for name in known})
    return LongTable(frame, source, places, names, _may_have_diverged(kept, metric, source))


def _may_have_diverged(runs: Sequence[TrackedRun], metric: str, source: Source) -> str | None:
    """A remark on runs in which another metric ended as not finite, as a loss does if they diverge.

    An accuracy may still be a number then.
    """
    lost: dict[str, list[str]] = {}
    for run in runs:
        ends = {name: own[-1][1] for name, own in run.points.items() if own}
        if math.isfinite(ends[metric]):
            for name in (name for name, end in ends.items() if not math.isfinite(end)):
                lost.setdefault(name, []).append(run.name)
    if not lost:
        return None
    where = "; ".join(f"{name} in {some(names)}" for name, names in lost.items())
    return (
        f"{source.file}: the last number is not finite: {where}; {metric} counts all the same, so "
        "if these runs diverged, it should be nan from there on"
    )


def named_runs(found: Mapping[str, Points], columns: ImportTable, place: Path) -> list[TrackedRun]:
    """The runs of a folder, by the names that say their settings; raises InputError.

    What has a name of another form and no such metric is no run, as what `add_hparams` of
    TensorBoard's writer logs in folders of its own.
    """
    runs: list[TrackedRun] = []
    refused: dict[str, InputError] = {}
    for name, points in found.items():
        try:
            settings = settings_in(name, columns, place)
        except InputError as error:
            if has_metric(points, columns):
                raise
            refused[name] = error
        else:
            runs.append(TrackedRun(name, {RUN_NAME: name, **settings}, points))
    if len(refused) > len(runs) and not any(has_metric(run.points, columns) for run in runs):
        numbered = next((name for name in refused if re.search(r"\d", name)), None)
        raise refused[numbered or next(iter(refused))]
    return runs


def has_metric(points: Points, columns: ImportTable) -> bool:
    """Whether what is measured was logged, by any of the names that it may have."""
    return any(points.get(name) for name in metric_names(columns))


def metric_names(columns: ImportTable) -> tuple[str, ...]:
    """The names that what is measured may have."""
    return (COUNTED, VALUE) if columns.value is None else (columns.value,)


def _none_with(runs: Sequence[TrackedRun], columns: ImportTable) -> str:
    """Why `only` keeps none of the runs."""
    settings = dict.fromkeys(name for run in runs for name in run.settings)
    for name in columns.only:
        if name not in settings:
            return f"no run has a parameter {name} for `only`; {allowed_names(name, [*settings])}"
    return nothing_with(
        columns, "run", lambda name: (run.settings[name] for run in runs if name in run.settings)
    )


def _metric(runs: Sequence[TrackedRun], columns: ImportTable, source: Source) -> str:
    """The name of the metric; raises InputError if a run does not have it."""
    known = list(dict.fromkeys(name for run in runs for name in run.points))
    if columns.value is None and COUNTED not in known and VALUE not in known:
        metrics = some(known, 20) or "none"
        first = known[0] if known else "NAME"
        raise InputError(
            f"{source.file}: has no metric {COUNTED} or {VALUE}, but {metrics}; say which is the "
            f"`value` (`--value {first}`, or in [import])"
        )
    name = columns.value or (COUNTED if COUNTED in known else VALUE)
    for run in runs:
        if not run.points:
            raise InputError(
                f"{source.file}: run {run.name}: has logged no number, as if it was ended early; "
                f"remove it, or {keep_only('PARAMETER')}"
            )
        if not run.points.get(name):
            raise InputError(
                f"{source.file}: run {run.name}: has no metric {name}, but "
                f"{some(sorted(run.points))}; name another, or {keep_only('PARAMETER')}"
            )
    return name


def _in_steps(
    run: TrackedRun, metric: str, columns: ImportTable, source: Source
) -> list[tuple[int, float]]:
    """The points of the metric; if no step was ever given, in the order in which they were logged.

    Raises InputError if it is not declared that this order is meant.
    """
    points = run.points[metric]
    if len(points) == 1 or len({step for step, _ in points}) > 1:
        return points
    if not columns.in_order:
        raise InputError(
            f"{source.file}: run {run.name}: has logged {metric} {len(points):,} times, always at "
            f"step {points[0][0]}; give each epoch its step, or {take_in_order()}"
        )
    return [(number, value) for number, (_, value) in enumerate(points, start=1)]


def _check_settings(run: TrackedRun, columns: ImportTable, source: Source) -> None:
    for name in (*columns.recipe, columns.seed):
        if name not in run.settings:
            key = "seed" if name == columns.seed else "recipe"
            raise InputError(
                f"{source.file}: run {run.name}: has no parameter {name}, but "
                f"{some(list(run.settings), 20)}; say which is the `{key}` (`--{key}`, or in "
                f"[import]), or {keep_only('PARAMETER')}"
            )


def _totals(
    run: TrackedRun,
    points: Sequence[tuple[int, float]],
    metric: str,
    columns: ImportTable,
    source: Source,
) -> dict[int, object] | None:
    """The total of the count at each point, from a metric or a setting; None if it is no count.

    A total that never changed holds at every step. Raises InputError if a count has no total.
    """
    name = columns.total or (TOTAL if metric == COUNTED and columns.value is None else None)
    if name is None:
        return None
    steps = [step for step, _ in points]
    if name in run.settings:
        return dict.fromkeys(steps, run.settings[name])
    logged = run.points.get(name, [])
    if not logged:
        raise InputError(
            f"{source.file}: run {run.name}: has no {name}, of which {metric} is a count; log it, "
            "or name another `total`"
        )
    same = len({value for _, value in logged}) == 1
    return dict.fromkeys(steps, logged[0][1]) if same else dict(logged)
