"""Output that is lost: closed descriptors, full devices, closed pipes, missing folders."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from filesystems import NAMESPACE
from scripted import subprocess_environment
from unpictured import SCRIPT
from waiting import PATIENCE

HARNESS = f"{sys.executable} -m reprobench.harness"
WITHOUT_PICTURES = " ".join(SCRIPT)
ONE_RUN = "bench tiny --recipes final --seeds 1 --epochs 1 --jobs 1"
WORK = """
from pathlib import Path
from opening import opened
from reprobench.harness.base.output import lasting_output
from reprobench.harness.training.pools import in_processes

with lasting_output():
    Path("found").write_text(str(list(in_processes(1, opened, iter(["opening.py"])))))
"""


def shell(script: str, place: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", script],
        cwd=place,
        env=subprocess_environment(**variables),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        ("studies >&-", 0, ""),
        ("studies >&- 2>&-", 0, ""),
        ("nonsense 2>&-", 2, ""),
        ("nonsense 2>/dev/full", 2, ""),
        ("-h >/dev/full", 4, "harness: standard output: No space left on device; what was"),
        ("studies >/dev/full", 4, "harness: standard output: No space left on device; what was"),
    ],
)
def test_nobody_reads(command: str, code: int, said: str, tmp_path: Path) -> None:
    done = shell(f"{HARNESS} {command}", tmp_path)
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.startswith(said)
    assert done.stderr.count("\n") == bool(said)


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-"])
def test_no_file_of_a_worker_takes_the_place_of_a_closed_stream(
    closed: str, tmp_path: Path
) -> None:
    """Else what a library prints would go into that file."""
    (tmp_path / "opening.py").write_text("def opened(name):\n    return open(name).fileno() > 2\n")
    (tmp_path / "work.py").write_text(WORK)
    done = shell(f"{sys.executable} work.py {closed}", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "found").read_text() == "[True]"


def test_workers_train_although_standard_error_is_closed(tmp_path: Path) -> None:
    done = shell(f"{WITHOUT_PICTURES} {ONE_RUN} 2>&-", tmp_path)
    assert done.returncode == 0, done.stdout
    assert "failed" not in done.stdout


def test_a_closed_pipe_ends_no_training_and_is_no_failed_run(tmp_path: Path) -> None:
    """Nor does a git that prints no UTF-8: then only the record's commit is unknown."""
    git = tmp_path / "bin" / "git"
    git.parent.mkdir()
    git.write_text("#!/bin/sh\nprintf '\\377\\376'\n")
    git.chmod(0o755)
    command = f"{WITHOUT_PICTURES} {ONE_RUN} | head -n 1; exit ${{PIPESTATUS[0]}}"
    done = shell(command, tmp_path, PATH=f"{git.parent}:/usr/bin:/bin")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "study tiny: 1 recipe, 1 seed\n"
    assert (tmp_path / "out/tiny/report.html").is_file()


def test_colours_that_are_asked_for_are_no_terminal(tmp_path: Path) -> None:
    """A file or a log gets lines, not a view that is drawn twice a second."""
    done = shell(f"{WITHOUT_PICTURES} {ONE_RUN}", tmp_path, FORCE_COLOR="1")
    assert (done.returncode, done.stderr) == (0, "")
    assert "started  final seed 1\n" in done.stdout
    assert "\x1b" not in done.stdout


def test_a_full_device_ends_no_training(tmp_path: Path) -> None:
    done = shell(f"{WITHOUT_PICTURES} {ONE_RUN} >/dev/full", tmp_path)
    assert done.returncode == 4
    assert done.stderr.count("\n") == 1
    assert (tmp_path / "out/tiny/report.html").is_file()


def test_a_deleted_working_directory(tmp_path: Path) -> None:
    done = shell(f"mkdir gone; cd gone; rmdir ../gone; {HARNESS} studies", tmp_path)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("harness: the working directory cannot be used")
    assert "Traceback" not in done.stderr


def test_without_shared_memory_one_line_says_so(tmp_path: Path) -> None:
    if subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no mount namespaces on this machine (unshare --mount --map-root-user fails)")
    inside = f"mount -t tmpfs -o ro none /dev/shm && {WITHOUT_PICTURES} {ONE_RUN}"
    done = shell(f"{' '.join(NAMESPACE)} sh -c '{inside}'", tmp_path)
    assert done.returncode == 4, done.stderr
    assert done.stderr.startswith("harness: /dev/shm: ")
    assert done.stderr.count("\n") == 1
