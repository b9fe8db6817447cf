"""Processes that train epochs on command, one thread each, like the workers of a bench."""

from __future__ import annotations

import multiprocessing
from multiprocessing.connection import Connection
from pathlib import Path

from epochs import one_epoch, run_of, tenth_of
from reprobench.harness.data.mnist import MNIST
from reprobench.harness.data.registry import load_data_set
from reprobench.harness.engines.roster import engine_named


class Workers:
    """This many processes, each with its own engine for one recipe of the study mnist."""

    def __init__(self, count: int, recipe: str, engine: str, data: Path) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipes: list[Connection] = []
        self._processes = []
        for _ in range(count):
            ours, theirs = context.Pipe()
            process = context.Process(target=serve, args=(theirs, recipe, engine, data))
            process.start()
            self._pipes.append(ours)
            self._processes.append(process)
        self.train(count)

    def train(self, count: int) -> None:
        """Train a tenth of an epoch on each of the first `count` workers, side by side."""
        for pipe in self._pipes[:count]:
            pipe.send(True)
        for pipe in self._pipes[:count]:
            pipe.recv()

    def end(self) -> None:
        """End the processes."""
        for pipe, process in zip(self._pipes, self._processes, strict=True):
            pipe.send(False)
            process.join()


def serve(pipe: Connection, recipe: str, engine: str, data: Path) -> None:
    """The work of a worker: train whenever it is told to."""
    tenth = tenth_of(load_data_set(MNIST, data))
    run = run_of(recipe)
    network = engine_named(engine).create(run.recipe, tenth, 1)
    while pipe.recv():
        one_epoch(run, tenth, network)
        pipe.send(True)
