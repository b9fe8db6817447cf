"""joblib's dask backend, which in addition says of a run that workers died under it.

joblib's own never hears of a task that dask has given up, and would wait for it for ever. It also
takes the time since a task was sent for what a run lasts, although most of that the task waited.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from distributed import KilledWorker
from joblib._dask import DaskDistributedBackend

from ...results.record import RunRecord
from ..pools import Lost, PoolBroken

PAUSE_SECONDS: Final = 0.01
TASK_SECONDS: Final = 0.2
"""Runs so short that several fit into this go as one task: dask takes as long over a short one."""
MOST_TOGETHER: Final = 16

Callback = Callable[[Any], None]


@dataclass(frozen=True)
class _Gone:
    """A task that ended without a result: its state, and what dask says of it."""

    status: str
    result: Any

    def said_of(self, key: str) -> Lost | PoolBroken:
        """What the sweep is told of that run. Where dask cancels one, it has forgotten them all."""
        if self.status == "cancelled":
            return PoolBroken()
        if self.status != "error":
            return Lost(key, f"its result is {self.status}")
        _, error, _ = self.result
        if isinstance(error, KilledWorker):
            return Lost(key, PoolBroken.reason)
        return Lost(key, f"{type(error).__name__}: {error}")


class Backend(DaskDistributedBackend):  # type: ignore[misc]
    """A result, or `Lost`, for every run."""

    longest = 0.0
    """Seconds of training that the longest run so far took."""

    def effective_n_jobs(self, n_jobs: int) -> int:
        """Never one, for which joblib would train in this process."""
        return max(2, int(super().effective_n_jobs(n_jobs)))

    def submit(self, func: Any, callback: Callback | None = None) -> Any:
        """A run is the trainer's only argument."""
        keys = [job.key for _, (job,), _ in func.items]

        def told(result: Any) -> None:
            if isinstance(result, _Gone):
                result = [result.said_of(key) for key in keys]
            self._see(result)
            if callback:
                callback(result)

        return super().submit(func, told)

    def compute_batch_size(self) -> int:
        """Runs that the next task is to hold; one, until it is known that they are short."""
        fit = int(TASK_SECONDS / self.longest) if self.longest else 1
        return max(1, min(fit, MOST_TOGETHER))

    def _see(self, results: list[RunRecord | Lost | PoolBroken]) -> None:
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
                found = result if isinstance(result, list) else _Gone(future.status, result)
                waiting.set_result(found)
                callback(found)
            await asyncio.sleep(PAUSE_SECONDS)
