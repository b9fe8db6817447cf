"""One run of a program: what its output and its failures become. With real processes."""

from __future__ import annotations

import json
import os
import resource
import time
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from programs import RISING, guardian, job, program, trained
from reprobench.harness.results.parsing import parse_record
from reprobench.harness.study.loading.file import load_study
from reprobench.harness.training.programs import process
from reprobench.harness.training.programs.log import HALF
from reprobench.harness.training.worker import Progress, train_job
from waiting import PATIENCE, kill, processes, wait_until

LOSS = 'measure = { name = "loss", direction = "lower" }'


def test_a_run_that_goes_well(tmp_path: Path) -> None:
    file = program(tmp_path, f"echo hello\n{RISING}\necho warning >&2\nprintf end")
    record = trained(file)
    assert record.status == "completed", record.error
    assert record.values == (81, 82, 83)
    assert (record.measure, record.total, record.direction) == ("correct", 100, "higher")
    assert list(record.inputs) == ["train.sh"]
    assert len(record.seconds) == 3
    assert parse_record(record.to_json().encode()) == record
    log = (tmp_path / "logs" / "key.log").read_text()
    assert {"hello", "warning", "end"} <= set(log.splitlines())
    assert log.count('"epoch"') == 3
    assert Progress.read(tmp_path / "progress").epoch == 3


def test_the_words_of_the_command(tmp_path: Path) -> None:
    """Quotes as in a shell, no shell, axes as TOML and Python write them, braces doubled."""
    file = program(
        tmp_path,
        'printf "%s\\n" "$@"; ' + RISING,
        command='sh train.sh {seed} {epochs} "a  b" lr={lr} {name} {flag} {many} $HOME * {{}}',
        recipe='axes = { lr = 1e-5, name = "x y; z", flag = true, many = 3 }',
    )
    assert trained(file, seed=7).status == "completed"
    said = (tmp_path / "logs" / "key.log").read_text().splitlines()
    words = ["7", "3", "a  b", "lr=1e-05", "x y; z", "true", "3", "$HOME", "*", "{}"]
    assert said[: len(words)] == words


def test_folder_and_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OF_THE_USER", "kept")
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    script = f'pwd; echo "$OF_THE_USER $OMP_NUM_THREADS $PYTHONUNBUFFERED"; cat; {RISING}'
    file = program(tmp_path, script)
    assert trained(file).status == "completed"
    said = (tmp_path / "logs" / "key.log").read_text().splitlines()
    assert said[:2] == [str(tmp_path), "kept 1 1"]  # cat read nothing and ended


def test_its_commit_is_that_of_its_beginning(tmp_path: Path) -> None:
    """Whatever is committed while it runs: that is not what ran."""
    git = "git -c user.name=a -c user.email=a@b"
    script = f"{RISING}; {git} init -q .; {git} add .; {git} commit -qm later"
    record = trained(program(tmp_path, script))
    assert record.status == "completed"
    assert (tmp_path / ".git").exists()
    assert record.environment["commit"] is None


def test_values_that_are_no_counts(tmp_path: Path) -> None:
    script = 'for e in 1 2 3; do echo "{\\"epoch\\": $e, \\"value\\": 0.$e}"; done'
    record = trained(program(tmp_path, script, head=LOSS))
    assert record.values == (0.1, 0.2, 0.3)
    assert (record.measure, record.total, record.direction) == ("loss", None, "lower")
    assert parse_record(record.to_json().encode()) == record


FAILURES = {
    "exit code": (f"{RISING}\necho oops >&2\nexit 3", "exit code 3 after 3 of 3 epochs; printed"),
    "nothing": (
        "exit 0",
        'ended after 0 of 3 epochs; after each, print a line such as {"epoch": 1, "correct": 100, '
        '"total": 100} on standard output, with nothing else on it; printed nothing',
    ),
    "on standard error": (f"{{ {RISING}; }} >&2", "on standard output, with nothing else on it; "),
    "too few": ("set 1 2; " + RISING, "ended after 2 of 3 epochs; printed last: "),
    "too many": ("set 1 4; " + RISING, "printed epoch 4, where 3 are declared"),
    "doubled": (
        f"{RISING}; {RISING}",
        "printed epoch 1 after epoch 3; print each once, in order (after 3 of 3 epochs); printed",
    ),
    "missing": (RISING.replace("$(seq", "1 $(seq 3"), "printed epoch 3 after epoch 1"),
    "from 0": (RISING.replace("$(seq", "0 $(seq"), "began with epoch 0; the first is 1"),
    "garbage": ("head -c 300000 /dev/urandom; echo; echo '{{{'", "ended after 0 of 3 epochs"),
    "wrong total": (RISING.replace("100", "99"), "`total` should be 100"),
    "killed": (f"{RISING}; kill -SEGV $$", "was killed by SIGSEGV after 3 of 3"),
    "killed by a real-time signal": (f"{RISING}; kill -40 $$", "was killed by signal 40 after 3"),
    "not finite after all": (
        f'{RISING}; echo \'{{"epoch": 4, "correct": NaN, "total": 100}}\'',
        "printed epoch 4, where 3 are declared",
    ),
}


@pytest.mark.parametrize("name", FAILURES)
def test_a_failure_is_named(name: str, tmp_path: Path) -> None:
    script, said = FAILURES[name]
    record = trained(program(tmp_path, script))
    assert record.status == "failed"
    assert record.error is not None
    assert said in record.error, record.error
    assert record.values == ()
    assert parse_record(record.to_json().encode()) == record
    if "nothing" not in said:
        assert "its log: " in record.error
        assert (tmp_path / "logs" / "key.log").stat().st_size > 0


@pytest.mark.parametrize("printed", ["NaN", "Infinity"])
def test_a_run_that_diverges_is_ended(
    printed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = (
        'echo "{\\"epoch\\": 1, \\"value\\": 0.5}"; '
        f'echo "{{\\"epoch\\": 2, \\"value\\": {printed}}}"; sleep 987; touch outlived'
    )
    monkeypatch.setenv("MARK", mark := f"diverged-{tmp_path}")
    record = trained(program(tmp_path, script, head=LOSS))
    assert (record.status, record.values) == ("diverged", (0.5,))
    assert processes(mark) == []
    assert not (tmp_path / "outlived").exists()
    assert parse_record(record.to_json().encode()) == record


def test_the_time_limit_ends_all_that_the_program_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A child in a session of its own, one in the background, and the script itself.

    They have as long to begin as they need: most of the limit is over once they have.
    """
    script = (
        "setsid sleep 987 & (sleep 987; true) & trap '' TERM INT; echo begun; "
        "while :; do sleep 987; done"
    )
    file = program(tmp_path, script, recipe=f"time_limit = {PATIENCE}")
    log = tmp_path / "logs" / "key.log"

    def clock() -> float:
        begun = log.exists() and "begun" in log.read_text()
        return time.monotonic() + (PATIENCE - 1 if begun else 0)

    monkeypatch.setattr(process, "time", SimpleNamespace(monotonic=clock))
    os.environ["MARK"] = mark = f"limit-{tmp_path}"
    try:
        record = trained(file)
    finally:
        del os.environ["MARK"]
    assert record.status == "failed"
    assert record.error is not None
    limit = f"took longer than its time limit of {PATIENCE:g} seconds"
    assert record.error.startswith(f"{limit} after 0 of 3")
    assert "printed last: begun" in record.error
    assert processes(mark) == []


def test_what_a_program_leaves_in_the_background_is_ended_with_it(tmp_path: Path) -> None:
    """Even if it keeps the output open: nobody waits for it."""
    os.environ["MARK"] = mark = f"background-{tmp_path}"
    try:
        record = trained(program(tmp_path, f"setsid sleep 987 & sleep 987 & {RISING}"))
    finally:
        del os.environ["MARK"]
    assert record.status == "completed", record.error
    assert processes(mark) == []


def test_a_flood_fills_neither_memory_nor_disk(tmp_path: Path) -> None:
    """Many lines on both streams, and then one of 20 MB."""
    flood = "yes 'not a result' | head -c 4000000"
    script = f"{flood}; {flood} >&2; head -c 20000000 /dev/zero | tr '\\0' x; echo; {RISING}"
    before = psutil.Process().memory_info().rss
    record = trained(program(tmp_path, script))
    assert record.status == "completed", record.error
    assert psutil.Process().memory_info().rss - before < 30_000_000
    log = (tmp_path / "logs" / "key.log").read_bytes()
    assert len(log) < 2 * HALF + 100
    assert log.startswith(b"not a result\n")
    assert b" bytes left out]\n" in log
    assert b'"correct": 83' in log[-200:]


def test_it_stops_where_no_more_epochs_are_wanted(tmp_path: Path) -> None:
    """The program is told of all declared epochs: a short run is the beginning of the long one."""
    script = f"echo told $2; {RISING.replace('; done', '; sleep 0.1; done')}; sleep 1000"
    record = trained(program(tmp_path, script, epochs=50), epochs=2)
    assert (record.status, record.values, record.epochs) == ("completed", (81, 82), 50)
    assert "told 50" in (tmp_path / "logs" / "key.log").read_text()


def test_whoever_has_more_than_a_thousand_files_open(tmp_path: Path) -> None:
    """The pipes have numbers from 1,024 on, here and in the guardian; the limit is 30 years."""
    before, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, most), most))
    nothing = os.open(os.devnull, os.O_RDONLY)
    opened = [nothing]
    try:
        while opened[-1] < 1100:
            opened.append(os.dup(nothing))
        record = trained(program(tmp_path, recipe="time_limit = 1e9"))
    finally:
        for one in opened:
            os.close(one)
        resource.setrlimit(resource.RLIMIT_NOFILE, (before, most))
    assert (record.status, record.values) == ("completed", (81, 82, 83)), record.error


def test_a_program_that_is_gone_or_changed(tmp_path: Path) -> None:
    file = program(tmp_path)
    study = load_study(str(file))
    (tmp_path / "train.sh").write_text("exit 0\n")
    record = train_job(job(study, tmp_path))
    assert record.error == "its input files have changed since the bench began"
    (tmp_path / "train.sh").unlink()
    record = train_job(job(study, tmp_path))
    assert record.error is not None
    assert "names no file" in record.error


def test_a_program_that_cannot_be_started(tmp_path: Path) -> None:
    """The file is there, but is not a program."""
    (tmp_path / "broken").write_bytes(b"\x00\x01")
    (tmp_path / "broken").chmod(0o755)
    record = trained(program(tmp_path, command="./broken {seed}"))
    assert record.error == "./broken cannot be started: Exec format error"


def test_a_killed_guardian_takes_the_program_along(tmp_path: Path) -> None:
    """For example when the system is out of memory and kills the process between us and the
    program."""
    import threading

    file = program(tmp_path, "echo begun; sleep 987")
    os.environ["MARK"] = mark = f"guardian-{tmp_path}"
    found: list[object] = []
    try:
        thread = threading.Thread(target=lambda: found.append(trained(file)))
        thread.start()
        watching = guardian(mark)
        # It lets go of the program's output once it has told us what it has started.
        wait_until(lambda: os.readlink(f"/proc/{watching}/fd/2") == os.devnull)
        kill(watching)
        thread.join(PATIENCE)
    finally:
        del os.environ["MARK"]
    (record,) = found
    assert "watches over the program was killed" in str(record.error)  # type: ignore[attr-defined]
    wait_until(lambda: not processes(mark))


def test_its_key_is_that_of_what_it_runs(tmp_path: Path) -> None:
    """Command, axes, files, epochs and measure count; the folder, names and the time limit do
    not."""

    def key(folder: str, **parts: str) -> str:
        place = tmp_path / folder
        file = program(place, **parts)  # type: ignore[arg-type]
        study = load_study(str(file))
        return study.run_of(study.recipes[0], 1).recipe_key

    same = key("one")
    assert key("two") == same
    assert key("three", recipe="time_limit = 5") == same
    others = [
        key("four", script="exit 0"),
        key("five", command="sh train.sh {seed} {epochs} "),
        key("six", command="sh train.sh {seed} {epochs} {a}", recipe="axes = { a = 1 }"),
        key("seven", command="sh train.sh {seed} {epochs} {a}", recipe="axes = { a = 2 }"),
        key("eight", head="measure = { total = 200 }"),
        key("nine", epochs="4"),
    ]
    assert len({same, *others}) == 7
    assert "/" not in json.dumps(trained(tmp_path / "one" / "study.toml").recipe)
