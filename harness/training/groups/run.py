"""Training a group of runs: every step on the device trains all of them.

Each run is independent: it begins at its checkpoint, ends when it diverges or has trained its
epochs, and has a record like any other. A row's `seconds` are the run's share of the epoch: its
time divided by the number of runs that trained in it, so that they add up to what the machine took.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING

from ...results.environment import physical_cores
from ...results.record import RunRecord
from ..pools import NoRecord
from ..schedules import schedule
from ..worker import Job, Progress, check, data_of, failed_record
from .member import Made, Member

if TYPE_CHECKING:
    from ...data.spec import DataSet
    from ...engines.gpu.seeds import SeedGroup

Ended = list[RunRecord | NoRecord]
Tell = Callable[[RunRecord], None]
"""Called with the record of a run that ends while others of its group go on."""


def train_group(jobs: Sequence[Job], tell: Tell | None = None) -> Ended:
    """Train jobs of one architecture and batch size; a fault of one run affects no other.

    A run that ends before its group is kept in its checkpoint and passed to `tell`. If the device
    is lost, so are all jobs in flight. After any other fault, such as too little memory, each half
    of the group is trained separately, down to single runs, which then have records as failed.
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
        Progress(device=job.device).write(job.progress)
        try:
            check(job)
            fit.append(job)
        except Exception as error:
            ended.append(failed_record(job, f"{type(error).__name__}: {error}"))
    return fit, ended


def _attempt(jobs: Sequence[Job], tell: Tell | None) -> Ended | str:
    """The results of the jobs, or why they cannot be trained together.

    The device's memory is free again when this returns.
    """
    from ...engines._cuda import DeviceError, TooLittleMemory
    from ...engines.gpu.device import NoDevice

    try:
        return list(_trained(jobs, tell))
    except TooLittleMemory as error:
        return str(error)
    except (DeviceError, NoDevice) as error:
        return [NoRecord(job.key, f"the GPU was lost ({error})") for job in jobs]
    except Exception as error:
        return f"{type(error).__name__}: {error}"


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
    return [member.record(data) for member in members]


def _train_all(
    members: Sequence[Member], group: SeedGroup, data: DataSet, tell: Tell | None
) -> None:
    """Train until all have ended.

    While the device trains an epoch, the next one is drawn and handed over, and the results of the
    one before are recorded; apart, so that no checkpoint waits for what is drawn.
    """
    training = [member for member in members if member.status is None]
    made: list[Made] = []
    mark = time.perf_counter()
    with (
        ThreadPoolExecutor(physical_cores()) as threads,
        ThreadPoolExecutor(physical_cores()) as recorders,
    ):
        given = {m.seat.number: threads.submit(m.give, m.begun) for m in training}
        while training:
            taking = [recorders.submit(one.member.take, one, data) for one in made]
            try:
                _begin_epoch(training, group, given, threads)
            finally:
                _end_epoch(taking, made, training, data, tell)
            training, made = [member for member in training if member.status is None], []
            if not training:
                return
            group.wait()
            now = time.perf_counter()
            made = [Made.of(m, round((now - mark) / len(training), 6)) for m in training]
            training = [member for member in training if member.begun < member.last]
            mark = now
        taking = [recorders.submit(one.member.take, one, data) for one in made]
        _end_epoch(taking, made, training, data, tell)


def _begin_epoch(
    training: Sequence[Member],
    group: SeedGroup,
    given: dict[int, Future[None]],
    threads: Executor,
) -> None:
    """Start the next epoch on the device, and begin to draw the one after it.

    That comes first: a driver may take what the device is told no faster than it is done. A run
    that has diverged was given an epoch too, of which nothing may be left to do.
    """
    wait(given.values())
    _results([given.pop(member.seat.number) for member in training])
    given.clear()
    group.take_given()
    for member in training:
        member.begun += 1
        given[member.seat.number] = threads.submit(member.give, member.begun)
    group.train()
    group.evaluate()


def _results(futures: list[Future[None]]) -> None:
    """Wait for them, and raise what one of them raises.

    They are taken out of the list: else its traceback would keep the device's memory.
    """
    while futures:
        futures.pop().result()


def _end_epoch(
    taking: list[Future[None]],
    made: Sequence[Made],
    training: Sequence[Member],
    data: DataSet,
    tell: Tell | None,
) -> None:
    """Wait for an epoch's results; a run that ends while others go on is kept at once."""
    _results(taking)
    for one in made:
        member = one.member
        if member.status is None or all(other.status for other in training):
            continue
        if member.status == "completed" and not member.is_part:
            member.keep(one)
        if tell:
            tell(member.record(data))
