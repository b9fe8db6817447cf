"""Verifying committed runs with a ledger whose runs go on beyond them."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from reprobench.harness.commands.options.training import VerifyOptions
from reprobench.harness.commands.verify import verify
from reprobench.harness.engines.roster import TORCH
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.results.record import Status
from reprobench.harness.study.declaration import Study
from rich.console import Console
from scripted import commit_records, scripted_record


@pytest.mark.parametrize(("status", "more"), [("completed", [400]), ("diverged", [])])
@pytest.mark.parametrize(("first", "code", "outcome"), [(300, 0, "identical"), (301, 1, "differs")])
def test_only_the_epochs_of_the_committed_run_are_compared(
    first: int,
    code: int,
    outcome: str,
    status: Status,
    more: list[int],
    *,
    tiny: Study,
    ledger: Ledger,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A run of one epoch is committed; the ledger's goes on to a second, or diverges in it."""
    monkeypatch.chdir(tmp_path)
    alone, kept = replace(tiny, seeds=(1,)), Ledger(tmp_path / "kept")
    kept.prepare()
    for run in alone.runs():
        made = {"engine": TORCH.version(), "data_set": "digits"}
        ledger.write(scripted_record(run, [300], **made))
        kept.write(scripted_record(run, [first, *more], status=status, **made))
    commit_records(alone, ledger, tmp_path / "reports")
    shown = io.StringIO()
    options = VerifyOptions(study="tiny", engine="torch", ledger=kept.root, json=Path("-"))
    assert verify(options, Console(file=shown, width=200)) == code
    facts = json.loads(capsys.readouterr().out)
    assert [(row["outcome"], row["difference"]) for row in facts["runs"]] == [
        (outcome, first - 300)
    ] * 2
    (row,) = (line.split() for line in shown.getvalue().splitlines() if "final:1" in line)
    assert row[0] == "final:1"
    assert row[-1] == outcome
    assert str(first) in row
    assert "400" not in row
