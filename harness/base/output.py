"""Standard output that may fail while the work goes on: a closed pipe, a full disk."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
from collections.abc import Iterator
from typing import Final

NOBODY_READS: Final = frozenset({errno.EPIPE, errno.EIO})
"""The reader has closed the pipe or the terminal, so nobody misses the text."""


class Lasting(io.TextIOWrapper):
    """A text stream that remembers its first failure and discards what is written after it."""

    failure: OSError | None = None

    @classmethod
    def of(cls, stream: object, number: int) -> Lasting:
        """A replacement for `stream`, which is None if Python found the descriptor closed."""
        if not isinstance(stream, io.TextIOWrapper):
            return cls(os.fdopen(number, "wb", closefd=False), encoding="utf-8")
        return cls(
            stream.buffer,
            encoding=stream.encoding,
            errors="backslashreplace",
            line_buffering=stream.line_buffering,
        )

    def write(self, text: str) -> int:
        """Returns the text's length, even if the text is lost."""
        try:
            return super().write(text)
        except OSError as error:
            self._lose(error)
        return len(text)

    def flush(self) -> None:
        """Empty the buffer; text that cannot be written is discarded."""
        try:
            super().flush()
        except OSError as error:
            self._lose(error)

    def lost(self) -> str | None:
        """Why a reader that is still there did not get everything; None if nothing was lost."""
        if self.failure is None or self.failure.errno in NOBODY_READS:
            return None
        return self.failure.strerror

    def _lose(self, error: OSError) -> None:
        """Redirect the descriptor to the null device, so that the buffer can be emptied."""
        self.failure = self.failure or error
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)


@contextlib.contextmanager
def lasting_output() -> Iterator[Lasting]:
    """Within the block, standard output and standard error survive the loss of their readers."""
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
            stream.detach()  # so that the original stream stays usable


def _open_what_is_closed() -> None:
    """Otherwise the next file opened would get a descriptor that `>&-` closed, and our output; in a
    worker process too, which has our descriptors."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            nowhere = os.open(os.devnull, os.O_RDWR)  # the lowest free number, which is this one
            os.set_inheritable(nowhere, True)
