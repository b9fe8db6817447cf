"""Command-line options of the verbs that list, show, remove or begin something."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from .shared import LedgerOption, StudyArgument, Telling


@dataclass(frozen=True, kw_only=True)
class ModelsOptions(Telling):
    """`harness models`."""

    architecture: Annotated[
        str | None,
        typer.Argument(help="Print the layers of this architecture.", show_default=False),
    ] = None
    data_set: Annotated[
        str, typer.Option(help="For its images: a name, FILE.npz, or package.module:function.")
    ] = "mnist"


@dataclass(frozen=True, kw_only=True)
class StudiesOptions(Telling):
    """`harness studies`."""


@dataclass(frozen=True, kw_only=True)
class RunsListOptions(Telling):
    """`harness runs list`."""

    study: Annotated[
        str | None,
        typer.Argument(help="Only the runs of this study.", show_default="all in the ledger"),
    ] = None
    ledger: LedgerOption = Path("ledger")


@dataclass(frozen=True, kw_only=True)
class RunsShowOptions(Telling):
    """`harness runs show`."""

    key: Annotated[str, typer.Argument(help="The beginning of the run's key, as listed.")]
    ledger: LedgerOption = Path("ledger")


@dataclass(frozen=True, kw_only=True)
class RunsRemoveOptions:
    """`harness runs remove`."""

    keys: Annotated[list[str], typer.Argument(help="The beginnings of the runs' keys, as listed.")]
    ledger: LedgerOption = Path("ledger")
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False


@dataclass(frozen=True, kw_only=True)
class RunsRestoreOptions:
    """`harness runs restore`."""

    study: StudyArgument = "mnist"
    ledger: LedgerOption = Path("ledger")


@dataclass(frozen=True, kw_only=True)
class InitOptions:
    """`harness init`."""

    folder: Annotated[
        Path,
        typer.Argument(help="The folder of the repository to be guarded.", show_default="here"),
    ] = Path()
