"""The files that a gate is asked to write: checked before training, written after it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..base.disk.option_files import append, check_file, write_file
from ..base.errors import InputError, StorageError
from .findings import GateReport
from .formats import as_json, as_junit, as_markdown


@dataclass(frozen=True)
class GateFiles:
    """Where to write each file; None for a file that is not wanted."""

    summary: Path | None = None
    """Markdown, appended to the file, as CI expects of a job's summary."""
    junit: Path | None = None
    json: Path | None = None

    def check(self, read: Sequence[str | Path]) -> None:
        """Raises InputError if two options name one file, or if the summary's is one of the inputs,
        `read`, or in no folder; StorageError if that is unwritable."""
        for option, path in self._wanted():
            self._check_alone(option, path)
        if self.summary:
            check_file("summary", self.summary, read)

    def _check_alone(self, option: str, path: Path) -> None:
        """A pipe or a device may be that of several options."""
        if os.path.exists(path) and not os.path.isfile(path):
            return
        for other, theirs in self._wanted():
            if other != option and os.path.realpath(theirs) == os.path.realpath(path):
                raise InputError(f"--{option} {path}: is the file of --{other}; name another")

    def write(self, report: GateReport) -> None:
        """Write the wanted files; raises StorageError with a line for each that cannot be."""
        failures: list[str] = []
        for option, path in self._wanted():
            text = {"summary": as_markdown, "junit": as_junit, "json": as_json}[option]
            try:
                (append if option == "summary" else write_file)(option, path, text(report))
            except StorageError as error:
                failures += error.lines
        if failures:
            raise StorageError(*failures)

    def _wanted(self) -> Iterator[tuple[str, Path]]:
        for option in ("summary", "junit", "json"):
            if path := getattr(self, option):
                yield option, path
