"""A running program: its output as it comes, until the program ends or is killed.

Between the program and us is a guardian (`guardian.py`), which kills it and all that it started as
soon as we close a pipe, or are killed ourselves.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from .lines import Lines

GUARDIAN: Final = Path(__file__).with_name("guardian.py")
PIECE: Final = 65_536
END_SECONDS: Final = 20.0
"""How long to wait for a killed process; after that it is left to the system."""
WAIT_SECONDS: Final = 3600.0
"""The longest single wait: a selector counts milliseconds in 32 bits."""


class NotStarted(OSError):
    """The program could not be started."""


class TimeLimit(Exception):
    """The program has used up its time limit."""


@dataclass
class Program:
    """A started program; `ended` is its exit code once it has ended, negative for a signal."""

    output: int
    errors: int
    control: int
    status: int
    ended: int | None = None
    _said: bytearray = field(default_factory=bytearray)

    def lines(self, deadline: float) -> Iterator[tuple[bool, bytes]]:
        """Each line as it comes: whether it is from standard output, and the line itself.

        Ends when the program and all that it started have ended. Raises TimeLimit at the
        `deadline`, in seconds of `time.monotonic`, and what `_hear` raises.
        """
        streams = {self.output: Lines(), self.errors: Lines()}
        with selectors.DefaultSelector() as selector:
            for stream in (self.output, self.errors, self.status):
                selector.register(stream, selectors.EVENT_READ)
            while selector.get_map():
                if (left := deadline - time.monotonic()) <= 0:
                    raise TimeLimit
                for ready, _ in selector.select(min(left, WAIT_SECONDS)):
                    piece = os.read(ready.fd, PIECE)
                    if not piece:
                        selector.unregister(ready.fd)
                    if ready.fd == self.status:
                        self._hear(piece)
                        continue
                    lines = streams[ready.fd]
                    for line in lines.feed(piece) if piece else lines.rest():
                        yield ready.fd == self.output, line

    @property
    def group(self) -> int | None:
        """The program's process group, which is its process id; None if it was not started."""
        first = bytes(self._said).partition(b"\n")[0]
        return int(first) if first.isdigit() else None

    def _hear(self, piece: bytes) -> None:
        """Take a piece of what the guardian says; at its end, set `ended` accordingly.

        Raises NotStarted if the program never ran, RuntimeError if the guardian was killed.
        """
        self._said += piece
        if piece:
            return
        first, _, second = bytes(self._said).decode(errors="replace").strip().partition("\n")
        if first.startswith("error"):
            raise NotStarted(first.removeprefix("error "))
        if not second:
            raise RuntimeError("the process that watches over the program was killed")
        self.ended = int(second) if second != "killed" else -signal.SIGKILL

    def end(self) -> None:
        """Kill the program and all that it started, and wait until no process is left."""
        os.close(self.control)
        deadline = time.monotonic() + END_SECONDS
        with contextlib.suppress(TimeLimit, NotStarted, RuntimeError, OSError):
            for _ in self.lines(deadline):
                pass
        if self.ended is None and self.group:  # the guardian is gone and cannot do it
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.group, signal.SIGKILL)


@contextmanager
def running(
    words: Sequence[str], folder: Path, environment: Mapping[str, str]
) -> Iterator[Program]:
    """The started program; whatever happens in the block, no process of it is left afterwards."""
    output, program_output = os.pipe()
    errors, program_errors = os.pipe()
    guardian_control, control = os.pipe()
    status, guardian_status = os.pipe()
    theirs = [program_output, program_errors, guardian_control, guardian_status]
    program = Program(output, errors, control, status)
    try:
        numbers = [str(guardian_control), str(guardian_status)]
        with subprocess.Popen(
            [sys.executable, "-I", "-S", str(GUARDIAN), *numbers, *words],
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=program_output,
            stderr=program_errors,
            pass_fds=(guardian_control, guardian_status),
        ):
            pass  # it goes on in a process of its own
        while theirs:
            os.close(theirs.pop())
        yield program
    finally:
        for one in theirs:
            os.close(one)
        program.end()
        for one in (output, errors, status):
            os.close(one)
