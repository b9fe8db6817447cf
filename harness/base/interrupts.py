"""Ctrl-C, SIGTERM, SIGHUP and Ctrl-\\: requests to stop, none of which can get lost."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import FrameType
from typing import Final

from .early_signals import DEFAULTS, SIGNALS, leave

CTRL_C: Final = 128 + signal.SIGINT
ONE_REQUEST_SECONDS: Final = 1.0
"""Signals this close together count as one: a shell and the system may both send SIGHUP."""

Check = Callable[[], None]


class Interrupted(KeyboardInterrupt):
    """The process was asked to stop. Code that cleans up after Ctrl-C does so after this too."""

    def __init__(self, number: signal.Signals) -> None:
        self.number = number
        super().__init__("interrupted" if number == signal.SIGINT else f"ended by {number.name}")


def exit_code(error: KeyboardInterrupt) -> int:
    """The exit code that a shell reports: 128 plus the signal's number, 130 for Ctrl-C."""
    number = error.number if isinstance(error, Interrupted) else signal.SIGINT
    return 128 + number


def was_told(error: KeyboardInterrupt) -> bool:
    """Whether a note on the error says that a line about it was printed."""
    return bool(getattr(error, "__notes__", ()))


@contextlib.contextmanager
def remembered_interrupts() -> Iterator[Check]:
    """Within the block, a signal raises Interrupted and is remembered: the check raises it again,
    the same error with its notes.

    Python raises the exception wherever the main thread happens to be; inside a destructor or a
    callback of the garbage collector it is swallowed. Signals that are ignored, or that the
    surrounding program handles, are left alone.
    """
    ours = [handler for n in SIGNALS if isinstance(handler := signal.getsignal(n), _Handler)]
    memory = _Memory(ours[0].memory if ours else None)
    if threading.current_thread() is not threading.main_thread():
        yield memory.check
        return
    before = {number: signal.getsignal(number) for number in SIGNALS if _may_take(number)}
    for number in before:
        signal.signal(number, _Handler(memory))
    try:
        yield memory.check
        memory.check()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def ignore_interrupts() -> None:
    """Ignore all further signals: all that is left is to clean up and exit.

    Python would end by the signal itself, without a line, while it shuts down. A program that has
    called the command line as a function, and goes on, still gets its signals.
    """
    for number in SIGNALS:
        if signal.getsignal(number) is leave:
            signal.signal(number, signal.SIG_IGN)


@dataclass(frozen=True)
class _Handler:
    """A handler set by this module, which a nested block may replace by its own."""

    memory: _Memory

    def __call__(self, number: int, _frame: FrameType | None) -> None:
        self.memory.press(signal.Signals(number))


@dataclass
class _Memory:
    outer: _Memory | None = None
    """The memory of the enclosing block, which is told too."""
    first: Interrupted | None = None
    since: float = 0.0

    def press(self, number: signal.Signals) -> None:
        now = time.monotonic()
        if self.first and now - self.since < ONE_REQUEST_SECONDS:
            return
        self.note(self.first or Interrupted(number))
        self.since = now
        self.check()

    def note(self, error: Interrupted) -> None:
        self.first = self.first or error
        if self.outer:
            self.outer.note(self.first)

    def check(self) -> None:
        if self.first:
            raise self.first


def _may_take(number: signal.Signals) -> bool:
    handler = signal.getsignal(number)
    return handler in (*DEFAULTS, leave) or isinstance(handler, _Handler)
