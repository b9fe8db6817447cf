"""One process per device, which trains one group at a time on it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from ...base.errors import DeviceGone
from ...base.workers import start_worker, starting_workers
from ..pools import NoRecord, PoolBroken, check_shared_memory
from ..worker import Job
from .run import Ended

GroupTrainer = Callable[[Sequence[Job]], Ended]

_processes: dict[int, Any] = {}
"""The process of each device, kept from one round to the next: each takes seconds to start."""


@dataclass
class Devices:
    """The devices of this machine, by their numbers."""

    train_group: GroupTrainer
    usable: set[int]
    """Those that are gone are removed."""
    _flying: dict[Future[Ended], tuple[int, Sequence[Job]]] = field(default_factory=dict)

    @property
    def idle(self) -> list[int]:
        """The usable devices that are training nothing, in order."""
        return sorted(self.usable - {number for number, _ in self._flying.values()})

    @property
    def busy(self) -> bool:
        """Whether any device is training a group."""
        return bool(self._flying)

    def free(self, number: int) -> int | None:
        """How much of a device's memory is free now; None if the device is gone.

        Raises DeviceGone if no device is left.
        """
        try:
            return free_bytes(number)
        except DeviceGone:
            self.usable.discard(number)
            if not self.usable:
                raise
        return None

    def begin(self, number: int, group: Sequence[Job]) -> None:
        """Train a group on an idle device."""
        if len(self.usable) > 1:
            group = [replace(job, device=f"GPU {number}") for job in group]
        given = (self.train_group, number, group)
        with starting_workers():
            try:
                future = process_of(number).submit(train_on, *given)
            except BrokenProcessPool:  # it died while it had nothing to do
                end_process(number)
                future = process_of(number).submit(train_on, *given)
        self._flying[future] = (number, group)

    def ended(self) -> Iterator[Ended]:
        """The results of the groups that end next; raises DeviceGone if no device is left."""
        done, _ = wait(self._flying, return_when=FIRST_COMPLETED)
        for future in done:
            number, group = self._flying.pop(future)
            try:
                ended = future.result()
            except BrokenProcessPool:
                ended = [NoRecord(job.key, PoolBroken.reason) for job in group]
            yield ended
            if any(isinstance(one, NoRecord) for one in ended):
                self._renew(number)

    def leave(self) -> None:
        """Kill what is still being trained."""
        for number, _ in self._flying.values():
            end_process(number)

    def _renew(self, number: int) -> None:
        """After a fault, the driver refuses the old process everything: start another."""
        end_process(number)
        self.free(number)


def train_on(train_group: GroupTrainer, number: int, group: Sequence[Job]) -> Ended:
    """Train a group on that device; called in its process."""
    from ...engines.gpu import device

    device.use(number)
    return train_group(group)


def process_of(number: int) -> Any:
    """The process of a device, as an executor; raises StorageError."""
    if number not in _processes:
        _processes[number] = new_process()
    return _processes[number]


def new_process() -> Any:
    """A worker process, which ends with this one; raises StorageError."""
    check_shared_memory()
    from joblib.externals.loky.process_executor import ProcessPoolExecutor

    return ProcessPoolExecutor(
        max_workers=1, initializer=start_worker, initargs=(os.getpid(), os.getcwd())
    )


def end_process(number: int) -> None:
    """Kill the process of a device, whatever it does."""
    if process := _processes.pop(number, None):
        process.shutdown(kill_workers=True)


def free_bytes(number: int) -> int:
    """How much of a device's memory is free now; raises DeviceGone."""
    from ...engines.gpu import device

    with _gone():
        return device.free_bytes(number)


def count() -> int:
    """How many devices there are; raises DeviceGone."""
    from ...engines.gpu import device

    with _gone():
        return device.count()


@contextmanager
def _gone() -> Iterator[None]:
    from ...engines.gpu.device import NoDevice

    try:
        yield
    except NoDevice as error:
        raise DeviceGone(
            f"the GPU is gone ({error}): finished runs are kept; when it is back, the same command "
            "goes on from there, or without it if you add --engine native"
        ) from error
