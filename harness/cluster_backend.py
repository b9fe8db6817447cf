"""joblib's dask backend, which in addition says of a run that workers died under it.

joblib's own never hears of a task that dask has given up, and would wait for it for ever.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from joblib import register_parallel_backend
from joblib._dask import DaskDistributedBackend

from .pools import Lost, PoolLost

NAME: Final = "reprobench"
PAUSE_SECONDS: Final = 0.01

Callback = Callable[[Any], None]


@dataclass(frozen=True)
class _Gone:
    """A task that ended without a result: its state, and what dask says of it."""

    status: str
    result: Any

    def said_of(self, key: str) -> Lost | PoolLost:
        """What the sweep is told of that run. Only a lost connection cancels runs."""
        if self.status == "cancelled":
            return PoolLost()
        if self.status != "error":
            return Lost(key, f"its result is {self.status}")
        _, error, _ = self.result
        return Lost(key, f"{type(error).__name__}: {error}")


class Backend(DaskDistributedBackend):  # type: ignore[misc]
    """A result, or `Lost`, for every run."""

    def effective_n_jobs(self, n_jobs: int) -> int:
        """Never one, for which joblib would train in this process."""
        return max(2, int(super().effective_n_jobs(n_jobs)))

    def submit(self, func: Any, callback: Callback | None = None) -> Any:
        """The run is the second argument of `train_there`."""
        (_, (_, job, *_), _), *_ = func.items

        def told(result: Any) -> None:
            if isinstance(result, _Gone):
                result = [result.said_of(job.key)]
            if callback:
                callback(result)

        return super().submit(func, told)

    async def _collect(self) -> None:
        while self._continue:
            async for future, result in self.waiting_futures:
                waiting, callback = self._results.pop(future), self._callbacks.pop(future)
                found = result if future.status == "finished" else _Gone(future.status, result)
                waiting.set_result(found)
                callback(found)
            await asyncio.sleep(PAUSE_SECONDS)


def register() -> None:
    """Let joblib know the backend by its name."""
    register_parallel_backend(NAME, Backend)
