"""Folders of runs with one that its reader may not list, or may list and not look into."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from filesystems import bound_by_permissions

READ = """
import sys
from pathlib import Path
from reprobench.harness.base.errors import InputError
from reprobench.harness.importing.readers import read_tables
from reprobench.harness.study.loading.import_table import ImportTable

for name in sys.argv[1:]:
    try:
        read_tables([Path(name)], ImportTable(recipe=("recipe",), value="value"))
        print("read")
    except InputError as error:
        print(error)
"""
ROWS = "epoch,value\n1,0.9\n2,0.8\n"
META = "run_id: r\nlifecycle_stage: active\n"
MLFLOW = {
    "0/meta.yaml": "name: theirs\n",
    "0/r/meta.yaml": META,
    "0/r/tags/mlflow.runName": "first",
    "0/r/metrics/value": "1 0.9 1\n1 0.8 2\n",
    "0/r/params/recipe": "a",
    "0/r/params/seed": "1",
    "0/r/params/opt/lr": "0.1",
}
"""A store with a parameter that is called `opt/lr`."""
JSON = '{"epoch": 1, "value": 0.9}\n'
CASES = [
    ({"a/1.csv": ROWS, "b/1.csv": ROWS}, "b"),
    ({"a/1.csv": ROWS, "b/deep/1.csv": ROWS}, "b"),
    ({"a/1.jsonl": JSON, "b/1.jsonl": JSON}, "b"),
    (MLFLOW, "0/r"),
    (MLFLOW, "0/r/tags"),
    (MLFLOW, "0/r/metrics"),
    (MLFLOW, "0/r/params"),
    (MLFLOW, "0/r/params/opt"),
]
"""The files of a folder, and the one in it that is closed."""


@pytest.mark.parametrize("mode", [0o000, 0o444])
def test_what_cannot_be_read_is_named(
    mode: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    logs = [Path(str(number)) for number in range(len(CASES))]
    for folder, (files, _) in zip(logs, CASES, strict=True):
        for name, text in files.items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
    closed = [folder / name for folder, (_, name) in zip(logs, CASES, strict=True)]
    command = bound_by_permissions([sys.executable, "-c", READ, *map(str, logs)])
    for folder in closed:
        folder.chmod(mode)
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    finally:
        for folder in closed:
            folder.chmod(0o755)
    assert not done.stderr
    for line, folder in zip(done.stdout.splitlines(), closed, strict=True):
        assert line.startswith(str(folder))
        assert ": cannot be read: Permission denied; name another file" in line
