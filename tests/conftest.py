"""What many tests share: studies, records without training, and real MNIST if it is available."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from reprobench.harness.base.errors import DataError
from reprobench.harness.data.digits import DIGITS
from reprobench.harness.data.mnist import MNIST
from reprobench.harness.data.place import data_directory
from reprobench.harness.data.registry import load_data_set
from reprobench.harness.data.spec import DataSet
from reprobench.harness.engines.gpu import device
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.results.record import RunRecord
from reprobench.harness.study.declaration import Study
from reprobench.harness.study.loading.file import find_study, load_study
from reprobench.harness.training.pools import LocalPool
from reprobench.harness.training.worker import Job, Trainer
from scripted import ROOT
from unpictured import leave_out_pictures

# Tests of engines must pass on machines with a GPU too; tests of groups choose their device.
os.environ[device.VARIABLE] = device.OFF

# A shell's background jobs ignore interrupts, and nohup's hangups: so would their children.
for number, usual in (
    (signal.SIGINT, signal.default_int_handler),
    (signal.SIGHUP, signal.SIG_DFL),
    (signal.SIGQUIT, signal.SIG_DFL),
):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, usual)


@pytest.fixture(scope="session")
def mnist_directory() -> Path:
    """Directory of real MNIST; skips the test, with the reason, if there is none."""
    directory = data_directory()
    directory = directory if directory.is_absolute() else ROOT / directory
    try:
        load_data_set(MNIST, directory)
    except DataError as error:
        pytest.skip(f"no MNIST: {error.lines[0]}")
    return directory


@pytest.fixture(scope="session")
def mnist(mnist_directory: Path) -> DataSet:
    """Real MNIST."""
    return load_data_set(MNIST, mnist_directory)


@pytest.fixture(scope="session")
def digits() -> DataSet:
    """scikit-learn's digits."""
    return load_data_set(DIGITS, Path())


@pytest.fixture(scope="session")
def tiny() -> Study:
    """Two recipes, two seeds, two epochs, on the digits."""
    return load_study("tiny")


@pytest.fixture
def guarded(tmp_path: Path) -> Study:
    """The tiny study with a gate: its two recipes over one epoch of two, and one of the gate's."""
    path = tmp_path / "guarded.toml"
    tiny = (
        find_study("tiny")
        .read_text()
        .replace('"tiny"', '"guarded"')
        .replace("seeds = 2", "seeds = 8")
    )
    path.write_text(tiny + GATE)
    return load_study(str(path))


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """An empty ledger."""
    made = Ledger(tmp_path / "ledger")
    made.prepare()
    return made


@pytest.fixture
def study_file(tmp_path: Path) -> Callable[..., Path]:
    """Writes a study file: a valid one, with some of its parts replaced or text added."""

    def write(added: str = "", **parts: str) -> Path:
        path = tmp_path / "study.toml"
        path.write_text("\n".join({**SOUND_STUDY, **parts}.values()) + "\n" + added)
        return path

    return write


GATE = """
[gate]
epochs = 1
margin = 4
limit = 8

[gate.short]
margin = 3

[[gate.short.recipes]]
name = "short"
architecture = "final"
"""

SOUND_STUDY = {
    "head": 'name = "sound"\ndata_set = "mnist"\nseeds = 3',
    "criterion": "[criterion]\ntarget = 0.994\nepochs = 4\nparameters = 10_000\nwindow = 2",
    "recipe": '[[recipes]]\nname = "a"\narchitecture = "final"\nbatch_size = 128\nlr = 0.1',
    "optimiser": 'optimiser = { name = "SGD", momentum = 0.9 }',
}


@pytest.fixture
def no_images(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test images for the gallery, whatever this machine has."""
    monkeypatch.setenv("HARNESS_DATA", str(tmp_path / "nowhere"))


@pytest.fixture
def in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trains runs in this process: workers take seconds to start."""

    def one_by_one(_: LocalPool, train: Trainer, jobs: Iterator[Job]) -> Iterator[RunRecord]:
        yield from map(train, jobs)

    monkeypatch.setattr(LocalPool, "train", one_by_one)


@pytest.fixture
def emulated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Groups train on the device emulated on the CPU, or on the one that is named."""
    monkeypatch.setenv(device.VARIABLE, os.environ.get("DEVICE_OF_TESTS", device.EMULATED))
    if reason := device.why_missing():
        pytest.skip(reason)


@pytest.fixture
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports have no plots, which take seconds to draw."""
    leave_out_pictures(monkeypatch.setattr)
