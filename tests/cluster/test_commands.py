"""The user's own programs on a real dask cluster: the same records, and killed programs leave
nothing."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from benches import records, run
from conftest import Start
from programs import RISING, asleep, guardian, program
from reprobench.harness.commands.options.training import BenchOptions
from waiting import PATIENCE, kill, wait_until, words


@pytest.fixture
def mark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("MARK", f"mark-{tmp_path}")
    return f"mark-{tmp_path}"


def test_the_same_as_on_one_machine(
    start_dask: Start, options: BenchOptions, tmp_path: Path
) -> None:
    here = replace(options, study=str(program(tmp_path)), ledger=tmp_path / "here")
    run(here)
    there = replace(here, ledger=tmp_path / "there", jobs=None, cluster=start_dask(2).address)
    assert run(there).count(" joined") == 2
    digests = [{key: r.digest for key, r in records(o).items()} for o in (here, there)]
    assert digests[0] == digests[1]
    assert len(list((tmp_path / "there" / "logs").iterdir())) == 2


def test_a_killed_worker_leaves_nothing_running(
    start_dask: Start, options: BenchOptions, tmp_path: Path, mark: str
) -> None:
    """Another worker trains the run again."""
    script = f"if mkdir began; then setsid sleep 987 & sleep 987; fi; {RISING}"
    study = str(program(tmp_path, script, seeds=1))
    dask = start_dask(2)
    there = replace(options, study=study, jobs=None, cluster=dask.address)
    output: list[str] = []
    bench = threading.Thread(target=lambda: output.append(run(there)))
    bench.start()
    kill(_holder_of_its_control(guardian(mark)))
    bench.join(PATIENCE)
    assert "83 of 100 at epoch 3" in output[0]
    wait_until(lambda: not asleep(mark))


def _holder_of_its_control(watching: int) -> int:
    """The process with the other end of the pipe that keeps the guardian's program alive."""
    number = words(watching).partition("guardian.py ")[2].split()[0]
    pipe = os.readlink(f"/proc/{watching}/fd/{number}")
    for place in Path("/proc").iterdir():
        if place.name.isdigit() and int(place.name) != watching:
            try:
                if any(os.readlink(fd) == pipe for fd in (place / "fd").iterdir()):
                    return int(place.name)
            except OSError:
                continue
    raise AssertionError("nobody holds it")
