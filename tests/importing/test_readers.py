"""Files of other tools: what is read, and what is refused in one line."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from longform import WRITERS, assert_as_committed, committed_frame, declared, frame
from reprobench.harness.base.errors import InputError
from reprobench.harness.importing.assembly import Imported, imported
from reprobench.harness.importing.frames import table_from_frame
from reprobench.harness.importing.readers import read_tables
from reprobench.harness.results.elsewhere.record import ImportedRecord

HEAD = "recipe,seed,epoch,value\n"


def read(path: Path, **asked: object) -> Imported:
    wanted = declared(**asked)  # type: ignore[arg-type]
    return imported(wanted, read_tables([path], wanted.columns))


def records_in(rows: pd.DataFrame) -> list[ImportedRecord]:
    """The runs of recipe a in a data frame."""
    return imported(declared(), [table_from_frame(rows, "frame")]).records["a"]


def refused(path: Path, content: str | bytes) -> str:
    """The one line in which a file is refused."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(InputError) as caught:
        read(path)
    (line,) = caught.value.lines
    assert line.startswith(str(path))
    return line.removeprefix(str(path))


@pytest.mark.parametrize("suffix", WRITERS)
def test_committed_runs_come_back_as_they_were(suffix: str, tmp_path: Path) -> None:
    path = WRITERS[suffix](committed_frame(), tmp_path / f"runs{suffix}")
    assert_as_committed([path], tmp_path)


def test_a_record_says_where_it_was_read(tmp_path: Path) -> None:
    path = WRITERS[".parquet"](committed_frame(), tmp_path / "runs.parquet")
    found = read(path, target=0.994, window=5)
    record = found.records["padded-4884"][0]
    assert record.sources[0].file == str(path)
    assert record.sources[0].reader == "Parquet"
    content = json.loads(record.to_json())
    assert content["format"] == "imported-1"
    assert content["values"] == list(record.values)
    assert all(isinstance(value, int) for value in record.values)


def test_csv_is_read_to_the_last_bit(tmp_path: Path) -> None:
    path = tmp_path / "runs.csv"
    values = ["0.1", "0.30000000000000004", "5e-324", "nan"]
    rows = [f"a,1,{epoch},{value}" for epoch, value in enumerate(values, start=1)]
    path.write_text(HEAD + "\n\n".join(rows) + "\n")
    (record,) = read(path).records["a"]
    assert record.values == (0.1, 0.1 + 0.2, 5e-324)
    assert record.status == "diverged"


def test_spaces_after_commas_are_no_part_of_names_and_cells(tmp_path: Path) -> None:
    path = tmp_path / "runs.csv"
    path.write_text('recipe, seed, epoch, value\n"a, b", 1, 1, 0.5\n"a, b", 1, 2, 0.25\n')
    assert read(path).records["a-b"][0].values == (0.5, 0.25)


def test_spaces_before_commas_are_no_part_of_names_and_cells(tmp_path: Path) -> None:
    path = tmp_path / "runs.csv"
    rows = 'recipe ,"seed ",epoch\t,split ,value \n"a ",1,1,test ,0.5\na,1,2,test,0.25 \n'
    path.write_text(rows)
    assert read(path, only={"split": "test"}).records["a"][0].values == (0.5, 0.25)


def test_a_last_row_that_may_be_incomplete_is_remarked_on(tmp_path: Path) -> None:
    """0.875 may have been cut short to 0.8; a spreadsheet also leaves out the last line end."""
    path = tmp_path / "runs.csv"
    for text, remarks in (
        (HEAD + "a,1,1,0.9\na,1,2,0.8", 1),
        (HEAD + "a,1,1,0.9\na,1,2,0.8\r\n", 0),
    ):
        path.write_text(text)
        said = [line for line in read(path).remarks if "its last row has no line end" in line]
        assert len(said) == remarks


def test_a_blank_line_is_a_row_to_whoever_looks_for_it(tmp_path: Path) -> None:
    assert ": row 5, column value: 'x' is not a number" in refused(
        tmp_path / "runs.csv", HEAD + "a,1,1,0.1\n\n\na,1,2,x\n"
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (HEAD, ": has no rows; give one for each epoch of every run"),
        ("a;b\n1;2\n", ": row 1: its columns are separated by ';'; save it with commas between"),
        (HEAD + "a,1,1,0.5,7\n", ": is not a CSV file with a header: "),
        ("", ": is empty; give a header, and a row for each epoch of every run"),
        ("\n" + HEAD, ": row 1: is empty; begin with the header"),
        ("recipe,seed,epoch,value,value \n", ": row 1: column value is there twice; drop one"),
        (HEAD + "a,1,1\n", ": row 2, column value: an empty cell is not a number"),
        (HEAD + ",1,1,0.5\n", ": row 2, column recipe: is empty; name the recipe"),
        (HEAD + "a,1,1,1_0\n", ": row 2, column value: '1_0' is not a number"),
        (HEAD + "a,1.5,1,1\n", ": row 2, column seed: '1.5' cannot be the seed"),
        ("recipe,seed,epoch,value,value\n", ": row 1: column value is there twice; drop one"),
        (
            b"\xff\xfe\x00",
            ": is not a CSV file with a header: byte 0xff in line 1 is not UTF-8; save",
        ),
        (
            HEAD.encode() + b"\xe9,1,1,0.5",
            ": is not a CSV file with a header: byte 0xe9 in line 2 is",
        ),
        (HEAD.replace(",", "\t"), r": row 1: its columns are separated by '\t'; save it"),
        (f"{HEAD[:-1]},{'x' * 200_000}\n", ": row 1: is not the header of a CSV file whose "),
        (
            HEAD + 'a,1,1,"0,5"\na,1,2,0,5\n',
            ": is not a CSV file with a header: row 3 has 5 cells, but the header 4; write",
        ),
    ],
)
def test_what_is_no_table_is_refused(content: str | bytes, said: str, tmp_path: Path) -> None:
    assert refused(tmp_path / "runs.csv", content).startswith(said)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{}\n\n[1]\n", ": row 3: is not a JSON object"),
        (
            '{}\n{"value": 0',
            ": row 2: is not JSON: Expecting ',' delimiter: line 1 column 12 (char 11); give",
        ),
        ('{"value": 1}\n{"value": 1, "value": 2}\n', ": row 2: key value is there twice; drop one"),
        ('{"config": {"lr": 1, "lr": 2}}\n', ": row 1: key lr is there twice; drop one"),
        ('{"recipe": "a", "seed": 1, "epoch": 1}\n', ": has no column value"),
        (
            '{"recipe": "a", "seed": 1, "epoch": 1, "value": 1}\n'
            '{"recipe": "a", "seed": 1, "epoch": 2, "value": null}\n',
            ": row 2, column value: an empty cell is not a number",
        ),
        (
            '{"recipe": "a", "seed": true, "epoch": 1, "value": 1}\n',
            ": row 1, column seed: True cannot be the seed",
        ),
        (
            '{"recipe": "a", "note": "\\ud800"}\n',
            ": row 1: is not JSON: 'utf-8' codec can't encode",
        ),
        ("{}\n", ": has no rows; give one for each epoch of every run"),
    ],
)
def test_json_lines_that_are_none(content: str, said: str, tmp_path: Path) -> None:
    assert refused(tmp_path / "runs.jsonl", content).startswith(said)


def test_what_is_null_in_parquet_is_not_what_diverged(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = {"recipe": ["a", "a"], "seed": [1, 1], "epoch": [1, 2], "value": [1.0, None]}
    path = tmp_path / "runs.parquet"
    pq.write_table(pa.table(table), path)
    with pytest.raises(InputError, match="row 2, column value: an empty cell is not a number"):
        read(path)
    pq.write_table(pa.table({**table, "value": [1.0, float("nan")]}), path)
    assert read(path).records["a"][0].status == "diverged"
    assert ": cannot be read as Parquet: " in refused(path, b"PAR1")


def test_an_index_and_bytes_in_parquet_are_columns(tmp_path: Path) -> None:
    rows = frame({"a": [[0.5, 0.75]]}).assign(note=b"\xff").set_index(["recipe", "seed"])
    path = tmp_path / "runs.parquet"
    rows.to_parquet(path)
    (record,) = read(path).records["a"]
    assert (record.seed, record.values) == (1, (0.5, 0.75))
    assert record.axes == {"note": r"b'\xff'"}
    unnamed = frame({"a": [[0.5, 0.75]]})
    unnamed.index = pd.Index([3, 3])  # as a selection of rows has it
    unnamed.to_parquet(path)
    assert read(path).records["a"][0].axes == {}


def test_a_time_that_pandas_cannot_hold_is_refused(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    day = pa.array([2**31 - 1], pa.int32()).cast(pa.date32())
    pq.write_table(pa.table({"day": day}), tmp_path / "runs.parquet")
    with pytest.raises(InputError, match=r"runs.parquet: cannot be read as Parquet: year 5881580"):
        read(tmp_path / "runs.parquet")


@pytest.mark.parametrize("dtype", ["float16", "float32", "Float32", "float[pyarrow]"])
def test_a_float_of_fewer_bits_is_the_decimal_that_was_rounded_to_it(dtype: str) -> None:
    """0.9 in 16 or 32 bits is not 0.9 in 64: it would be below a target of 0.9, or above it."""
    rows = frame({"a": [[0.9, 0.9, 0.1]]}).astype({"value": dtype})
    assert records_in(rows)[0].values == (0.9, 0.9, 0.1)


def test_a_null_among_floats_of_fewer_bits_changes_no_other(tmp_path: Path) -> None:
    """As in a log whose rows for training lack the metric."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = pd.concat([frame({"a": [[0.9, 0.9, 0.1]]}).assign(split="test")] * 2, ignore_index=True)
    rows.loc[3:, "split"] = "train"
    table = pa.table(rows.drop(columns="value"))
    values = pa.array([0.9, 0.9, 0.1, None, None, None], pa.float32())
    pq.write_table(table.append_column("value", values), tmp_path / "runs.parquet")
    found = read(tmp_path / "runs.parquet", only={"split": "test"})
    assert found.records["a"][0].values == (0.9, 0.9, 0.1)


def test_numbers_of_numpy_in_a_column_of_objects() -> None:
    cells = pd.Series([np.float32(0.9), np.float64(0.1), np.float32("nan")], dtype=object)
    seeds = pd.Series([np.int64(1)] * 3, dtype=object)
    (record,) = records_in(frame({"a": [[0, 0, 0]]}).assign(value=cells, seed=seeds))
    assert (record.values, record.status) == ((0.9, 0.1), "diverged")


@pytest.mark.parametrize("seed", [2**53 + 1, 2**63 - 1])
def test_a_large_seed_is_read_exactly(seed: int, tmp_path: Path) -> None:
    path = tmp_path / "runs.csv"
    path.write_text(f"{HEAD}a,{seed},1,0.5\na,{seed},2,0.5\n")
    assert read(path).records["a"][0].seed == seed
    for wrong in ("9223372036854775808", "9007199254740993.0"):
        line = refused(path, f"{HEAD}a,{wrong},1,0.5\n")
        assert line == (
            f": row 2, column seed: '{wrong}' cannot be the seed; give a whole number from 0 to "
            "9,223,372,036,854,775,807"
        )


def test_what_no_reader_takes(tmp_path: Path) -> None:
    assert ": is of no known kind; give a file that ends in .csv or" in refused(
        tmp_path / "runs.xlsx", "x"
    )
    columns = declared().columns
    for gone in ("nope", "nope.txt"):
        said = rf"{gone}: there is no such file or folder; name another$"
        with pytest.raises(InputError, match=said):
            read_tables([tmp_path / gone], columns)
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(InputError, match=r"pipe.csv: is not a regular file; name a file"):
        read_tables([tmp_path / "pipe.csv"], columns)
    (tmp_path / "runs.csv").unlink(missing_ok=True)
    (tmp_path / "runs.csv").mkdir()
    with pytest.raises(
        InputError, match=r"runs.csv: is a folder with nothing in it that can be read"
    ):
        read_tables([tmp_path / "runs.csv"], columns)
    with pytest.raises(InputError, match=r"x.csv: cannot be read: File name too long; name anot"):
        read_tables([tmp_path / f"{'x' * 300}.csv"], columns)
    with pytest.raises(InputError, match=r"no.csv: cannot be read: No such file"):
        read_tables([tmp_path / "no.csv"], columns)
    with pytest.raises(InputError, match=r"a.csv: is named twice; name it once"):
        read_tables([Path("a.csv"), Path("a.csv")], columns)


def test_runs_of_several_files_are_compared_and_a_row_twice_is_named(tmp_path: Path) -> None:
    one, two = tmp_path / "one.csv", tmp_path / "two.csv"
    one.write_text(HEAD + "a,1,1,0.5\na,1,2,0.5\n")
    two.write_text(HEAD + "b,1,1,0.4\nb,1,2,0.4\n")
    wanted = declared()
    found = imported(wanted, read_tables([one, two], wanted.columns))
    assert [recipe.name for recipe in found.study.recipes] == ["a", "b"]
    two.write_text(HEAD + "a,1,2,0.4\n")
    with pytest.raises(InputError) as caught:
        imported(wanted, read_tables([one, two], wanted.columns))
    assert caught.value.lines == (
        f"{two}: row 2, column epoch: recipe a, seed 1 has epoch 2 already, in {one}: row 3; drop "
        "one of the two, give the runs different seeds, or say which to take: "
        "`--only COLUMN=TEXT`, or `only` in [import]",
    )


@pytest.mark.parametrize("suffix", WRITERS)
def test_what_would_not_fit_in_memory_is_refused(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the size of the file before it is opened, and by its rows before they are parsed."""
    path = WRITERS[suffix](frame({"a": [[0.5] * 30]}), tmp_path / f"runs{suffix}")
    assert len(read(path).records["a"]) == 1
    monkeypatch.setattr("reprobench.harness.importing.sources.MOST_ROWS", 29)
    with pytest.raises(InputError, match=r"has 3[01] rows, and 29 are the most; leave out those"):
        read(path)
    os.truncate(path, 2**30 + 1)
    with pytest.raises(InputError, match=r"has 1,073,741,825 bytes; .*; give it in parts$"):
        read(path)
