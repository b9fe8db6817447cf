"""Runs of long form for the tests of importing: small frames, and the committed ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
from reprobench.harness.importing.assembly import Imported, imported
from reprobench.harness.importing.frames import table_of
from reprobench.harness.judging.evidence import Evidence, evidence_on
from reprobench.harness.reporting.bundle import Bundle
from reprobench.harness.reporting.decision_file import decision_json
from reprobench.harness.study.imported import Declared, ImportedCriterion, ImportTable
from scripted import ROOT

COMMITTED = ROOT / "reports" / "mnist"


def frame(values: dict[str, list[list[float]]], **columns: Any) -> pd.DataFrame:
    """Each recipe's runs with seeds 1, 2, ..., as the value at every epoch."""
    rows = [
        {"recipe": recipe, "seed": seed, "epoch": epoch, "value": value, **columns}
        for recipe, runs in values.items()
        for seed, run in enumerate(runs, start=1)
        for epoch, value in enumerate(run, start=1)
    ]
    return pd.DataFrame(rows)


def declared(target: float = 0.5, window: int = 2, **columns: Any) -> Declared:
    """What is asked of runs, and where their columns are."""
    criterion = ImportedCriterion(target=target, window=window)
    return Declared("mine", "judge", criterion, ImportTable(**columns))


def found_in(table: pd.DataFrame, **asked: Any) -> Imported:
    return imported(declared(**asked), [table_of(table, "runs.csv")])


def evidence_in(table: pd.DataFrame, **asked: Any) -> Evidence:
    found = found_in(table, **asked)
    return evidence_on(found.study, found.records)


def decision_of(evidence: Evidence) -> dict[str, Any]:
    """What `decision.json` says."""
    content: dict[str, Any] = json.loads(decision_json(Bundle(evidence)))
    return content


def committed_frame() -> pd.DataFrame:
    """The committed runs of mnist, with what the choice between equals wants to know."""
    table = pd.read_csv(COMMITTED / "epochs.csv")
    recipes = pd.read_csv(COMMITTED / "consistency.csv").set_index("recipe")
    table["parameters"] = table["recipe"].map(recipes["parameters"])
    return table[["recipe", "seed", "epoch", "correct", "total", "parameters"]]


def write_csv(table: pd.DataFrame, path: Path) -> Path:
    table.to_csv(path, index=False)
    return path


def write_parquet(table: pd.DataFrame, path: Path) -> Path:
    table.to_parquet(path)
    return path


def write_json_lines(table: pd.DataFrame, path: Path) -> Path:
    table.to_json(path, orient="records", lines=True)
    return path


WRITERS: dict[str, Callable[[pd.DataFrame, Path], Path]] = {
    ".csv": write_csv,
    ".parquet": write_parquet,
    ".jsonl": write_json_lines,
}
