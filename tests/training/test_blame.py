"""Runs that fail: if the user's own network is to blame, they are not trained again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from reprobench.harness.commands.bench import bench
from reprobench.harness.commands.options.training import BenchOptions
from reprobench.harness.engines.choice import choose
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.results.parsing import DamagedRecord, parse_record, read_record
from reprobench.harness.study.declaration import Study
from reprobench.harness.study.loading.file import load_study
from reprobench.harness.training.plan import plan
from reprobench.harness.training.worker import Job, train_job
from rich.console import Console
from scripted import scripted_record

STUDY = """
name = "own"
data_set = "digits"
seeds = 1

[criterion]
target = 0.9
epochs = 1
parameters = 10_000
window = 1

[[recipes]]
name = "mine"
architecture = "{module}:Network"
batch_size = 400
lr = 0.1
optimiser = "SGD"
"""
NETWORK = """
from torch import nn

class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.scores = nn.Linear(784, 10)
        self.seen = 0

    def forward(self, images):
        self.seen += len(images)
        if self.seen > 1_000:
            raise {error}
        return self.scores(images.flatten(1))
"""


@pytest.fixture
def failing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Study]:
    """A study of a network that passes every check, and raises in its third step."""
    monkeypatch.chdir(tmp_path)

    def make(module: str, error: str) -> Study:
        Path(f"{module}.py").write_text(NETWORK.format(error=error))
        Path("own.toml").write_text(STUDY.format(module=module))
        return load_study("own.toml")

    return make


def job(study: Study, ledger: Ledger, *, fresh: bool = False) -> list[Job]:
    engines = choose("torch", study.recipes, study.data)
    return plan(
        study,
        study.runs(),
        ledger,
        engines=engines,
        data_directory=Path(),
        progress=Path("progress"),
        fresh=fresh,
    ).jobs


@pytest.mark.parametrize(
    ("module", "error", "blame"),
    [
        ("fault", "ValueError('three at most')", "recipe"),
        ("leaving", "SystemExit(3)", "recipe"),
        ("greedy", "MemoryError()", None),
        ("torchs", "RuntimeError('DefaultCPUAllocator: can\\'t allocate memory')", None),
        ("disk", "OSError(5, 'Input/output error')", None),
    ],
)
def test_who_is_to_blame(
    failing: Callable[[str, str], Study], ledger: Ledger, module: str, error: str, blame: str | None
) -> None:
    study = failing(module, error)
    (first,) = job(study, ledger)
    record = train_job(first)
    assert (record.status, record.blame) == ("failed", blame)
    assert record.error is not None
    assert record.error.startswith(error.partition("(")[0])
    ledger.write(record)
    assert read_record(ledger.path(record)) == record
    assert len(job(study, ledger)) == (0 if blame else 1)
    assert len(job(study, ledger, fresh=True)) == 1


@pytest.mark.usefixtures("in_process", "no_pictures")
def test_a_bench_says_what_it_does_not_try_again(
    failing: Callable[[str, str], Study], capsys: pytest.CaptureFixture[str]
) -> None:
    failing("again", "ValueError('three at most')")
    console = Console(width=200)
    for said in ("1 run to train on 1 worker, 0 of 1", "0 runs to train, 1 of 1"):
        assert bench(BenchOptions(study="own.toml", jobs=1), console) == 1
        output = capsys.readouterr().out
        assert said in output
        assert "failed: mine seed 1: ValueError: three at most; it would fail again" in output


def test_who_is_to_blame_is_said_of_failed_runs_alone(tiny: Study) -> None:
    record = scripted_record(tiny.runs()[0], [240, 260], data_set="digits")
    assert b"blame" not in record.to_json().encode()
    wrong = record.model_copy(update={"blame": "recipe"})
    with pytest.raises(DamagedRecord, match="blame: only a failed run may have one"):
        parse_record(wrong.to_json().encode())
