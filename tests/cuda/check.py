"""The Python engine on this machine's GPU: committed digests, committed runs, speed, in one table.

    check.py                 compare and measure; without a driver a line, and code 2
    check.py --write         make the digests that are committed, on the native engine

With REPROBENCH_CUDA=emulated it compares on the device that is none, and measures nothing: minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from reprobench.harness.base.errors import DataError
from reprobench.harness.data.mnist import MNIST
from reprobench.harness.data.place import data_directory
from reprobench.harness.data.registry import load_data_set
from reprobench.harness.engines import Batch
from reprobench.harness.engines.draws.augmentation import draw
from reprobench.harness.engines.draws.randomness import permutation
from reprobench.harness.engines.gpu import device
from reprobench.harness.engines.roster import CUDA, NATIVE, engine_named
from reprobench.harness.results.record import RunRecord
from reprobench.harness.results.trained import weight_digest
from reprobench.harness.study.loading.file import load_study
from reprobench.harness.training.groups.run import train_group
from reprobench.harness.training.worker import Job, train_job

EXPECTED: Final = Path(__file__).parent / "expected.json"
REPORTS: Final = Path(__file__).parents[2] / "reports"
STEPS: Final = 20
DIGITS_RUNS: Final = (("iteration2", 1), ("iteration3", 2), ("iteration2", 3))
MNIST_RUN: Final = ("mnist", "final", 1)
VERIFIED: Final = 8
GROUPS: Final = (1, 16, 64, 128)
TIMED_EPOCHS: Final = 2


@dataclass(frozen=True)
class Line:
    """A row of the table; `fine` is None if nothing was compared."""

    what: str
    found: str
    fine: bool | None = None


def steps_of(architecture: str, engine: str) -> str:
    """Digest of the weights after this many steps on the digits, the last with few images."""
    study = load_study("digits")
    recipe = next(recipe for recipe in study.recipes if recipe.architecture == architecture)
    data = load_data_set(study.data, Path())
    network = engine_named(engine).create(recipe, data, 1)
    order = permutation(1, 1, data.spec.train)
    draws = draw(recipe.augmentation, 1, 1, data.image_shape)
    for step in range(STEPS):
        first, count = step * 29, 13 if step == STEPS - 1 else recipe.batch_size
        images = order[first : first + count]
        network.step(Batch(1, step, images, draws.of(images), 0.05, None))
    return weight_digest(network.weights())


def jobs_of(study_name: str, runs: Any, engine: str, folder: Path, data: Path) -> list[Job]:
    """Whole runs of (recipe, seed)."""
    study = load_study(study_name)
    recipes = {recipe.name: recipe for recipe in study.recipes}
    return [
        Job(
            run=study.run_of(recipes[name], seed),
            data=study.data,
            data_directory=data,
            engine=engine_named(engine).version(),
            epochs=study.criterion.epochs,
            progress=folder / f"{name}-{seed}",
        )
        for name, seed in runs
    ]


def digests_of(records: Any) -> dict[str, str]:
    """By key; of a run that failed, why."""
    return {
        record.key: record.error or record.digest if isinstance(record, RunRecord) else str(record)
        for record in records
    }


def expected_now(folder: Path) -> dict[str, Any]:
    """The committed values, made again on the native engine."""
    records = [train_job(job) for job in jobs_of("digits", DIGITS_RUNS, "native", folder, Path())]
    steps = {name: steps_of(name, "native") for name in ("iteration", "final")}
    return {"numerics": NATIVE.version().numerics, "steps": steps, "digits": digests_of(records)}


def compare(folder: Path) -> Iterator[Line]:
    """Steps and whole runs of digits, and a whole run of MNIST where it is."""
    expected = json.loads(EXPECTED.read_text())
    for name, digest in expected["steps"].items():
        found = steps_of(name, "cuda")
        yield said(f"{STEPS} steps of {name} on digits", found == digest)
    ended = digests_of(train_group(jobs_of("digits", DIGITS_RUNS, "cuda", folder, Path())))
    same = sum(ended.get(key) == digest for key, digest in expected["digits"].items())
    yield said(f"{len(DIGITS_RUNS)} whole runs of digits in a group", same == len(DIGITS_RUNS))
    if device.is_emulated():
        return
    study, recipe, seed = MNIST_RUN
    committed = json.loads((REPORTS / study / "records" / f"{recipe}-seed-{seed}.json").read_text())
    if place := mnist():
        (job,) = jobs_of(study, [(recipe, seed)], "cuda", folder, place)
        found = digests_of(train_group([job]))[job.key]
        yield said(f"a whole run of {study}, {recipe} seed {seed}", found == committed["digest"])
        yield verified(place)
    else:
        yield Line("a whole run of mnist", "skipped: no MNIST (HARNESS_DATA)")


def verified(place: Path) -> Line:
    """What `harness verify` says of committed runs, in a group."""
    command = [sys.executable, "-m", "reprobench.harness", "verify", "mnist", "--engine", "cuda"]
    options = ["--runs", str(VERIFIED), "--data", str(place), "--json", "-", "--quiet"]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
    try:
        verdict = json.loads(done.stdout)["verdict"]
    except ValueError:
        verdict = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
    return Line(f"harness verify mnist --runs {VERIFIED}", verdict, verdict == "identical")


def said(what: str, same: bool) -> Line:
    return Line(what, "the committed bits" if same else "DIFFERS", same)


def speed(folder: Path) -> Iterator[Line]:
    """Whole runs of 15 epochs, with augmentation, evaluation and records, by their second epoch."""
    place = mnist()
    if place is None:
        yield Line("speed of whole runs", "skipped: no MNIST (HARNESS_DATA)")
        return
    for recipe, count in [*(("iteration2", n) for n in GROUPS), ("final", GROUPS[-1])]:
        runs = [(recipe, seed) for seed in range(1, count + 1)]
        whole = jobs_of("mnist", runs, "cuda", folder, place)
        ended = train_group([replace(job, epochs=TIMED_EPOCHS) for job in whole])
        first = ended[0]
        if not isinstance(first, RunRecord) or len(first.rows) < TIMED_EPOCHS:
            yield Line(f"{count} runs of {recipe}", f"failed: {first}", False)
            continue
        share = first.rows[-1].seconds
        words = (
            f"{share * count:6.2f} s an epoch, {60 / (15 * share):6.1f} runs of 15 epochs a minute"
        )
        yield Line(f"{count} runs of {recipe} in a group", words)


def beside() -> Iterator[Line]:
    """PyTorch on the same GPU, where its CUDA build is."""
    from torch_speed import ways

    try:
        import torch

        there = torch.cuda.is_available()
    except ImportError:
        there = False
    if not there:
        yield Line("PyTorch eager, graphed and vmap", "skipped: no PyTorch with CUDA")
        return
    for name, milliseconds in ways("cuda"):
        yield Line(f"PyTorch {name}", milliseconds)


def mnist() -> Path | None:
    """Where MNIST is."""
    place = data_directory().absolute()
    try:
        load_data_set(MNIST, place)
    except DataError:
        return None
    return place


def show(lines: Iterator[Line]) -> bool:
    """Print each as it comes; returns whether all that was compared is fine."""
    begin, fine = time.monotonic(), True
    for line in lines:
        now = time.monotonic()
        print(f"  {line.what:44} {line.found:60} {now - begin:6.1f} s", flush=True)
        begin, fine = now, fine and line.fine is not False
    return fine


def check() -> int:
    """Compare, then measure; returns the exit code."""
    if reason := CUDA.missing():
        print(f"nothing is checked: {reason}")
        return 2
    parts: list[Callable[[Path], Iterator[Line]]] = [compare]
    with tempfile.TemporaryDirectory() as folder:
        print(f"{device.name()}, numerics: {CUDA.version().numerics}")
        begin = time.monotonic()
        device.open_device()
        print(
            f"  {'kernels compiled, or found in the cache':105} {time.monotonic() - begin:6.1f} s"
        )
        if not device.is_emulated():
            parts += [speed, lambda _: beside()]
        fine = [show(part(Path(folder))) for part in parts]
    print("the GPU gives the committed bits" if all(fine) else "something DIFFERS: see above")
    return 0 if all(fine) else 1


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", action="store_true")
    if not parser.parse_args().write:
        return check()
    os.environ.pop(device.VARIABLE, None)
    with tempfile.TemporaryDirectory() as folder:
        EXPECTED.write_text(json.dumps(expected_now(Path(folder)), indent=2) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
