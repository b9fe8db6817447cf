"""Benches of programs: real workers and real processes, some of which are killed."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from benching import run as bench
from programs import COUNTS, RISING, asleep, program
from reprobench.harness.base.errors import InputError
from reprobench.harness.commands.options.training import BenchOptions
from reprobench.harness.commands.rounds.machine import NOT_REPEATABLE
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.training.worker import train_job
from scripted import begin
from waiting import PATIENCE, kill, processes, wait_until, words


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, and no data anywhere."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HARNESS_DATA", str(tmp_path / "nowhere"))
    return tmp_path


@pytest.fixture
def mark(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A mark in the environment of every process that the test starts; they are killed
    afterwards."""
    text = f"mark-{folder}"
    monkeypatch.setenv("MARK", text)
    yield text
    for pid in processes(text):
        kill(pid)


STARTED: list[subprocess.Popen[str]] = []


@pytest.fixture(autouse=True)
def ended() -> Iterator[None]:
    """However a test ends, its benches end too."""
    yield
    while STARTED:
        process = STARTED.pop()
        if process.poll() is None:
            process.kill()
            process.communicate()


def harness(*arguments: str) -> subprocess.Popen[str]:
    """The command, in a process of its own."""
    command = ["-m", "reprobench.harness", *arguments]
    process = begin(command, stderr=subprocess.STDOUT, HARNESS_DATA="nowhere")
    STARTED.append(process)
    return process


def test_from_the_program_to_the_report(folder: Path) -> None:
    """Two recipes, one of which fails: that costs only its own runs."""
    other = (
        "[[recipes]]\nname = 'b'\ncommand = 'sh train.sh {seed} 2'\ninputs = ['train.sh']\n"
        "[[recipes]]\nname = 'c'\ncommand = 'sh other.sh {seed} {epochs}'\ninputs = ['other.sh']\n"
    )
    (folder / "other.sh").write_text(RISING.replace("80", "70"))
    file = program(folder, rest=other)
    options = BenchOptions(study=str(file), jobs=2, json=folder / "facts.json")
    code, output = bench(options, train_job)
    assert code == 1
    assert "failed: b seed 1: ended after 2 of 3 epochs; printed last: " in output
    assert "its log: ledger/logs/" in output
    assert "a seed 2: 83 of 100 at epoch 3" in output
    report = (folder / "out" / "shell" / "report.md").read_text()
    assert "All runs were trained by the study's own programs" in report
    assert "a (2 runs): “sh train.sh {seed} {epochs}”; train.sh (SHA-256 " in report
    assert "The recipes come from different sources, but are compared with each other" in report
    assert "Measured: correct, a count of 100 test examples." in report
    assert "printed by its program" in report
    for absent in ("decomposition of the variance", "variance between runs"):
        assert absent not in report
    facts = json.loads((folder / "facts.json").read_text())
    assert (facts["leader"], facts["threshold"]) == ("a", 80)
    assert facts["engines"]["a"][0] == "command"
    code, output = bench(options, train_job)
    assert "2 runs to train on 2 workers, 4 of 6 in the ledger" in output


def test_runs_that_can_be_no_baseline_are_foretold(folder: Path) -> None:
    """They are refused after the last of them otherwise, which may be hours later."""
    options = BenchOptions(study=str(program(folder)), seeds=1)
    (folder / ".gitignore").write_text("out/\nledger/\n")
    for command in (["init", "-q", "."], ["add", "."]):
        subprocess.run(["git", *command], check=True)
    _, output = bench(options, train_job)
    assert NOT_REPEATABLE in output
    _, output = bench(options, train_job)  # nothing is left to train
    assert NOT_REPEATABLE not in output
    as_me = ["-c", "user.name=me", "-c", "user.email=me@here"]
    subprocess.run(["git", *as_me, "commit", "-qm", "first"], check=True)
    _, output = bench(replace(options, seeds=2), train_job)
    assert NOT_REPEATABLE not in output


def test_of_many_failures_some_are_told_again_at_the_end(folder: Path) -> None:
    file = program(folder)
    file.write_text(file.read_text().replace("seeds = 2", "seeds = 12"))
    (folder / "train.sh").write_text("exit 3\n")
    code, output = bench(BenchOptions(study=str(file), jobs=2), train_job)
    assert code == 1
    told = [line for line in output.splitlines() if line.startswith("failed: ")]
    assert len(told) == 10
    assert told[-1] == f"failed: 3 more; `harness runs list {file}` shows all"


def test_a_dry_run_starts_nothing(folder: Path) -> None:
    file = program(folder, "touch started")
    code, output = bench(BenchOptions(study=str(file), dry_run=True), train_job)
    assert code == 0
    assert "shell: 2 runs to train on 2 workers, 0 of 2 in the ledger; time not yet known" in (
        output
    )
    assert not (folder / "started").exists()
    assert not (folder / "ledger").exists()


def test_what_is_not_for_commands(folder: Path) -> None:
    file = program(folder)
    with pytest.raises(InputError, match=r"--engine torch: the recipes of .* are commands"):
        bench(BenchOptions(study=str(file), engine="torch"))
    with pytest.raises(InputError, match=r"--data-set mnist: the recipes of .* are commands"):
        bench(BenchOptions(study=str(file), data_set="mnist"))


@pytest.mark.usefixtures("no_pictures")
def test_axes_are_set_on_the_command_line(folder: Path) -> None:
    file = program(
        folder, RISING.replace("80", "$3"), command="sh train.sh {seed} {epochs} {gain}",
        recipe="axes = { gain = 80 }", seeds=1,
    )  # fmt: skip
    code, output = bench(BenchOptions(study=str(file), changes=["axes.gain=90"]), train_job)
    assert code == 0
    assert "93 of 100 at epoch 3" in output
    with pytest.raises(InputError, match="--set command=x: command cannot be set"):
        bench(BenchOptions(study=str(file), changes=["command=x"]))
    with pytest.raises(InputError, match=f"axes.gain={2**63}: is a whole number beyond TOML"):
        bench(BenchOptions(study=str(file), changes=[f"axes.gain={2**63}"]))


def test_axes_that_make_two_recipes_the_same_are_refused(folder: Path) -> None:
    command = "sh train.sh {seed} {epochs} {gain}"
    file = program(
        folder, command=command, recipe="axes = { gain = 80 }",
        rest="[[recipes]]\nname = 'b'\n"
        f"command = '{command}'\ninputs = ['train.sh']\naxes = {{ gain = 81 }}",
    )  # fmt: skip
    with pytest.raises(InputError) as raised:
        bench(BenchOptions(study=str(file), changes=["axes.gain=90"]))
    assert raised.value.lines == (
        f"{file} with --set axes.gain=90: recipes[b]: has the same command and files as "
        "recipes[a]; write a study file with one of them",
    )


@pytest.mark.usefixtures("no_pictures")
def test_adaptive_seeds_and_confirmation(folder: Path) -> None:
    head = f'{COUNTS}\nbudget = 8\nconfirmation = 2\nseeds = "adaptive"'
    file = program(folder, head=head)
    file.write_text(file.read_text().replace("seeds = 2\n", ""))
    code, output = bench(BenchOptions(study=str(file), confirm=True), train_job)
    assert code == 0
    assert "confirming a on seeds that took no part in the choice" in output
    assert (folder / "out" / "shell" / "confirmation.csv").exists()


@pytest.mark.parametrize(
    "number",
    [signal.SIGINT, signal.SIGKILL, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)],
)
def test_a_killed_bench_leaves_no_program(number: signal.Signals, mark: str, folder: Path) -> None:
    """Nor anything that the program has started, even in sessions of its own."""
    program(folder, "setsid sleep 987 & sleep 987")
    process = harness("bench", "study.toml", "--jobs", "2")
    wait_until(lambda: len(asleep(mark)) == 4)  # two of each program
    process.send_signal(number)
    output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == (-9 if number == signal.SIGKILL else 128 + number), output
    wait_until(lambda: not processes(mark))


def test_a_killed_worker_leaves_no_program(mark: str, folder: Path) -> None:
    """Its run starts again in a new worker, and continues from its checkpoint."""
    script = """
from=$(cat "$3/epoch" 2> /dev/null || echo 0)
echo $from >> began
for e in $(seq $((from + 1)) "$2"); do
    echo "{\\"epoch\\": $e, \\"correct\\": $((80 + e)), \\"total\\": 100}"
    echo $e > "$3/epoch"
    [ $e = 2 ] && [ $from = 0 ] && { setsid sleep 987 & sleep 987; }
done
exit 0
"""
    program(folder, script, command="sh train.sh {seed} {epochs} {checkpoint}", seeds=1)
    process = harness("bench", "study.toml", "--jobs", "1")
    wait_until(lambda: _epochs_kept(folder / "ledger" / "checkpoints") == [81, 82])
    wait_until(lambda: len(asleep(mark)) == 2)
    for worker in (pid for pid in processes(mark) if "popen_loky" in words(pid)):
        kill(worker)  # one of them has the run, and the pool may end the other by itself
    output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, output
    assert "a worker process died; starting again what was in flight: a seed 1" in output
    assert "83 of 100 at epoch 3" in output
    assert (folder / "began").read_text().split() == ["0", "2"]
    assert list((folder / "ledger" / "checkpoints").iterdir()) == []
    wait_until(lambda: not processes(mark))


def _epochs_kept(checkpoints: Path) -> list[int]:
    """The epochs in the checkpoint of the only run, which the worker writes while it reads them."""
    for file in checkpoints.glob("*/epochs.json"):
        kept: list[int] = json.loads(file.read_text())["values"]
        return kept
    return []


@pytest.mark.slow
def test_two_benches_start_each_run_once(mark: str, folder: Path) -> None:
    program(folder, f'echo "$1" >> began; sleep 0.5; {RISING}', seeds=4)
    benches = [harness("bench", "study.toml", "--jobs", "2") for _ in range(2)]
    outputs = [one.communicate(timeout=PATIENCE)[0] for one in benches]
    assert [one.returncode for one in benches] == [0, 0], outputs
    assert sorted((folder / "began").read_text().split()) == ["1", "2", "3", "4"]
    wait_until(lambda: not processes(mark))


@pytest.mark.usefixtures("no_pictures")
def test_runs_are_listed_shown_and_removed(folder: Path) -> None:
    file = program(folder, seeds=1)
    bench(BenchOptions(study=str(file)), train_job)
    listed = harness("runs", "list", "study.toml").communicate()[0]
    assert "83 of 100" in listed
    (record,) = (folder / "ledger" / "runs").glob("*/*.json")
    shown = harness("runs", "show", record.stem).communicate()[0]
    assert "sh train.sh {seed} {epochs}" in shown
    assert "82 of 100" in shown
    assert f"log: ledger/logs/{record.stem}.log" in shown
    assert "1 run removed" in harness("runs", "remove", record.stem, "--yes").communicate()[0]
    assert not Ledger(folder / "ledger").log(record.stem).exists()
