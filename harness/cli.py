"""The command line: one verb per job. It parses, calls, and turns errors into exit codes."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from .base.interrupts import (
    CTRL_C,
    exit_code,
    ignore_interrupts,
    remembered_interrupts,
    was_told,
)
from .base.output import lasting_output
from .commands.options.help import PlainGroup
from .commands.options.lists import (
    InitOptions,
    ModelsOptions,
    RunsListOptions,
    RunsRemoveOptions,
    RunsRestoreOptions,
    RunsShowOptions,
    StudiesOptions,
)
from .commands.options.parameters import with_parameters
from .commands.options.refused import Command, in_one_line
from .commands.options.reports import BaselineOptions, ImportOptions, JudgeOptions, ReportOptions
from .commands.options.shared import Telling
from .commands.options.training import BenchOptions, GateOptions, VerifyOptions

if TYPE_CHECKING:
    from _typeshed import DataclassInstance
    from rich.console import Console

    Options = TypeVar("Options", bound=DataclassInstance)

app = typer.Typer(
    name="harness",
    cls=PlainGroup,
    help="Train every recipe of a study over many seeds, and report which one stays at the target.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
runs_app = typer.Typer(
    cls=PlainGroup,
    no_args_is_help=True,
    help="List, show, remove and restore the runs of a ledger.",
)


def verb(
    options: type[Options], name: str | None = None, of: typer.Typer = app
) -> Callable[[Callable[[Options], None]], Callable[[Options], None]]:
    """Register a verb of the command line, whose options are the fields of the dataclass."""

    def register(run: Callable[[Options], None]) -> Callable[[Options], None]:
        of.command(name, cls=Command)(with_parameters(run, options))
        return run

    return register


@verb(BenchOptions)
def bench(options: BenchOptions) -> None:
    """Train the runs that the study still lacks, then write its report."""
    from .commands.bench import bench as run

    raise typer.Exit(run(options, _console(options)))


@verb(ReportOptions)
def report(options: ReportOptions) -> None:
    """Write the report of whatever runs of the study the ledger holds."""
    from .commands.report import report as run

    run(options, _console(options))


@verb(ImportOptions, "import")
def import_runs(options: ImportOptions) -> None:
    """Report on runs that were trained elsewhere, by the criterion of a study file."""
    from .commands.imports import import_runs as run

    run(options, _console(options))


@verb(JudgeOptions)
def judge(options: JudgeOptions) -> None:
    """Say which recipe stays at a target, from runs trained elsewhere and without a study file."""
    from .commands.imports import judge as run

    run(options, _console(options))


@verb(BaselineOptions)
def baseline(options: BaselineOptions) -> None:
    """Write the complete report of a study, with its records, to reports/, to be committed."""
    from .commands.baseline import baseline as run

    run(options, _console())


@verb(VerifyOptions)
def verify(options: VerifyOptions) -> None:
    """Train committed runs again, and say whether their results stand."""
    from .commands.verify import verify as run

    raise typer.Exit(run(options, _console(options)))


@verb(GateOptions)
def gate(options: GateOptions) -> None:
    """Say whether a change lowered the accuracy: exit 0 no, 1 yes, 3 not decided."""
    from .commands.gate import gate as run

    raise typer.Exit(run(options, _console(options)))


@verb(ModelsOptions)
def models(options: ModelsOptions) -> None:
    """List the architectures, or print the layers of one."""
    from .commands.models import models as run

    run(options, _console(options))


@verb(StudiesOptions)
def studies(options: StudiesOptions) -> None:
    """List the studies that ship with the harness."""
    from .commands.studies import studies as run

    run(options, _console(options))


@verb(InitOptions)
def init(options: InitOptions) -> None:
    """Write a study, a network, a test and a workflow that guard a repository of your own."""
    from .commands.init import init as run

    run(options, _console())


@verb(RunsListOptions, "list", runs_app)
def list_runs(options: RunsListOptions) -> None:
    """List the runs that a ledger holds."""
    from .commands.runs import list_runs as run

    run(options, _console(options))


@verb(RunsShowOptions, "show", runs_app)
def show_run(options: RunsShowOptions) -> None:
    """Print one run, epoch by epoch."""
    from .commands.runs import show_run as run

    run(options, _console(options))


@verb(RunsRemoveOptions, "remove", runs_app)
def remove_runs(options: RunsRemoveOptions) -> None:
    """Delete runs from a ledger, so that the next bench trains them again."""
    from .commands.runs import remove_runs as run

    run(options, _console())


@verb(RunsRestoreOptions, "restore", runs_app)
def restore_runs(options: RunsRestoreOptions) -> None:
    """Put the runs of a committed report into a ledger, so that bench goes on from them."""
    from .commands.restoring import restore_runs as run

    run(options, _console())


app.add_typer(runs_app, name="runs")


@app.callback(invoke_without_command=True)
def without_verb(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True)
    ] = False,
) -> None:
    """Train every recipe of a study over many seeds, and report which one stays at the target."""
    if version:
        from .results.environment import DISTRIBUTION, package_version

        typer.echo(f"harness {package_version(DISTRIBUTION)}")
        raise typer.Exit


def main() -> None:
    """Run the command line: the user's errors become lines and an exit code, not a traceback."""
    from .base.errors import StorageError

    with lasting_output() as output:
        code = _run()
        output.flush()
        ignore_interrupts()
        if reason := output.lost():
            print(f"harness: standard output: {reason}; what was printed is lost", file=sys.stderr)
            code = code or StorageError.exit_code
    sys.exit(code)


def _run() -> int:
    from .base.errors import HarnessError

    # Training checks for shared memory itself, and nothing else needs it.
    warnings.filterwarnings("ignore", message=".*joblib will operate in serial mode")
    try:
        with remembered_interrupts() as check:
            try:
                _check_surroundings()
                return _run_verb()
            except BaseException:
                check()  # if there was a signal, it is the reason for the error
                raise
    except HarnessError as error:
        for line in error.lines:
            print(f"harness: {line}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt as error:
        ignore_interrupts()
        if (code := exit_code(error)) != CTRL_C and not was_told(error):
            print(f"harness: {error}", file=sys.stderr)
        return code
    except SystemExit as ended:
        if ended.code is None:
            return 0
        return ended.code if isinstance(ended.code, int) else 1


def _run_verb() -> int:
    """Returns the exit code; raises InputError for a command line that cannot be understood."""
    from .base.errors import InputError

    try:
        code: int | None = app(standalone_mode=False)
    except typer.TyperException as error:
        if error.format_message():
            raise InputError(in_one_line(error)) from error
        return error.exit_code  # typer has printed the help, since there was no argument
    return code or 0


def _check_surroundings() -> None:
    """Raises InputError if the working directory, or what the environment says, cannot be used."""
    from .base.errors import InputError
    from .base.source_date import check_source_date

    check_source_date()
    try:
        os.getcwd()
    except OSError as error:
        raise InputError(
            f"the working directory cannot be used ({error.strerror}); change to another"
        ) from error


def _console(options: Telling | None = None) -> Console:
    from .commands.telling import console

    return console(options)
