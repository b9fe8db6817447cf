"""The table of epochs in a report, judged again as runs that were trained elsewhere."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd
import pytest
from longform import decision_of, declared, evidence_in, found_in, frame
from reprobench.harness.base.errors import InputError
from reprobench.harness.importing.assembly import imported
from reprobench.harness.importing.readers import read_tables
from reprobench.harness.judging.gathering import evidence_on, gather
from reprobench.harness.reporting.tables.epochs import epochs_table
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.study.declaration import Study
from scripted import scripted_record

GOOD, BAD = [0.6, 0.7, 0.8], [0.6, 0.7, 0.4]
LOST = [0.6, 0.7, math.nan]
"""Its two epochs alone would hold."""


def test_a_run_that_diverged_is_still_one_that_did(tmp_path: Path) -> None:
    first = evidence_in(frame({"a": [GOOD, LOST, GOOD], "b": [BAD, [math.nan] * 3, GOOD]}))
    file = tmp_path / "epochs.csv"
    file.write_text(epochs_table(first).csv())
    wanted = declared(value="correct")
    again = imported(wanted, read_tables([file], wanted.columns))
    statuses = [record.status for own in again.records.values() for record in own]
    assert statuses == ["completed", "diverged", "completed"] * 2
    assert [record.values for record in again.records["b"]] == [(0.6, 0.7, 0.4), (), tuple(GOOD)]
    one, two = decision_of(first), decision_of(evidence_on(again.study, again.records))
    assert [row["pass_rate"] for row in one["recipes"]] == pytest.approx([2 / 3, 1 / 3])
    assert one["recipes"] == two["recipes"]


def test_a_run_that_diverged_here_too(ledger: Ledger, tiny: Study) -> None:
    for run in tiny.runs():
        lost = run.seed == 2
        counts, status = ([450], "diverged") if lost else ([450, 450], "completed")
        ledger.write(scripted_record(run, counts, status=status, data_set="digits"))
    table = epochs_table(gather(tiny, ledger)).frame()
    assert table.query("seed == 2")["correct"].fillna(-1).tolist() == [450, -1] * 2
    again = found_in(table, target=0.8)
    assert {record.status for own in again.records.values() for record in own[1:]} == {"diverged"}


def test_values_that_are_no_counts_are_named(tmp_path: Path) -> None:
    file = tmp_path / "epochs.csv"
    file.write_text(epochs_table(evidence_in(frame({"a": [GOOD]}))).csv())
    with pytest.raises(InputError, match=r"total: an empty cell cannot be the total; .*`--value c"):
        found_in(pd.read_csv(file))
