"""Standard output that may go away while the work goes on: a closed pipe, a full disk."""

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

    failure: OSError | None = None

    @classmethod
    def of(cls, stream: object, number: int) -> Lasting:
        """In the place of `stream`, which is None where Python found the descriptor closed."""
        if not isinstance(stream, io.TextIOWrapper):
            return cls(os.fdopen(number, "wb", closefd=False), encoding="utf-8")
        return cls(
            stream.buffer,
            encoding=stream.encoding,
            errors="backslashreplace",
            line_buffering=stream.line_buffering,
        )

    def write(self, text: str) -> int:
        """The text's length, wherever the text goes."""
        try:
            return super().write(text)
        except OSError as error:
            self._lose(error)
        return len(text)

    def flush(self) -> None:
        """Afterwards nothing is buffered any more, not even what could not be written."""
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
        """Point the descriptor to nowhere, so that what is buffered can be written too."""
        self.failure = self.failure or error
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)


@contextlib.contextmanager
def lasting_output() -> Iterator[Lasting]:
    """Standard output and standard error, in the block, outlive whoever reads them."""
    _open_what_is_closed()
    streams = sys.stdout, sys.stderr
    output, errors = Lasting.of(sys.stdout, 1), Lasting.of(sys.stderr, 2)
    sys.stdout, sys.stderr = output, errors
    try:
        yield output
    finally:
        sys.stdout, sys.stderr = streams
        for stream in (output, errors):
            stream.flush()
            stream.detach()  # so that the stream which was there before goes on


def _open_what_is_closed() -> None:
    """A closed descriptor (`>&-`) would be the next file's, and get what is meant for a person."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free, which is this one
