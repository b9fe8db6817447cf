"""The main job: train what a study still lacks, then write its report."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache, partial
from pathlib import Path

from rich.console import Console

from ..base.console import say
from ..base.errors import DataError, InputError
from ..base.words import plural
from ..data.place import data_directory
from ..data.registry import DATA_SETS, fetch, load_data_set
from ..data.spec import DataSet
from ..engines.choice import AUTO, choose, remarks
from ..engines.modules import check_modules
from ..guarding.agreement import compare_with_committed
from ..judging.confirmation import confirming, gather_confirmation
from ..judging.evidence import Evidence, gather
from ..reporting.page.document import show_report, write_report
from ..results.committed import check_writable, committed_records
from ..results.ledger import Ledger
from ..results.version import EngineVersion
from ..study.declaration import Study
from ..study.file import load_study
from ..study.problems import allowed_names
from ..training.display import Display
from ..training.estimate import estimate_seconds
from ..training.plan import Plan, Selection, plan, select
from ..training.pools import LocalPool, Pool
from ..training.sweep import sweep
from ..training.worker import Trainer, train_job

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
    confirm: bool = False
    """Then train the confirmation seeds of the chosen recipe and its rival."""
    gate: bool = False
    """Then train the gate's own recipes."""
    cluster: str | None = None
    """Train on a dask cluster: `tcp://HOST:8786`, or `local:4`."""
    checkpoints: bool = True
    """Whether a run that is stopped goes on from its last complete epoch."""


def bench(options: Options, console: Console, train: Trainer = train_job) -> int:
    """Train, report, compare; returns the exit code.

    Raises InputError and DataError before any training, StorageError and ClusterError at any time.
    """
    task = _prepare(options, console)
    short = task.study.short if options.gate else None
    recipes = task.part.recipes + (short.recipes if short else ())
    engines = choose(options.engine, recipes)
    ledger = Ledger(options.ledger)
    if not options.dry_run:
        check_writable(options.out)
        ledger.prepare()
        committed_records(task.study.name)  # found damaged now rather than after hours of training
    if options.engine == AUTO:
        for line in remarks(recipes):
            say(console, line)
    with tempfile.TemporaryDirectory(prefix="harness-") as progress, ExitStack() as connected:

        def lacking(part: Study) -> Plan:
            declared, selected = part.criterion.epochs, task.selection.epochs
            return plan(
                part,
                ledger,
                engines=engines,
                data_directory=data_directory(options.data).absolute(),
                progress=Path(progress),
                epochs=selected and min(selected, declared),
                fresh=options.fresh,
                checkpoints=options.checkpoints,
            )

        todo = lacking(task.part)
        if options.dry_run:
            plans = [todo, lacking(short)] if short else [todo]
            _show_plans(plans, task, ledger, options, console)
            return 0
        pool = cache(lambda: connected.enter_context(_pool(options, engines.values(), console)))
        _train(todo, ledger, options, console, train, pool)
        evidence = gather(task.study, ledger, engines)
        if options.confirm and (fresh := confirming(evidence)):
            names = " and ".join(recipe.name for recipe in fresh.recipes)
            say(console, f"confirming {names} on seeds that took no part in the choice")
            _train(lacking(fresh), ledger, options, console, train, pool)
        if short:
            say(console, f"the gate's own recipes, {plural(short.criterion.epochs, 'epoch')} each")
            _train(lacking(short), ledger, options, console, train, pool)
    return _report(task, evidence, ledger, options, console)


@dataclass(frozen=True)
class Task:
    """The study that is benched, what of it is selected, and its data."""

    study: Study
    selection: Selection
    data: DataSet
    stand_in_for: str | None = None

    @property
    def part(self) -> Study:
        """The study with the selected recipes and seeds alone."""
        return select(self.study, self.selection)


def _prepare(options: Options, console: Console) -> Task:
    """The study with its data, or the stand-in study where MNIST cannot be had."""
    study = load_study(options.study or _study_of(options.data_set))
    check_modules(study)
    if options.data_set and study.data_set != options.data_set:
        raise InputError(
            f"--data-set {options.data_set}: {study.file} runs on {study.data_set}; "
            "leave the option out or name another study"
        )
    select(study, options.selection)
    if options.confirm and not study.confirmation:
        raise InputError(
            f"--confirm: {study.file} declares no seeds for it; add `confirmation = 10`, which "
            "stands for seeds 1000 to 1009"
        )
    if options.gate and not study.short:
        raise InputError(
            f"--gate: {study.file} declares no recipes under [[gate.short.recipes]]; leave it out"
        )
    directory = data_directory(options.data)
    try:
        fetch(study.data_set, directory)
    except DataError as error:
        if options.study not in (None, DEFAULT_STUDY) or options.data_set:
            raise
        say(console, f"{error}\nThe study {STAND_IN} runs instead of {study.name}.", style="bold")
        stand_in, selection = _stand_in(options.selection)
        data = load_data_set(stand_in.data_set, directory)
        return Task(stand_in, selection, data, stand_in_for=study.name)
    data = load_data_set(study.data_set, directory, study.holdout)
    return Task(study, options.selection, data)


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


def _show_plans(
    plans: list[Plan], task: Task, ledger: Ledger, options: Options, console: Console
) -> None:
    jobs = [job for todo in plans for job in todo.jobs]
    for job in jobs:
        say(console, f"{job.title}: {plural(job.epochs, 'epoch')}")
    for damage in (damage for todo in plans for damage in todo.damaged):
        say(console, f"damaged, would be set aside: {damage}")
    seconds = estimate_seconds(jobs, task.data, ledger, options.workers)
    known = _known(sum(todo.known for todo in plans), options)
    say(
        console,
        f"{task.study.name}: {plural(len(jobs), 'run')} to train, {known}; "
        f"about {timedelta(seconds=round(seconds))} on {plural(options.workers, 'worker')}",
    )
    if options.confirm:
        say(console, "and the confirmation, which is known when the choice is")


def _known(runs: int, options: Options) -> str:
    return "whatever the ledger holds" if options.fresh else f"{runs} in the ledger"


def _set_aside(todo: Plan, ledger: Ledger, console: Console) -> None:
    for damage in todo.damaged:
        place = ledger.set_aside(damage)
        say(console, f"{damage}; moved to {place}, the run is trained again")


@contextmanager
def _pool(options: Options, engines: Iterable[EngineVersion], console: Console) -> Iterator[Pool]:
    """The workers of this machine, or those of the cluster that is named."""
    if options.cluster is None:
        yield LocalPool(options.workers)
        return
    from ..training.cluster.connection import cluster

    with cluster(options.cluster, set(engines), partial(say, console)) as pool:
        yield pool


def _train(
    todo: Plan,
    ledger: Ledger,
    options: Options,
    console: Console,
    train: Trainer,
    pool: Callable[[], Pool],
) -> None:
    """Train what is lacking; a cluster is only asked for if there is anything to train."""
    _set_aside(todo, ledger, console)
    where = (
        f"the cluster {options.cluster}" if options.cluster else plural(options.workers, "worker")
    )
    known = _known(todo.known, options)
    say(console, f"{plural(len(todo.jobs), 'run')} to train on {where}, {known}")
    if not todo.jobs:
        return
    if options.fresh:
        for job in todo.jobs:
            ledger.forget_progress(job.key)
    display = Display(console, todo.jobs, elsewhere=options.cluster is not None)
    with display.showing(), _saying_how_to_go_on(options, console):
        sweep(
            todo.jobs,
            ledger=ledger,
            pool=pool(),
            watcher=display,
            fresh=options.fresh,
            train=train,
        )


@contextmanager
def _saying_how_to_go_on(options: Options, console: Console) -> Iterator[None]:
    command = "the same command without --fresh" if options.fresh else "the same command"
    try:
        yield
    except KeyboardInterrupt:
        say(console, f"interrupted: finished runs are kept; {command} goes on from there")
        raise


def _report(
    task: Task, evidence: Evidence, ledger: Ledger, options: Options, console: Console
) -> int:
    confirmation = gather_confirmation(evidence, ledger)
    report = write_report(
        evidence,
        options.out,
        confirmation=confirmation,
        data=options.data,
        stand_in_for=task.stand_in_for,
    )
    show_report(report, console)
    part = task.part
    for line in compare_with_committed(evidence):
        say(console, line)
    names = [recipe.name for recipe in part.recipes]
    failed = [
        (recipe, record)
        for recipe, record in evidence.failed
        if recipe in names and record.seed in part.seeds
    ]
    for recipe, record in failed:
        say(console, f"failed: {recipe} seed {record.seed}: {record.error}")
    return 1 if failed else 0
