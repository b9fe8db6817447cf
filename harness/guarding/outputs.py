"""The files that a gate is asked to write: checked before training, written after it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..base.disk.option_files import check_file, writing
from .findings import GateReport


@dataclass(frozen=True)
class GateFiles:
    """Where to write each file; None for a file that is not wanted."""

    summary: Path | None = None
    """Markdown, appended to the file, as CI expects of a job's summary."""
    junit: Path | None = None
    json: Path | None = None

    def check(self) -> None:
        """Raises InputError if a file's folder does not exist, StorageError if it is unwritable.

        Afterwards every wanted file exists, even if empty.
        """
        for option, path in self._wanted():
            check_file(option, path)
            with writing(option, path, "a"):
                pass

    def write(self, report: GateReport) -> None:
        """Write the wanted files; raises StorageError."""
        for option, path in self._wanted():
            text = {"summary": report.markdown, "junit": report.junit, "json": report.json}[option]
            with writing(option, path, "a" if option == "summary" else "w") as file:
                file.write(text())

    def _wanted(self) -> Iterator[tuple[str, Path]]:
        for option in ("summary", "junit", "json"):
            if path := getattr(self, option):
                yield option, path
