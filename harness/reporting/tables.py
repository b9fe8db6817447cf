"""The report's tables as data frames. Columns are documented in the README."""

from __future__ import annotations

import math
from statistics import median
from typing import Final

import pandas as pd

from ..consistency import judge_run
from ..evidence import Evidence
from ..records import RunRecord

FLOAT_FORMAT: Final = "%.8g"
PUBLISHED: Final = (
    *("recipe", "final_correct", "hold_rate", "runs"),
    *("final_below", "final_equal", "hold_rate_below", "hold_rate_equal"),
)


def epochs_table(evidence: Evidence) -> pd.DataFrame:
    """One row an epoch of every run."""
    return pd.DataFrame(
        [
            (
                *(recipe.name, record.seed, row.epoch, row.lr, row.train_loss, row.train_correct),
                *(row.test_loss, row.correct, row.total, row.correct >= evidence.threshold),
                *(row.seconds, row.weight_digest),
            )
            for recipe, record, _ in evidence.runs()
            for row in record.rows
        ],
        columns=[
            *("recipe", "seed", "epoch", "lr", "train_loss", "train_correct"),
            *("test_loss", "correct", "total", "at_threshold"),
            *("seconds", "weight_digest"),
        ],
    )


def runs_table(evidence: Evidence) -> pd.DataFrame:
    """One row a run; an infinite first epoch says that the threshold was never reached."""
    return pd.DataFrame(
        [
            (
                *(recipe.name, record.seed, record.status, len(record.rows)),
                *(run.reached, run.first_epoch, run.holds, run.hold_rate, run.dip),
                *(run.final, run.best, evidence.total, sum(row.seconds for row in record.rows)),
                *(record.engine, record.numerics, record.digest),
            )
            for recipe, record, run in evidence.runs()
        ],
        columns=[
            *("recipe", "seed", "status", "epochs"),
            *("reached", "first_epoch", "holds", "hold_rate", "dip"),
            *("final_correct", "best_correct", "total"),
            *("seconds", "engine", "numerics", "digest"),
        ],
    ).astype({"final_correct": "Int64", "best_correct": "Int64"})


def share_table(evidence: Evidence) -> pd.DataFrame:
    """One row a recipe and epoch: how many of its runs were at the threshold then, and of how many.

    A diverged run counts as below it at every epoch.
    """
    last = max((len(record.rows) for _, record, _ in evidence.runs()), default=0)
    rows = [
        {"recipe": name, "epoch": epoch, **_at(records, epoch, evidence.threshold)}
        for name, records in evidence.records.items()
        for epoch in range(1, last + 1)
    ]
    table = pd.DataFrame(rows, columns=["recipe", "epoch", "at_threshold", "runs"])
    table = table[table["runs"] > 0]
    return table.assign(share=table["at_threshold"] / table["runs"])


def _at(records: list[RunRecord], epoch: int, threshold: int) -> dict[str, int]:
    completed = [r for r in records if r.status != "diverged" and len(r.rows) >= epoch]
    at = sum(record.rows[epoch - 1].correct >= threshold for record in completed)
    diverged = sum(record.status == "diverged" for record in records)
    return {"at_threshold": at, "runs": len(completed) + diverged}


def consistency_table(evidence: Evidence) -> pd.DataFrame:
    """One row a recipe, in the study's order.

    `runs` is the n of every number in the row, but for the final counts: diverged runs have none,
    and their n is `finals`.
    """
    rows = []
    for recipe in evidence.study.recipes:
        records, found = evidence.records[recipe.name], evidence.consistency[recipe.name]
        seconds = [sum(row.seconds for row in record.rows) for record in records]
        rows.append(
            {
                "recipe": recipe.name,
                "architecture": recipe.architecture,
                "parameters": records[0].parameters if records else None,
                "runs": found.runs,
                "declared_runs": len(evidence.study.seeds),
                "diverged": found.diverged,
                "reached": found.reached,
                "holding": found.holding,
                "pass_rate": found.pass_rate,
                "hold_rate": found.hold_rate,
                "finals": found.finals,
                "final_mean": found.final_mean,
                "final_std": found.final_std,
                "final_min": found.final_min,
                "final_max": found.final_max,
                "first_epoch_median": found.first_epoch_median,
                "seconds_median": median(seconds) if seconds else None,
            }
        )
    whole = dict.fromkeys(("parameters", "final_min", "final_max"), "Int64")
    return pd.DataFrame(rows).astype(whole)


def published_table(evidence: Evidence) -> pd.DataFrame:
    """One row a published run: its final count and hold rate, and how many of ours lie below."""
    rows = []
    for name, counts in evidence.study.published.items():
        published = judge_run(counts, evidence.threshold, evidence.study.criterion.window)
        ours = [run for recipe, _, run in evidence.runs() if recipe.name == name]
        finals = [-math.inf if run.final is None else run.final for run in ours]
        rows.append(
            {
                "recipe": name,
                "final_correct": published.final,
                "hold_rate": published.hold_rate,
                "runs": len(ours),
                "final_below": sum(final < counts[-1] for final in finals),
                "final_equal": sum(final == counts[-1] for final in finals),
                "hold_rate_below": sum(run.hold_rate < published.hold_rate for run in ours),
                "hold_rate_equal": sum(run.hold_rate == published.hold_rate for run in ours),
            }
        )
    return pd.DataFrame(rows, columns=list(PUBLISHED))


def to_csv(table: pd.DataFrame) -> str:
    """The table as CSV: eight significant digits, `inf` for never, empty for undefined."""
    return str(table.to_csv(index=False, float_format=FLOAT_FORMAT, lineterminator="\n"))
