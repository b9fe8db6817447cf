"""joblib's dask backend, changed so that it reports runs during which workers died.

joblib's own backend never hears of a task that dask has given up, and waits for it for ever. It
also takes the time since a task was sent, most of it spent waiting, for the time that a run takes.
And here, runs that wait can be taken back and given to workers with a GPU.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from distributed import KilledWorker
from joblib._dask import DaskDistributedBackend

from ...engines.roster import engine_for_groups
from ...results.record import RunRecord
from ..pools import NoRecord, PoolBroken, TakenBack
from ..worker import Job
from .dask_worker import SINGLY

if TYPE_CHECKING:
    from distributed import Client

PAUSE_SECONDS: Final = 0.01
TASK_SECONDS: Final = 0.2
"""Short runs share a task, which has a fixed cost, as long as they take no longer than this."""
MOST_IN_A_TASK: Final = 16

Callback = Callable[[Any], None]


@dataclass(frozen=True)
class _Gone:
    """A task that ended without a result: its state in dask, and what came in its place."""

    status: str
    result: Any

    def said_of(self, key: str) -> NoRecord | PoolBroken:
        """What the sweep is told of that run. If dask cancelled it, dask has forgotten all runs."""
        if self.status == "cancelled":
            return PoolBroken()
        if self.status != "error":
            return NoRecord(key, f"its result is {self.status}")
        _, error, _ = self.result
        if isinstance(error, KilledWorker):
            return NoRecord(key, PoolBroken.reason)
        return NoRecord(key, f"{type(error).__name__}: {error}")


class Backend(DaskDistributedBackend):  # type: ignore[misc]
    """A result, `NoRecord` or `TakenBack` for every run.

    Runs ask for the resource `needed`. If `gpus` are used, runs that can train in groups also ask
    for the resource that only workers without a GPU have. The fleet waits for workers, not joblib.
    """

    longest = 0.0
    """Seconds of training that the longest run so far took."""
    begun = False
    """Whether a task has been sent."""

    def __init__(self, client: Client, needed: str, *, gpus: bool) -> None:
        super().__init__(client=client, wait_for_workers_timeout=None)
        self._needed, self._gpus = needed, gpus
        self._jobs: dict[Any, list[Job]] = {}
        self._wanted_back: set[str] = set()

    def effective_n_jobs(self, n_jobs: int) -> int:
        """At least two, since with one worker joblib would train in this process."""
        return max(2, int(super().effective_n_jobs(n_jobs)))

    def submit(self, func: Any, callback: Callback | None = None) -> Any:
        """Send the runs of a task."""
        jobs = _jobs_of(func)

        def told(result: Any) -> None:
            if isinstance(result, _Gone):
                result = self._instead(result, jobs)
            self._see(result)
            if callback:
                callback(result)

        waiting = super().submit(func, told)
        self._jobs[waiting] = jobs
        return waiting

    async def _to_func_args(self, func: Any) -> Any:
        """Sets the resources that a task asks for; called just before it is sent."""
        made = await super()._to_func_args(func)
        singly = self._gpus and any(engine_for_groups(job.engine) for job in _jobs_of(func))
        names = [self._needed, self._needed + SINGLY] if singly else [self._needed]
        self.submit_kwargs, self.begun = {"resources": dict.fromkeys(names, 1)}, True
        return made

    def take_back(self, kept: int, most: int) -> set[str]:
        """Take back about `most` runs, the last sent first, but none of the first `kept` tasks.

        Returns the keys of the runs that will come as `TakenBack`, or end before that.
        """
        taken: list[Any] = []
        keys: set[str] = set()
        for future, waiting in reversed(list(self._results.items())[kept:]):
            jobs = self._jobs.get(waiting, [])
            if len(keys) < most and jobs and all(engine_for_groups(job.engine) for job in jobs):
                taken.append(future)
                keys.update(job.key for job in jobs)
        self._wanted_back |= keys
        if taken:
            self.client.cancel(taken)
        return keys

    def _instead(self, gone: _Gone, jobs: list[Job]) -> list[NoRecord | PoolBroken | TakenBack]:
        if gone.status == "cancelled" and jobs[0].key in self._wanted_back:
            return [TakenBack(job) for job in jobs]
        return [gone.said_of(job.key) for job in jobs]

    def compute_batch_size(self) -> int:
        """How many runs the next task holds: one, until runs are known to be short."""
        fit = int(TASK_SECONDS / self.longest) if self.longest else 1
        return max(1, min(fit, MOST_IN_A_TASK))

    def _see(self, results: list[RunRecord | NoRecord | PoolBroken | TakenBack]) -> None:
        trained = (
            sum(row.seconds or 0.0 for row in r.rows) for r in results if isinstance(r, RunRecord)
        )
        self.longest = max([self.longest, *trained])

    def cancel(self) -> None:
        """Let the cluster forget the runs that have not ended."""
        self.client.cancel(list(self._results))

    async def _collect(self) -> None:
        while self._continue:
            async for future, result in self.waiting_futures:
                waiting, callback = self._results.pop(future), self._callbacks.pop(future)
                self._jobs.pop(waiting, None)
                found = result if isinstance(result, list) else _Gone(future.status, result)
                waiting.set_result(found)
                callback(found)
            await asyncio.sleep(PAUSE_SECONDS)


def _jobs_of(func: Any) -> list[Job]:
    """The jobs of a task; each is its trainer's only argument."""
    return [job for _, (job,), _ in func.items]
