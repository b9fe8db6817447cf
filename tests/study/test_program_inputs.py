"""Which files a program is made of, where a pattern with wildcards could take in others."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from filesystems import bound_by_permissions
from reprobench.harness.base.disk.ours import DECISION, ENVIRONMENT, PAGE
from reprobench.harness.results.ledger import Ledger
from reprobench.harness.study.inputs import InputsError, find_inputs


def test_packages_called_locks_and_runs_are_no_ledger(tmp_path: Path) -> None:
    for folder in ("locks", "runs"):
        (tmp_path / "mine" / folder).mkdir(parents=True)
    (tmp_path / "mine" / "train.py").touch()
    (tmp_path / "mine" / "runs" / "one.py").touch()
    assert [*find_inputs(tmp_path, ["**/*.py"])] == ["mine/runs/one.py", "mine/train.py"]


def test_ledgers_and_reports_are_none(tmp_path: Path) -> None:
    (tmp_path / "train.py").touch()
    ledger = Ledger(tmp_path / "kept")
    ledger.prepare()
    ledger.locks().close()
    (tmp_path / "kept" / ".gitignore").unlink(missing_ok=True)
    (tmp_path / "committed").mkdir()
    for name in (DECISION, ENVIRONMENT, PAGE):
        (tmp_path / "committed" / name).touch()
    assert [*find_inputs(tmp_path, ["**/*"])] == ["train.py"]


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_what_git_could_not_read_ignores_nothing(
    make: Callable[[Path], None], tmp_path: Path
) -> None:
    """A named pipe is not waited for."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "train.py").touch()
    make(tmp_path / "src" / ".gitignore")
    assert [*find_inputs(tmp_path, ["src/*.py"])] == ["src/train.py"]


FIND = """
import sys
from pathlib import Path
from reprobench.harness.study.inputs import InputsError, find_inputs

for pattern in sys.argv[2:]:
    try:
        print(*find_inputs(Path(sys.argv[1]), [pattern]))
    except InputsError as error:
        print(error)
"""


@pytest.mark.parametrize("mode", [0o000, 0o444])
def test_a_closed_folder_is_no_wrong_pattern(mode: int, tmp_path: Path) -> None:
    """One that may not be looked into, or may be listed and no more."""
    closed = tmp_path / "src" / "mine"
    (closed / "deep").mkdir(parents=True)
    for place in ("train.py", "src/mine/train.py", "src/mine/deep/train.py"):
        (tmp_path / place).touch()
    patterns = [
        *("src/mine/train.py", "src/mine/*.py", "src/*/train.py", "src/*/*.py"),
        *("**/*.py", "src/**", "src/mine/**/*.py", "src/mine/deep/*.py"),
    ]
    command = bound_by_permissions([sys.executable, "-c", FIND, str(tmp_path), *patterns, "*.py"])
    closed.chmod(mode)
    try:
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    finally:
        closed.chmod(0o755)
    *refused, found = said.splitlines()
    for pattern, line in zip(patterns, refused, strict=True):
        assert line.startswith(f"{pattern}: {closed}")
        assert line.endswith(" cannot be read: Permission denied; fix that, or leave it out")
    assert found == "train.py"


@pytest.mark.parametrize("mode", [0o000, 0o444])
def test_a_closed_folder_that_runs_or_git_write_is_passed_over(mode: int, tmp_path: Path) -> None:
    for place in ("train.py", ".git/hooks/one.py", ".accuracy/two.py"):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).touch()
    command = bound_by_permissions([sys.executable, "-c", FIND, str(tmp_path), "**/*.py", "*/*.py"])
    closed = [tmp_path / name for name in (".git", ".accuracy")]
    for folder in closed:
        folder.chmod(mode)
    try:
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    finally:
        for folder in closed:
            folder.chmod(0o755)
    found, none = said.splitlines()
    assert found == "train.py"
    assert none.startswith("*/*.py: names only files that runs, Python and git write, if any")


TREE = [
    *(
        "a.py",
        "b.txt",
        ".hidden.py",
        "src/a.py",
        "src/.b.py",
        "src/deep/a.py",
        "src/deep/deep/c.py",
    ),
    *("src/deep/deep/notes.txt", "src/[x].py", "other/a.py", "name.py/a.py"),
]
"""Paths of files."""


@pytest.mark.parametrize(
    "pattern",
    [
        *("*", "*.py", "**/*", "**/*.py", "**/*.py/*", "src/*", "src/*/*.py", "*/a.py", "*/*/a.py"),
        *("src/**/*.py", "src/**/deep/*.py", "**/deep/**/*.py", "**/deep/deep/c.py", "**/a.py"),
        *("src/[[]x].py", "[!s]*/a.py", "?.py", "./src/*.py", "src/../*.py", "linked/*.py", "a.py"),
        *("src/deep/deep/*", "*/deep/deep/*", "**/linked/a.py", "a.py/*", "no/*", "*.no"),
    ],
)
def test_what_a_path_finds(pattern: str, tmp_path: Path) -> None:
    """Where all of its folders may be looked into, whichever version of Python this is."""
    for place in TREE:
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).touch()
    (tmp_path / "linked").symlink_to("src")
    (tmp_path / "src" / "above").symlink_to("..")
    (tmp_path / "broken.py").symlink_to("nowhere.py")
    (tmp_path / "circle.py").symlink_to("circle.py")
    theirs = {path.relative_to(tmp_path) for path in tmp_path.glob(pattern) if path.is_file()}
    if not theirs:
        with pytest.raises(InputsError, match="names no file in"):
            find_inputs(tmp_path, [pattern])
    else:
        assert {*map(Path, find_inputs(tmp_path, [pattern]))} == theirs


def test_two_stars_at_the_end_are_all_files_below(tmp_path: Path) -> None:
    for place in ("src/a.py", "src/deep/b.py", "c.py"):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).touch()
    assert [*find_inputs(tmp_path, ["src/**"])] == ["src/a.py", "src/deep/b.py"]
    assert [*find_inputs(tmp_path, ["**/" * 300 + "**"])] == ["c.py", "src/a.py", "src/deep/b.py"]


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        (".", "Unacceptable pattern: '.'"),
        ("src/**.py", "** can only stand alone between slashes"),
        ("a/" * 5_000 + "b", "maximum recursion depth exceeded"),
        ("a\0/*.py", "embedded null byte"),
    ],
)
def test_what_cannot_be_a_pattern(pattern: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(InputsError) as caught:
        find_inputs(tmp_path, [pattern])
    assert str(caught.value).startswith(f"{pattern}: is not a valid pattern ({why}")


@pytest.mark.parametrize("name", ["a\0.py", "a" * 300, "a.py/b"])
def test_a_name_that_no_file_can_have(name: str, tmp_path: Path) -> None:
    (tmp_path / "a.py").touch()
    with pytest.raises(InputsError, match="names no file in"):
        find_inputs(tmp_path, [name])


def test_what_is_no_pattern(tmp_path: Path) -> None:
    with pytest.raises(
        InputsError, match=r"^: is not a valid pattern \(Unacceptable pattern: ''\)"
    ):
        find_inputs(tmp_path, [""])
