"""A run in its seat in a group, and the results of its epochs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ...results.record import RunRecord, Status
from ...results.trained import TrainedEpoch
from ..checkpoints import Checkpoint, UnusableCheckpoint
from ..run import Diverged, epoch_row, mean_of, record_of
from ..schedules import Schedule
from ..worker import Job, Progress

if TYPE_CHECKING:
    from ...data.spec import DataSet
    from ...engines import Evaluation
    from ...engines.gpu.seeds import Moment, Outcomes, Seat


@dataclass
class Member:
    """A run in its seat in the group, with its epochs so far."""

    job: Job
    seat: Seat
    rates: Schedule
    rows: list[TrainedEpoch] = field(default_factory=list)
    status: Status | None = None
    """None while it is being trained."""
    begun: int = 0
    """Epochs that the device has been given so far."""
    progress: Progress = field(default_factory=Progress)

    @property
    def last(self) -> int:
        """The epoch after which it ends."""
        return min(self.job.epochs, self.job.run.epochs)

    @property
    def is_part(self) -> bool:
        """Whether it ends before the declared epochs."""
        return self.last < self.job.run.epochs

    @property
    def checkpoint(self) -> Checkpoint | None:
        """Its checkpoint; None if it keeps none."""
        return Checkpoint(self.job.checkpoint, self.job.key) if self.job.checkpoint else None

    def resume(self) -> None:
        """Continue from the run's checkpoint, if there is one that can be used."""
        if self.checkpoint:
            try:
                self.rows = self.checkpoint.resume(self.seat)[: self.last]
            except UnusableCheckpoint:
                self.checkpoint.remove()
                self.seat.restart()
        if self.rows:
            epoch, value = self.rows[-1].epoch, self.rows[-1].value
            self._show(Progress(epoch, value, epoch, self.job.device))
        self.begun = len(self.rows)
        self._end_if_done()

    def give(self, n: int) -> None:
        """Draw and hand over what the run is given for the epoch after `n`; nothing after its last.

        Any thread may call this while the device trains epoch `n`.
        """
        from ...engines.gpu.seeds import Epoch

        if n >= self.last:
            return
        rates, run = self.rates, self.job.run
        momentum = None if rates.momentum is None else rates.momentum[n]
        augmentation = run.own.augmentation.at(n + 1, run.epochs)
        epoch = Epoch(n + 1, augmentation, rates.lr[n], momentum)
        group, number = self.seat.group, self.seat.number
        group.give(number, group.epoch_given(number, epoch))

    def take(self, made: Made, data: DataSet) -> None:
        """Take the results of the next epoch."""
        from ...engines.gpu.seeds import results_of

        n = len(self.rows)
        batch, lr = self.job.run.own.batch_size, float(self.rates.lr[n, 0])
        try:
            trained = mean_of(results_of(made.outcomes), batch, data.spec.train)
            weights = made.moment.weights()
            row = epoch_row(n + 1, lr, trained, made.evaluation, data, weights, made.seconds)
        except Diverged:
            self.status = "diverged"
            return
        self.rows.append(row)
        self._end_if_done()
        if self.status is None or self.is_part:
            self.keep(made)
        shown = replace(self.progress, epoch=row.epoch, value=row.value, device=self.job.device)
        self._show(shown)

    def keep(self, made: Made) -> None:
        """Save its state in its checkpoint, if it has one."""
        if self.checkpoint and self.rows:
            self.checkpoint.save(made.moment.kept, self.rows)

    def record(self, data: DataSet) -> RunRecord:
        """Its record, after it has ended."""
        assert self.status is not None
        run, engine = self.job.run, self.job.engine.trainer
        return record_of(run, self.rows, self.status, data, engine, self.seat.parameters)

    def _end_if_done(self) -> None:
        if len(self.rows) >= self.last:
            self.status = "completed"

    def _show(self, progress: Progress) -> None:
        self.progress = progress
        progress.write(self.job.progress)


@dataclass(frozen=True)
class Made:
    """The results of one epoch of a run, copied from the device."""

    member: Member
    seconds: float
    """The run's share of what the epoch took."""
    outcomes: Outcomes
    """Of its steps."""
    evaluation: Evaluation
    moment: Moment

    @classmethod
    def of(cls, member: Member, seconds: float) -> Made:
        """Copy the results from the device, which may then train the next epoch."""
        group, number = member.seat.group, member.seat.number
        outcomes, evaluation = group.outcomes_of(number), group.evaluation_of(number)
        return cls(member, seconds, outcomes, evaluation, member.seat.now())
