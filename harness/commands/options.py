"""What each verb can be told on the command line: the only place that declares it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

StudyArgument = Annotated[
    str, typer.Argument(help="A shipped study (see `harness studies`) or the path of a TOML file.")
]
LedgerOption = Annotated[Path, typer.Option(help="Where the records of runs are kept.")]
OwnLedgerOption = Annotated[
    Path | None,
    typer.Option(help="Keep the new records here, and go on.", show_default="a temporary one"),
]
OutOption = Annotated[Path, typer.Option(help="Where reports are written.")]
DataOption = Annotated[
    Path | None, typer.Option(help="Directory of MNIST.", show_default="$HARNESS_DATA, else data")
]


@dataclass(frozen=True, kw_only=True)
class Telling:
    """How a verb tells what it found; every verb that finds something has these."""

    json: Annotated[
        Path | None, typer.Option(help="Write the facts as JSON to this file; - is the terminal.")
    ] = None
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False


@dataclass(frozen=True, kw_only=True)
class Trained:
    """What trains, and on what."""

    jobs: Annotated[
        int | None,
        typer.Option(
            min=1, help="Runs to train at once, a physical core each.", show_default="all of them"
        ),
    ] = None
    engine: Annotated[
        str, typer.Option(help="What trains: native, torch, or auto for the faster where it can.")
    ] = "auto"
    data: DataOption = None


@dataclass(frozen=True, kw_only=True)
class BenchOptions(Telling, Trained):
    """`harness bench`."""

    study: Annotated[
        str | None,
        typer.Argument(help="A shipped study or the path of a TOML file.", show_default="mnist"),
    ] = None
    seeds: Annotated[
        int | None, typer.Option(help="Only the first N declared seeds.", show_default="all")
    ] = None
    epochs: Annotated[
        int | None, typer.Option(help="Stop every run after N epochs.", show_default="all declared")
    ] = None
    recipes: Annotated[
        str | None, typer.Option(help="Only these, comma-separated.", show_default="all")
    ] = None
    changes: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="Change every recipe, as in lr=0.1 or optimiser.momentum=0.8; may be repeated.",
        ),
    ] = None
    data_set: Annotated[str | None, typer.Option(help="Insist on this data set: no stand-in.")] = (
        None
    )
    ledger: LedgerOption = Path("ledger")
    out: OutOption = Path("out")
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Train again what the ledger already holds.")
    ] = False
    until_decided: Annotated[
        bool,
        typer.Option(
            "--until-decided",
            help="Go on with more seeds, where the decision is open, until it is made.",
        ),
    ] = False
    confirm: Annotated[
        bool,
        typer.Option(
            "--confirm", help="Then train the chosen recipe and its rival on fresh seeds."
        ),
    ] = False
    gate: Annotated[
        bool, typer.Option("--gate", help="Then train the gate's own, which baseline needs.")
    ] = False
    cluster: Annotated[
        str | None,
        typer.Option(
            help="Train on a dask cluster: tcp://HOST:8786, or local:4.",
            show_default="this machine",
        ),
    ] = None
    checkpoints: Annotated[
        bool,
        typer.Option(
            "--checkpoints/--no-checkpoints",
            help="Whether a stopped run goes on at its last epoch.",
        ),
    ] = True
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="List what would be trained, and about how long.")
    ] = False


@dataclass(frozen=True, kw_only=True)
class ReportOptions(Telling):
    """`harness report`."""

    study: StudyArgument = "mnist"
    ledger: LedgerOption = Path("ledger")
    out: OutOption = Path("out")
    data: DataOption = None
    until_decided: Annotated[
        bool,
        typer.Option("--until-decided", help="Of all that bench --until-decided has trained."),
    ] = False
    open: Annotated[bool, typer.Option("--open", help="Then show the page in the browser.")] = False


@dataclass(frozen=True, kw_only=True)
class BaselineOptions:
    """`harness baseline`."""

    study: StudyArgument = "mnist"
    ledger: LedgerOption = Path("ledger")
    data: DataOption = None
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False
    force: Annotated[bool, typer.Option("--force", help="Also from a dirty tree.")] = False
    rebuild: Annotated[
        bool,
        typer.Option("--rebuild", help="Write the report anew from the records committed with it."),
    ] = False


@dataclass(frozen=True, kw_only=True)
class VerifyOptions(Telling, Trained):
    """`harness verify`."""

    study: StudyArgument = "mnist"
    run: Annotated[
        list[str] | None, typer.Option(help="Only this one, recipe:seed; may be given again.")
    ] = None
    runs: Annotated[
        int | None, typer.Option(help="How many of them, drawn by --draw.", show_default="all")
    ] = None
    draw: Annotated[int, typer.Option(help="Seed of the draw: another one draws others.")] = 1
    ledger: OwnLedgerOption = None


@dataclass(frozen=True, kw_only=True)
class GateOptions(Telling, Trained):
    """`harness gate`."""

    study: StudyArgument = "mnist"
    ledger: OwnLedgerOption = None
    summary: Annotated[
        Path | None, typer.Option(help="Add a summary to this file, in Markdown.")
    ] = None
    junit: Annotated[Path | None, typer.Option(help="Write JUnit's XML to this file.")] = None
    exact: Annotated[
        bool, typer.Option("--exact/--no-exact", help="Whether identical bits pass at once.")
    ] = True
    power: Annotated[
        bool, typer.Option("--power", help="Train nothing: simulate how often it says what.")
    ] = False


@dataclass(frozen=True, kw_only=True)
class ModelsOptions(Telling):
    """`harness models`."""

    architecture: Annotated[
        str | None, typer.Argument(help="Print the layer table of this one.", show_default=False)
    ] = None


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
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False


@dataclass(frozen=True, kw_only=True)
class InitOptions:
    """`harness init`."""

    folder: Annotated[
        Path, typer.Argument(help="The repository that is to be guarded.", show_default="here")
    ] = Path()
