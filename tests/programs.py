"""Programs in the place of trainers, with their study files, and what is left of them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from reprobench.harness.results.commanded import PROGRAMS, CommandRecord
from reprobench.harness.study.declaration import Study
from reprobench.harness.study.loading.file import load_study
from reprobench.harness.training.command.run import Work
from reprobench.harness.training.retraining import job_of
from reprobench.harness.training.worker import Job, train_job

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
    """A shell script and its study file, which is returned."""
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


def processes(mark: str) -> list[int]:
    """Processes that live and have this in their command line or environment."""
    found = []
    for place in Path("/proc").iterdir():
        if place.name.isdigit() and int(place.name) != os.getpid():
            try:
                told = (place / "cmdline").read_bytes() + (place / "environ").read_bytes()
                state = (place / "stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                continue
            if mark.encode() in told and state != "Z":
                found.append(int(place.name))
    return found


def wait_until(true: Callable[[], object], seconds: float = 90) -> None:
    """Wait until it is true; fails where it does not become so."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)
