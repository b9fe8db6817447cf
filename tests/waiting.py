"""Waiting for other processes, however slow the machine is, and finding what is left of them."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from cloudpickle import register_pickle_by_value
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.study.engine_version import EngineVersion
from reprobench.harness.study.identity import Run

# Workers cannot import the tests: what they need is sent to them.
register_pickle_by_value(sys.modules[__name__])

PATIENCE: Final = 600.0
"""Seconds after which a test gives up waiting: only to end a hang, even on the slowest machine."""
OFTEN: Final = 0.02
"""Seconds between two checks."""


def wait_until(true: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Wait until `true` returns a true value; fails if it does not in time."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(OFTEN)


def processes(mark: str) -> list[int]:
    """Other live processes that have this in their command line or environment."""
    found = []
    for place in Path("/proc").iterdir():
        if place.name.isdigit() and int(place.name) != os.getpid():
            try:
                told = (place / "cmdline").read_bytes() + (place / "environ").read_bytes()
                state = (place / "stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                continue
            if mark.encode() in told and state != "Z":
                found.append(int(place.name))
    return found


def words(process: int) -> str:
    """The command line of a process; empty if it is gone."""
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def kill(process: int) -> None:
    """Kill it, unless it has just ended."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)


@contextlib.contextmanager
def held(ledger: Ledger, run: Run, engine: EngineVersion) -> Iterator[None]:
    """Within the block, no bench can train this run, so none can finish."""
    ledger.prepare()
    locks = ledger.locks()
    try:
        assert locks.take(run.key(engine))
        yield
    finally:
        locks.close()
