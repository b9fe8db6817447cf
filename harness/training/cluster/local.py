"""The cluster of `--cluster local:N`: a scheduler in a thread of this process, and N workers.

A worker that ends is replaced, however long it takes until the new one has joined. (dask's own
`LocalCluster` gives up a worker that is away for 15 seconds, which a busy machine needs to start
one.) Workers leave Ctrl-C and a lost terminal to the bench, which kills them when it ends.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import threading
import warnings
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from logging import CRITICAL
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from tempfile import TemporaryDirectory
from typing import Any, Final

import dask.config
from distributed import Scheduler, Security, Worker
from distributed.utils import silence_logging_cmgr

from ...base.early_signals import SIGNALS
from ...base.errors import ClusterError
from ...base.interrupts import awaited
from ...base.words import cut, killed_by, one_line
from ...base.workers import start_worker, starting_workers

HERE: Final = "127.0.0.1"
TRIES: Final = 3
"""No worker can be started if each of them has ended this often in a row before it had joined."""
LONGEST_PAUSE_SECONDS: Final = 60.0
"""Before a worker that could not be started is tried again; each pause is twice as long as the one
before, up to this."""
MOST_DOUBLINGS: Final = 6
CHECK_SECONDS: Final = 0.1
END_SECONDS: Final = 60.0
MOST_SAID: Final = 1_000
"""Characters of why a worker cannot join: it waits for ever if a pipe does not hold them."""
SILENT: Final = CRITICAL + 1
SPAWN: Final = multiprocessing.get_context("spawn")


class LocalCluster:
    """A scheduler and workers of this machine, in a thread that keeps them running."""

    def __init__(self, workers: int, place: str) -> None:
        self._place = place
        """The folder of the workers' files."""
        self._failures = [0] * workers
        """How often in a row each worker has ended before it had joined."""
        self._reason = ""
        self._address: Future[str] = Future()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def begin(self) -> None:
        """Start the scheduler, which starts the workers."""
        self._thread.start()

    def end(self) -> None:
        """Kill the workers and end the scheduler, if they were started; a signal has to wait."""
        self._ending.set()
        before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        try:
            if self._thread.is_alive():
                self._thread.join(END_SECONDS)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    @property
    def address(self) -> str:
        """The scheduler's address, as soon as it has one; raises ClusterError if it never will."""
        try:
            return awaited(self._address)
        except Exception as error:
            raise ClusterError(f"--cluster local: no scheduler can be started: {error}") from error

    def check(self) -> None:
        """Raises ClusterError if no worker can be started."""
        if min(self._failures) >= TRIES:
            raise ClusterError(
                f"--cluster local:{len(self._failures)}: no worker can be started "
                f"({self._reason}): finished runs are kept; the same command goes on from there"
            )

    def _serve(self) -> None:
        try:
            asyncio.run(self._schedule())
        except Exception as error:
            if not self._address.done():
                self._address.set_exception(error)

    async def _schedule(self) -> None:
        protocol = "tls://" if Security().require_encryption else "tcp://"
        page: dict[str, Any] = {"dashboard": False, "dashboard_address": f"{HERE}:0"}
        async with Scheduler(host=HERE, port=0, protocol=protocol, **page) as scheduler:
            keepers = [
                asyncio.create_task(self._keep(number, scheduler.address))
                for number in range(len(self._failures))
            ]
            self._address.set_result(scheduler.address)
            while not self._ending.is_set():
                await asyncio.sleep(CHECK_SECONDS)
            for keeper in keepers:
                keeper.cancel()
            await asyncio.gather(*keepers, return_exceptions=True)

    async def _keep(self, number: int, scheduler: str) -> None:
        """Start a worker, and another whenever it has ended."""
        while True:
            problem = await _run_worker(scheduler, self._place)
            self._failures[number] = self._failures[number] + 1 if problem else 0
            if problem:
                self._reason = problem
                doublings = min(self._failures[number], MOST_DOUBLINGS)
                await asyncio.sleep(min(2.0**doublings, LONGEST_PAUSE_SECONDS))


@contextmanager
def local_cluster(workers: int) -> Iterator[LocalCluster]:
    """A scheduler, which is starting its workers.

    Its thread and thus the workers begin with the bench's signals blocked; so does Python's tracker
    of shared resources, whose start lifts the block.
    """
    with _quiet(), _place() as place:
        own = LocalCluster(workers, place)
        try:
            with starting_workers():
                resource_tracker.ensure_running()
            with starting_workers():
                own.begin()
            yield own
        finally:
            own.end()


@contextmanager
def _quiet() -> Iterator[None]:
    """dask logs errors about workers that are gone, and warns of a slow machine."""
    _ignore_warnings()
    with silence_logging_cmgr(SILENT), silence_logging_cmgr(SILENT, "tornado.application"):
        yield


def _ignore_warnings() -> None:
    warnings.filterwarnings("ignore", "Creating scratch directories is taking")


@contextmanager
def _place() -> Iterator[str]:
    """A folder for dask's files, which is removed even if a killed worker has left some."""
    with (
        TemporaryDirectory(prefix="harness-", ignore_cleanup_errors=True) as place,
        dask.config.set({"temporary-directory": place}),
    ):
        yield place


async def _run_worker(scheduler: str, place: str) -> str | None:
    """A worker from its start to its end; returns why it could not join, or None if it had."""
    try:
        process, heard = _start(scheduler, place)
    except OSError as error:
        return str(error.strerror)
    with heard:
        try:
            while process.is_alive():
                await asyncio.sleep(CHECK_SECONDS)
        finally:
            process.kill()
            process.join()
        return _last_word(heard, process.exitcode or 0)


def _start(scheduler: str, place: str) -> tuple[SpawnProcess, Connection]:
    """A worker's process, and where it says whether it has joined."""
    heard, told = SPAWN.Pipe(duplex=False)
    with told:
        arguments = (told, scheduler, place, os.getpid(), os.getcwd())
        process = SPAWN.Process(target=_work, args=arguments, daemon=True)
        process.start()
    return process, heard


def _last_word(heard: Connection, code: int) -> str | None:
    """What a process that has ended with this exit code had said first."""
    try:
        if heard.poll():
            said: str | None = heard.recv()
            return said
    except EOFError:
        pass
    how = killed_by(-code) if code < 0 else f"exit code {code}"
    return f"its process ended: {how}"


def _work(told: Connection, scheduler: str, place: str, parent: int, directory: str) -> None:
    """A worker's process: says None once it has joined, or else why it cannot."""
    start_worker(parent, directory)
    _ignore_warnings()
    try:
        asyncio.run(_serve_as_worker(told, scheduler, place))
    except Exception as error:
        cause = error.__cause__ or error
        told.send(cut(one_line(f"{type(cause).__name__}: {cause}"), MOST_SAID))


async def _serve_as_worker(told: Connection, scheduler: str, place: str) -> None:
    """Without a limit of memory, like the other worker processes of this machine."""
    settings: dict[str, Any] = {"nthreads": 1, "memory_limit": 0, "silence_logs": SILENT}
    async with Worker(scheduler, host=HERE, local_directory=place, **settings) as worker:
        told.send(None)
        await worker.finished()
