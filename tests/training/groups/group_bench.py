"""The jobs of tests of groups: the same runs on the emulated device and on the native engine."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cloudpickle import register_pickle_by_value
from reprobench.harness.data.digits import DIGITS
from reprobench.harness.engines.gpu import device
from reprobench.harness.engines.roster import CUDA, NATIVE
from reprobench.harness.results.record import RunRecord
from reprobench.harness.study.declaration import Study
from reprobench.harness.training import worker
from reprobench.harness.training.groups.run import Ended, train_group
from reprobench.harness.training.worker import Job, provide

# Workers cannot import the tests: what they need is sent to them.
register_pickle_by_value(sys.modules[__name__])


class InThisProcess(Executor):
    """Instead of a device's process: does at once what it is given."""

    def submit(self, work: Any, /, *given: Any, **named: Any) -> Future[Any]:
        done = Future[Any]()
        done.set_result(work(*given, **named))
        return done

    def shutdown(self, *_: Any, **__: Any) -> None:
        """There is no process to end."""


@dataclass
class Bench:
    """Makes the jobs of a test: the same runs for both engines, in separate folders."""

    study: Study
    folder: Path

    def jobs(
        self, engine: str, *runs: tuple[str, int], epochs: int = 2, **changes: Any
    ) -> list[Job]:
        """Jobs of (recipe, seed); `changes` apply to all of these recipes."""
        recipes = {recipe.name: recipe for recipe in self.study.recipes}
        return [
            self._job(engine, self.study.run_of(changed(recipes[name], changes), seed), epochs)
            for name, seed in runs
        ]

    def _job(self, engine: str, run: Any, epochs: int) -> Job:
        version = {"cuda": CUDA, "native": NATIVE}[engine].version()
        key = run.key(version)
        return Job(
            run=run,
            data=DIGITS,
            data_directory=Path(),
            engine=version,
            epochs=epochs,
            progress=self.folder / f"{engine}-{key}",
            checkpoint=self.folder / engine / f"{key}.safetensors",
        )


def changed(recipe: Any, changes: dict[str, Any]) -> Any:
    return type(recipe).model_validate({**recipe.model_dump(), "batch_size": 20, **changes})


def comparable(record: RunRecord) -> dict[str, Any]:
    """A record's content except what may differ: times, the device, the checksum."""
    content: dict[str, Any] = json.loads(record.to_json())
    del content["checksum"]
    for name in ("device", "finished"):
        content["environment"].pop(name, None)
    for row in content["rows"]:
        row["seconds"] = 0
    return content


def assert_same(ones: Sequence[Any], others: Sequence[Any]) -> None:
    """Check that records are equal byte for byte, except for what may differ."""
    for one, other in zip(ones, others, strict=True):
        assert comparable(one) == comparable(other)


def in_a_worker() -> Callable[[Sequence[Job]], Ended]:
    """Trains groups in a worker process, on the images that are provided in this process."""
    sent = list(worker._provided.values())

    def train(jobs: Sequence[Job]) -> Ended:
        os.environ[device.VARIABLE] = device.EMULATED
        for data in sent:
            provide(data)
        return train_group(jobs)

    return train
