"""The files that a gate is asked to write: made way for before training, written after it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..base.disk.option_files import append, check_file, make_way, write_file
from ..base.errors import InputError, StorageError
from .findings import GateReport


@dataclass(frozen=True)
class GateFiles:
    """Where to write each file; None for a file that is not wanted."""

    summary: Path | None = None
    """Markdown, appended to the file, as CI expects of a job's summary."""
    junit: Path | None = None
    json: Path | None = None

    def make_way(self, read: Sequence[str | Path]) -> None:
        """Check the files, and remove earlier ones but for the summary, which is appended to.

        They are removed even if another one is refused. Raises InputError if a file's folder does
        not exist, or the file is that of another option or one of the inputs, `read`; StorageError
        if it is unwritable.
        """
        problems = []
        for option, path in self._wanted():
            try:
                self._check_alone(option, path)
                (check_file if option == "summary" else make_way)(option, path, read)
            except (InputError, StorageError) as error:
                problems.append(error)
        if problems:
            raise problems[0]

    def _check_alone(self, option: str, path: Path) -> None:
        """A pipe or a device may be that of several options."""
        if path.exists() and not path.is_file():
            return
        for other, theirs in self._wanted():
            if other != option and os.path.realpath(theirs) == os.path.realpath(path):
                raise InputError(f"--{option} {path}: is the file of --{other}; name another")

    def write(self, report: GateReport) -> None:
        """Write the wanted files; raises StorageError with a line for each that cannot be."""
        failures: list[str] = []
        for option, path in self._wanted():
            text = {"summary": report.markdown, "junit": report.junit, "json": report.json}[option]
            try:
                (append if option == "summary" else write_file)(option, path, text())
            except StorageError as error:
                failures += error.lines
        if failures:
            raise StorageError(*failures)

    def _wanted(self) -> Iterator[tuple[str, Path]]:
        for option in ("summary", "junit", "json"):
            if path := getattr(self, option):
                yield option, path
