"""Files that are nearly what a reader takes: packed, of other line ends, or no table at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from longform import declared, frame
from reprobench.harness.base.errors import InputError
from reprobench.harness.importing.assembly import imported
from reprobench.harness.importing.readers import read_tables


@pytest.mark.parametrize("suffix", [".csv.gz", ".zip", ".bz2", ".csv.XZ"])
def test_packed_files_are_to_be_unpacked(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"runs{suffix}"
    path.write_bytes(b"x")
    assert refused(path) == f"{path}: is packed; unpack it first, and give what was in it"


def test_a_list_of_json_objects_is_to_be_written_in_lines(tmp_path: Path) -> None:
    path = tmp_path / "array.json"
    path.write_text("[{}]")
    assert refused(path) == (
        f"{path}: is not read by that name; give a file that ends in .jsonl, with one JSON object "
        "per line for each epoch of every run"
    )


def test_lines_may_all_end_in_carriage_returns(tmp_path: Path) -> None:
    path = tmp_path / "runs.csv"
    table = frame({"a": [[0.6, 0.7]] * 2, "b": [[0.5, 0.4]]})
    path.write_bytes(table.to_csv(index=False).replace("\n", "\r").encode())
    found = imported(declared(), read_tables([path], declared().columns))
    assert [record.values for record in found.records["a"]] == [(0.6, 0.7)] * 2
    assert [record.values for record in found.records["b"]] == [(0.5, 0.4)]
    assert len(found.remarks) == 1


@pytest.mark.parametrize(
    "content", [b"recipe,seed\repoch,value\na,1,1,0.5\n", b"\0\1,\2\n\0", b"\0\1\2"]
)
def test_what_has_no_lines_is_refused_in_plain_words(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "runs.csv"
    path.write_bytes(content)
    assert refused(path) == (
        f"{path}: row 1: is not the header of a CSV file whose lines end in \\n or \\r\\n; save it "
        "again as CSV (UTF-8)"
    )


def refused(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_tables([path], declared().columns)
    (line,) = caught.value.lines
    return line
