"""The main job: train what a study still lacks, then write its report."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from rich.console import Console

from .committed import compare_with_committed
from .data import DATA_SETS, DataSet, data_directory, fetch_mnist, load_data_set
from .display import Display
from .engines.choice import AUTO, EngineVersion, choose, remarks
from .errors import DataError, InputError, StorageError
from .estimate import estimate_seconds
from .evidence import gather
from .ledger import Ledger
from .plan import Plan, Selection, plan, select
from .problems import allowed_names
from .reporting.document import show_report, write_report
from .study import Study
from .study_file import load_study
from .sweep import sweep
from .words import plural
from .worker import Trainer, train_job

DEFAULT_STUDY = "mnist"
STAND_IN = "digits"


@dataclass(frozen=True)
class Options:
    """What the command line was given."""

    study: str | None
    selection: Selection
    workers: int
    engine: str
    data: Path | None
    data_set: str | None
    ledger: Path
    out: Path
    fresh: bool
    dry_run: bool


def bench(options: Options, console: Console, train: Trainer = train_job) -> int:
    """Train, report, compare; returns the exit code. Raises HarnessError before any training."""
    study, selection, data, stand_in_for = _prepare(options, console)
    part = select(study, selection)
    ledger = Ledger(options.ledger)
    if not options.dry_run:
        check_writable(options.out)
        ledger.prepare()
    engines = choose(options.engine, part.recipes)
    if options.engine == AUTO:
        for line in remarks(part.recipes):
            console.print(line, highlight=False)
    with tempfile.TemporaryDirectory(prefix="harness-") as progress:
        todo = plan(
            part,
            ledger,
            engines=engines,
            data_directory=data_directory(options.data).resolve(),
            progress=Path(progress),
            epochs=selection.epochs,
            fresh=options.fresh,
        )
        if options.dry_run:
            _show_plan(todo, part, data, ledger, options.workers, console)
            return 0
        _set_aside(todo, ledger, console)
        _train(todo, ledger, options, console, train)
    return _report(study, part, engines, ledger, options, stand_in_for, console)


def check_writable(out: Path) -> None:
    """Raises StorageError unless reports can be written under `out`."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out) as file:
            file.write(bytes(4096))
    except OSError as error:
        raise StorageError(f"{out}: {error.strerror}; mend that or give another --out") from error


def _prepare(options: Options, console: Console) -> tuple[Study, Selection, DataSet, str | None]:
    """The study with its data, or the stand-in study where MNIST cannot be had."""
    study = load_study(options.study or _study_of(options.data_set))
    if options.data_set and study.data_set != options.data_set:
        raise InputError(
            f"--data-set {options.data_set}: {study.file} runs on {study.data_set}; "
            "leave the option out or name another study"
        )
    select(study, options.selection)
    directory = data_directory(options.data)
    try:
        if study.data_set == DEFAULT_STUDY:
            fetch_mnist(directory)
    except DataError as error:
        if study.name != DEFAULT_STUDY or options.data_set:
            raise
        console.print(f"{error}\n[b]The study {STAND_IN} runs instead of {study.name}.[/b]")
        stand_in, selection = _stand_in(options.selection)
        return stand_in, selection, load_data_set(stand_in.data_set, directory), study.name
    return study, options.selection, load_data_set(study.data_set, directory), None


def _study_of(data_set: str | None) -> str:
    """The study to run where none is named: the one that is called after the data set."""
    if data_set is None:
        return DEFAULT_STUDY
    if data_set not in DATA_SETS:
        raise InputError(f"--data-set {data_set}: unknown; {allowed_names(data_set, [*DATA_SETS])}")
    return data_set


def _stand_in(selection: Selection) -> tuple[Study, Selection]:
    """The stand-in study, and the selection cut to what it declares."""
    study = load_study(STAND_IN)
    seeds, epochs = selection.seeds, selection.epochs
    return study, replace(
        selection,
        seeds=seeds and min(seeds, len(study.seeds)),
        epochs=epochs and min(epochs, study.criterion.epochs),
    )


def _show_plan(
    todo: Plan, part: Study, data: DataSet, ledger: Ledger, workers: int, console: Console
) -> None:
    for job in todo.jobs:
        console.print(f"{job.title}: {job.epochs} epochs", highlight=False)
    for damage in todo.damaged:
        console.print(f"damaged, would be set aside: {damage}", highlight=False)
    seconds = estimate_seconds(todo.jobs, data, ledger, workers)
    console.print(
        f"{part.name}: {plural(len(todo.jobs), 'run')} to train, {todo.known} in the ledger; "
        f"about {timedelta(seconds=round(seconds))} on {plural(workers, 'worker')}",
        highlight=False,
    )


def _set_aside(todo: Plan, ledger: Ledger, console: Console) -> None:
    for damage in todo.damaged:
        place = ledger.set_aside(damage)
        console.print(f"{damage}; moved to {place}, the run is trained again", highlight=False)


def _train(todo: Plan, ledger: Ledger, options: Options, console: Console, train: Trainer) -> None:
    console.print(
        f"{plural(len(todo.jobs), 'run')} to train on {plural(options.workers, 'worker')}, "
        f"{todo.known} in the ledger",
        highlight=False,
    )
    if not todo.jobs:
        return
    display = Display(console, todo.jobs)
    with display.showing(), _saying_how_to_go_on(console):
        sweep(
            todo.jobs,
            ledger=ledger,
            workers=options.workers,
            watcher=display,
            fresh=options.fresh,
            train=train,
        )


@contextlib.contextmanager
def _saying_how_to_go_on(console: Console) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        console.print("interrupted: finished runs are kept; the same command goes on from there")
        raise


def _report(
    study: Study,
    part: Study,
    engines: dict[str, EngineVersion],
    ledger: Ledger,
    options: Options,
    stand_in_for: str | None,
    console: Console,
) -> int:
    evidence = gather(study, ledger, engines)
    show_report(write_report(evidence, options.out, stand_in_for=stand_in_for), console)
    for line in compare_with_committed(evidence):
        console.print(line, highlight=False)
    failed = [record for record in evidence.failed if record.seed in part.seeds]
    for record in failed:
        console.print(f"failed: seed {record.seed}: {record.error}", highlight=False)
    return 1 if failed else 0
