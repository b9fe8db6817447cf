"""Ctrl-C, SIGTERM, SIGHUP and Ctrl-\\: requests to stop, none of which can get lost."""

from __future__ import annotations

import _thread
import contextlib
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from types import FrameType
from typing import Final, TypeVar

from .early_signals import DEFAULTS, SIGNALS, leave

CTRL_C: Final = 128 + signal.SIGINT
ONE_REQUEST_SECONDS: Final = 1.0
"""Signals this close together count as one: a shell and the system may both send SIGHUP."""
REPEAT_SECONDS: Final = 0.05
"""A destructor or callback that has swallowed the exception has returned by then, or does soon."""
WAIT_SECONDS: Final = 0.1

Check = Callable[[], None]
T = TypeVar("T")


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

    Python raises the exception wherever the main thread happens to be. A destructor or a callback
    of the garbage collector swallows it: it is then raised again, without a word. Signals that are
    ignored, or that the surrounding program handles, are left alone.
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
        with _swallowed_ones_told_to(memory):
            yield memory.check
        memory.check()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def awaited(future: Future[T]) -> T:
    """The future's result, or its exception; no signal gets lost meanwhile.

    Python runs a signal's handler between two of its own instructions. One that comes between the
    last of these and a wait without a time limit would be handled only after the wait.
    """
    while not future.done():
        wait([future], WAIT_SECONDS)
    return future.result()


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
    swallowed: bool = False
    """Whether nothing has raised the exception again since something swallowed it."""
    repeating: bool = False
    """Whether the next signal is one that `_repeat` sends."""
    over: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def press(self, number: signal.Signals) -> None:
        if self.repeating:
            self.repeating = False
            if self.swallowed:
                self.check()
            return
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
            self.swallowed = False
            raise self.first

    def swallow(self, error: Interrupted) -> None:
        """Something has swallowed the exception: send its signal again, in a moment.

        The main thread may be waiting, so that only a signal reaches it. The thread is started
        without the locks of `threading`, any of which the main thread may be holding.
        """
        self.swallowed = True
        _thread.start_new_thread(self._repeat, (error.number,))

    def _repeat(self, number: signal.Signals) -> None:
        time.sleep(REPEAT_SECONDS)
        main = threading.main_thread().ident
        with self.lock:
            if self.swallowed and not self.over and main:
                self.repeating = True
                signal.pthread_kill(main, number)

    def end(self) -> None:
        """Send no signal any more: another handler would get it."""
        with self.lock:
            self.over = True


@contextlib.contextmanager
def _swallowed_ones_told_to(memory: _Memory) -> Iterator[None]:
    """Tell the memory if something swallows its exception, instead of printing that."""
    before = sys.unraisablehook

    def hook(unraisable: sys.UnraisableHookArgs) -> None:
        if memory.first and unraisable.exc_value is memory.first:
            memory.swallow(memory.first)
        else:
            before(unraisable)

    sys.unraisablehook = hook
    try:
        yield
    finally:
        memory.end()
        sys.unraisablehook = before


def _may_take(number: signal.Signals) -> bool:
    handler = signal.getsignal(number)
    return handler in (*DEFAULTS, leave) or isinstance(handler, _Handler)
