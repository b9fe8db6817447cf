"""`harness verify`: train committed runs again, and say whether their results stand."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Final

from rich.console import Console

from ..base.console import say, show, table
from ..base.errors import InputError
from ..base.words import listed, plural, span
from ..engines.choice import choose_for
from ..engines.modules import check_modules
from ..guarding.verification import (
    LEAST_FINALS,
    NOT_JUDGED,
    Checked,
    Forecast,
    Verification,
    environment_differences,
    forecast,
    judge_pairs,
    paired,
)
from ..reporting.tables.cells import average, difference, ends, figure, possible
from ..results.committed import REPORTS, Committed, committed_runs
from ..results.record import RunRecord
from ..statistics.intervals import ROUNDING
from ..statistics.multiplicity import POWER
from ..study.declaration import Study
from ..study.identity import Run
from ..study.loading.file import is_imported, load_study
from ..study.measure import Measure
from ..training.retraining import job_of, own_ledger, train_anew
from ..training.worker import Job, Trainer, train_job
from .options.training import VerifyOptions
from .stopping import kept_in, saying_what_is_kept
from .telling import tell
from .watching import data_of

OTHER_BITS: Final = "bits will differ from the committed ones"


def verify(
    options: VerifyOptions, console: Console, train: Trainer = train_job, reports: Path = REPORTS
) -> int:
    """Train, compare, print; returns the exit code.

    Raises InputError and DataError before any training, StorageError if the disk fails.
    """
    if is_imported(options.study):
        raise InputError(
            f"{options.study}: its runs were trained elsewhere and imported: they cannot be "
            f"verified; `harness gate {options.study} --import FILE` compares new ones with them"
        )
    study = load_study(options.study)
    check_modules(study, partial(say, console))
    committed = committed_runs(study, reports)
    wanted = _wanted(study, committed, options)
    engines = choose_for(study, study.recipes, options.engine)
    criterion = study.criterion
    by_recipe = {name: list(records.values()) for name, records in committed.items()}
    _check_margin(study)
    directory = data_of(study, options.data, partial(say, console))
    kept = kept_in(options.ledger)
    with own_ledger(options.ledger) as ledger, saying_what_is_kept(console, kept):
        jobs = [
            job_of(study, run, engines[run.recipe.name], directory, _epochs(committed, run))
            for run in wanted
        ]
        say(console, f"{plural(len(jobs), 'committed run')} to train again")
        _say_what_to_expect(study, wanted, jobs, committed, console)
        new = train_anew(jobs, ledger, options.jobs, console, train)
    pairs = [
        paired(run.recipe.name, committed[run.recipe.name][run.seed], new[job.key])
        for run, job in zip(wanted, jobs, strict=True)
    ]
    found = judge_pairs(
        pairs,
        by_recipe,
        criterion.equivalence_margin,
        criterion.confidence,
        _least_deviation(study),
    )
    _show(found, study.measure, console)
    tell(options, _facts(found, study.measure))
    return found.exit_code


def _check_margin(study: Study) -> None:
    """Raises InputError if the measure has no default margin and none is declared."""
    given = "equivalence_margin" in study.criterion.model_fields_set
    if study.measure.total is None and not given:
        raise InputError(
            f"{study.file}: criterion.equivalence_margin: missing; say by how much the mean final "
            f"{study.measure.name} of equivalent runs may differ"
        )


def _epochs(committed: Committed, run: Run) -> int:
    """As many epochs as the committed run has; all if it diverged, so that it can diverge again."""
    record = committed[run.recipe.name][run.seed]
    return len(record.values) if record.status == "completed" else run.epochs


def _wanted(study: Study, committed: Committed, options: VerifyOptions) -> list[Run]:
    """The runs to train; raises InputError for one that is not committed."""
    runs = {
        f"{recipe.name}:{seed}": study.run_of(recipe, seed)
        for recipe in study.recipes
        for seed in committed.get(recipe.name, {})
    }
    if unknown := [name for name in options.run or () if name not in runs]:
        raise InputError(
            f"--run {unknown[0]}: is not committed; name one as recipe:seed, for example "
            f"{next(iter(runs))}"
        )
    names = list(dict.fromkeys(options.run or runs))
    if options.runs is not None and not 1 <= options.runs <= len(names):
        there = "named" if options.run else "committed"
        raise InputError(f"--runs {options.runs}: give 1 to {len(names)}; that many are {there}")
    if options.runs is not None:
        names = random.Random(options.draw).sample(names, options.runs)
    return [runs[name] for name in names]


def _show(found: Verification, measure: Measure, console: Console) -> None:
    head = ("Run", "Committed", "Here", "Prediction interval", "Outcome")
    show(table(head, (_cells(checked, measure) for checked in found.checked)), console)
    for line in environment_differences([checked.pair for checked in found.checked]):
        say(console, line)
    if names := dict.fromkeys(c.pair.recipe for c in found.checked if c.outcome == NOT_JUDGED):
        say(console, f"{NOT_JUDGED}, because {_too_few(measure)}: {listed(list(names))}")
    say(console, _verdict(found, measure), style="bold")


def _cells(checked: Checked, measure: Measure) -> tuple[str, ...]:
    pair, prediction = checked.pair, possible(checked.prediction, measure)
    show = partial(average, measure=measure)
    return (
        f"{pair.recipe}:{pair.new.seed}",
        _ended(pair.committed, measure),
        _ended(pair.new, measure),
        span(prediction.low, prediction.high, show) if prediction else "",
        checked.outcome,
    )


def _too_few(measure: Measure) -> str:
    """Why runs are not judged: with one value that is no count, it is not known how others vary."""
    same = "" if measure.total else ", or all of them ended at one value"
    return f"fewer than {LEAST_FINALS} committed runs of their recipe completed{same}"


def _least_deviation(study: Study) -> float:
    """The smallest standard deviation to assume: that of rounding, if the measure is a count."""
    return ROUNDING if study.measure.total else 0.0


def _say_what_to_expect(
    study: Study, wanted: list[Run], jobs: list[Job], committed: Committed, console: Console
) -> None:
    """Say how often this many runs of another engine or version would be found equivalent."""
    others = Counter(
        run.recipe.name
        for run, job in zip(wanted, jobs, strict=True)
        if job.key != committed[run.recipe.name][run.seed].key
    )
    if not others:
        return
    by_recipe = {name: list(committed[name].values()) for name in others}
    margin, confidence = study.criterion.equivalence_margin, study.criterion.confidence
    expected = forecast(by_recipe, others, margin, confidence, _least_deviation(study))
    cannot = f"{OTHER_BITS}; runs cannot be judged if {_too_few(study.measure)}"
    say(console, _forecast(expected) if expected else cannot)


def _forecast(found: Forecast) -> str:
    line = (
        f"{OTHER_BITS}: if nothing else does, "
        f"{plural(found.runs, 'run')} per recipe say “equivalent” in {found.chance:.0%} of cases"
    )
    if found.enough is None or found.chance >= POWER:
        return line
    there = "" if found.enough <= found.committed else f", and {found.committed} are committed"
    return f"{line}; {POWER:.0%} take {found.enough} per recipe{there}"


def _facts(found: Verification, measure: Measure) -> dict[str, object]:
    test = found.equivalence
    return {
        "verdict": found.verdict,
        "exit_code": found.exit_code,
        "equivalence": asdict(test) | {"is_shown": test.is_shown},
        "runs": [
            {
                "recipe": checked.pair.recipe,
                "seed": checked.pair.new.seed,
                "outcome": checked.outcome,
                "difference": checked.pair.difference,
                "prediction": asdict(seen)
                if (seen := possible(checked.prediction, measure))
                else None,
            }
            for checked in found.checked
        ],
    }


def _ended(record: RunRecord, measure: Measure) -> str:
    return figure(record.values[-1], measure) if record.status == "completed" else record.status


def _unit(measure: Measure) -> str:
    return f" {measure.unit}s" if measure.total else f" in {measure.name}"


def _verdict(found: Verification, measure: Measure) -> str:
    identical = sum(checked.outcome == "identical" for checked in found.checked)
    line = f"{found.verdict}: {identical} of {plural(len(found.checked), 'run')} identical"
    test = found.equivalence
    if test.mean is None:
        return line
    show = partial(difference, measure=measure)
    interval = f", 90% interval {ends(test.interval, show)}" if test.interval else ""
    return (
        f"{line}; the others end {show(test.mean)}{_unit(measure)} apart on average{interval}, "
        f"margin ±{test.margin:g} (n = {test.pairs}{_outside(found)})"
    )


def _outside(found: Verification) -> str:
    """A clause that names the recipes that are not equivalent if tested alone."""
    names = [name for name, test in found.by_recipe.items() if not test.is_shown]
    return f"; not equivalent if tested alone: {listed(names)}" if names else ""
