"""Folders that appear as a whole: whatever was there is kept, unless it was one of ours."""

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from reprobench.harness.base.errors import StorageError
from reprobench.harness.base.folders import make_ignored, replacing

MARK = "ours.json"


def write(target: Path, text: str) -> None:
    with replacing(target, MARK) as fresh:
        (fresh / MARK).write_text(text)


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
    with pytest.raises(StorageError, match="is no report; move it away"):
        write(target, "new")
    assert [path.name for path in target.iterdir()] == ["notes.txt"]
    file = tmp_path / "file"
    file.write_text("kept")
    with pytest.raises(StorageError, match="nothing was changed"):
        write(file, "new")
    assert file.read_text() == "kept"


def test_the_old_one_comes_back_when_the_new_one_cannot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "report"
    write(target, "old")
    move = os.replace

    def failing(source: Path, destination: Path) -> None:
        if Path(source).name == "new":
            raise OSError(5, "Input/output error", str(source))
        move(source, destination)

    monkeypatch.setattr(os, "replace", failing)
    with pytest.raises(StorageError, match="Input/output error; nothing was changed"):
        write(target, "new")
    assert (target / MARK).read_text() == "old"


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
