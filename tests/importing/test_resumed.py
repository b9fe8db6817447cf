"""Runs that were resumed, and have logged some epochs again."""

from __future__ import annotations

import pandas as pd
import pytest
from longform import declared, found_in, frame, refused
from reprobench.harness.base.errors import InputError
from reprobench.harness.importing.assembly import imported
from reprobench.harness.importing.frames import table_from_frame


def test_of_an_epoch_that_came_again_the_last_row_counts_if_runs_were_resumed() -> None:
    """Seed 1 was killed after epoch 4 and resumed from epoch 2, to end at 3; seed 2 was not."""
    table = frame({"a": [[0.1, 0.2, 0.3, 0.4], [0.5, 0.6]]})
    again = frame({"a": [[0.1, 0.2, 0.7]]}).iloc[2:]
    rows = pd.concat([table, again], ignore_index=True)
    found = found_in(rows, resumed=True)
    assert [record.values for record in found.records["a"]] == [(0.1, 0.2, 0.7), (0.5, 0.6)]
    assert found.remarks[1] == "left out, since resumed runs logged these epochs again: 2 rows"
    assert "in runs.csv: row 3; drop one of the two, give the runs different seeds, say " in (
        said := refused(rows)
    )
    assert "say `--resumed` if the run was resumed, or say which to take: `--only" in said


def test_rows_of_two_files_are_no_resumed_run() -> None:
    tables = [table_from_frame(frame({"a": [[0.6, 0.7]]}), name) for name in ("one.csv", "two.csv")]
    with pytest.raises(
        InputError, match=r"has epoch 1 already, in one\.csv: row 1; drop"
    ) as caught:
        imported(declared(resumed=True), tables)
    assert "resumed" not in str(caught.value)
