"""Standard output that may go away, and the work goes on: a closed pipe, terminal or full disk."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
from collections.abc import Iterator
from typing import Final

NOBODY_READS: Final = frozenset({errno.EPIPE, errno.EIO})
"""Who read it has closed the pipe or the terminal, and misses nothing."""


class Lasting(io.TextIOWrapper):
    """A text stream whose first failure is remembered and whose later text goes nowhere."""

    def __init__(self, stream: io.TextIOWrapper) -> None:
        super().__init__(
            stream.buffer,
            encoding=stream.encoding,
            errors="backslashreplace",
            line_buffering=stream.line_buffering,
        )
        self.failure: OSError | None = None

    def write(self, text: str) -> int:
        """The text's length, wherever the text goes."""
        try:
            return super().write(text)
        except OSError as error:
            self._lose(error)
        return len(text)

    def flush(self) -> None:
        """Also what could not be written is off our hands afterwards."""
        try:
            super().flush()
        except OSError as error:
            self._lose(error)

    def lost(self) -> str | None:
        """Why somebody who still reads did not get all of it; None where nothing is missed."""
        if self.failure is None or self.failure.errno in NOBODY_READS:
            return None
        return self.failure.strerror

    def _lose(self, error: OSError) -> None:
        """Point the descriptor to nowhere, so that also what is buffered can be written."""
        self.failure = self.failure or error
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)


@contextlib.contextmanager
def lasting_output() -> Iterator[Lasting]:
    """Standard output and standard error, in the block, outlive whoever reads them."""
    _open_what_is_closed()
    streams = sys.stdout, sys.stderr
    output = Lasting(_text_stream(sys.stdout, 1))
    sys.stdout, sys.stderr = output, Lasting(_text_stream(sys.stderr, 2))
    try:
        yield output
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        sys.stdout, sys.stderr = streams


def _open_what_is_closed() -> None:
    """A closed descriptor (`>&-`) would be the next file's, and get what is meant for a person."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free, which is this one


def _text_stream(stream: object, number: int) -> io.TextIOWrapper:
    if isinstance(stream, io.TextIOWrapper):
        return stream
    return io.TextIOWrapper(os.fdopen(number, "wb", closefd=False), encoding="utf-8")
