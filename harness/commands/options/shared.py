"""Command-line options that several verbs share."""

from __future__ import annotations

from dataclasses import dataclass
from os.path import isfile  # that of a Path raises for a name that is too long
from pathlib import Path
from typing import Annotated, Final

import typer

TERMINAL: Final = Path("-")
"""What --json names for standard output."""
StudyArgument = Annotated[
    str, typer.Argument(help="A shipped study (see `harness studies`) or the path of a TOML file.")
]
LedgerOption = Annotated[Path, typer.Option(help="Where the records of runs are kept.")]
OwnLedgerOption = Annotated[
    Path | None,
    typer.Option(
        help="Keep the new records here; the same command then continues from them.",
        show_default="a temporary one",
    ),
]
FilesArgument = Annotated[
    list[Path],
    typer.Argument(help="Files of runs, one row per epoch (.csv, .jsonl, .parquet), or folders."),
]
OutOption = Annotated[Path, typer.Option(help="Where reports are written.")]
DataOption = Annotated[
    Path | None,
    typer.Option(help="Directory of data sets.", show_default="$HARNESS_DATA, else data"),
]


@dataclass(frozen=True, kw_only=True)
class Telling:
    """How a verb reports what it found; every verb that finds something has these options."""

    json: Annotated[
        Path | None,
        typer.Option(help="Write the facts as JSON to this file, or with - to the terminal."),
    ] = None
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False

    @property
    def results(self) -> dict[str, Path]:
        """The files from which somebody may read what the verb came to, by option."""
        return {"json": self.json} if self.json and self.json != TERMINAL else {}

    @property
    def inputs(self) -> list[str | Path]:
        """The files and folders that the verb reads, as its options name them."""
        given = [getattr(self, name, None) or [] for name in ("files", "imports", "ledger")]
        paths = [path for one in given for path in ([one] if isinstance(one, Path) else one)]
        study = getattr(self, "study", None)
        return [study, *paths] if study and isfile(study) else paths
