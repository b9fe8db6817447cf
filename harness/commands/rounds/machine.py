"""What trains a bench's rounds: the workers of this machine, or a cluster."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Final

from rich.console import Console

from ...base.console import say
from ...base.words import plural
from ...data.place import data_directory
from ...engines.choice import AUTO
from ...results.environment import commit_of, physical_cores
from ...results.ledger import Ledger
from ...study.engine_version import EngineVersion
from ...training.display import Display
from ...training.gauges import Outlook
from ...training.groups.pool import groups_first, pool_for, where_trained
from ...training.plan import Plan, Selection, plan
from ...training.pools import WorkerPool
from ...training.sweep import Failure, sweep
from ...training.worker import Job, Trainer
from ..options.training import BenchOptions
from ..stopping import all_kept, saying_what_is_kept
from .reasons import Round

NOT_REPEATABLE: Final = (
    "the study's checkout has changes that are not committed: `harness baseline` refuses runs that "
    "begin now; commit them first if these are to be committed"
)


@dataclass
class Machine:
    """What trains a round: this machine's workers, or a cluster's."""

    options: BenchOptions
    selection: Selection
    engines: Mapping[str, EngineVersion]
    progress: Path
    console: Console
    trainer: Trainer
    failed: list[Failure] = field(default_factory=list)
    """The runs of all rounds that failed."""
    _connections: ExitStack = field(default_factory=ExitStack)

    @contextmanager
    def working(self) -> Iterator[None]:
        """A cluster that is used within the block is released at its end."""
        with self._connections:
            yield

    @cached_property
    def workers(self) -> int:
        """The number of worker processes of this machine, if there is work for all of them."""
        return self.options.jobs or physical_cores()

    def lacking(self, following: Round, ledger: Ledger) -> Plan:
        """The runs of the round that are still to be trained."""
        declared, selected = following.study.criterion.epochs, self.selection.epochs
        return plan(
            following.study,
            following.runs,
            ledger,
            engines=self.engines,
            data_directory=data_directory(self.options.data).absolute(),
            progress=self.progress,
            epochs=selected and min(selected, declared),
            fresh=self.options.fresh,
            checkpoints=not self.options.no_checkpoints,
        )

    def train(self, following: Round, ledger: Ledger) -> bool:
        """Train the runs that the round lacks; returns whether there were any."""
        todo = self.lacking(following, ledger)
        say(self.console, following.why)
        for damage in todo.damaged:
            if place := ledger.set_aside_unless_in_use(damage):
                say(self.console, f"{damage}; moved to {place}; the run is trained again")
        ledger.forget_finished(todo.finished)
        say(self.console, self.amount(todo.jobs, todo.known))
        if todo.jobs:
            if following.study.printed and commit_of(following.study.folder)["dirty"]:
                say(self.console, NOT_REPEATABLE)
            self._sweep(todo.jobs, ledger, following.outlook)
        return bool(todo.jobs)

    def amount(self, jobs: list[Job], held: int) -> str:
        """How many runs there are to train, on what, and how many of them are trained already."""
        wanted = f"{held:,} of {len(jobs) + held:,} in the ledger"
        known = "whatever the ledger holds" if self.options.fresh else wanted
        where = f" on {self._where(jobs)}" if jobs else ""
        return f"{plural(len(jobs), 'run')} to train{where}, {known}"

    def _sweep(self, jobs: list[Job], ledger: Ledger, outlook: Outlook | None) -> None:
        on_cluster = self.options.cluster is not None
        display = Display(self.console, jobs, on_cluster=on_cluster, outlook=outlook)
        kept = all_kept(fresh=self.options.fresh)
        with display.showing(), saying_what_is_kept(self.console, kept):
            self.failed += sweep(
                groups_first(jobs),
                ledger=ledger,
                pool=self._pool(jobs),
                watcher=display,
                fresh=self.options.fresh,
                train=self.trainer,
            )

    def _where(self, jobs: list[Job]) -> str:
        if self.options.cluster:
            return f"the cluster {self.options.cluster}"
        return where_trained(jobs, self.workers)

    def _pool(self, jobs: list[Job]) -> WorkerPool:
        if self.options.cluster:
            return self._cluster
        return pool_for(jobs, self.options.jobs)

    @cached_property
    def _cluster(self) -> WorkerPool:
        """The cluster, connected once, and only when there is something to train."""
        from ...training.cluster.connection import cluster

        address, engines = str(self.options.cluster), set(self.engines.values())
        gpus = self.options.engine == AUTO
        return self._connections.enter_context(
            cluster(address, engines, partial(say, self.console), gpus=gpus)
        )
