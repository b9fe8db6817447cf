"""The files that a gate writes where it is asked to: checked before, written after training."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..base.option_files import check_file, writing
from .outcomes import GateReport


@dataclass(frozen=True)
class GateFiles:
    """Where to write what; None for what is not wanted."""

    summary: Path | None = None
    """Markdown, added to what the file holds, as a job's summary is."""
    junit: Path | None = None
    json: Path | None = None

    def check(self) -> None:
        """Raises InputError for a file in no folder, StorageError for one that cannot be written.

        Every file that is wanted is then there, if only empty.
        """
        for option, path in self._wanted():
            check_file(option, path)
            with writing(option, path, "a"):
                pass

    def write(self, report: GateReport) -> None:
        """Write what is wanted; raises StorageError."""
        for option, path in self._wanted():
            text = {"summary": report.markdown, "junit": report.junit, "json": report.json}[option]
            with writing(option, path, "a" if option == "summary" else "w") as file:
                file.write(text())

    def _wanted(self) -> Iterator[tuple[str, Path]]:
        for option in ("summary", "junit", "json"):
            if path := getattr(self, option):
                yield option, path
