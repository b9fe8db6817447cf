"""Training on a dask cluster through joblib's own backend: `harness bench --cluster`.

The parent sends runs and, once, the data set; workers send records; the parent alone writes the
ledger. Only workers with the very same versions have the resource that runs ask for.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from ...base.errors import ClusterError, InputError
from ...data.registry import Say
from ...results.commanded import PROGRAMS
from ...results.environment import DISTRIBUTION
from ...study.engine_version import EngineVersion
from .fleet import Fleet
from .pool import ClusterPool

if TYPE_CHECKING:
    from distributed import Client

LOCAL: Final = re.compile(r"^local:([1-9]\d{0,3})$")
REMOTE: Final = re.compile(r"^(tcp|tls)://\S+:\d+$")
CONNECT_SECONDS: Final = 10


@contextmanager
def cluster(
    address: str, engines: Iterable[EngineVersion], say: Say, *, gpus: bool
) -> Iterator[ClusterPool]:
    """The pool of a cluster, connected. `say` is told which workers come, go, or cannot train.

    With `gpus`, workers that have one train groups on it, but not those of `local:`.

    Raises InputError for a wrong address or where dask is missing, ClusterError where nobody
    answers.
    """
    try:
        from .dask_worker import versions
    except ImportError as error:
        raise InputError(
            "--cluster: needs dask, which is not installed: pip install 'reprobench[dask]'"
        ) from error
    names = dict.fromkeys(["python", DISTRIBUTION, *_named(engines)], "")
    with _connected(address) as client:
        uses_gpus = gpus and not LOCAL.match(address)
        fleet = Fleet(client, versions(names), say, uses_gpus)
        try:
            yield ClusterPool(fleet)
        finally:
            fleet.leave()


def _named(engines: Iterable[EngineVersion]) -> Iterator[str]:
    """The engines that a worker is to have; a program's input files are compared run by run."""
    return (engine.name for engine in engines if engine != PROGRAMS)


@contextmanager
def _connected(address: str) -> Iterator[Client]:
    from distributed import Client, LocalCluster

    if match := LOCAL.match(address):
        settings = {"threads_per_worker": 1, "dashboard_address": "127.0.0.1:0", "silence_logs": 50}
        with LocalCluster(n_workers=int(match[1]), **settings) as own, Client(own) as client:
            yield client
        return
    if not REMOTE.match(address):
        raise InputError(
            f"--cluster {address}: write local:4 for four workers here, or tcp://HOST:8786 for "
            "those of a dask scheduler"
        )
    try:
        with _nothing_collected():
            client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (TypeError, ValueError) as error:  # of tls without certificates, or a wrong host
        raise InputError(f"--cluster {address}: cannot be used: {error}") from error
    except OSError as error:
        raise ClusterError(
            f"--cluster {address}: nobody answers; start `dask scheduler` there, or fix the address"
        ) from error
    with client:
        yield client


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """No garbage collection meanwhile.

    A client that could not begin is closed when it is collected. While another begins, that would
    wait for ever, for a lock of distributed that this one holds.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
