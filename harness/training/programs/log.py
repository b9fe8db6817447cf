"""A program's log: a file that is written while it runs; if it gets long, its middle is cut."""

from __future__ import annotations

import contextlib
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

from .lines import readable

HALF: Final = 512 * 1024
"""Bytes of the beginning, and of the end, that are kept."""
LAST_LINES: Final = 3
MOST_SHOWN: Final = 300
"""Characters shown of the last lines, from their end."""
MARKS: Final = b" \t\r^~"
"""What lines consist of that are blank, or that only point at the line above, in a traceback."""
NO_TEXT: Final = "bytes that are not text"


@dataclass
class Log:
    """Keeps lines as they come. A full or missing disk is ignored: the run needs no log."""

    path: Path | None
    _file: BinaryIO | None = None
    _size: int = 0
    _end: deque[bytes] = field(default_factory=deque)
    _end_size: int = 0
    _left_out: int = 0
    _last: deque[bytes] = field(default_factory=lambda: deque(maxlen=LAST_LINES))

    def open(self) -> None:
        """Create the file, or empty an earlier one."""
        if self.path is not None:
            with contextlib.suppress(OSError):
                self.path.parent.mkdir(exist_ok=True)
                self._file = self.path.open("wb", buffering=0)

    def add(self, line: bytes) -> None:
        """Add a line, given without its end."""
        if line.strip(MARKS):
            self._last.append(line[-4 * MOST_SHOWN :])
        whole = line + b"\n"
        if self._size + len(whole) <= HALF and not self._end:
            self._write(whole)
            self._size += len(whole)
            return
        self._end.append(whole)
        self._end_size += len(whole)
        while self._end_size > HALF:
            gone = len(self._end.popleft())
            self._end_size -= gone
            self._left_out += gone

    def close(self) -> None:
        """Write the last lines, after a note on how much is left out before them."""
        if self._left_out:
            self._write(b"[%d bytes left out]\n" % self._left_out)
        for line in self._end:
            self._write(line)
        self._end.clear()
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()

    @property
    def place(self) -> Path | None:
        """Path of the file, if it could be written."""
        return self.path if self._file else None

    def last(self) -> str:
        """The end of the last lines that are not blank, joined; empty if there are none."""
        texts = [text for line in self._last if (text := readable(line))]
        if self._last and not texts:
            return NO_TEXT
        said = " | ".join(texts)
        return said if len(said) <= MOST_SHOWN else f"...{said[-MOST_SHOWN:]}"

    def _write(self, content: bytes) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.write(content)
