"""Ctrl-C that cannot get lost."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType

Check = Callable[[], None]


@contextlib.contextmanager
def remembered_interrupts() -> Iterator[Check]:
    """Within the block, Ctrl-C is also remembered: the check raises KeyboardInterrupt after one.

    Python raises it wherever the main thread is; in a destructor or a callback of the garbage
    collector it goes unseen.
    """
    pressed = threading.Event()

    def press(_signal: int, _frame: FrameType | None) -> None:
        pressed.set()
        raise KeyboardInterrupt

    def check() -> None:
        if pressed.is_set():
            raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield check
        return
    before = signal.signal(signal.SIGINT, press)
    try:
        yield check
        check()
    finally:
        signal.signal(signal.SIGINT, before)
