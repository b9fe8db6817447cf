"""Which files a program is made of, where a pattern with wildcards could take in others."""

from __future__ import annotations

from pathlib import Path

from reprobench.harness.base.disk.ours import OF_A_REPORT
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.study.inputs import find_inputs


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
    for name in OF_A_REPORT:
        (tmp_path / "committed" / name).touch()
    assert [*find_inputs(tmp_path, ["**/*"])] == ["train.py"]
