"""Ctrl-C, SIGTERM, SIGHUP and Ctrl-\\, sent to real processes at the worst of times."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from scripted import begin, done_by, hold
from waiting import PATIENCE, wait_until


@pytest.mark.parametrize(
    "number",
    [
        *(signal.SIGINT, signal.SIGHUP, signal.SIGQUIT),
        pytest.param(signal.SIGTERM, marks=pytest.mark.slow),
    ],
)
def test_in_the_middle_of_a_round(number: signal.Signals, tmp_path: Path) -> None:
    """It says so once, keeps what is finished, tidies up and ends with the signal's code."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    script = (
        "import sys; from reprobench.harness.__main__ import main; "
        "sys.argv = ['harness', 'bench', 'digits', '--jobs', '1']; main()"
    )
    process = begin(["-c", script], tmp_path, TMPDIR=str(temporary))
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("started"):
                break
        of_terminals = number in (signal.SIGHUP, signal.SIGQUIT)
        os.killpg(process.pid, number) if of_terminals else process.send_signal(number)
        output, errors = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    assert process.returncode == 128 + number
    what = "interrupted" if number == signal.SIGINT else f"ended by {number.name}"
    assert f"{what}: finished runs are kept; the same command goes on from there" in output
    assert errors == ""
    assert [path.name for path in temporary.iterdir() if path.name.startswith("harness")] == []
    assert list(Path("/dev/shm").glob(f"*[-_]{process.pid}[-_]*")) == []


def test_a_silent_bench_says_by_what_it_was_ended(tmp_path: Path) -> None:
    """Except by Ctrl-C: whoever presses it knows."""
    begun = hold("popen_loky", tmp_path)
    arguments = ["-m", "reprobench.harness", "bench", "tiny", "--jobs", "1", "--quiet"]
    process = begin(arguments, tmp_path, PYTHONPATH=str(tmp_path))
    try:
        wait_until(begun.exists)
        process.send_signal(signal.SIGTERM)
        output, errors = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    assert (output, errors) == ("", "harness: ended by SIGTERM\n")


def test_while_the_workers_start(tmp_path: Path) -> None:
    """Ctrl-C reaches them too, before they can have said that they leave it to the bench."""
    begun = hold("popen_loky", tmp_path)
    arguments = ["-m", "reprobench.harness", "bench", "tiny", "--jobs", "2"]
    process = begin(arguments, tmp_path, PYTHONPATH=str(tmp_path))
    try:
        wait_until(begun.exists)
        os.killpg(process.pid, signal.SIGINT)
        output, errors = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    assert (process.returncode, errors) == (128 + signal.SIGINT, "")
    assert "interrupted: finished runs are kept; the same command goes on from there" in output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
@pytest.mark.parametrize(
    "module", ["dataclasses", "typer", "reprobench.harness.cli", "pydantic", "numpy"]
)
def test_while_a_module_is_imported(module: str, number: signal.Signals, tmp_path: Path) -> None:
    """Also if it is the first large module that the command imports.

    A verb imports the last two modules, and says by which signal it was ended.
    """
    script = f"""
import os, sys

class Interrupting:
    def find_spec(self, name, *_):
        if name == {module!r}:
            os.kill(os.getpid(), {int(number)})

sys.meta_path.insert(0, Interrupting())
from reprobench.harness.__main__ import main
sys.argv = ["harness", "bench", "digits", "--dry-run"]
main()
"""
    done = done_by(script, tmp_path)
    told = module in ("pydantic", "numpy") and number != signal.SIGINT
    said = f"harness: ended by {number.name}\n" if told else ""
    assert (done.returncode, done.stdout, done.stderr) == (128 + number, "", said)


LATE = """
import os, signal, sys
from reprobench.harness.__main__ import main

class Late:
    def __del__(self, kill=os.kill, me=os.getpid(), number=signal.SIGTERM):
        kill(me, number)

sys.late = Late()  # destroyed last of all
sys.argv = ["harness", "studies"]
main()
"""


def test_while_python_shuts_down(tmp_path: Path) -> None:
    """All is done and said: the exit code is that of what was done."""
    done = done_by(LATE, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "mnist" in done.stdout


def test_a_signal_that_is_ignored_stays_so(tmp_path: Path) -> None:
    """As under nohup: the terminal goes away, the job goes on."""
    script = (
        "import os, signal; signal.signal(signal.SIGHUP, signal.SIG_IGN); "
        "from reprobench.harness.base.early_signals import leave_at_once\n"
        "from reprobench.harness.base.interrupts import remembered_interrupts\n"
        "leave_at_once()\n"
        "with remembered_interrupts(): os.kill(os.getpid(), signal.SIGHUP)\n"
        "print('went on')"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stdout == "went on\n"
