"""The pool of this machine's worker processes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from waiting import PATIENCE

# loky looks at a worker's memory once a second, after a task.
WORK = """
import time

kept = []

def work(megabytes):
    time.sleep(1.1)
    kept.append(b"x" * megabytes * 2**20)
    return megabytes
"""
POOL = """
from growing import work
from reprobench.harness.training.pools import in_processes

print(sorted(in_processes(2, work, iter([0, 0, 400, 400, 0, 0]))))
"""


def test_a_worker_that_has_grown_is_replaced_in_silence(tmp_path: Path) -> None:
    (tmp_path / "growing.py").write_text(WORK)
    command = [sys.executable, "-W", "error::UserWarning", "-c", POOL]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert (done.stdout, done.stderr) == ("[0, 0, 0, 0, 400, 400]\n", "")


HANGUP = """
import os, re
from multiprocessing.resource_tracker import _resource_tracker
from pathlib import Path
from signal import SIGHUP
from reprobench.harness.training.pools import check_shared_memory

check_shared_memory()
status = Path(f"/proc/{_resource_tracker._pid}/status").read_text()
print(bool(int(re.search("SigBlk:.(.*)", status)[1], 16) & 1 << SIGHUP - 1))
"""


def test_a_lost_terminal_does_not_end_the_process_that_tracks_locks() -> None:
    """Python would tell of that at its own end."""
    done = subprocess.run(
        [sys.executable, "-c", HANGUP], capture_output=True, text=True, check=True, timeout=PATIENCE
    )
    assert done.stdout == "True\n"
