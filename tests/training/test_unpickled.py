"""Nothing read from a user's file is ever unpickled: an audit hook would report it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.results.trained import TrainedEpoch
from reprobench.harness.study.declaration import Study
from reprobench.harness.training.checkpoints import Checkpoint
from scripted import ROOT, scripted_record, subprocess_environment

SCRIPT = """
import sys
from pathlib import Path

from reprobench.harness.training.checkpoints import Checkpoint, UnusableCheckpoint
from reprobench.harness.cli import main
from unpictured import leave_out_pictures

leave_out_pictures()  # which are drawn of tables

def hook(event, arguments):
    if event == "pickle.find_class":
        print("unpickled:", arguments, flush=True)

sys.addaudithook(hook)
try:
    Checkpoint(Path("pickled.safetensors"), "key").resume(None)
except UnusableCheckpoint as error:
    print("unusable:", error)
rows, state = Checkpoint(Path("kept.safetensors"), "key")._read()
print(f"read: {len(rows)} epochs, {sorted(state)}")
sys.argv = ["harness", "report", "tiny", "--ledger", "ledger"]
try:
    main()
finally:
    import pickle
    pickle.loads(pickle.dumps(Path))  # the hook is at work
"""


class Network:
    """As much of an engine's network as a checkpoint needs."""

    def state(self) -> dict[str, Any]:
        return {"values": np.zeros(3, np.float32)}


def ledger_rows(study: Study) -> list[TrainedEpoch]:
    return list(scripted_record(study.runs()[0], [240, 260], data_set="digits").rows)


def test_studies_records_checkpoints_and_reports(
    tiny: Study, ledger: Ledger, tmp_path: Path
) -> None:
    for run in tiny.runs():
        ledger.write(scripted_record(run, [240, 260], data_set="digits"))
    Checkpoint(tmp_path / "kept.safetensors", "key").save(Network().state(), ledger_rows(tiny))
    (tmp_path / "pickled.safetensors").write_bytes(b"\x80\x04cos\nsystem\n.")
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=tmp_path,
        env=subprocess_environment(PYTHONPATH=str(ROOT / "tests")),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "unusable: pickled.safetensors" in done.stdout
    assert "read: 2 epochs, ['values']" in done.stdout
    assert "report: out/tiny/report.html" in done.stdout
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("unpickled:")]
    assert "pathlib" in line
