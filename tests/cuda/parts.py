"""The parts of the check on a GPU that are in Python: see check.py. Each says one line.

parts.py device                 its name
parts.py steps ARCHITECTURE     some steps on the digits, against expected.json
parts.py digits                 whole runs of the digits in a group, against expected.json
parts.py mnist                  a whole run of MNIST, against its committed record
parts.py verify                 `harness verify` on committed runs
parts.py speed RECIPE COUNT     how long an epoch of that many runs in a group takes
parts.py beside WAY             a step of PyTorch: see torch_speed.py
parts.py write                  make expected.json, on the native engine
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from codes import DIFFERS, SKIPPED
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

ROOT: Final = Path(__file__).resolve().parents[2]
EXPECTED: Final = Path(__file__).resolve().parent / "expected.json"
STEPS: Final = 20
DIGITS_RUNS: Final = (("iteration2", 1), ("iteration3", 2), ("iteration2", 3))
MNIST_RUN: Final = ("mnist", "final", 1)
VERIFIED: Final = 8
TIMED_EPOCHS: Final = 3
"""The one in the middle is timed: while it trains, the next one is drawn and the last recorded."""


@dataclass(frozen=True)
class Finding:
    """What a part says, and its exit code."""

    words: str
    code: int = 0


class Skipped(Exception):
    """The part cannot be done here; the message says what is missing."""


def said(same: bool) -> Finding:
    """Of something that was compared with what is committed."""
    return Finding("the committed bits") if same else Finding("DIFFERS", DIFFERS)


def device_name() -> Finding:
    """The device, if it can be used; raises Skipped."""
    if reason := CUDA.missing():
        raise Skipped(reason)
    return Finding(f"{device.name()}, numerics: {CUDA.version().numerics}")


def steps(architecture: str) -> Finding:
    """Some steps on the digits."""
    expected = json.loads(EXPECTED.read_text())["steps"]
    return said(steps_of(architecture, "cuda") == expected[architecture])


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


def digits() -> Finding:
    """Whole runs of the digits in a group."""
    expected = json.loads(EXPECTED.read_text())["digits"]
    with tempfile.TemporaryDirectory() as folder:
        jobs = jobs_of("digits", DIGITS_RUNS, "cuda", Path(folder), Path())
        return compared(digests_of(train_group(jobs)), expected)


def mnist() -> Finding:
    """A whole run of MNIST."""
    study, recipe, seed = MNIST_RUN
    place = mnist_directory()
    file = ROOT / "reports" / study / "records" / f"{recipe}-seed-{seed}.json"
    with tempfile.TemporaryDirectory() as folder:
        (job,) = jobs_of(study, [(recipe, seed)], "cuda", Path(folder), place)
        expected = {job.key: json.loads(file.read_text())["digest"]}
        return compared(digests_of(train_group([job])), expected)


def compared(found: dict[str, str], expected: dict[str, str]) -> Finding:
    """Digests, or the first reason why there is none, by the keys of runs."""
    wrong = [found[key] for key, digest in expected.items() if found[key] != digest]
    return Finding(f"DIFFERS: {wrong[0]}", DIFFERS) if wrong else said(True)


def verify(
    study: str = "mnist",
    *,
    engine: str = "cuda",
    runs: int = VERIFIED,
    root: Path = ROOT,
    place: Path | None = None,
) -> Finding:
    """What `harness verify` says of committed runs, in a group; `root` has their `reports`."""
    place = place or mnist_directory()
    command = [sys.executable, "-m", "reprobench.harness", "verify", study, "--engine", engine]
    options = ["--runs", str(runs), "--data", str(place), "--json", "-", "--quiet"]
    done = subprocess.run(
        [*command, *options], cwd=root, capture_output=True, text=True, check=False
    )
    try:
        verdict = json.loads(done.stdout)["verdict"]
    except ValueError:
        reason = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise RuntimeError(f"harness verify: {reason}") from None
    return Finding(f"{runs} runs: {verdict}", 0 if verdict == "identical" else DIFFERS)


def speed(recipe: str, count: str) -> Finding:
    """A middle epoch of runs of 15, with augmentation, evaluation, records and checkpoints."""
    runs = [(recipe, seed) for seed in range(1, int(count) + 1)]
    with tempfile.TemporaryDirectory() as folder:
        jobs = [
            replace(job, epochs=TIMED_EPOCHS, checkpoint=Path(folder, "checkpoints", job.key))
            for job in jobs_of("mnist", runs, "cuda", Path(folder), mnist_directory())
        ]
        first = train_group(jobs)[0]
    rows = getattr(first, "rows", ())  # none of a run that has no record
    if len(rows) < TIMED_EPOCHS:
        raise RuntimeError(getattr(first, "error", None) or str(first))
    share = rows[TIMED_EPOCHS // 2].seconds
    whole, rate = share * len(runs), 60 / (15 * share)
    return Finding(f"{whole:6.2f} s an epoch, {rate:6.1f} runs of 15 epochs a minute")


def beside(way: str) -> Finding:
    """A step of PyTorch on the same GPU; raises Skipped where it has no CUDA build."""
    try:
        import torch
    except ImportError:
        raise Skipped("no PyTorch") from None
    if not torch.cuda.is_available():
        raise Skipped("no PyTorch with CUDA")
    from torch_speed import measured

    try:
        return Finding(measured(way, "cuda"))
    except (RuntimeError, TypeError) as error:  # a fault of PyTorch's says nothing of the engine
        raise Skipped(f"PyTorch: {str(error).partition(chr(10))[0]}") from None


def write() -> Finding:
    """The values that are committed, made again on the native engine."""
    with tempfile.TemporaryDirectory() as folder:
        jobs = jobs_of("digits", DIGITS_RUNS, "native", Path(folder), Path())
        expected = {
            "numerics": NATIVE.version().numerics,
            "steps": {name: steps_of(name, "native") for name in ("iteration", "final")},
            "digits": digests_of([train_job(job) for job in jobs]),
        }
    EXPECTED.write_text(json.dumps(expected, indent=2) + "\n")
    return Finding(f"{EXPECTED.name} is written")


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


def digests_of(records: Iterable[Any]) -> dict[str, str]:
    """By key; of a run that failed, why."""
    return {
        record.key: record.error or record.digest if isinstance(record, RunRecord) else str(record)
        for record in records
    }


def mnist_directory() -> Path:
    """Where MNIST is, from the checkout's root; raises Skipped if it is nowhere."""
    place = ROOT / data_directory()
    try:
        load_data_set(MNIST, place)
    except DataError as error:
        raise Skipped(f"no MNIST (HARNESS_DATA): {error.lines[0]}") from None
    return place


PARTS: Final[dict[str, Callable[..., Finding]]] = {
    "device": device_name,
    "steps": steps,
    "digits": digits,
    "mnist": mnist,
    "verify": verify,
    "speed": speed,
    "beside": beside,
    "write": write,
}


def main(name: str, *arguments: str) -> int:
    """Print what the part finds; returns its exit code."""
    try:
        finding = PARTS[name](*arguments)
    except Skipped as skipped:
        finding = Finding(str(skipped), SKIPPED)
    print(finding.words)
    return finding.code


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
