"""Ctrl-C and other signals for a bench on a cluster, also as a terminal sends them: to all of its
processes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from pathlib import Path

import pytest
from benches import many, records
from reprobench.harness.commands.options.training import BenchOptions
from scripted import begin, hold
from waiting import PATIENCE, processes, wait_until

KEPT = "finished runs are kept; the same command goes on from there"

NUMBERS = pytest.mark.parametrize(
    "number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT]
)


def begin_bench(
    study: str, cluster: str, options: BenchOptions, place: Path, **environment: str
) -> subprocess.Popen[str]:
    """`harness bench` on a cluster, with a folder of its own for temporary files."""
    (place / "temporary").mkdir()
    words = ["-m", "reprobench.harness", "bench", study, "--cluster", cluster]
    folders = ["--ledger", str(options.ledger), "--out", str(options.out)]
    temporary = str(place / "temporary")
    return begin([*words, *folders], place, TMPDIR=temporary, **environment)


def end(process: subprocess.Popen[str], number: signal.Signals) -> str:
    """Send the signal to all processes of the bench; returns what it says from then on."""
    with process:
        try:
            os.killpg(process.pid, number)
            output, errors = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
    assert (process.returncode, errors) == (128 + number, "")
    return output


def nothing_is_left(place: Path) -> bool:
    """Whether no process is left, and no temporary file."""
    temporary = place / "temporary"
    return not processes(str(temporary)) and not any(temporary.iterdir())


@NUMBERS
def test_while_the_workers_start(
    number: signal.Signals, options: BenchOptions, tmp_path: Path
) -> None:
    begun = hold("spawn_main", tmp_path)
    process = begin_bench("tiny", "local:2", options, tmp_path, PYTHONPATH=str(tmp_path))
    wait_until(begun.exists)
    assert KEPT in end(process, number)
    assert nothing_is_left(tmp_path)


@NUMBERS
def test_while_the_workers_train(
    number: signal.Signals, options: BenchOptions, tmp_path: Path
) -> None:
    wanted = many(options, 40, tmp_path, epochs=15)
    process = begin_bench(str(wanted.study), "local:2", options, tmp_path)
    assert process.stdout
    for line in process.stdout:
        if line.startswith("2/40"):
            break
    assert KEPT in end(process, number)
    assert nothing_is_left(tmp_path)
    assert 2 <= len(records(wanted)) < 40


def test_while_a_scheduler_does_not_answer(options: BenchOptions, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        process = begin_bench("tiny", address, options, tmp_path)
        connection, _ = silent.accept()
        with connection:
            assert KEPT in end(process, signal.SIGINT)
