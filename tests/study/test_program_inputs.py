"""Which files a program is made of, where a pattern with wildcards could take in others."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from filesystems import bound_by_permissions
from reprobench.harness.base.disk.ours import DECISION, ENVIRONMENT, PAGE
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.study.inputs import InputsError, find_inputs


def test_packages_called_locks_and_runs_are_no_ledger(tmp_path: Path) -> None:
    for folder in ("locks", "runs"):
        (tmp_path / "mine" / folder).mkdir(parents=True)
    (tmp_path / "mine" / "train.py").touch()
    (tmp_path / "mine" / "runs" / "one.py").touch()
    assert [*find_inputs(tmp_path, ["**/*.py"])] == ["mine/runs/one.py", "mine/train.py"]


def test_ledgers_and_reports_are_none(tmp_path: Path) -> None:
    (tmp_path / "train.py").touch()
    ledger = Ledger(tmp_path / "kept")
    ledger.prepare()
    ledger.locks().close()
    (tmp_path / "kept" / ".gitignore").unlink(missing_ok=True)
    (tmp_path / "committed").mkdir()
    for name in (DECISION, ENVIRONMENT, PAGE):
        (tmp_path / "committed" / name).touch()
    assert [*find_inputs(tmp_path, ["**/*"])] == ["train.py"]


FIND = """
import sys
from pathlib import Path
from reprobench.harness.study.inputs import InputsError, find_inputs

try:
    find_inputs(Path(sys.argv[1]), ["mine/*.py"])
except InputsError as error:
    print(error)
"""


def test_a_closed_folder_is_no_wrong_pattern(tmp_path: Path) -> None:
    """One that may be listed, but not looked into."""
    closed = tmp_path / "mine"
    closed.mkdir()
    (closed / "train.py").touch()
    command = bound_by_permissions([sys.executable, "-c", FIND, str(tmp_path)])
    closed.chmod(0o444)
    try:
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    finally:
        closed.chmod(0o755)
    file = closed / "train.py"
    why = f"{file} cannot be read: Permission denied; fix that, or leave it out\n"
    assert said == f"mine/*.py: {why}"


def test_what_is_no_pattern(tmp_path: Path) -> None:
    with pytest.raises(
        InputsError, match=r"^: is not a valid pattern \(Unacceptable pattern: ''\)"
    ):
        find_inputs(tmp_path, [""])
