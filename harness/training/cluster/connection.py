"""Training on a dask cluster through joblib's own backend: `harness bench --cluster`.

The parent sends the data set once, and then runs; workers send records; only the parent writes the
ledger. Only workers with exactly the same versions have the resource that runs ask for.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Final

from ...base.errors import ClusterError, InputError
from ...base.interrupts import awaited
from ...data.registry import Say
from ...results.commanded import PROGRAMS
from ...results.environment import DISTRIBUTION
from ...study.engine_version import EngineVersion
from .address import LOCAL, check_address
from .fleet import START_SECONDS, Fleet
from .pool import ClusterPool

if TYPE_CHECKING:
    from distributed import Client

CONNECT_SECONDS: Final = 10


@contextmanager
def cluster(
    address: str, engines: Iterable[EngineVersion], say: Say, *, gpus: bool
) -> Iterator[ClusterPool]:
    """The pool of a cluster, connected. `say` reports workers that come, go, or cannot train.

    With `gpus`, workers that have a GPU train groups on it, except those of `local:`. Raises
    InputError if the address is wrong or dask is missing, ClusterError if nobody answers.
    """
    try:
        from .dask_worker import versions
        from .local import local_cluster
    except ImportError as error:
        raise InputError(
            "--cluster: needs dask, which is not installed: pip install 'reprobench[dask]'"
        ) from error
    names = dict.fromkeys(["python", DISTRIBUTION, *_named(engines)], "")
    with ExitStack() as parts:
        own = None
        if match := LOCAL.match(address):
            own = parts.enter_context(local_cluster(int(match[1])))
        client = parts.enter_context(
            _connected(own.address, START_SECONDS) if own else _connected(address)
        )
        fleet = Fleet(client, versions(names), say, uses_gpus=gpus and not own, own=own)
        try:
            yield ClusterPool(fleet)
        finally:
            fleet.leave()


def _named(engines: Iterable[EngineVersion]) -> Iterator[str]:
    """The engines that a worker needs. Input files of programs are compared with each run."""
    return (engine.name for engine in engines if engine != PROGRAMS)


@contextmanager
def _connected(address: str, seconds: float = CONNECT_SECONDS) -> Iterator[Client]:
    check_address(address)
    try:
        client = _connecting(address, seconds)
    except (TypeError, ValueError) as error:  # tls without certificates, or a wrong host
        raise InputError(f"--cluster {address}: cannot be used: {error}") from error
    except OSError as error:
        raise ClusterError(
            f"--cluster {address}: nobody answers; start `dask scheduler` there, or fix the address"
        ) from error
    with client:
        yield client


def _connecting(address: str, seconds: float) -> Client:
    """A connected client.

    It is made in a thread of its own: Ctrl-C would leave half a client here, which cannot be
    closed, and which complains when the process ends.
    """
    connected: Future[Client] = Future()

    def connect() -> None:
        from distributed import Client

        try:
            with _nothing_collected():
                client = Client(address, timeout=seconds, set_as_default=False)
            connected.set_result(client)
        except Exception as error:
            connected.set_exception(error)

    threading.Thread(target=connect, daemon=True).start()
    return awaited(connected)


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """Keep the garbage collector off within the block.

    Collecting a client that could not connect closes it, which needs a lock of distributed. A
    client that is connecting holds that lock, so both would wait for ever.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
