"""Empty arguments, as of a shell's variable that is not set."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from reprobench.harness.cli import main


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["judge", ""], "files"),
        (["import", "runs.csv", "", "--study", "x.toml"], "files"),
        (["init", ""], "folder"),
        (["gate", "x.toml", "--import", ""], "--import"),
        (["bench", "tiny", "--data", ""], "--data"),
        (["bench", "tiny", "--json", ""], "--json"),
        (["bench", "tiny", "--recipes", ""], "--recipes"),
        (["bench", "tiny", "--ledger="], "--ledger"),
        (["bench", "x.toml", "--out", ""], "--out"),
        (["report", "--ledger="], "--ledger"),
    ],
)
def test_an_empty_path_is_not_the_current_folder(
    arguments: list[str],
    named: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["harness", *arguments])
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 2
    said = f"harness: {named}: is empty, as from a variable that is not set; give a value"
    assert capsys.readouterr().err.startswith(said)
    assert list(tmp_path.iterdir()) == []
