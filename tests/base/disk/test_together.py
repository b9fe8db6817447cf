"""Files that are written together: all of them are there, or none, whatever ends the process."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from reprobench.harness.base.disk import folders, together
from reprobench.harness.base.disk.folders import write_flushed
from reprobench.harness.base.disk.together import alone_with, write_together
from waiting import PATIENCE

KILLED = """
import os, signal, sys
from pathlib import Path
from reprobench.harness.base.disk import folders
from reprobench.harness.base.disk.together import alone_with, write_together

left, exchanging = int(sys.argv[1]), sys.argv[2] == "True"

def counted(call):
    def moved(*names):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*names)
    return moved

os.rename, os.replace = counted(os.rename), counted(os.replace)
folders.exchange = counted(folders.exchange) if exchanging else lambda *_: False
with alone_with(Path("runs")):
    write_together(Path("runs"), {"one": "new", "two": "new"})
"""
ADDED = """
import sys
from pathlib import Path
from reprobench.harness.base.disk.together import alone_with, write_together

for number in range(20):
    with alone_with(Path("runs")):
        write_together(Path("runs"), {f"{sys.argv[1]}-{number}": "new"})
"""


def texts(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir() if path.is_file()}


@pytest.mark.parametrize("linked", [True, False])
@pytest.mark.parametrize("exchanging", [True, False])
def test_killed_before_any_renaming_all_or_none_are_there(
    tmp_path: Path, exchanging: bool, linked: bool
) -> None:
    """Two files, of which one is replaced, beside one that stays; also where a link leads to."""
    folder = tmp_path / "runs"
    if linked:
        folder.symlink_to("elsewhere/runs")
    before = {"one": "old", "other": "old"}
    with alone_with(folder):
        write_together(folder, before)
    for step in range(1, 10):
        command = [sys.executable, "-c", KILLED, str(step), str(exchanging)]
        ended = subprocess.run(command, cwd=tmp_path, timeout=PATIENCE, check=False)
        if ended.returncode == 0:
            break
        assert ended.returncode == -signal.SIGKILL
        if exchanging:
            assert texts(folder) == before
        with alone_with(folder):
            assert texts(folder) == before
    assert step == (4 if exchanging else 5)
    assert texts(folder) == {"one": "new", "two": "new", "other": "old"}
    assert [path.name for path in folder.resolve().parent.iterdir()] == ["runs"]


@pytest.mark.parametrize("exchanging", [True, False])
def test_what_comes_in_the_meantime_is_carried_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exchanging: bool
) -> None:
    folder = tmp_path / "runs"

    def write(path: Path, content: str | bytes) -> None:
        write_flushed(path, content)
        (folder / "mine").write_text("mine")

    monkeypatch.setattr(together, "write_flushed", write)
    if not exchanging:
        monkeypatch.setattr(folders, "exchange", lambda *_: False)
    with alone_with(folder):
        (folder / "gone").touch()
        write_together(folder, {"one": "new"}, stays="gone".__ne__)
    assert texts(folder) == {"one": "new", "mine": "mine"}


@pytest.mark.parametrize("number", [0, errno.EPERM, errno.EINVAL])
def test_the_folder_keeps_its_owner_and_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """As far as this user may set them: an owner only root may, and an unknown one nobody."""
    owners: list[tuple[int, int]] = []

    def chown(_: Path, owner: int, group: int) -> None:
        owners.append((owner, group))
        if number and (owner != -1 or number == errno.EINVAL):
            raise OSError(number, os.strerror(number))

    monkeypatch.setattr(together.os, "chown", chown)
    with alone_with(tmp_path / "runs"):
        write_together(tmp_path / "runs", {"one": "new"})
        assert not owners
        monkeypatch.setattr(together, "_owner_of", lambda path: (7, 8 + (path.name == "new")))
        write_together(tmp_path / "runs", {"two": "new"})
    assert owners == [(7, 8), (-1, 8)][: 2 if number else 1]
    assert texts(tmp_path / "runs") == {"one": "new", "two": "new"}


def test_what_else_is_in_the_folder_stays(tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    (folder / "notes").mkdir(parents=True)
    (folder / "notes" / "one").write_text("mine")
    (folder / "link").symlink_to("nowhere")
    (folder / "gone").write_text("old")
    folder.chmod(0o750)
    (tmp_path / "alias").symlink_to("runs")
    with alone_with(tmp_path / "alias"):
        write_together(tmp_path / "alias", {"one": "new"}, stays="gone".__ne__)
    assert (tmp_path / "alias").is_symlink()
    assert (folder / "notes" / "one").read_text() == "mine"
    assert (folder / "link").is_symlink()
    assert texts(folder) == {"one": "new"}
    assert folder.stat().st_mode & 0o777 == 0o750


def test_processes_that_add_files_to_a_folder_wait_for_each_other(tmp_path: Path) -> None:
    """Each waits for a lock on a folder that another one replaces in the meantime."""
    added = [subprocess.Popen([sys.executable, "-c", ADDED, name], cwd=tmp_path) for name in "abc"]
    assert [process.wait(PATIENCE) for process in added] == [0, 0, 0]
    names = {f"{name}-{number}" for name in "abc" for number in range(20)}
    assert texts(tmp_path / "runs").keys() == names
