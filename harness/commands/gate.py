"""`harness gate`: has a change lowered the accuracy? A few short runs against committed ones."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

from rich.console import Console

from ..base.console import say, show
from ..base.errors import InputError
from ..base.words import listed
from ..engines.choice import AUTO
from ..engines.modules import check_modules
from ..guarding.findings import GateReport, findings_table
from ..guarding.formats import as_json
from ..guarding.outputs import GateFiles
from ..guarding.power import simulate_gates
from ..guarding.power_words import power_lines, power_table
from ..importing.readers import read_tables
from ..results.committed import REPORTS, check_complete, committed_and_gate_runs
from ..study.declaration import Study
from ..study.loading.file import (
    is_imported,
    is_shipped,
    load_study,
    place_to_change,
    shipped_with,
)
from ..study.loading.import_study import read_declared
from ..training.retraining import own_ledger
from ..training.worker import Trainer, train_job
from .imported.gate import committed_for, guard_imported
from .options.shared import TERMINAL
from .options.training import GateOptions
from .stopping import kept_in, saying_what_is_kept
from .watching import Guarded, TrainingSetup, data_of, watch


def gate(
    options: GateOptions, console: Console, train: Trainer = train_job, reports: Path = REPORTS
) -> int:
    """Train, compare, print, write; returns the exit code.

    Raises InputError and DataError before any training, StorageError if the disk fails.
    """
    _files(options).check(options.inputs)
    if is_imported(options.study):
        return _conclude(_imported(options, console, reports), options, console)
    if options.imports:
        raise InputError(
            f"--import {options.imports[0]}: study {options.study} trains its runs itself; leave "
            "it out, or name a study with [import]"
        )
    if options.power:
        if options.summary or options.junit or options.json:
            raise InputError("--power: prints its table and writes no files; leave them out")
        show_power(options.study, console, reports)
        return 0
    study = load_study(options.study)
    check_modules(study, partial(say, console))
    guarded = guard(study, reports)
    directory = data_of(study, options.data, partial(say, console))
    kept = kept_in(options.ledger)
    with own_ledger(options.ledger) as ledger, saying_what_is_kept(console, kept):
        setup = TrainingSetup(options.jobs, options.engine, directory, ledger, train, console)
        found = watch(guarded, setup, exact=not options.no_exact)
    differences = found.differences(guarded.committed)
    report = GateReport(study.name, guarded.gate, list(found.findings.values()), differences)
    return _conclude(report, options, console)


def _imported(options: GateOptions, console: Console, reports: Path) -> GateReport:
    """Run the gate of a study of imported runs, which trains nothing."""
    declared = read_declared(options.study)
    if not options.imports:
        raise InputError(
            f"{options.study}: its runs are imported; name the new ones with --import FILE"
        )
    given = {
        "ledger": options.ledger is not None,
        "jobs": options.jobs is not None,
        "data": options.data is not None,
        "power": options.power,
        "engine": options.engine != AUTO,
        "no-exact": options.no_exact,
    }
    for name, is_given in given.items():
        if is_given:
            raise InputError(f"--{name}: does not apply to imported runs; leave it out")
    committed, source = committed_for(declared, reports)
    tables = read_tables(options.imports, declared.columns)
    return guard_imported(declared, tables, committed, source, console)


def _files(options: GateOptions) -> GateFiles:
    return GateFiles(options.summary, options.junit, options.results.get("json"))


def _conclude(report: GateReport, options: GateOptions, console: Console) -> int:
    """Print and then write what was found; returns the exit code."""
    show(findings_table(report.findings), console)
    for line in report.lines():
        say(console, line)
    if options.json == TERMINAL:
        sys.stdout.write(as_json(report))
    _files(options).write(report)
    return report.exit_code


def guard(study: Study, reports: Path = REPORTS) -> Guarded:
    """The study's gate with the committed runs; raises InputError if either is missing, or a single
    one of these.

    Committed runs are found by the names of their recipes, so that a recipe that has changed since
    is compared with what it was.
    """
    if study.gate is None:
        shipped = f"; {listed(shipped_with('gate'))} has one" if is_shipped(study) else ""
        raise InputError(
            f"{study.file}: declares no gate; declare [gate] {place_to_change(study)}, for example "
            f"with epochs = {min(3, study.criterion.epochs)}, margin = 25{shipped}"
        )
    runs = {
        recipe.name: [part.run_of(recipe, seed) for seed in study.seeds[: study.gate.limit]]
        for part in filter(None, [study, study.short])
        for recipe in part.recipes
        if recipe.name in study.gate.margins
    }
    check_complete(reports / study.name)
    committed = committed_and_gate_runs(study, reports)
    source = f"{reports / study.name}; `harness baseline {study.argument}` writes them"
    guarded = Guarded(study, study.gate, committed, runs, source)
    guarded.check()
    return guarded


def show_power(study: str, console: Console, reports: Path = REPORTS) -> None:
    """Print how often the gate gives which verdict, simulated from the committed runs."""
    guarded = guard(load_study(study), reports)
    if guarded.study.measure.total is None:
        raise InputError(
            f"--power: {guarded.study.measure.name} is not a count, and nothing else "
            "can be simulated"
        )
    simulated = simulate_gates(guarded.gate, guarded.committed_merits())
    show(power_table(simulated), console)
    for line in power_lines(guarded.gate, simulated, guarded.committed_merits()):
        say(console, line)
