"""Signals while the program is still being imported: it ends at once, without a word.

This module is imported before all others and imports next to nothing itself: until it has run, a
signal makes Python print a traceback.
"""

import os
import signal

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
DEFAULTS = (signal.SIG_DFL, signal.default_int_handler)


def leave_at_once() -> None:
    """Let every signal that is not ignored end the process: nothing has been started yet."""
    for number in SIGNALS:
        if signal.getsignal(number) in DEFAULTS:
            signal.signal(number, leave)


def leave(number: int, _frame: object) -> None:
    """Signal handler: exit with the signal's exit code."""
    os._exit(128 + number)
