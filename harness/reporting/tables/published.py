"""The table of published runs, each compared with ours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from ...base import words
from ...judging.consistency import judge_run
from ...judging.evidence import Evidence
from ...statistics.intervals import Interval
from .cells import ends, possible
from .columns import RECIPE, Ends, Row, Rows, Told


def _of_ours(name: str) -> Callable[[Any], str]:
    return lambda row: f"{getattr(row, name)} of {row.runs}"


def _count(row: PublishedRow) -> str:
    accuracy = words.accuracy_percent(row.final_correct, row.total)
    return f"{accuracy}: {words.whole(row.final_correct)}"


def _prediction(row: PublishedRow) -> str:
    return ends(row.prediction, words.mean)


@dataclass(frozen=True)
class PublishedRow(Row):
    """A row for each published run."""

    FILE = "published"
    SHOWN = (
        *("recipe", "final_correct", "prediction_low", "final_below", "final_equal"),
        *("hold_rate", "hold_rate_below", "hold_rate_equal"),
    )

    recipe: Annotated[str, RECIPE]
    final_correct: Annotated[
        int, Told("its correct test images at the last epoch", "Published count", cell=_count)
    ]
    hold_rate: Annotated[float, Told("its hold rate", "Published hold rate", words.rate)]
    runs: Annotated[
        int,
        Told("number of our runs that diverged, or were trained as far as the published run: the n "
             "of the columns that follow"),
    ]  # fmt: skip
    final_below: Annotated[
        int,
        Told("number of our runs that had a lower count after as many epochs", "Ours lower",
             cell=_of_ours("final_below")),
    ]  # fmt: skip
    final_equal: Annotated[
        int,
        Told("number of our runs that had the same count", "Ours equal",
             cell=_of_ours("final_equal")),
    ]  # fmt: skip
    prediction: Annotated[
        Interval | None,
        Ends("prediction", "the prediction interval for the final count of a further run of ours; "
             "empty unless all of ours have as many epochs",
             head="Prediction interval of ours", cell=_prediction),
    ]  # fmt: skip
    hold_rate_below: Annotated[
        int,
        Told("number of our runs that had a lower hold rate", "Ours lower",
             cell=_of_ours("hold_rate_below")),
    ]  # fmt: skip
    hold_rate_equal: Annotated[
        int,
        Told("number of our runs that had the same hold rate", "Ours equal",
             cell=_of_ours("hold_rate_equal")),
    ]  # fmt: skip
    total: int
    """The number of test images."""
    left_out: int
    """The number of our runs that were not trained as far."""


def published_table(evidence: Evidence) -> Rows[PublishedRow]:
    """Every published run, and the prediction interval of ours."""
    total = evidence.total
    if total is None:
        return Rows(PublishedRow, ())
    rows = (
        _row(evidence, name, counts, total) for name, counts in evidence.study.published.items()
    )
    return Rows(PublishedRow, tuple(rows))


def _row(evidence: Evidence, name: str, counts: Sequence[int], total: int) -> PublishedRow:
    """A published run among those of ours that were trained as far, all after as many epochs."""
    threshold, window, epochs = evidence.threshold, evidence.study.criterion.window, len(counts)
    published = judge_run(counts, threshold, window)
    records = evidence.records.get(name, ())
    ours = [
        judge_run(record.values[:epochs], threshold, window, diverged=len(record.values) < epochs)
        for record in records
        if record.spans(epochs)
    ]
    final_below, final_equal = _place(published.merit, [run.merit for run in ours])
    rate_below, rate_equal = _place(published.hold_rate, [run.hold_rate for run in ours])
    as_many = all(r.status == "diverged" or len(r.rows) == epochs for r in records)
    prediction = evidence.consistency[name].final.prediction if records and as_many else None
    return PublishedRow(
        recipe=name,
        final_correct=counts[-1],
        hold_rate=published.hold_rate,
        runs=len(ours),
        final_below=final_below,
        final_equal=final_equal,
        prediction=possible(prediction, evidence.measure),
        hold_rate_below=rate_below,
        hold_rate_equal=rate_equal,
        total=total,
        left_out=len(records) - len(ours),
    )


def _place(value: float, among: Sequence[float]) -> tuple[int, int]:
    """How many of our runs are below the value, and how many are equal to it."""
    return sum(other < value for other in among), sum(other == value for other in among)
