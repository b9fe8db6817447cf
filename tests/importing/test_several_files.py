"""Runs in several files: in any order, in parts, twice, and written by different programs."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from longform import WRITERS, decision_of, declared, frame
from reprobench.harness.base.errors import InputError
from reprobench.harness.importing.assembly import Imported, imported
from reprobench.harness.importing.readers import read_tables
from reprobench.harness.judging.gathering import evidence_on

GOOD, BAD = [0.6, 0.7, 0.8], [0.6, 0.7, 0.4]
RUNS = frame({"a": [GOOD, BAD, GOOD, GOOD], "b": [BAD, BAD, GOOD, BAD]})


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory for the files, which then have short names."""
    monkeypatch.chdir(tmp_path)


def written(**tables: pd.DataFrame) -> list[Path]:
    """The tables in files: `one_csv` in `one.csv`."""
    made = []
    for name, table in tables.items():
        path = Path(name.replace("_", "."))
        made.append(WRITERS[path.suffix](table, path))
    return made


def found_in(paths: list[Path], **asked: object) -> Imported:
    wanted = declared(**asked)  # type: ignore[arg-type]
    return imported(wanted, read_tables(paths, wanted.columns))


def refused(paths: list[Path], **asked: object) -> str:
    with pytest.raises(InputError) as caught:
        found_in(paths, **asked)
    (line,) = caught.value.lines
    return line


@pytest.mark.parametrize("suffix", ["csv", "parquet", "jsonl"])
def test_seeds_in_two_files_of_any_kind_and_order(suffix: str) -> None:
    early = RUNS["seed"] <= 2
    first, second = written(
        **{"early_csv": RUNS[early], f"late_{suffix}": RUNS[~early]},
    )
    whole = found_in(written(all_csv=RUNS))
    for paths in ([first, second], [second, first]):
        found = found_in(paths)
        assert found.study.seeds == (1, 2, 3, 4)
        for name, records in found.records.items():
            assert [(r.seed, r.values) for r in records] == [
                (r.seed, r.values) for r in whole.records[name]
            ]
            assert [r.sources[0].file for r in records] == [str(first)] * 2 + [str(second)] * 2
        ours, theirs = (decision_of(evidence_on(f.study, f.records)) for f in (found, whole))
        assert {*ours.pop("sources")["a"]} == {str(first), str(second)}
        del theirs["sources"]
        assert ours == theirs


def test_a_run_in_two_parts() -> None:
    begin = RUNS["epoch"] <= 2
    paths = written(begin_csv=RUNS[begin], end_jsonl=RUNS[~begin])
    for order in (paths, paths[::-1]):
        found = found_in(order)
        (record, *_) = found.records["a"]
        assert record.values == tuple(GOOD)
        assert {source.file for source in record.sources} == {"begin.csv", "end.jsonl"}
    assert refused([paths[1]]) == (
        "end.jsonl: row 1, column epoch: recipe a, seed 1 lacks epoch 1 before 3; add it, leave "
        "the run out, or say `--in-order` (`in_order` in [import]) to take them as epochs in "
        "their order"
    )


@pytest.mark.parametrize("more", [0.0, 0.1])
def test_a_run_that_two_files_have(more: float) -> None:
    """With the same values or others: nobody could tell which of the two is meant."""
    shared = RUNS[(RUNS["seed"] == 3)].assign(value=lambda table: table["value"] + more)
    assert refused(written(all_csv=RUNS, part_parquet=shared)) == (
        "part.parquet: row 1, column epoch: recipe a, seed 3 has epoch 1 already, in all.csv: "
        "row 8; drop one of the two, give the runs different seeds, or say which to take: "
        "`--only COLUMN=TEXT`, or `only` in [import]"
    )


def test_recipes_whose_numbers_two_files_write_otherwise() -> None:
    """Parquet has numbers, which are written as in Python; a CSV file has what somebody wrote."""
    first, second = (
        RUNS.assign(lr=RUNS["recipe"].map({"a": lrs[0], "b": lrs[1]}), seed=RUNS["seed"] + more)
        for lrs, more in ((["1e-3", "0.10"], 0), ([0.001, 0.1], 4))
    )
    paths = written(one_csv=first, two_parquet=second)
    for columns, names in ((["lr"], "0.001 is 1e-3"), (["lr", "recipe"], "a is lr=1e-3-recipe=a")):
        line = refused(paths, recipe=columns)
        assert line.startswith("two.parquet: recipe ")
        assert f"{names} in one.csv, with its numbers written differently; write both the" in line
    alike = written(three_csv=second.assign(seed=RUNS["seed"]))
    assert {*found_in([*alike, paths[1]], recipe=["lr"]).records} == {"0.001", "0.1"}
    versions = RUNS.assign(recipe=RUNS["recipe"].map({"a": "1.1", "b": "1.10"}))
    assert {*found_in(written(versions_csv=versions)).records} == {"1.1", "1.10"}


def test_a_number_that_begins_with_a_sign_or_a_point_stays_one() -> None:
    table = RUNS.assign(bias=RUNS["recipe"].map({"a": "-.5", "b": "0.5"}))
    assert [*found_in(written(runs_csv=table), recipe=["bias"]).records] == ["bias=-.5", "0.5"]


def test_files_that_are_measured_otherwise() -> None:
    counts = RUNS.assign(correct=1, total=2, seed=RUNS["seed"] + 4).drop(columns="value")
    line = refused(written(values_csv=RUNS, counts_csv=counts))
    assert line.startswith("counts.csv: has no column value; allowed are recipe, seed, epoch, corr")
