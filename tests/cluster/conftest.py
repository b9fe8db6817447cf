"""A real scheduler and real workers on loopback, each in an empty directory of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from distributed import Client
from reprobench.harness.commands.options.training import BenchOptions
from reprobench.harness.training.cluster import fleet
from waiting import PATIENCE, wait_until


@dataclass
class Dask:
    """The cluster's processes, which end with the test."""

    place: Path
    address: str
    scheduler: subprocess.Popen[bytes]
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    python: Path = Path(sys.executable)

    def start_worker(
        self, *options: str, python: Path | None = None, **environment: str
    ) -> subprocess.Popen[bytes]:
        """Start one more worker with one thread and without a nanny: once killed, it stays dead."""
        folder = self.place / f"worker-{len(self.workers)}"
        folder.mkdir()
        command = [
            str(python or self.python), "-m", "distributed.cli.dask_worker", self.address,
            "--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory", str(folder),
            *options,
        ]  # fmt: skip
        self.workers.append(_start(command, folder, **environment))
        return self.workers[-1]

    def wait_for_workers(self) -> None:
        """Wait until all of them have joined."""
        with Client(self.address, set_as_default=False) as client:
            client.wait_for_workers(len(self.workers), timeout=PATIENCE)

    def end(self) -> None:
        """Kill what is left."""
        for process in [*self.workers, self.scheduler]:
            process.send_signal(signal.SIGKILL)
            process.wait()


def _start(command: list[str], folder: Path, **environment: str) -> subprocess.Popen[bytes]:
    bare = {name: value for name, value in os.environ.items() if name != "HARNESS_DATA"}
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            command, cwd=folder, env={**bare, **environment}, stdout=log, stderr=log
        )


Start = Callable[[int], Dask]


class Relay:
    """A connection to the scheduler that can be cut, like a network."""

    def __init__(self, target: str) -> None:
        self._target = target.removeprefix("tcp://").split(":")
        self._server = socket.create_server(("127.0.0.1", 0))
        self.address = f"tcp://127.0.0.1:{self._server.getsockname()[1]}"
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """End every connection; new ones are accepted."""
        while self._open:
            with suppress(OSError):
                self._open.pop().shutdown(socket.SHUT_RDWR)

    def end(self) -> None:
        """Accept no more."""
        self._server.close()
        self.cut()

    def _accept(self) -> None:
        host, port = self._target
        with suppress(OSError):
            while True:
                here, _ = self._server.accept()
                there = socket.create_connection((host, int(port)))
                self._open += [here, there]
                for source, sink in ((here, there), (there, here)):
                    threading.Thread(target=self._pass, args=(source, sink), daemon=True).start()

    @staticmethod
    def _pass(source: socket.socket, sink: socket.socket) -> None:
        with source, suppress(OSError):
            while received := source.recv(1 << 16):
                sink.sendall(received)
            sink.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def options(tmp_path: Path) -> BenchOptions:
    return BenchOptions(study="tiny", ledger=tmp_path / "ledger", out=tmp_path / "out")


@pytest.fixture
def start_dask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], Dask]]:
    """Starts a scheduler and a number of workers, and waits until these have joined.

    Benches wait for others, however slowly these start.
    """
    monkeypatch.setattr(fleet, "NOBODY_SECONDS", PATIENCE)
    with ExitStack() as ends:

        def start(workers: int) -> Dask:
            place = tmp_path / "dask"
            place.mkdir()
            told = place / "scheduler.told"
            command = [
                sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1",
                "--port", "0", "--scheduler-file", str(told), "--no-dashboard",
            ]  # fmt: skip
            dask = Dask(place, "", _start(command, place))
            ends.callback(dask.end)
            wait_until(lambda: _address(told))
            dask.address = _address(told)
            for _ in range(workers):
                dask.start_worker()
            if workers:
                dask.wait_for_workers()
            return dask

        yield start


def _address(told: Path) -> str:
    """The scheduler's address as it has written it; empty until it has."""
    try:
        return str(json.loads(told.read_text())["address"])
    except (FileNotFoundError, json.JSONDecodeError):
        return ""
