"""Programs instead of trainers, with their study files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from reprobench.harness.judging.evidence import Evidence
from reprobench.harness.results.commanded import PROGRAMS, CommandRecord, command_record
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.study.command import CommandRecipe
from reprobench.harness.study.declaration import Study
from reprobench.harness.study.inputs import find_inputs
from reprobench.harness.study.loading.file import load_study
from reprobench.harness.training.programs.run import Work
from reprobench.harness.training.retraining import job_of
from reprobench.harness.training.worker import Job, train_job
from waiting import processes, wait_until, words

COUNTS = "measure = { total = 100 }"
RISING = 'for e in $(seq "$2"); do echo "{\\"epoch\\": $e, \\"correct\\": $((80 + e)), '
RISING += '\\"total\\": 100}"; done'
"""Prints 81, 82, and so on; takes seed and epochs."""


def program(
    folder: Path,
    script: str = RISING,
    *,
    command: str = "sh train.sh {seed} {epochs}",
    head: str = COUNTS,
    epochs: int = 3,
    seeds: int = 2,
    recipe: str = "",
    rest: str = "",
) -> Path:
    """Write a shell script and its study file; returns the study file."""
    folder.mkdir(exist_ok=True)
    (folder / "train.sh").write_text(script + "\n")
    file = folder / "study.toml"
    target = 0.8 if "total" in head else 0.5
    file.write_text(
        f'name = "shell"\nseeds = {seeds}\n{head}\n'
        f"[criterion]\ntarget = {target}\nepochs = {epochs}\nwindow = 1\n"
        f"[[recipes]]\nname = 'a'\ncommand = '''{command}'''\ninputs = ['train.sh']\n{recipe}\n"
        f"{rest}\n"
    )
    return file


def job(study: Study, folder: Path, *, seed: int = 1, epochs: int | None = None) -> Job:
    """The run of the first recipe, with its log and its checkpoint in the folder."""
    run = study.run_of(study.recipes[0], seed)
    made = job_of(study, run, PROGRAMS, Path(), epochs or study.criterion.epochs)
    assert study.printed is not None
    return replace(
        made,
        progress=folder / "progress",
        checkpoint=folder / "checkpoints" / "key",
        work=Work(study.folder, study.printed, folder / "logs" / "key.log"),
    )


def trained(file: Path, *, seed: int = 1, epochs: int | None = None) -> CommandRecord:
    """The record of a run, trained in this process beside the study file."""
    record = train_job(job(load_study(str(file)), file.parent, seed=seed, epochs=epochs))
    assert isinstance(record, CommandRecord)
    return record


def evidence_of_program(file: Path, **finals: Sequence[float]) -> Evidence:
    """Evidence without a ledger: the value that each recipe's runs have at every epoch, by seed."""
    study = load_study(str(file))
    records = {
        recipe.name: [
            command_record(
                study.run_of(recipe, seed),
                study.measure,
                (value,) * study.criterion.epochs,
                (1.0,) * study.criterion.epochs,
                status="completed",
                inputs=find_inputs(study.folder, recipe.inputs),
                environment={},
            )
            for seed, value in zip(study.seeds, finals.get(recipe.name, ()), strict=False)
        ]
        for recipe in study.recipes
        if isinstance(recipe, CommandRecipe)
    }
    return Evidence(
        study=study,
        ledger=Ledger(Path("nowhere")),
        engines={name: PROGRAMS for name, own in records.items() if own},
        records=records,
        failed=[],
        damaged=[],
        by_other_engines=0,
    )


def asleep(mark: str) -> list[int]:
    """Processes started by programs with this mark that sleep for 987 seconds."""
    return [pid for pid in processes(mark) if words(pid).startswith("sleep 987")]


def guardian(mark: str) -> int:
    """The guardian of the only program with this mark, once the program sleeps."""
    # The process that starts the guardian ends at once.
    wait_until(lambda: asleep(mark) and len(_guardians(mark)) == 1)
    return _guardians(mark)[0]


def _guardians(mark: str) -> list[int]:
    return [pid for pid in processes(mark) if "guardian.py" in words(pid)]
