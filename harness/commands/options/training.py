"""Command-line options of the verbs that train."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from .shared import (
    DataOption,
    LedgerOption,
    OutOption,
    OwnLedgerOption,
    StudyArgument,
    Telling,
)


@dataclass(frozen=True, kw_only=True)
class TrainingOptions:
    """What trains the runs, and on what."""

    jobs: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="How many runs to train at once, each on a core; on a GPU, the most in a group.",
            show_default="as many as cores",
        ),
    ] = None
    engine: Annotated[
        str,
        typer.Option(
            help="Which engine trains: cuda, native, torch, or auto (the fastest that can)."
        ),
    ] = "auto"
    data: DataOption = None


@dataclass(frozen=True, kw_only=True)
class BenchOptions(Telling, TrainingOptions):
    """`harness bench`."""

    study: Annotated[
        str | None,
        typer.Argument(help="A shipped study or the path of a TOML file.", show_default="mnist"),
    ] = None
    seeds: Annotated[
        int | None,
        typer.Option(
            metavar="N", help="Train only the first N declared seeds.", show_default="all"
        ),
    ] = None
    epochs: Annotated[
        int | None,
        typer.Option(
            metavar="N", help="Stop every run after N epochs.", show_default="all declared"
        ),
    ] = None
    recipes: Annotated[
        str | None,
        typer.Option(help="Train only these recipes, separated by commas.", show_default="all"),
    ] = None
    changes: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="Change every recipe, as in lr=0.1 or optimiser.momentum=0.8; may be repeated.",
        ),
    ] = None
    data_set: Annotated[
        str | None,
        typer.Option(
            help="Train the shipped study of this data set, mnist or digits, never a stand-in."
        ),
    ] = None
    ledger: LedgerOption = Path("ledger")
    out: OutOption = Path("out")
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Train again what the ledger already holds.")
    ] = False
    until_decided: Annotated[
        bool,
        typer.Option(
            "--until-decided",
            help="Train more seeds where the decision is open, until it is made.",
        ),
    ] = False
    confirm: Annotated[
        bool,
        typer.Option(
            "--confirm", help="Then train the chosen recipe and its closest rival on fresh seeds."
        ),
    ] = False
    gate: Annotated[
        bool,
        typer.Option("--gate", help="Then train the gate's own recipes, which baseline needs."),
    ] = False
    cluster: Annotated[
        str | None,
        typer.Option(
            help="Train on a dask cluster: tcp://HOST:8786, or local:4.",
            show_default="this machine",
        ),
    ] = None
    no_checkpoints: Annotated[
        bool,
        typer.Option(
            "--no-checkpoints",
            help="Keep no checkpoints, so that stopped runs start over.",
        ),
    ] = False
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="List what would be trained, and about how long.")
    ] = False


@dataclass(frozen=True, kw_only=True)
class VerifyOptions(Telling, TrainingOptions):
    """`harness verify`."""

    study: StudyArgument = "mnist"
    run: Annotated[
        list[str] | None,
        typer.Option(help="Verify only this run, as recipe:seed; may be repeated."),
    ] = None
    runs: Annotated[
        int | None,
        typer.Option(
            help="Verify only this many of the runs, drawn at random.", show_default="all"
        ),
    ] = None
    draw: Annotated[int, typer.Option(help="Seed of that draw.")] = 1
    ledger: OwnLedgerOption = None


@dataclass(frozen=True, kw_only=True)
class GateOptions(Telling, TrainingOptions):
    """`harness gate`."""

    study: StudyArgument = "mnist"
    ledger: OwnLedgerOption = None
    imports: Annotated[
        list[Path] | None,
        typer.Option(
            "--import",
            metavar="FILE",
            help="New runs, if the study imports them: nothing is trained then; may be repeated.",
        ),
    ] = None
    summary: Annotated[
        Path | None, typer.Option(help="Append a summary in Markdown to this file.")
    ] = None
    junit: Annotated[Path | None, typer.Option(help="Write JUnit XML to this file.")] = None
    no_exact: Annotated[
        bool,
        typer.Option("--no-exact", help="Do not let runs with identical bits pass at once."),
    ] = False
    power: Annotated[
        bool,
        typer.Option(
            "--power",
            help="Train nothing; simulate how often the gate passes, and how often it does not.",
        ),
    ] = False

    @property
    def results(self) -> dict[str, Path]:
        """The files for other programs; the summary, to which a gate appends, is none of them."""
        return super().results | ({"junit": self.junit} if self.junit else {})
