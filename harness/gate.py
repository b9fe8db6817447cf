"""`harness gate`: has a change lowered the accuracy? Few short runs against the committed ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from .committed import REPORTS, Committed, committed_runs, committed_short_runs
from .data import data_directory, load_data_set
from .engines.choice import EngineVersion, choose
from .errors import InputError
from .gate_files import GateFiles
from .gate_report import GateReport, power_lines, power_table
from .ledger import Ledger
from .power import simulate
from .regression import Finding, counts_at, judge, verdict
from .retraining import own_ledger, train_anew
from .sequential import looks
from .study import Gate, Run, Study
from .study_file import load_study
from .verification import Pair, environment_differences
from .words import listed, plural
from .worker import Job, Trainer, train_job

LEAST_COMMITTED = 2
"""Runs of a recipe: one has no spread to judge by."""


@dataclass(frozen=True)
class Options:
    """What the command line was given."""

    study: str
    workers: int
    engine: str
    data: Path | None
    ledger: Path | None
    files: GateFiles
    exact: bool = True
    """Whether identical bits pass without any statistics."""
    reports: Path = REPORTS


@dataclass(frozen=True)
class Guarded:
    """What the gate trains and holds it against. `runs` are those of every seed up to the limit."""

    study: Study
    gate: Gate
    committed: Committed
    runs: dict[str, list[Run]]

    @property
    def looks(self) -> tuple[int, ...]:
        """New runs a recipe at each look."""
        return looks(self.gate.seeds, self.gate.limit)


def gate(options: Options, console: Console, train: Trainer = train_job) -> int:
    """Train, compare, print, write; returns the exit code. Raises HarnessError before training."""
    guarded = guard(load_study(options.study), options.reports)
    options.files.check()
    study = guarded.study
    recipes = tuple(runs[0].recipe for runs in guarded.runs.values())
    engines = choose(options.engine, recipes)
    directory = data_directory(options.data).resolve()
    load_data_set(study.data_set, directory, study.holdout)
    findings: dict[str, Finding] = {}
    made: Committed = {name: {} for name in guarded.runs}
    with own_ledger(options.ledger) as ledger:
        for look, number in enumerate(guarded.looks, start=1):
            todo = [name for name in guarded.runs if _undecided(findings.get(name))]
            if not todo or verdict(list(findings.values())) == "regression":
                break
            _say(console, _announcement(guarded, todo, look, number))
            jobs = list(_jobs(guarded, todo, number, engines, directory, ledger))
            records = train_anew(jobs, ledger, options.workers, console, train)
            for job in jobs:
                made[job.run.recipe.name][job.run.seed] = records[job.key]
            findings |= {name: _judge(guarded, name, made, exact=options.exact) for name in todo}
    report = GateReport(study.name, guarded.gate, list(findings.values()), _changes(guarded, made))
    console.print(report.table())
    for line in report.lines():
        _say(console, line)
    options.files.write(report)
    return report.exit_code


def guard(study: Study, reports: Path = REPORTS) -> Guarded:
    """The study's gate with the committed runs; raises InputError where either is missing."""
    if study.gate is None:
        raise InputError(
            f"{study.file}: declares no gate; add [gate], for example with epochs = 3, margin = 25"
        )
    declared = study.gate
    committed = committed_runs(study, reports) | committed_short_runs(study, reports)
    runs = {
        run.recipe.name: [part.run_of(run.recipe, seed) for seed in study.seeds[: declared.limit]]
        for part in filter(None, [study, study.short])
        for run in part.runs()[: len(part.recipes)]
        if run.recipe.name in declared.margins
    }
    for name in runs:
        there = committed.get(name, {})
        reaching = [record for record in there.values() if record.covers(declared.epochs)]
        if len(reaching) < LEAST_COMMITTED:
            raise InputError(
                f"{reports / study.name}: has {plural(len(reaching), 'run')} of {name} that reach "
                f"epoch {declared.epochs}, the gate needs {LEAST_COMMITTED}; write the report anew "
                f"with `harness baseline {study.name}`"
            )
    kept = {name: committed[name] for name in runs}
    return Guarded(study, declared, kept, runs)


def show_power(study: str, console: Console, reports: Path = REPORTS) -> int:
    """Print how often the gate says what, simulated from the committed runs; returns 0."""
    guarded = guard(load_study(study, build_own=False), reports)
    epochs = guarded.gate.epochs
    counts = {name: counts_at(records, epochs) for name, records in guarded.committed.items()}
    simulated = simulate(guarded.gate, counts)
    console.print(power_table(simulated))
    for line in power_lines(guarded.gate, simulated):
        _say(console, line)
    return 0


def _undecided(finding: Finding | None) -> bool:
    return finding is None or finding.outcome == "open"


def _announcement(guarded: Guarded, todo: list[str], look: int, number: int) -> str:
    epochs = plural(guarded.gate.epochs, "epoch")
    if look == 1:
        return f"{plural(number, 'seed')} of {plural(len(todo), 'recipe')}, {epochs} each"
    return f"look {look} of {len(guarded.looks)}: {number} seeds of {listed(todo)}, {epochs} each"


def _jobs(
    guarded: Guarded,
    todo: list[str],
    number: int,
    engines: Mapping[str, EngineVersion],
    directory: Path,
    ledger: Ledger,
) -> Iterator[Job]:
    """The first so many seeds of each recipe, seed by seed."""
    study, epochs = guarded.study, guarded.gate.epochs
    for position in range(number):
        for name in todo:
            run = guarded.runs[name][position]
            place = ledger.root / f"progress-{name}-{run.seed}"
            data = study.data_set, directory
            yield Job(run, *data, *engines[name], epochs, place, study.holdout)


def _judge(guarded: Guarded, name: str, made: Committed, *, exact: bool) -> Finding:
    committed = guarded.committed[name]
    return judge(name, committed, made[name], guarded.gate, guarded.looks, exact=exact)


def _changes(guarded: Guarded, made: Committed) -> list[str]:
    """What the runs were made with, where that is not the same: a line each."""
    pairs = [
        Pair(name, guarded.committed[name][seed], record)
        for name, records in made.items()
        for seed, record in records.items()
        if seed in guarded.committed[name]
    ]
    return environment_differences(pairs)


def _say(console: Console, text: str) -> None:
    console.print(text, highlight=False, markup=False)
