"""Signals while the program is being imported: it ends at once and says nothing.

Imported before everything else, and imports next to nothing itself: until it has run, Python would
print a traceback.
"""

import os
import signal

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
DEFAULTS = (signal.SIG_DFL, signal.default_int_handler)


def leave_at_once() -> None:
    """From now on a signal that is not ignored ends the process: nothing has been begun yet."""
    for number in SIGNALS:
        if signal.getsignal(number) in DEFAULTS:
            signal.signal(number, leave)


def leave(number: int, _frame: object) -> None:
    """The handler: leave with the signal's exit code."""
    os._exit(128 + number)
