"""A study from its file to its report, in a notebook: functions of a study and its evidence.

Every error that the caller can fix is a HarnessError, whose `lines` say what is wrong and what to
do. The tests run the examples, in one empty folder.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pandas as pd
from rich.console import Console

from ..base.console import say
from ..base.errors import HarnessError as HarnessError
from ..base.errors import InputError
from ..base.words import kind, one_line, shorten
from ..commands.options.training import BenchOptions
from ..commands.rounds.loop import begin
from ..commands.rounds.task import prepare
from ..engines.choice import AUTO
from ..judging import decision, gathering
from ..judging.confirmation import gather_confirmation
from ..judging.decision import Decision as Decision
from ..judging.evidence import Evidence as Evidence
from ..reporting.bundle import Bundle
from ..reporting.page.document import write_report as write_page
from ..results.committed import check_writable
from ..results.ledger import Ledger
from ..study.declaration import Study as Study
from ..study.loading.file import load_study as read_study
from ..training.worker import train_job
from . import arguments
from .arguments import AnyPath, named_as_here
from .frames import Judgement as Judgement
from .frames import judge as judge


def load_study(study: AnyPath) -> Study:
    """The study with this name, if one ships with the package, else the study in this file.

    >>> import reprobench
    >>> study = reprobench.load_study("tiny")
    >>> [recipe.name for recipe in study.recipes], study.seeds, study.criterion.epochs
    (['iteration', 'final'], (1, 2), 2)

    Raises HarnessError, with a line for every problem of the file.

    >>> try:
    ...     reprobench.load_study("mine.toml")
    ... except reprobench.HarnessError as error:
    ...     print(error.lines[0].partition(";")[0])
    study mine.toml: neither a file nor a shipped study
    """
    if not isinstance(study, str | os.PathLike):
        raise InputError(f"study: is {shorten(study)}; give its name, or its file")
    return read_study(arguments.expanded("study", study))


def bench(
    study: Study,
    *,
    seeds: int | None = None,
    recipes: Sequence[str] | None = None,
    jobs: int | None = None,
    engine: str = AUTO,
    data: AnyPath | None = None,
    ledger: AnyPath = "ledger",
    quiet: bool = False,
) -> Evidence:
    """Train the runs of the study that the ledger lacks, and return the evidence on all of it.

    `seeds` and `recipes` train a part: only the first `seeds` seeds, only the recipes named. `jobs`
    runs are trained at a time, by default as many as there are cores. Runs in the ledger are not
    trained again; after an interruption, call it again to continue. Adaptive seeds of a whole study
    go where the decision is open, until it is made or the budget is spent.

    >>> import reprobench
    >>> study = reprobench.load_study("tiny")
    >>> evidence = reprobench.bench(study, seeds=1, quiet=True)
    >>> evidence.gaps()
    ['1 of 2 declared seeds']
    >>> evidence = reprobench.bench(study, quiet=True)
    >>> evidence.gaps()
    []

    A warning names a run that fails; it is in `evidence.failed`, unless the ledger keeps an earlier
    result of it. Raises HarnessError.
    """
    _check(study)
    options = BenchOptions(
        seeds=arguments.whole("seeds", seeds),
        recipes=None if recipes is None else ",".join(arguments.names(recipes)),
        jobs=arguments.whole("jobs", jobs),
        engine=arguments.text("engine", engine),
        data=None if data is None else arguments.path("data", data),
        ledger=arguments.path("ledger", ledger),
    )
    console = Console(quiet=quiet)
    with named_as_here():
        task = prepare(options, partial(say, console), study)
        with begin(task, options, console, train_job) as loop:
            found = loop.train().evidence
    for name, record in loop.failed(found):
        warnings.warn(f"failed: {name} seed {record.seed}: {one_line(record.error)}", stacklevel=2)
    return found


def gather(study: Study, *, ledger: AnyPath = "ledger") -> Evidence:
    """The evidence that the ledger already holds on the study; trains nothing.

    >>> import reprobench
    >>> study = reprobench.load_study("tiny")
    >>> evidence = reprobench.bench(study, quiet=True)
    >>> reprobench.gather(study).records.keys() == evidence.records.keys()
    True

    Raises HarnessError if there is no ledger.
    """
    _check(study)
    kept = Ledger(arguments.path("ledger", ledger))
    with named_as_here():
        kept.check_exists("reprobench.bench(study)")
        return gathering.gather(study, kept)


def _check(study: object) -> None:
    """Raises InputError for anything but a study, such as the name of its file."""
    if not isinstance(study, Study):
        raise InputError(f"study: is {kind(study)}; give what reprobench.load_study returns")


def _checked(found: object) -> Evidence:
    """The evidence; raises InputError for anything else, such as the Judgement that holds it."""
    if not isinstance(found, Evidence):
        raise InputError(
            f"evidence: is {kind(found)}; give what reprobench.bench or reprobench.gather returns, "
            "or the `evidence` of a Judgement"
        )
    return found


def epochs(found: Evidence) -> pd.DataFrame:
    """One row per epoch of every run, with the columns of `epochs.csv`.

    Of a run that diverged, the last row has NaN as `correct`.

    >>> import reprobench
    >>> evidence = reprobench.bench(reprobench.load_study("tiny"), quiet=True)
    >>> table = reprobench.epochs(evidence)
    >>> table[["recipe", "seed", "epoch", "total"]].head(3)
          recipe  seed  epoch  total
    0  iteration     1      1    500
    1  iteration     1      2    500
    2  iteration     2      1    500
    """
    return Bundle(_checked(found)).epochs.frame()


def runs(found: Evidence) -> pd.DataFrame:
    """One row per run, judged by the criterion, with the columns of `runs.csv`.

    >>> import reprobench
    >>> evidence = reprobench.bench(reprobench.load_study("tiny"), quiet=True)
    >>> table = reprobench.runs(evidence)
    >>> table[["recipe", "seed", "status", "epochs"]]
          recipe  seed     status  epochs
    0  iteration     1  completed       2
    1  iteration     2  completed       2
    2      final     1  completed       2
    3      final     2  completed       2
    """
    return Bundle(_checked(found)).runs.frame()


def consistency(found: Evidence) -> pd.DataFrame:
    """One row per recipe, over its runs, with the columns of `consistency.csv`.

    >>> import reprobench
    >>> evidence = reprobench.bench(reprobench.load_study("tiny"), quiet=True)
    >>> table = reprobench.consistency(evidence)
    >>> table[["recipe", "parameters", "runs"]]
          recipe  parameters  runs
    0  iteration        9770     2
    1      final        8546     2
    """
    return Bundle(_checked(found)).consistency.frame()


def comparisons(found: Evidence) -> pd.DataFrame:
    """One row per recipe behind the leader, with the columns of `comparisons.csv`.

    Empty if there are fewer than two recipes that can be compared.

    >>> import reprobench
    >>> evidence = reprobench.bench(reprobench.load_study("tiny"), quiet=True)
    >>> table = reprobench.comparisons(evidence)
    >>> table[["hold_pairs", "outcome"]]
       hold_pairs    outcome
    0           2  undecided
    """
    return Bundle(_checked(found)).comparisons.frame()


def decide(found: Evidence) -> Decision | None:
    """Which recipe to choose, by the rule that the study declares; None if there are no runs.

    Only recipes that the same engine trained are compared.

    >>> import reprobench
    >>> evidence = reprobench.bench(reprobench.load_study("tiny"), quiet=True)
    >>> decision = reprobench.decide(evidence)
    >>> decision.verdict
    'not enough runs'
    >>> decision.leader.name in ("iteration", "final")
    True
    """
    return decision.decide(_checked(found).compared)


def write_report(found: Evidence, *, out: AnyPath = "out", data: AnyPath | None = None) -> Path:
    """Write the report to `out/<study>/`, and return that folder.

    An earlier report there is replaced as a whole.

    >>> import reprobench
    >>> evidence = reprobench.bench(reprobench.load_study("tiny"), quiet=True)
    >>> folder = reprobench.write_report(evidence)
    >>> folder.as_posix(), (folder / "report.html").exists()
    ('out/tiny', True)

    Raises HarnessError if the folder cannot be written.
    """
    _checked(found)
    folder = arguments.path("out", out)
    images = None if data is None else arguments.path("data", data)
    with named_as_here():
        check_writable(folder, found.study.name)
        chosen = decide(found)
        confirmation = gather_confirmation(found, chosen, found.ledger)
        return write_page(
            found, folder, confirmation=confirmation, decision=chosen, data=images
        ).folder
