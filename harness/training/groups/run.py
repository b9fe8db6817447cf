"""Training a group of runs: every step on the device trains all of them.

Each run stands for itself: it begins where its checkpoint left it, ends when it diverges or has its
epochs, and has a record like any other. A row's `seconds` are the run's share of its group's: the
time of the epoch divided by the runs that trained in it, so that sums are what the machine took.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ...results.environment import physical_cores
from ...results.record import RunRecord, Status
from ...results.trained import EpochRow
from ..checkpoints import Checkpoint, UnusableCheckpoint
from ..pools import Lost
from ..run import Diverged, epoch_row, mean_of, record_of
from ..schedules import Schedule, schedule
from ..worker import Job, Progress, check, data_of, failed_record

if TYPE_CHECKING:
    from ...data.spec import DataSet
    from ...engines.gpu.epochs import Given
    from ...engines.gpu.seeds import Seat, SeedGroup

Ended = list[RunRecord | Lost]
Tell = Callable[[RunRecord], None]
"""Is given the record of a run that ends while others of its group go on."""


def train_group(jobs: Sequence[Job], tell: Tell | None = None) -> Ended:
    """Train jobs of one architecture and batch size; what goes wrong with one affects no other.

    A run that ends before its group is kept in its checkpoint, and `tell` is told. If the device is
    lost, so are all jobs in flight. Any other fault, such as too little memory, is searched for in
    each half of the group, and recorded for a run that has it when alone.
    """
    fit, ended = _checked(jobs)
    if not fit:
        return ended
    trained = _attempt(fit, tell)
    if not isinstance(trained, str):
        return ended + trained
    if len(fit) == 1:
        return [*ended, failed_record(fit[0], trained)]
    middle = len(fit) // 2
    return ended + train_group(fit[:middle], tell) + train_group(fit[middle:], tell)


def _checked(jobs: Sequence[Job]) -> tuple[list[Job], Ended]:
    """The jobs that can be trained here, and the records of those that cannot."""
    fit, ended = [], Ended()
    for job in jobs:
        Progress(place=job.place).write(job.progress)
        try:
            check(job)
            fit.append(job)
        except Exception as error:
            ended.append(failed_record(job, f"{type(error).__name__}: {error}"))
    return fit, ended


def _attempt(jobs: Sequence[Job], tell: Tell | None) -> Ended | str:
    """The results of the jobs, or why they cannot be trained together.

    The device is given back when this returns.
    """
    from ...engines._cuda import DeviceError, TooLittleMemory
    from ...engines.gpu.device import NoDevice

    try:
        return list(_trained(jobs, tell))
    except TooLittleMemory as error:
        return str(error)
    except (DeviceError, NoDevice) as error:
        return [Lost(job.key, f"the GPU was lost ({error})") for job in jobs]
    except Exception as error:
        return f"{type(error).__name__}: {error}"


@dataclass
class Member:
    """A run in its seat in the group, with its epochs so far."""

    job: Job
    seat: Seat
    rates: Schedule
    rows: list[EpochRow] = field(default_factory=list)
    status: Status | None = None
    """None while it is being trained."""
    progress: Progress = field(default_factory=Progress)

    @property
    def last(self) -> int:
        """The epoch after which it ends."""
        return min(self.job.epochs, self.job.run.epochs)

    @property
    def checkpoint(self) -> Checkpoint | None:
        """Where its checkpoints are kept; None if it keeps none."""
        return Checkpoint(self.job.checkpoint, self.job.key) if self.job.checkpoint else None

    def resume(self) -> None:
        """Go on from the run's checkpoint, if there is one that fits."""
        if self.checkpoint:
            try:
                self.rows = self.checkpoint.resume(self.seat)[: self.last]
            except UnusableCheckpoint:
                self.checkpoint.remove()
                self.seat.restart()
        if self.rows:
            epoch, correct = self.rows[-1].epoch, self.rows[-1].correct
            self._show(Progress(epoch, correct, epoch, self.job.place))
        self._end_if_done()

    def given(self, n: int) -> Given | None:
        """What the run is given for the epoch after `n`; None after its last."""
        from ...engines.gpu.seeds import Epoch

        if n >= self.last:
            return None
        rates, run = self.rates, self.job.run
        momentum = None if rates.momentum is None else rates.momentum[n]
        augmentation = run.own.augmentation.at(n + 1, run.epochs)
        epoch = Epoch(n + 1, augmentation, rates.lr[n], momentum)
        return self.seat.group.epoch_given(self.seat.number, epoch)

    def take(self, data: DataSet, seconds: float) -> None:
        """Take up the epoch that has ended, with the seconds that it took the run."""
        group, number, n = self.seat.group, self.seat.number, len(self.rows)
        batch, lr = self.job.run.own.batch_size, float(self.rates.lr[n, 0])
        evaluation = group.evaluation_of(number)
        try:
            trained = mean_of(group.steps_of(number), batch, data.spec.train)
            weights = self.seat.weights()
            row = epoch_row(n + 1, lr, trained, evaluation, data, weights, seconds)
        except Diverged:
            self.status = "diverged"
            return
        self.rows.append(row)
        self._end_if_done()
        if self.status is None:
            self.keep()
        shown = replace(self.progress, epoch=row.epoch, correct=row.correct, place=self.job.place)
        self._show(shown)

    def keep(self) -> None:
        """Keep where it stands in its checkpoint, if it has one."""
        if self.checkpoint and self.rows:
            self.checkpoint.save(self.seat, self.rows)

    def leave(self) -> None:
        """Remove its checkpoint: the group has ended."""
        if self.checkpoint:
            self.checkpoint.remove()

    def record(self, data: DataSet) -> RunRecord:
        """Its record, once it has ended."""
        assert self.status is not None
        run, engine = self.job.run, self.job.engine.trainer
        return record_of(run, self.rows, self.status, data, engine, self.seat.parameters)

    def _end_if_done(self) -> None:
        if len(self.rows) >= self.last:
            self.status = "completed"

    def _show(self, progress: Progress) -> None:
        self.progress = progress
        progress.write(self.job.progress)


def _trained(jobs: Sequence[Job], tell: Tell | None) -> list[RunRecord]:
    """The records; raises whatever the device raises."""
    from ...engines.gpu.device import open_device
    from ...engines.gpu.seeds import Seat, SeedGroup

    data, runs = data_of(jobs[0]), [job.run for job in jobs]
    recipes, seeds = [run.own for run in runs], [run.seed for run in runs]
    group = SeedGroup(recipes, seeds, data, open_device())
    steps = math.ceil(data.spec.train / recipes[0].batch_size)
    members = [
        Member(job, Seat(group, number), schedule(job.run.own, job.run.epochs, steps))
        for number, job in enumerate(jobs)
    ]
    for member in members:
        member.resume()
    _train_all(members, group, data, tell)
    for member in members:
        member.leave()
    return [member.record(data) for member in members]


def _train_all(
    members: Sequence[Member], group: SeedGroup, data: DataSet, tell: Tell | None
) -> None:
    """Train until all have ended; the next epoch is drawn while the device trains this one."""
    training = [member for member in members if member.status is None]
    mark = time.perf_counter()
    with ThreadPoolExecutor(physical_cores()) as threads:
        drawn = {m.seat.number: threads.submit(m.given, len(m.rows)) for m in training}
        while training:
            group.give({m.seat.number: drawn[m.seat.number].result() for m in training})
            group.train()
            group.evaluate()
            drawn = {m.seat.number: threads.submit(m.given, len(m.rows) + 1) for m in training}
            group.wait()
            now = time.perf_counter()
            for member in training:
                member.take(data, round((now - mark) / len(training), 6))
            ended = [member for member in training if member.status]
            training = [member for member in training if member.status is None]
            for member in ended if training else ():
                _ended_early(member, data, tell)
            mark = now


def _ended_early(member: Member, data: DataSet, tell: Tell | None) -> None:
    """The device goes on with its seat, to no effect; what it has made is not to be lost."""
    if member.status == "completed":
        member.keep()
    if tell:
        tell(member.record(data))
