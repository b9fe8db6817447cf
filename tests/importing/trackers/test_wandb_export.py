"""CSV as exported from W&B's charts; written here, since only its server exports."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from longform import assert_as_committed, committed_frame, declared
from reprobench.harness.base.errors import InputError
from reprobench.harness.importing.assembly import Imported, imported
from reprobench.harness.importing.readers import read_tables

EXPORT = """\
"Step","small net-1 - acc","small net-1 - acc__MIN","small net-1 - acc__MAX","big-2 - acc"
"1","0.6","0.5","0.7",""
"2","0.9","0.9","0.9","0.4"
"3","","","","0.7"
"""


def read(path: Path, text: str = EXPORT, **asked: Any) -> Imported:
    path.write_text(text)
    wanted = declared(**{"value": "acc", "folders": "{recipe}-{seed}", "in_order": True, **asked})
    return imported(wanted, read_tables([path], wanted.columns))


def test_each_column_is_a_run(tmp_path: Path) -> None:
    found = read(tmp_path / "export.csv")
    assert {name: (own[0].seed, own[0].values) for name, own in found.records.items()} == {
        "small-net": (1, (0.6, 0.9)),
        "big": (2, (0.4, 0.7)),
    }
    assert found.records["big"][0].sources[0].reader == "W&B export"


def test_the_names_of_runs_are_no_axis(tmp_path: Path) -> None:
    """Each run has its own, so that recipes would not be all combinations of their axes."""
    head = ["Step", *(f"{net}-{lr}-1 - acc" for net in "ab" for lr in (0.1, 0.2))]
    text = f"{','.join(head)}\n1,0.6,0.6,0.7,0.7\n2,0.6,0.6,0.7,0.7\n"
    asked = {"folders": "{net}-{lr}-{seed}", "recipe": ["net", "lr"]}
    found = read(tmp_path / "export.csv", text, **asked)
    assert {*found.study.levels} == {"net", "lr"}
    assert not any("run_name" in line for line in found.remarks)
    (named,) = read(tmp_path / "export.csv", only={"recipe": "big"}, recipe="run_name").records
    assert named == "big-2"


def test_a_run_without_a_number_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="run big-2: has logged no number, as if it was ended"):
        read(tmp_path / "export.csv", EXPORT.replace("0.4", "").replace('"","0.7"', '"",""'))


def test_a_last_row_that_may_be_incomplete_is_remarked_on(tmp_path: Path) -> None:
    remarks = read(tmp_path / "export.csv", EXPORT.rstrip()).remarks
    assert [line for line in remarks if "its last row has no line end" in line]


def test_committed_runs_come_back_as_they_were(tmp_path: Path) -> None:
    """A chart of two metrics; everything else is in the names of runs."""
    table = committed_frame()
    size, seed = table["parameters"].astype(str), table["seed"].astype(str)
    table["run"] = table["recipe"] + "/" + size + "-" + seed
    wide = table.pivot(index="epoch", columns="run", values=["correct", "total"])
    wide.columns = [f"{run} - {metric}" for metric, run in wide.columns]
    wide.rename_axis("Step").reset_index().to_csv(tmp_path / "export.csv", index=False)
    columns = 'folders = "{recipe}/{parameters}-{seed}"'
    assert_as_committed([tmp_path / "export.csv"], tmp_path, columns)


def test_what_it_does_not_say(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    with pytest.raises(InputError, match=r"export.csv: big-2 is not of the form \{recipe\}/\{seed"):
        read(path, EXPORT.replace("small net-1", "small/1"), folders="{recipe}/{seed}")
    with pytest.raises(InputError, match=r"run big-2, step 2, column epoch: .* lacks epoch 1"):
        read(path, in_order=False)
    with pytest.raises(InputError, match="row 3, column big-2 - acc: 'x' is not a number"):
        read(path, EXPORT.replace('"0.4"', '"x"'))
    with pytest.raises(InputError, match=r"row 2, column Step: '1.5' cannot be the step"):
        read(path, EXPORT.replace('"1"', '"1.5"'))
    with pytest.raises(InputError, match="run small net-1: has no metric loss, but acc"):
        read(path, value="loss")
