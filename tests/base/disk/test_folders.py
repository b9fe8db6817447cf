"""Folders that appear complete: whatever was there is kept, unless it was one of ours."""

import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from reprobench.harness.base.disk import folders
from reprobench.harness.base.disk.exchange import exchange
from reprobench.harness.base.disk.folders import make_ignored, names_in, replacing, write_whole
from reprobench.harness.base.disk.scratch import clear_leftovers, scratch
from reprobench.harness.base.errors import InputError, StorageError
from waiting import wait_until

MARK = "ours.json"


def write(target: Path, text: str) -> None:
    with replacing(target, MARK) as fresh:
        (fresh / MARK).write_text(text)


def hidden(folder: Path) -> list[str]:
    """The names that begin with a dot, except git's."""
    return [name for name in os.listdir(folder) if name.startswith(".") and name != ".git"]


def test_a_folder_takes_the_place_of_its_like(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "report"
    write(target, "one")
    (target / "stray").touch()
    write(target, "two")
    assert [path.name for path in target.iterdir()] == [MARK]
    assert (target / MARK).read_text() == "two"
    assert [path.name for path in target.parent.iterdir()] == ["report"]


def test_what_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    target = tmp_path / "study"
    target.mkdir()
    write(target, "an empty folder may be taken")
    (target / MARK).rename(target / "notes.txt")
    with pytest.raises(InputError, match="is not a report; move it away"):
        write(target, "new")
    assert [path.name for path in target.iterdir()] == ["notes.txt"]
    file = tmp_path / "file"
    file.write_text("kept")
    with pytest.raises(StorageError, match="nothing was changed"):
        write(file, "new")
    assert file.read_text() == "kept"


def test_what_appears_while_the_block_runs_is_left_alone(tmp_path: Path) -> None:
    target = tmp_path / "study"

    def replace() -> None:
        with replacing(target, MARK):
            target.mkdir()
            (target / "notes.txt").touch()

    with pytest.raises(InputError, match="is not a report"):
        replace()
    assert os.listdir(tmp_path) == ["study"]


def test_a_link_stays_and_leads_to_the_new_one(tmp_path: Path) -> None:
    write(tmp_path / "disk" / "report", "old")
    (tmp_path / "link").symlink_to(tmp_path / "disk" / "report")
    write(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "disk" / "report" / MARK).read_text() == "new"
    assert hidden(tmp_path) == hidden(tmp_path / "disk") == []


@pytest.mark.parametrize("exchanging", [True, False])
def test_the_old_one_comes_back_when_the_new_one_cannot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exchanging: bool
) -> None:
    target = tmp_path / "report"
    write(target, "old")
    move = os.rename

    def failing(source: Path, destination: Path) -> bool:
        if Path(source).name == "new":
            raise OSError(5, "Input/output error", str(source))
        move(source, destination)
        return True

    monkeypatch.setattr(os, "rename", failing)
    monkeypatch.setattr(folders, "exchange", failing if exchanging else lambda *_: False)
    with pytest.raises(StorageError, match="Input/output error; nothing was changed"):
        write(target, "new")
    assert (target / MARK).read_text() == "old"
    assert os.listdir(tmp_path) == ["report"]


def test_two_folders_are_exchanged_in_one_step(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).touch()
    if not exchange(tmp_path / "one", tmp_path / "other"):
        pytest.skip("this file system cannot exchange two folders")
    assert os.listdir(tmp_path / "one") == ["other"]
    with pytest.raises(OSError, match="No such file"):
        exchange(tmp_path / "one", tmp_path / "nowhere")


CUT_SHORT = """
import os, signal, sys
from pathlib import Path
from reprobench.harness.base.disk import folders

target, cut, step, exchanging = Path(sys.argv[1]), *map(int, sys.argv[2:])
calls = {"rename": os.rename, "exchange": folders.exchange}
moves = 0

def once_more():
    global moves
    moves += 1
    if moves == step:
        os.kill(os.getpid(), cut)

def counted(call):
    def moved(*names):
        once_more()
        done = call(*names)
        once_more()
        return done
    return moved

os.rename = counted(os.rename)
folders.exchange = counted(folders.exchange) if exchanging else lambda *_: False
with folders.replacing(target, "ours.json") as fresh:
    (fresh / "ours.json").write_text("new")
"""


@pytest.mark.parametrize("cut", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize(("exchanging", "step"), [(1, 1), (1, 2), (0, 1), (0, 2), (0, 3), (0, 4)])
def test_cut_short_at_any_step_the_old_or_the_new_is_there(
    tmp_path: Path, cut: signal.Signals, exchanging: int, step: int
) -> None:
    """Before and after each move of a folder; what is left over is hidden from git, and removed."""
    git = ["git", "-C", str(tmp_path)]
    subprocess.run([*git, "init", "--quiet"], check=True)
    target = tmp_path / "report"
    write(target, "old")
    ended = subprocess.run(
        [sys.executable, "-c", CUT_SHORT, str(target), str(int(cut)), str(step), str(exchanging)],
        capture_output=True, check=False,
    )  # fmt: skip
    assert ended.returncode == -cut
    if cut == signal.SIGINT or exchanging:
        assert (target / MARK).read_text() in ("old", "new")
    status = [*git, "status", "--porcelain", "--untracked-files=all"]
    seen = subprocess.run(status, capture_output=True, check=True, text=True).stdout
    assert seen in ("", "?? report/ours.json\n")
    clear_leftovers(tmp_path)
    assert (target / MARK).read_text() == ("new" if step == (2 if exchanging else 4) else "old")
    assert hidden(tmp_path) == []


REPLACING = """
import sys
from pathlib import Path
from reprobench.harness.base.disk.folders import replacing, write_whole
target = Path(sys.argv[1])
print("begun", flush=True)
for number in range(1_000_000):
    with replacing(target, "ours.json") as fresh:
        for part in ("ours.json", *"abcdefgh"):
            (fresh / part).write_text(str(number))
    write_whole(target.parent / "file.json", "[" + "0," * 5_000 + "0]")
"""


def test_killed_at_random_moments_a_whole_one_is_there(tmp_path: Path) -> None:
    source, target = random.Random(1), tmp_path / "report"
    for last in (*[False] * 11, True):
        command = [sys.executable, "-c", REPLACING, str(target)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(source.uniform(0.01, 0.1))
        if last:  # on a slow machine none was ready at any of these moments
            wait_until(target.exists)
        process.kill()
        process.communicate()
        clear_leftovers(tmp_path)
        if target.exists():
            assert len({path.read_text() for path in target.iterdir()}) == 1
            assert len(os.listdir(target)) == 9
        if (tmp_path / "file.json").exists():
            assert (tmp_path / "file.json").stat().st_size == 10_003
    write_whole(tmp_path / "file.json", "[]")
    assert sorted(os.listdir(tmp_path)) == ["file.json", "report"]


def test_what_lives_is_no_leftover(tmp_path: Path) -> None:
    with scratch(tmp_path / "report") as folder:
        (folder / "new").mkdir()
        clear_leftovers(tmp_path)
        write(tmp_path / "report", "of another process, meanwhile")
        assert (folder / "new").is_dir()
    assert os.listdir(tmp_path) == ["report"]


def test_what_only_looks_like_a_leftover_stays(tmp_path: Path) -> None:
    (tmp_path / ".report-original").mkdir()
    (tmp_path / ".report-original" / "notes.txt").touch()
    (tmp_path / ".report-deadbeef").symlink_to(tmp_path / ".report-original")
    clear_leftovers(tmp_path)
    assert sorted(hidden(tmp_path)) == [".report-deadbeef", ".report-original"]


def test_names_in_order_and_none_where_there_is_no_folder(tmp_path: Path) -> None:
    for name in ("b.json", "a.json", "c.txt"):
        (tmp_path / name).touch()
    assert names_in(tmp_path, ".json") == ["a.json", "b.json"]
    assert names_in(tmp_path / "nowhere") == []
    with pytest.raises(NotADirectoryError):
        names_in(tmp_path / "a.json")


def test_many_may_make_the_same_folder_at_once(tmp_path: Path) -> None:
    places = [tmp_path / f"deep-{number}" / "ours" for number in range(200)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(make_ignored, [place for place in places for _ in range(8)]))
    assert all((place / ".gitignore").read_text() == "*\n" for place in places)


def test_git_does_not_see_what_was_made_for_it_not_to(tmp_path: Path) -> None:
    git = ["git", "-C", str(tmp_path)]
    subprocess.run([*git, "init", "--quiet"], check=True)
    (tmp_path / "theirs").mkdir()
    for name in ("ours/deep", "theirs"):
        make_ignored(tmp_path / name)
        (tmp_path / name / "file").touch()
    status = subprocess.run([*git, "status", "--porcelain"], capture_output=True, check=True)
    assert status.stdout == b"?? theirs/\n"


def test_a_temporary_file_that_another_process_looks_at_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be about to remove it as a leftover."""
    tried = []

    def busy_at_first(handle: int) -> None:
        tried.append(handle)
        if len(tried) == 1:
            raise BlockingIOError

    monkeypatch.setattr(folders, "lock", busy_at_first)
    write_whole(tmp_path / "file", "new")
    assert (len(tried), (tmp_path / "file").read_text()) == (2, "new")
