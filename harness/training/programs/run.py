"""One run of the user's own program, from its job to its record."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ...base.words import killed_by, plural
from ...results.commanded import CommandRecord, command_record
from ...results.measured import MeasuredEpoch
from ...results.record import Status
from ...study.command import VALUE, CommandRecipe, MeasureTable
from ...study.declaration import Study
from ...study.identity import Run
from ...study.inputs import Inputs, InputsError, find_inputs, inputs_digest
from ...study.measure import COUNTED
from ..made_with import finished_now, run_with
from .lines import BadOutput, read_result
from .log import Log
from .memory import Memory, NotFinite, remembered
from .process import NotStarted, TimeLimit, running

ONE_THREAD: Final = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "BLIS_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
}
"""Runs train side by side, with one core each, like those that engines train."""
UNBUFFERED: Final = {"PYTHONUNBUFFERED": "1"}
"""Python hands over each line as it is printed, instead of many at a time."""

OnPrintedEpoch = Callable[[MeasuredEpoch], None]


class CommandFailed(Exception):
    """The program failed, or did not print what it should; the message says how."""


@dataclass(frozen=True)
class Work:
    """What a worker needs to run a program, besides the run itself."""

    folder: Path
    """Folder in which the program runs."""
    printed: MeasureTable
    log: Path | None
    """File for what the program prints; None to keep no log."""


def work_of(study: Study, log: Path | None) -> Work | None:
    """What a worker needs to run a study's programs; None if engines train."""
    return Work(study.folder, study.printed, log) if study.printed else None


def train_command(
    run: Run,
    work: Work,
    *,
    epochs: int,
    checkpoint: Path | None,
    progress: Path,
    on_epoch: OnPrintedEpoch,
    on_restored: OnPrintedEpoch,
) -> CommandRecord:
    """Run the program to its end, or until it has printed the first `epochs` epochs.

    A value that is not finite ends it as `diverged`. The checkpoint stays, since the record is not
    yet written. A program that was to continue from it, but fails before it has printed an epoch,
    is started over, once. Raises CommandFailed, RuntimeError if the program's guardian was killed,
    OSError if the system fails.
    """
    recipe = run.recipe
    assert isinstance(recipe, CommandRecipe)
    inputs, begun = _inputs(run, recipe, work), run_with(work.folder)
    with _memory(run, recipe, checkpoint, progress) as memory:
        if memory.values:
            on_restored(_row(memory, work))
        status = _Training(recipe, run, work, memory, epochs, on_epoch).status()
        return command_record(
            run,
            work.printed.measure,
            tuple(memory.values),
            tuple(memory.seconds),
            status=status,
            inputs=inputs,
            environment=begun | finished_now(),
        )


def _inputs(run: Run, recipe: CommandRecipe, work: Work) -> Inputs:
    """The program's input files; raises CommandFailed if they changed since the bench began."""
    try:
        inputs = find_inputs(work.folder, recipe.inputs)
    except InputsError as error:
        raise CommandFailed(str(error)) from error
    if inputs_digest(inputs) != run.definition:
        raise CommandFailed("its input files have changed since the bench began")
    return inputs


@contextmanager
def _memory(
    run: Run, recipe: CommandRecipe, checkpoint: Path | None, progress: Path
) -> Iterator[Memory]:
    key = f"{run.recipe_key} {run.seed}"
    if not recipe.resumes:
        yield Memory(key, run.epochs)
        return
    with remembered(key, run.epochs, checkpoint, progress) as memory:
        yield memory


@dataclass(frozen=True)
class _Training:
    """A run of the program, attempted once or twice."""

    recipe: CommandRecipe
    run: Run
    work: Work
    memory: Memory
    epochs: int
    on_epoch: OnPrintedEpoch

    def status(self) -> Status:
        """How the run ended: continued from a checkpoint if there is one, and else from the start.

        Raises CommandFailed.
        """
        memory = self.memory
        resumed = bool(memory.values)
        if len(memory.values) >= self.epochs < self.run.epochs:
            del memory.values[self.epochs :], memory.seconds[self.epochs :]
            return "completed"
        try:
            return self._attempt()
        except CommandFailed:
            if not resumed or memory.began:
                raise
        memory.forget()
        return self._attempt()

    def _attempt(self) -> Status:
        """Start the program, and read it to the end; raises CommandFailed."""
        memory, time_limit = self.memory, self.recipe.time_limit
        memory.prepare()
        words = self.recipe.words(self.run.seed, self.run.epochs, memory.state)
        log = Log(self.work.log)
        log.open()
        try:
            return self._read(words, log)
        except NotFinite:
            return "diverged"
        except NotStarted as error:
            raise CommandFailed(f"{words[0]} cannot be started: {error}") from error
        except TimeLimit as error:
            limit = f"{time_limit:g} second{'' if time_limit == 1 else 's'}"
            what = f"took longer than its time limit of {limit} {_reached(memory)}"
            raise CommandFailed(_with_log(what, log)) from error
        except BadOutput as error:
            raise CommandFailed(_with_log(f"{error} ({_reached(memory)})", log)) from error
        finally:
            log.close()

    def _read(self, words: list[str], log: Log) -> Status:
        memory, work = self.memory, self.work
        begin = time.monotonic()
        deadline = begin + self.recipe.time_limit
        with running(words, work.folder, {**os.environ, **ONE_THREAD, **UNBUFFERED}) as program:
            for is_output, line in program.lines(deadline):
                log.add(line)
                if not is_output or (found := read_result(line, work.printed)) is None:
                    continue
                now = time.monotonic()
                epoch, value = found
                memory.add(epoch, value, now - begin)
                begin = now
                self.on_epoch(_row(memory, work))
                if len(memory.values) >= self.epochs < memory.epochs:
                    return "completed"  # no more epochs were asked for, but the program would go on
        if program.ended:
            raise CommandFailed(_with_log(f"{_exit(program.ended)} {_reached(memory)}", log))
        if len(memory.values) < memory.epochs:
            raise CommandFailed(_with_log(_ended(memory, work.printed), log))
        return "completed"


def _row(memory: Memory, work: Work) -> MeasuredEpoch:
    """The last epoch, as a record has it."""
    return MeasuredEpoch(len(memory.values), memory.values[-1], work.printed.total)


def _exit(code: int) -> str:
    return f"exit code {code}" if code > 0 else f"was {killed_by(-code)}"


def _ended(memory: Memory, printed: MeasureTable) -> str:
    """That too few epochs were printed; if there was none, also how to print them."""
    if memory.values:
        return f"ended {_reached(memory)}"
    total = printed.total
    result = {VALUE: 0.9} if total is None else {COUNTED: total, "total": total}
    return (
        f"ended {_reached(memory)}; after each, print a line such as "
        f"{json.dumps({'epoch': 1, **result})} on standard output, with nothing else on it"
    )


def _reached(memory: Memory) -> str:
    return f"after {len(memory.values)} of {plural(memory.epochs, 'epoch')}"


def _with_log(what: str, log: Log) -> str:
    """How the program failed, what it printed last, and where its log is."""
    last = log.last()
    said = f"; printed last: {last}" if last else "; printed nothing"
    return f"{what}{said}" + (f"; its log: {_shown(log.place)}" if log.place and last else "")


def _shown(path: Path) -> Path:
    """The path relative to the working directory, if it is inside it."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
