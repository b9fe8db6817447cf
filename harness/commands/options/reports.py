"""Command-line options of the verbs that report and train nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from .shared import DataOption, FilesArgument, LedgerOption, OutOption, StudyArgument, Telling


@dataclass(frozen=True, kw_only=True)
class ReportOptions(Telling):
    """`harness report`."""

    study: StudyArgument = "mnist"
    ledger: LedgerOption = Path("ledger")
    out: OutOption = Path("out")
    data: DataOption = None
    until_decided: Annotated[
        bool,
        typer.Option("--until-decided", help="Report all runs of bench --until-decided."),
    ] = False
    open: Annotated[bool, typer.Option("--open", help="Then show the page in the browser.")] = False


@dataclass(frozen=True, kw_only=True)
class ImportOptions(Telling):
    """`harness import`."""

    files: FilesArgument
    study: Annotated[
        str,
        typer.Option(
            help="The TOML file with the tables criterion and import.", show_default=False
        ),
    ]
    ledger: LedgerOption = Path("ledger")
    out: OutOption = Path("out")
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Replace runs of the ledger that have other values."),
    ] = False


@dataclass(frozen=True, kw_only=True)
class JudgeOptions(Telling):
    """`harness judge`: what a study file would declare, as options."""

    files: FilesArgument
    target: Annotated[
        float, typer.Option(help="0.994 for 99.4% of a count; or any value.", show_default=False)
    ]
    window: Annotated[
        int,
        typer.Option(
            min=1, help="How many of the last epochs must all be at the target.", show_default=False
        ),
    ]
    value: Annotated[
        str | None,
        typer.Option(help="Column of the metric.", show_default="correct with total, or value"),
    ] = None
    total: Annotated[
        str | None,
        typer.Option(help="Column of the total that the value is a count of.", show_default="none"),
    ] = None
    lower: Annotated[
        bool, typer.Option("--lower", help="Lower values are better, as for a loss.")
    ] = False
    recipe: Annotated[
        str, typer.Option(help="Column of the recipe, or several, comma-separated.")
    ] = "recipe"
    seed: Annotated[str, typer.Option(help="Column of the seed.")] = "seed"
    epoch: Annotated[str, typer.Option(help="Column of the epoch.")] = "epoch"
    in_order: Annotated[
        bool,
        typer.Option(
            "--in-order", help="Take each row for one epoch, in order, whatever its number."
        ),
    ] = False
    resumed: Annotated[
        bool,
        typer.Option(
            "--resumed", help="Runs were resumed: drop what they had from an epoch logged again on."
        ),
    ] = False
    bounds: Annotated[
        tuple[float, float] | None,
        typer.Option(help="Refuse values outside these two.", show_default="none"),
    ] = None
    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN=TEXT",
            help="Take only the rows with this text in this column; may be repeated.",
            show_default="all rows",
        ),
    ] = None
    folders: Annotated[
        str, typer.Option(help="How the names of folders, files or runs give recipe and seed.")
    ] = "{recipe}/{seed}"
    name: Annotated[
        str | None,
        typer.Option(help="Name of the report's folder.", show_default="the first file's"),
    ] = None
    out: OutOption = Path("out")


@dataclass(frozen=True, kw_only=True)
class BaselineOptions:
    """`harness baseline`."""

    study: StudyArgument = "mnist"
    ledger: LedgerOption = Path("ledger")
    data: DataOption = None
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False
    force: Annotated[
        bool, typer.Option("--force", help="Allow changes that are not committed.")
    ] = False
    rebuild: Annotated[
        bool,
        typer.Option("--rebuild", help="Rewrite the report from the records committed with it."),
    ] = False
