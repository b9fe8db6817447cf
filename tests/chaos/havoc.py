"""Kills processes of a bench at random, often enough, and checks what they leave behind."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from reprobench.harness.results.parsing import read_record

LONGEST_PAUSE = 1.2
"""Seconds between two kills, at most."""
WORKER = "LokyProcess"
"""What distinguishes a worker from joblib's other processes."""
PARENT_SHARE = 0.2
"""Share of the kills that hit the bench itself and not one of its workers."""


@dataclass
class Havoc:
    """`kept` are the records seen so far, by path: they must never change."""

    command: list[str]
    ledger: Path
    folder: Path
    kills: int
    source: random.Random
    done: dict[str, int] = field(default_factory=lambda: {"worker": 0, "bench": 0})
    kept: dict[Path, bytes] = field(default_factory=dict)

    def wreak(self) -> None:
        """Start the bench again and again, and kill it; something must keep it from finishing."""
        while sum(self.done.values()) < self.kills:
            process = self._start()
            while process.poll() is None and sum(self.done.values()) < self.kills:
                time.sleep(self.source.uniform(0, LONGEST_PAUSE))
                self._kill_one(process)
            _end(process)
            self.look()

    def end(self) -> None:
        """Let the bench end undisturbed."""
        for _ in range(3):  # a run whose workers were killed each time has failed: run it once more
            if self._start().wait() == 0:
                break
        self.look()

    def look(self) -> None:
        """Every record is whole, and earlier records are unchanged."""
        now = {path: path.read_bytes() for path in (self.ledger / "runs").rglob("*.json")}
        for path in now:
            read_record(path)
        sound = {path: content for path, content in now.items() if b'"failed"' not in content}
        for path, content in self.kept.items():
            assert sound.get(path) == content, f"{path} was lost or changed"
        self.kept = sound

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self.command, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def _kill_one(self, process: subprocess.Popen[bytes]) -> None:
        if self.source.random() < PARENT_SHARE:
            process.kill()
            process.wait()
            self.done["bench"] += 1
            return
        workers = [w for w in _children(process.pid) if WORKER in " ".join(_command(w))]
        if workers:
            try:
                os.kill(self.source.choice(workers).pid, signal.SIGKILL)
            except ProcessLookupError:
                return
            self.done["worker"] += 1


def _children(process: int) -> list[psutil.Process]:
    try:
        return psutil.Process(process).children()
    except psutil.NoSuchProcess:
        return []


def _command(process: psutil.Process) -> list[str]:
    try:
        found: list[str] = process.cmdline()
    except psutil.Error:
        return []
    return found


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill it if it still runs; its workers end with it."""
    if process.poll() is None:
        process.kill()
    process.wait()
