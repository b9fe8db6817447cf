"""What a command that trains says of its finished runs when a signal ends it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from ..base.console import say
from ..base.interrupts import was_told


@contextmanager
def saying_what_is_kept(console: Console, line: str) -> Iterator[None]:
    """Print the line if a signal ends the block, unless a block within this one has, sooner.

    The error gets it as a note, unless the console is silent.
    """
    try:
        yield
    except KeyboardInterrupt as error:
        if not (was_told(error) or console.quiet):
            say(console, f"{str(error) or 'interrupted'}: {line}")
            error.add_note(line)
        raise


def all_kept(*, fresh: bool = False) -> str:
    """The line of a command whose ledger stays; `fresh`: it was told to train everything again."""
    command = "the same command without --fresh" if fresh else "the same command"
    return f"finished runs are kept; {command} goes on from there"


def kept_in(ledger: Path | None) -> str:
    """The line of a command that has a temporary ledger unless one is named."""
    return all_kept() if ledger else "no run is kept; with --ledger DIR all finished ones are"
