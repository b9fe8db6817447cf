"""Training on a dask cluster through joblib's own backend: `harness bench --cluster`.

The parent sends runs and, once, the data set; workers send records; the parent alone writes the
ledger. Only workers with the very same versions have the resource that runs ask for.
"""

from __future__ import annotations

import queue
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from .data import DataSet, load_data_set
from .engines.choice import EngineVersion
from .environment import DISTRIBUTION, package_version
from .errors import ClusterError, InputError
from .pools import Lost, PoolBroken, Trained
from .worker import Job, Trainer

if TYPE_CHECKING:
    from distributed import Client

    from .cluster_worker import Needed

LOCAL: Final = re.compile(r"^local:([1-9]\d{0,3})$")
REMOTE: Final = re.compile(r"^(tcp|tls)://\S+:\d+$")
CONNECT_SECONDS: Final = 10
AWAY_SECONDS: Final = 10
"""Without its scheduler, a bench waits so long."""
NOBODY_SECONDS: Final = 30
"""Without a worker that can train, likewise."""
POLL_SECONDS: Final = 0.5

Say = Callable[[str], None]


@contextmanager
def cluster(address: str, engines: Iterable[EngineVersion], say: Say) -> Iterator[ClusterPool]:
    """The pool of a cluster, connected. `say` is told which workers come, go, or cannot train.

    Raises InputError for a wrong address or where dask is missing, ClusterError where nobody
    answers.
    """
    try:
        from .cluster_worker import Introduction, Needed, versions
    except ImportError as error:
        raise InputError(
            "--cluster: needs dask, which is not installed: pip install 'reprobench[dask]'"
        ) from error
    names = dict.fromkeys(["python", DISTRIBUTION, *(name for name, _ in engines)], "")
    needed = Needed(versions(names))
    with _connected(address) as client:
        pool = ClusterPool(client, needed, say)
        client.subscribe_topic(needed.tag, pool.greeted)
        client.register_plugin(Introduction(needed))
        yield pool


@contextmanager
def _connected(address: str) -> Iterator[Client]:
    from distributed import Client, LocalCluster

    if match := LOCAL.match(address):
        settings = {"threads_per_worker": 1, "dashboard_address": None, "silence_logs": 50}
        with LocalCluster(n_workers=int(match[1]), **settings) as own, Client(own) as client:
            yield client
        return
    if not REMOTE.match(address):
        raise InputError(
            f"--cluster {address}: write local:4 for four workers here, or tcp://HOST:8786 for "
            "those of a dask scheduler"
        )
    try:
        client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except OSError as error:
        raise ClusterError(
            f"--cluster {address}: nobody answers; start `dask scheduler` there, or mend the "
            "address"
        ) from error
    with client:
        yield client


@dataclass
class ClusterPool:
    """The workers of a cluster that can train."""

    client: Client
    needed: Needed
    say: Say
    fit: set[str] = field(default_factory=set)
    unfit: dict[str, str] = field(default_factory=dict)
    alone_since: float = field(default_factory=time.monotonic)
    away_since: float | None = None
    checked: float = 0.0

    def greeted(self, event: Any) -> None:
        """A worker introduced itself."""
        from .cluster_worker import greeting

        worker, problem = greeting(event)
        if problem is None:
            self.fit.add(worker)
            self.say(f"worker {worker} joined")
        else:
            self.unfit[worker] = problem
            self.say(f"worker {worker} trains nothing: it has {problem}")

    def alone(self) -> ClusterPool:
        """The same: dask starts what a dead worker had again by itself."""
        return self

    def train(self, train: Trainer, jobs: Iterator[Job]) -> Trained:
        """Records as they come; raises ClusterError where the cluster is lost."""
        first = next(jobs, None)
        if first is None:
            return
        self._wait_for_scheduler()
        data = _plain(load_data_set(first.data_set, first.data_directory, first.holdout))
        sent = self._send(data), data.content_digest()
        results: queue.Queue[Any] = queue.Queue()
        taker = threading.Thread(
            target=self._take, args=(train, sent, chain([first], jobs), results), daemon=True
        )
        taker.start()
        while True:
            self._check()
            try:
                found = results.get(timeout=POLL_SECONDS)
            except queue.Empty:
                continue
            if found is None:
                return
            if isinstance(found, (BaseException, Lost)):
                self._wait_for_scheduler()
            if isinstance(found, BaseException):
                raise PoolBroken from found
            yield found

    def _take(
        self,
        train: Trainer,
        sent: tuple[Any, str],
        jobs: Iterator[Job],
        results: queue.Queue[Any],
    ) -> None:
        """In a thread of its own, since joblib's generator cannot be waited for with a limit."""
        from joblib import Parallel, delayed, parallel_config

        from .cluster_backend import NAME, register
        from .cluster_worker import train_there

        try:
            register()
            wanted = {self.needed.tag: 1}
            with parallel_config(backend=NAME, client=self.client, resources=wanted):
                pool: Any = Parallel(
                    n_jobs=-1,
                    pre_dispatch="all",
                    batch_size=1,
                    return_as="generator_unordered",
                )
                for found in pool(delayed(train_there)(train, job, *sent) for job in jobs):
                    results.put(found)
            results.put(None)
        except BaseException as error:
            results.put(error)

    def _wait_for_scheduler(self) -> None:
        while self.client.status != "running":
            self._check()
            time.sleep(POLL_SECONDS)

    def _send(self, data: DataSet) -> Any:
        """Dask's future of the data set, which is with every worker that can train."""
        while True:
            self._check()
            if self.fit:
                try:
                    return self.client.scatter([data], workers=sorted(self.fit), broadcast=True)[0]
                except Exception as error:  # one of them died meanwhile: dask raises what it will
                    self.say(f"sending the data set again: {type(error).__name__}")
            time.sleep(POLL_SECONDS)

    def _check(self) -> None:
        """Raises ClusterError where the scheduler, or every worker that can train, is gone.

        Looks twice a second at most.
        """
        now = time.monotonic()
        if now - self.checked < POLL_SECONDS:
            return
        self.checked = now
        if self.client.status == "running":
            self.away_since = None
        else:
            self.away_since = self.away_since or now
            if now - self.away_since > AWAY_SECONDS or self.client.status == "closed":
                raise ClusterError(
                    "the cluster's scheduler is gone: finished runs are kept; start it, and the "
                    "same command goes on from there"
                )
            return
        here = set(self.client.scheduler_info(n_workers=-1)["workers"])
        for worker in self.fit - here:
            self.fit.discard(worker)
            self.say(f"worker {worker} is gone; what it was training starts again")
        if self.fit:
            self.alone_since = now
        elif now - self.alone_since > NOBODY_SECONDS:
            raise ClusterError(self._nobody(here))

    def _nobody(self, here: set[str]) -> str:
        silent = len(here - self.fit - set(self.unfit))
        reasons = [f"{worker} has {problem}" for worker, problem in self.unfit.items()]
        if silent:
            reasons.append(f"{silent} did not say that {DISTRIBUTION} is installed there")
        why = "; ".join(reasons) or "none has joined"
        version = package_version(DISTRIBUTION)
        return (
            f"no worker of the cluster can train ({why}): start workers with {DISTRIBUTION} "
            f"{version}, and the same command goes on from there"
        )


def _plain(data: DataSet) -> DataSet:
    """The data set without files behind it, to be sent."""
    return replace(
        data,
        train_images=np.array(data.train_images),
        train_labels=np.array(data.train_labels),
        test_images=np.array(data.test_images),
        test_labels=np.array(data.test_labels),
    )
