"""The command line: one verb a job. It parses, calls, and turns errors into exit codes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

app = typer.Typer(
    name="harness",
    help="Train every recipe of a study over many seeds, and report which one stays at the target.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


StudyArgument = Annotated[
    str, typer.Argument(help="A shipped study (see `harness studies`) or the path of a TOML file.")
]
LedgerOption = Annotated[Path, typer.Option(help="Where the records of runs are kept.")]
OwnLedgerOption = Annotated[
    Path | None,
    typer.Option(help="Keep the new records here, and go on.", show_default="a temporary one"),
]
OutOption = Annotated[Path, typer.Option(help="Where reports are written.")]
JobsOption = Annotated[
    int | None,
    typer.Option(
        min=1, help="Runs to train at once, a physical core each.", show_default="all of them"
    ),
]
EngineOption = Annotated[
    str, typer.Option(help="What trains: native, torch, or auto for the faster where it can.")
]
DataOption = Annotated[
    Path | None, typer.Option(help="Directory of MNIST.", show_default="$HARNESS_DATA, else data")
]


@app.command()
def bench(
    study: Annotated[
        str | None,
        typer.Argument(help="A shipped study or the path of a TOML file.", show_default="mnist"),
    ] = None,
    seeds: Annotated[
        int | None, typer.Option(help="Only the first N declared seeds.", show_default="all")
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(help="Stop every run after N epochs.", show_default="all declared")
    ] = None,
    recipes: Annotated[
        str | None, typer.Option(help="Only these, comma-separated.", show_default="all")
    ] = None,
    jobs: JobsOption = None,
    engine: EngineOption = "auto",
    data: DataOption = None,
    data_set: Annotated[
        str | None, typer.Option(help="Insist on this data set: no stand-in.")
    ] = None,
    ledger: LedgerOption = Path("ledger"),
    out: OutOption = Path("out"),
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Train again what the ledger already holds.")
    ] = False,
    confirm: Annotated[
        bool,
        typer.Option(
            "--confirm", help="Then train the chosen recipe and its rival on fresh seeds."
        ),
    ] = False,
    gate: Annotated[
        bool, typer.Option("--gate", help="Then train the gate's own, which baseline needs.")
    ] = False,
    cluster: Annotated[
        str | None,
        typer.Option(
            help="Train on a dask cluster: tcp://HOST:8786, or local:4.",
            show_default="this machine",
        ),
    ] = None,
    checkpoints: Annotated[
        bool,
        typer.Option(
            "--checkpoints/--no-checkpoints",
            help="Whether a stopped run goes on at its last epoch.",
        ),
    ] = True,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="List what would be trained, and about how long.")
    ] = False,
) -> None:
    """Train what the study still lacks, then write its report."""
    from .base.errors import InputError
    from .commands.bench import Options
    from .commands.bench import bench as run_bench
    from .results.environment import physical_cores
    from .training.plan import Selection

    if cluster and jobs:
        raise InputError(f"--jobs {jobs}: --cluster trains on its own workers; leave one out")
    names = None if recipes is None else tuple(name.strip() for name in recipes.split(","))
    options = Options(
        study=study,
        selection=Selection(seeds, epochs, names),
        workers=jobs or physical_cores(),
        engine=engine,
        data=data,
        data_set=data_set,
        ledger=ledger,
        out=out,
        fresh=fresh,
        dry_run=dry_run,
        confirm=confirm,
        gate=gate,
        cluster=cluster,
        checkpoints=checkpoints,
    )
    raise typer.Exit(run_bench(options, _console()))


@app.command()
def report(
    study: StudyArgument = "mnist",
    ledger: LedgerOption = Path("ledger"),
    out: OutOption = Path("out"),
    data: DataOption = None,
) -> None:
    """Write the report of whatever runs of the study the ledger holds."""
    from .commands.report import report as run_report
    from .results.ledger import Ledger

    run_report(study, Ledger(ledger), out, data, _console())


@app.command()
def baseline(
    study: StudyArgument = "mnist",
    ledger: LedgerOption = Path("ledger"),
    data: DataOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Also from a dirty tree.")] = False,
    rebuild: Annotated[
        bool,
        typer.Option("--rebuild", help="Write the report anew from the records committed with it."),
    ] = False,
) -> None:
    """Write the complete report of a study, with its records, to reports/: to be committed."""
    from .base.console import say
    from .commands.baseline import Options
    from .commands.baseline import baseline as write_baseline
    from .study.file import load_study

    options = Options(ledger=ledger, data=data, yes=yes, force=force, rebuild=rebuild)
    console = _console()
    folder = write_baseline(load_study(study), options, console)
    said = f"baseline: {folder}; commit it" if folder else "nothing was changed"
    say(console, said)


@app.command()
def verify(
    study: StudyArgument = "mnist",
    run: Annotated[
        list[str] | None, typer.Option(help="Only this one, recipe:seed; may be given again.")
    ] = None,
    runs: Annotated[
        int | None, typer.Option(help="So many of them, drawn by --draw.", show_default="all")
    ] = None,
    draw: Annotated[int, typer.Option(help="Seed of the draw: another one draws others.")] = 1,
    jobs: JobsOption = None,
    engine: EngineOption = "auto",
    data: DataOption = None,
    ledger: OwnLedgerOption = None,
) -> None:
    """Train committed runs anew, and say whether their results stand."""
    from .commands.verify import Options
    from .commands.verify import verify as run_verify
    from .results.environment import physical_cores

    options = Options(
        study=study,
        only=tuple(run or ()),
        runs=runs,
        draw=draw,
        workers=jobs or physical_cores(),
        engine=engine,
        data=data,
        ledger=ledger,
    )
    raise typer.Exit(run_verify(options, _console()))


@app.command()
def gate(
    study: StudyArgument = "mnist",
    jobs: JobsOption = None,
    engine: EngineOption = "auto",
    data: DataOption = None,
    ledger: OwnLedgerOption = None,
    summary: Annotated[
        Path | None, typer.Option(help="Add a summary to this file, in Markdown.")
    ] = None,
    junit: Annotated[Path | None, typer.Option(help="Write JUnit's XML to this file.")] = None,
    json: Annotated[Path | None, typer.Option(help="Write JSON to this file.")] = None,
    exact: Annotated[
        bool, typer.Option("--exact/--no-exact", help="Whether identical bits pass at once.")
    ] = True,
    power: Annotated[
        bool, typer.Option("--power", help="Train nothing: simulate how often it says what.")
    ] = False,
) -> None:
    """Say whether a change lowered the accuracy: exit 0 no, 1 yes, 3 not decided."""
    from .base.errors import InputError
    from .commands.gate import Options, show_power
    from .commands.gate import gate as run_gate
    from .guarding.files import GateFiles
    from .results.environment import physical_cores

    if power:
        if summary or junit or json:
            raise InputError("--power: prints its table and writes no files; leave them out")
        show_power(study, _console())
        return
    options = Options(
        study=study,
        workers=jobs or physical_cores(),
        engine=engine,
        data=data,
        ledger=ledger,
        files=GateFiles(summary, junit, json),
        exact=exact,
    )
    raise typer.Exit(run_gate(options, _console()))


@app.command()
def models(
    architecture: Annotated[
        str | None, typer.Argument(help="Print the layer table of this one.", show_default=False)
    ] = None,
) -> None:
    """List the architectures, or print the layers of one."""
    from .commands.listings import list_architectures, show_layers

    _console().print(list_architectures() if architecture is None else show_layers(architecture))


@app.command()
def studies() -> None:
    """List the studies that ship with the harness."""
    from .commands.listings import list_studies

    _console().print(list_studies())


@app.callback(invoke_without_command=True)
def options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True)
    ] = False,
) -> None:
    """Options of the command as a whole."""
    if version:
        from .results.environment import DISTRIBUTION, package_version

        typer.echo(f"harness {package_version(DISTRIBUTION)}")
        raise typer.Exit


def main() -> None:
    """Run the command line: errors of the user's become lines and an exit code, no traceback."""
    from .base.errors import HarnessError

    try:
        app()
    except HarnessError as error:
        for line in error.lines:
            print(f"harness: {line}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)


def _console() -> Console:
    from rich.console import Console

    return Console(soft_wrap=not sys.stdout.isatty(), width=None if sys.stdout.isatty() else 200)
