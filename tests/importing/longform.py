"""Runs of long form for the tests of importing: small frames, and the committed runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from reprobench.harness.base.errors import InputError
from reprobench.harness.importing.assembly import Imported, imported
from reprobench.harness.importing.frames import table_from_frame
from reprobench.harness.importing.readers import read_tables
from reprobench.harness.judging.evidence import Evidence
from reprobench.harness.judging.gathering import evidence_on
from reprobench.harness.reporting.bundle import Bundle
from reprobench.harness.reporting.decision_file import decision_json
from reprobench.harness.study.loading.import_study import Declared, ImportedCriterion, read_declared
from reprobench.harness.study.loading.import_table import ImportTable
from scripted import ROOT

COMMITTED = ROOT / "reports" / "frontier"
STUDY = """
name = "frontier"
seeds = 24

[criterion]
target = 0.994
epochs = 15
window = 5
candidates = 10

[import]
"""

UNKNOWN_TO_FILES = {"criterion", "engines", "confirmation", "published", "noise"}
"""Keys of decision.json that a table of epochs cannot give, or names differently."""
OF_TRAINING = {"architecture", "seconds_median"}
"""The same for its rows of recipes."""
IN_ORDER = ("recipes", "standings")
"""Rows in the order of the recipes, which not every store keeps."""


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
    """What is asked of the runs, and in which columns they are."""
    criterion = ImportedCriterion(target=target, window=window)
    return Declared("mine", "judge", criterion, ImportTable(**columns))


def found_in(table: pd.DataFrame, **asked: Any) -> Imported:
    return imported(declared(**asked), [table_from_frame(table, "runs.csv")])


def refused(table: pd.DataFrame, **asked: Any) -> str:
    """The line with which the frame is refused."""
    with pytest.raises(InputError) as caught:
        found_in(table, **asked)
    (line,) = caught.value.lines
    return line


def evidence_in(table: pd.DataFrame, **asked: Any) -> Evidence:
    found = found_in(table, **asked)
    return evidence_on(found.study, found.records)


def decision_of(evidence: Evidence) -> dict[str, Any]:
    """What `decision.json` says."""
    content: dict[str, Any] = json.loads(decision_json(Bundle(evidence)))
    return content


def committed_frame() -> pd.DataFrame:
    """The committed runs of frontier, with the parameters that decide between equals."""
    table = pd.read_csv(COMMITTED / "epochs.csv")
    recipes = pd.read_csv(COMMITTED / "consistency.csv").set_index("recipe")
    table["parameters"] = table["recipe"].map(recipes["parameters"])
    return table[["recipe", "seed", "epoch", "correct", "total", "parameters"]]


def assert_as_committed(paths: list[Path], folder: Path, columns: str = "") -> None:
    """The committed runs, read from these files, give the committed decision, but for what no file
    of epochs says; `columns` is what `[import]` says of them."""
    study = folder / "mine.toml"
    study.write_text(STUDY + columns)
    wanted = read_declared(str(study))
    found = imported(wanted, read_tables(paths, wanted.columns))
    ours = decision_of(evidence_on(found.study, found.records))
    theirs = json.loads((COMMITTED / "decision.json").read_text())
    order = [recipe["recipe"] for recipe in theirs["recipes"]]
    assert ours.keys() == theirs.keys() | {"sources", "across_sources"}
    for key in theirs.keys() - UNKNOWN_TO_FILES - {*IN_ORDER, "could_change_it"}:
        assert ours[key] == theirs[key], key
    for key in IN_ORDER:
        own = sorted(map(_of_files, ours[key]), key=lambda row: order.index(row["recipe"]))
        assert own == [*map(_of_files, theirs[key])], key
    assert {*ours["could_change_it"]} == {*theirs["could_change_it"]}


def _of_files(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in OF_TRAINING}


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
