"""The commit that a record names: that of a folder's checkout, as it is when it is asked for."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from reprobench.harness.results.environment import commit_of, uncommitted


def committed(folder: Path, content: str) -> str:
    """A commit in the folder's own checkout."""
    folder.mkdir(exist_ok=True)
    (folder / "train.py").write_text(content)
    git = ["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@b"]
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", content]):
        subprocess.run([*git, *command], check=True)
    found = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
    return found.stdout.strip()


def test_it_is_that_of_the_folder_wherever_git_calls_us_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a hook, git names the checkout of the hook to all that it starts."""
    own, another = (committed(tmp_path / name, name) for name in ("own", "another"))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "another" / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path / "another"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "another" / ".git" / "index"))
    assert commit_of(tmp_path / "own") == {"commit": own, "dirty": False}
    assert commit_of(tmp_path / "another") == {"commit": another, "dirty": False}
    (tmp_path / "own" / "new.py").touch()
    assert uncommitted(tmp_path / "own", Path("reports")) == ["new.py"]


def test_settings_of_git_in_the_environment_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    committed(tmp_path, "one")
    (tmp_path / "new.py").touch()
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "status.showUntrackedFiles")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "no")
    assert commit_of(tmp_path)["dirty"] is False


def test_it_is_the_one_of_now(tmp_path: Path) -> None:
    """A worker lives for many runs, between which a user may commit."""
    for content in ("one", "two"):
        now = committed(tmp_path, content)
        assert commit_of(tmp_path) == {"commit": now, "dirty": False}
    (tmp_path / "train.py").write_text("three")
    assert commit_of(tmp_path) == {"commit": now, "dirty": True}


def test_there_may_be_none(tmp_path: Path) -> None:
    assert commit_of(tmp_path) == {"commit": None, "dirty": None}
