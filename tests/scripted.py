"""Records, and trainers that train nothing, for tests of everything around training."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from cloudpickle import register_pickle_by_value
from reprobench.harness.data.registry import DATA_SETS
from reprobench.harness.judging.evidence import Evidence
from reprobench.harness.judging.gathering import gather
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.results.mistakes import Mistakes
from reprobench.harness.results.record import RunRecord, Status, record_file
from reprobench.harness.results.trained import TrainedEpoch, make_record
from reprobench.harness.study.declaration import Study
from reprobench.harness.study.engine_version import EngineVersion
from reprobench.harness.study.identity import Run
from reprobench.harness.study.loading.file import load_study
from reprobench.harness.training.worker import Job, Trainer
from reprobench.models import ARCHITECTURES
from reprobench.models.summary import parameter_count
from waiting import PATIENCE

ROOT = Path(__file__).parent.parent
ENGINE = EngineVersion("scripted", "1")

# Workers cannot import the tests: what they need is sent to them.
register_pickle_by_value(sys.modules[__name__])


def published_recipes(seeds: int = 20) -> Study:
    """The four published recipes, with a declared number of seeds for each."""
    return replace(load_study("published"), seeds=tuple(range(1, seeds + 1)), budget=None)


def adaptive(budget: int) -> Study:
    """The four published recipes with adaptive seeds."""
    return published_recipes(5).until_decided(budget)


def scripted_record(
    run: Run,
    counts: Sequence[int],
    *,
    status: Status = "completed",
    engine: EngineVersion = ENGINE,
    data_set: str = "mnist",
    error: str | None = None,
    mistakes: Sequence[Sequence[Sequence[int]]] | None = None,
    seconds: float = 1.5,
    **environment: Any,
) -> RunRecord:
    """A sound record of a run that nobody trained, with these counts, and mistakes to match."""
    total = DATA_SETS[data_set].test
    rows = [
        TrainedEpoch(
            epoch=epoch,
            lr=run.recipe.lr,
            train_loss=1 / epoch,
            train_correct=count,
            test_loss=0.5 / epoch,
            correct=count,
            total=total,
            seconds=seconds,
            weight_digest=f"{run.seed:032d}{epoch:032d}",
            mistakes=Mistakes.of(
                mistakes[epoch - 1] if mistakes else [(index, 3) for index in range(total - count)]
            ),
        )
        for epoch, count in enumerate(counts, start=1)
    ]
    return make_record(
        run,
        rows,
        status=status,
        engine=engine,
        data_set=data_set,
        parameters=8_546,
        environment=environment,
        error=error,
    )


def evidence(study: Study, ledger: Ledger, holding: dict[str, int], base: int = 9_945) -> Evidence:
    """So many of each published recipe's runs hold the whole window; the others none of it."""
    for run in study.runs():
        if run.recipe.name not in holding:
            continue
        count = base if run.seed <= holding[run.recipe.name] else 9_930
        record = scripted_record(run, [count] * 15)
        ledger.write(record.model_copy(update={"parameters": _parameters(run)}))
    return gather(study, ledger)


def _parameters(run: Run) -> int:
    """The number of parameters of its network, for images of MNIST."""
    return parameter_count(ARCHITECTURES[run.recipe.architecture], DATA_SETS["mnist"].shape)


def evidence_of(study: Study, **runs: Mapping[int, Status | int]) -> Evidence:
    """Evidence without a ledger: each recipe's runs by seed, as the count at every epoch, or as the
    way in which the run ended otherwise."""
    records = {
        recipe.name: [
            scripted_record(
                run := study.run_of(recipe, seed),
                [end] * study.criterion.epochs if isinstance(end, int) else (),
                status="completed" if isinstance(end, int) else end,
                data_set=study.data_set.name,
            ).model_copy(update={"parameters": _parameters(run)})
            for seed, end in runs.get(recipe.name, {}).items()
        ]
        for recipe in study.recipes
    }
    kept = {name: [r for r in own if r.is_evidence] for name, own in records.items()}
    return Evidence(
        study=study,
        ledger=Ledger(Path("nowhere")),
        engines={name: ENGINE for name, own in kept.items() if own},
        records=kept,
        failed=[(name, r) for name, own in records.items() for r in own if not r.is_evidence],
        damaged=[],
        by_other_engines=0,
    )


def commit_records(study: Study, ledger: Ledger, reports: Path, *, folder: str = "records") -> Path:
    """The study's records as a committed report has them, without the report, which takes longer.

    Returns the folder of the report.
    """
    place = reports / study.name / folder
    place.mkdir(parents=True)
    for run in study.runs():
        for record in ledger.of_recipe(run.recipe_key):
            if isinstance(record, RunRecord) and record.seed == run.seed:
                name = record_file(run.recipe.name, run.seed)
                (place / name).write_bytes(ledger.content(record))
    return place.parent


HELD: Final = """
import pathlib, sys, time
if {mark!r} in " ".join(sys.orig_argv):
    pathlib.Path({begun!r}).touch()
    time.sleep(600)
"""


def subprocess_environment(**variables: str) -> dict[str, str]:
    """The environment for a command under test: plain output, and these variables."""
    kept = {name: value for name, value in os.environ.items() if name != "HARNESS_DATA"}
    return {**kept, "NO_COLOR": "1", "PYTHONUNBUFFERED": "1", **variables}


def done_by(script: str, place: Path) -> subprocess.CompletedProcess[str]:
    """A script of Python's, run to its end in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", script],
        cwd=place,
        env=subprocess_environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def begin(
    arguments: Sequence[str],
    place: Path | None = None,
    *,
    stderr: int = subprocess.PIPE,
    **environment: str,
) -> subprocess.Popen[str]:
    """Python with these arguments, as the leader of a group of processes."""
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=place,
        env=subprocess_environment(**environment),
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        start_new_session=True,
    )


def hold(mark: str, place: Path) -> Path:
    """Let each Python with `mark` in its command line go no further than its beginning, where a
    signal would end it already, if `place` is its PYTHONPATH; returns what is there once one has
    begun."""
    begun = place / "begun"
    (place / "sitecustomize.py").write_text(HELD.format(mark=mark, begun=str(begun)))
    return begun


def nothing(_: Job) -> None:
    """The behaviour of a trainer that only returns its record."""


def trainer(
    misbehave: Callable[[Job], None] = nothing,
    counts: Sequence[int] = (300, 400),
    *,
    seconds: float = 1.5,
) -> Trainer:
    """Misbehaves first and then returns a scripted record, for the job's engine and epochs, each
    of which is said to have taken so long."""

    def train(job: Job) -> RunRecord:
        misbehave(job)
        rise = counts[: job.epochs]
        return scripted_record(
            job.run, rise, engine=job.engine, data_set=job.data.name, seconds=seconds
        )

    return train
