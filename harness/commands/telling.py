"""Where verbs write: a console, and the facts as JSON."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Final

from rich.console import Console
from rich.prompt import Confirm

from ..base.disk.option_files import make_way_for, write_file
from ..base.errors import InputError
from .options.shared import TERMINAL, Telling

PIPE_WIDTH: Final = 200
"""Width of tables that do not go to a terminal."""


def console(options: Telling | None = None) -> Console:
    """Standard output, or standard error if the facts go to standard output; silent if quiet.

    Only a terminal gets a live view, also where FORCE_COLOR asks for colours. Earlier
    results are removed; raises InputError or StorageError if a new one cannot be written.
    """
    if options:
        make_way_for(options.results, options.inputs)
    quiet, to_error = bool(options and options.quiet), bool(options and options.json == TERMINAL)
    on_terminal = (sys.stderr if to_error else sys.stdout).isatty()
    return Console(
        stderr=to_error,
        quiet=quiet,
        force_terminal=None if on_terminal else False,
        soft_wrap=not on_terminal,
        width=None if on_terminal else PIPE_WIDTH,
    )


def silent() -> Console:
    """A console that nobody sees."""
    return Console(file=io.StringIO(), width=120)


def tell(options: Telling, facts: Mapping[str, object] | Sequence[object]) -> None:
    """Write the facts as JSON to the place that the options name, if any; raises StorageError."""
    if options.json is None:
        return
    text = json.dumps(facts, indent=2, allow_nan=False) + "\n"
    if options.json == TERMINAL:
        sys.stdout.write(text)
        return
    write_file("json", options.json, text)


def agreed(question: str, console: Console, *, alone: str) -> bool:
    """Whether the user says yes; no if the input ends first.

    Raises InputError with the message `alone` where there is no terminal to ask on.
    """
    if sys.stdin is None or not sys.stdin.isatty():  # None if it was closed when Python began
        raise InputError(alone)
    try:
        return Confirm.ask(question, console=console)
    except EOFError:
        return False
