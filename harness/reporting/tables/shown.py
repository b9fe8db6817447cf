"""Tables as people are shown them: chosen columns, formatted, each cell with what it sorts by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from ...base import words
from .rows import Row, rows_of


@dataclass(frozen=True)
class Column:
    """A heading, how a row's cell is written, and which column of the table it sorts by."""

    head: str
    show: Callable[[Row], str]
    key: str


@dataclass(frozen=True)
class Cell:
    """What is written, and what it is sorted by: a number, text, or nothing where undefined."""

    text: str
    key: float | str | None


@dataclass(frozen=True)
class Shown:
    """A table of cells."""

    head: list[str]
    rows: list[list[Cell]]

    @property
    def texts(self) -> list[bool]:
        """For each column, whether it holds text, which is set to the left."""
        return [
            any(isinstance(row[place].key, str) for row in self.rows)
            for place in range(len(self.head))
        ]


def show(table: pd.DataFrame, columns: list[Column]) -> Shown:
    """The table as people are shown it."""
    rows = [
        [Cell(column.show(row), row[column.key]) for column in columns] for row in rows_of(table)
    ]
    return Shown([column.head for column in columns], rows)


def _with_interval(
    row: Row, value: str, name: str, shown: Callable[[Any], str] = words.rate
) -> str:
    """The value and its interval, `0.590 (0.374 to 0.796)`, or what of them is defined."""
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    interval = "" if low is None else f" ({words.span(low, high, shown)})"
    return f"{shown(row[value])}{interval}"


def _text(name: str) -> Callable[[Row], str]:
    return lambda row: str(row[name])


def _whole(name: str) -> Callable[[Row], str]:
    return lambda row: words.whole(row[name])


def _hold_rate(row: Row) -> str:
    return _with_interval(row, "hold_rate", "hold")


def _pass_rate(row: Row) -> str:
    return f"{row['holding']} of {row['runs']}: {_with_interval(row, 'pass_rate', 'pass')}"


def _final_count(row: Row) -> str:
    count = _with_interval(row, "final_mean", "final", words.mean)
    return count if row["finals"] == row["runs"] else f"{count} (n = {row['finals']})"


def _range(row: Row) -> str:
    return words.span(row["final_min"], row["final_max"], words.whole)


def _share_of(name: str) -> Callable[[Row], str]:
    return lambda row: f"{row[name]} of {row['runs']}"


def _hold_difference(row: Row) -> str:
    return _with_interval(row, "hold_difference", "hold_difference", words.signed)


_RUNS: Final = Column("Runs (n)", _whole("runs"), "runs")
_RATES: Final = [
    Column("Hold rate", _hold_rate, "hold_rate"),
    Column("Pass rate", _pass_rate, "pass_rate"),
    Column("Final count, mean", _final_count, "final_mean"),
    Column("Std. dev.", lambda row: words.mean(row["final_std"]), "final_std"),
    Column("Range", _range, "final_min"),
]
_RECIPE: Final = Column("Recipe", _text("recipe"), "recipe")

SUMMARY: Final = [
    _RECIPE,
    Column("Parameters", _whole("parameters"), "parameters"),
    _RUNS,
    *_RATES,
    Column("First epoch", lambda row: words.epoch(row["first_epoch_median"]), "first_epoch_median"),
    Column("Seconds", lambda row: words.seconds(row["seconds_median"]), "seconds_median"),
]
"""The consistency table."""

COMPARISONS: Final = [
    _RECIPE,
    Column("Outcome", _text("outcome"), "outcome"),
    Column("Deficit in hold rate", _hold_difference, "hold_difference"),
    Column("p, Holm over all pairs", lambda row: words.p_value(row["hold_p_holm"]), "hold_p_holm"),
    Column("Pairs (n)", _whole("hold_pairs"), "hold_pairs"),
    Column(
        "Deficit in final count",
        lambda row: _with_interval(row, "final_difference", "final_difference", words.signed_mean),
        "final_difference",
    ),
    Column(
        "Leader ends higher",
        lambda row: _with_interval(row, "superiority", "superiority"),
        "superiority",
    ),
    Column("Seeds needed", _whole("runs_needed"), "runs_needed"),
]
"""Each recipe against the leader."""

CONFIRMED: Final = [
    _RECIPE,
    Column("Role", _text("role"), "role"),
    Column("Seeds", _text("seeds"), "seeds"),
    _RUNS,
    *_RATES,
]

PUBLISHED: Final = [
    _RECIPE,
    Column("Published count", _whole("final_correct"), "final_correct"),
    Column(
        "Prediction interval of ours",
        lambda row: words.span(row["prediction_low"], row["prediction_high"], words.mean),
        "prediction_low",
    ),
    Column("Ours below", _share_of("final_below"), "final_below"),
    Column("Ours level", _share_of("final_equal"), "final_equal"),
    Column("Published hold rate", lambda row: words.rate(row["hold_rate"]), "hold_rate"),
    Column("Ours lower", _share_of("hold_rate_below"), "hold_rate_below"),
    Column("Ours the same", _share_of("hold_rate_equal"), "hold_rate_equal"),
]

CLAIMS: Final = [
    Column("Claim", lambda row: f"{row['recipe']}: {row['words']}", "words"),
    Column("Answer", _text("answer"), "answer"),
    Column("Against", _text("other"), "other"),
    Column("Difference in hold rate", _hold_difference, "hold_difference"),
    Column("p, Holm over this claim", lambda row: words.p_value(row["hold_p_holm"]), "hold_p_holm"),
    Column("Pairs (n)", _whole("hold_pairs"), "hold_pairs"),
]
