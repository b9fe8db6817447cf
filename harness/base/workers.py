"""Worker processes: they leave signals to the process that starts them, and end when it ends."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator
from typing import Final

PARENT_CHECK_SECONDS: Final = 1.0
FOR_THE_BENCH: Final = (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)
"""Ctrl-C, a lost terminal and Ctrl-\\, which reach the workers too."""


@contextlib.contextmanager
def starting_workers() -> Iterator[None]:
    """Processes that are started within the block do not notice these signals until `start_worker`
    ignores them; this process gets them after the block."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, FOR_THE_BENCH)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def start_worker(parent: int, directory: str) -> None:
    """Leave Ctrl-C and a lost terminal to the bench, and end when it ends, for whatever reason.

    The user's own modules are imported from `directory`.
    """
    os.chdir(directory)
    for number in FOR_THE_BENCH:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, FOR_THE_BENCH)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(PARENT_CHECK_SECONDS)
    os._exit(1)
