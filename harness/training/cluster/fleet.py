"""The workers of a cluster: which are there, which of them can train, and which are gone.

The scheduler may be restarted: it has then forgotten what it knew about a bench.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from ...base.errors import ClusterError
from ...data.registry import Say
from ...data.spec import DataSet
from ...results.environment import DISTRIBUTION, package_version
from ..pools import PoolLost

if TYPE_CHECKING:
    from distributed import Client

    from .dask_worker import Greeting, Station
    from .gpus import Gpus
    from .local import LocalCluster

AWAY_SECONDS: Final = 10
"""How long a bench waits for a scheduler that cannot be reached."""
NOBODY_SECONDS: Final = 30
"""How long a bench waits while no worker can train."""
START_SECONDS: Final = 600
"""The same for workers that the bench starts: this machine may be busy."""
POLL_SECONDS: Final = 0.5


@dataclass
class Fleet:
    """The workers of a cluster, over all benches of the same client."""

    client: Client
    versions: Mapping[str, str]
    say: Say
    uses_gpus: bool
    own: LocalCluster | None = None
    """The cluster that was started for the bench, if it was."""
    fit: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    unfit: dict[str, str] = field(default_factory=dict)
    """What differs there, by the addresses of workers; dask's thread adds those that join."""
    alone_since: float = 0.0
    away_since: float | None = None
    checked: float = 0.0
    connection: Any = None
    introductions: dict[str, str] = field(default_factory=dict)
    """Names under which the scheduler knows this bench, by the resource that runs ask for."""

    @cached_property
    def gpus(self) -> Gpus:
        """What the workers with a GPU train."""
        from .gpus import Gpus

        return Gpus(self.client, self.say)

    @property
    def without_gpu(self) -> int:
        """How many workers that can train are there and have no GPU."""
        return len(self.fit - self.gone - set(self.gpus.here))

    def introduce(self, data: DataSet | None) -> Station:
        """Ask every worker, even one that joins later, whether it can train, and send it the data.

        This is repeated after a lost connection, since the scheduler may have forgotten. Returns
        what tasks need: the resource of workers that can train, and the topic for their records.
        """
        from distributed.comm.core import CommClosedError

        from .dask_worker import Introduction, Needed, Station

        needed = Needed(self.versions, data.content_digest() if data else None)
        known = needed.tag in self.introductions
        if known and self.connected:
            return Station(needed.tag, _early(self.introductions[needed.tag]))
        while self.is_away():
            time.sleep(POLL_SECONDS)
        self.connection, self.alone_since = self.client.scheduler_comm, time.monotonic()
        if not known:
            self.introductions[needed.tag] = f"{needed.tag}-{uuid4().hex[:12]}"
            self.fit, self.gone, self.unfit = set(), set(), {}
            self.gpus.here.clear()
        name = self.introductions[needed.tag]
        try:
            self.client.subscribe_topic(name, self._greeted)
            self.client.subscribe_topic(_early(name), self.gpus.heard)
            self.client.register_plugin(Introduction(needed, data, name, gpus=self.uses_gpus))
        except (CommClosedError, TimeoutError, CancelledError) as error:
            raise PoolLost from error
        except Exception as error:  # one worker's error, passed on by dask: all were asked
            self.say(f"a worker trains nothing: its {DISTRIBUTION} cannot be used ({error})")
        return Station(needed.tag, _early(name))

    def _greeted(self, event: Any) -> None:
        """A worker has introduced itself."""
        from .dask_worker import greeting

        said = greeting(event)
        if said.gpu:
            self.gpus.here[said.worker] = said.gpu
        if said.problem is None and said.worker not in self.fit:
            self.fit.add(said.worker)
            self.unfit.pop(said.worker, None)
            self._joined(said)
        elif said.problem and said.worker not in self.unfit:
            self.unfit[said.worker] = said.problem
            self.fit.discard(said.worker)
            self.say(f"worker {said.worker} trains nothing: it has {said.problem}")

    def _joined(self, said: Greeting) -> None:
        gpu, why = "", ""
        if said.gpu:
            gpu = f" with a GPU ({said.gpu.name})"
        elif said.unused:
            why = f", but cannot use its GPU: {said.unused}"
        self.say(f"worker {said.worker} joined{gpu}{why}")

    def newly_gone(self) -> set[str]:
        """Workers that could train and have gone since the last check, at most two checks a second.

        Raises ClusterError if the scheduler or every worker that can train is gone, and PoolLost
        after a reconnection, when the scheduler has forgotten our runs.
        """
        now = time.monotonic()
        if now - self.checked < POLL_SECONDS:
            return set()
        self.checked = now
        if self.is_away():
            return set()
        if not self.connected:
            raise PoolLost
        here = self.here()
        lost = self.fit - here - self.gone
        for worker in lost:
            self.say(f"worker {worker} is gone; what it was training starts again")
        self.gone = self.fit - here
        if self.fit - self.gone:
            self.alone_since = now
        else:
            self._wait_for_one(now - self.alone_since, here)
        return lost

    def _wait_for_one(self, seconds: float, here: set[str]) -> None:
        """Raises ClusterError if no worker that can train comes any more: there was none for so
        many seconds, or our own cannot be started."""
        if self.own:
            self.own.check()
        if seconds > (START_SECONDS if self.own else NOBODY_SECONDS):
            raise ClusterError(self._nobody(here))

    @property
    def connected(self) -> bool:
        """Whether the connection over which the workers were asked still exists."""
        return self.client.scheduler_comm is self.connection

    def is_away(self) -> bool:
        """Whether the scheduler cannot be reached; raises ClusterError if that lasts."""
        if self.client.status == "running":
            self.away_since = None
            return False
        now = time.monotonic()
        self.away_since = self.away_since or now
        if now - self.away_since > AWAY_SECONDS or self.client.status == "closed":
            raise ClusterError(
                "the cluster's scheduler is gone: finished runs are kept; start it, and the "
                "same command goes on from there"
            )
        return True

    def here(self) -> set[str]:
        """Addresses of all workers.

        They come from the scheduler, because the client forgets its workers from time to time.
        """
        try:
            scheduler: Any = self.client.scheduler
            found = self.client.sync(scheduler.identity, n_workers=-1)
        except OSError:  # the connection is lost, which `is_away` finds out
            return set(self.fit)
        return set(found["workers"])

    def leave(self) -> None:
        """Tell a scheduler that goes on without us to ask new workers no longer."""
        for name in self.introductions.values() if not self.own else ():
            if self.client.status == "running":
                with suppress(Exception):
                    self.client.unregister_worker_plugin(name)

    def _nobody(self, here: set[str]) -> str:
        silent = len(here - self.fit - set(self.unfit))
        reasons = [f"{worker} has {problem}" for worker, problem in list(self.unfit.items())]
        if silent:
            reasons.append(f"{silent} did not say that {DISTRIBUTION} is installed there")
        why = "; ".join(reasons) or "none has joined"
        version = package_version(DISTRIBUTION)
        return (
            f"no worker of the cluster can train ({why}): start workers with {DISTRIBUTION} "
            f"{version}, and the same command goes on from there"
        )


def _early(name: str) -> str:
    """The topic of records of runs that end before their group does."""
    return f"{name}-early"
