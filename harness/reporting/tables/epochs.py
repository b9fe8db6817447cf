"""The report's tables as data frames. Columns are documented in `docs/files.md`."""

from __future__ import annotations

from typing import Final

import pandas as pd

from ...judging.evidence import Evidence

FLOAT_FORMAT: Final = "%.8g"


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


def to_csv(table: pd.DataFrame) -> str:
    """The table as CSV: eight significant digits, `inf` for never, empty for undefined."""
    return str(table.to_csv(index=False, float_format=FLOAT_FORMAT, lineterminator="\n"))
