"""Reading paths that may not be files: an immediate answer, never from a pipe or a device."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from filesystems import bound_by_permissions
from reprobench.harness.base.disk.files import (
    MOST_BYTES,
    NotAFile,
    is_file,
    is_folder,
    is_there,
    read_regular,
)


def test_a_file_and_a_link_to_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"content")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    assert read_regular(tmp_path / "file") == read_regular(tmp_path / "link") == b"content"


def test_none_at_all(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_regular(tmp_path / "file")


def test_a_name_that_none_can_have(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No file can have that name: "):
        read_regular(tmp_path / "a\0b")


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(path))


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (os.mkfifo, "is not a regular file"),
        (os.mkdir, "is not a regular file"),
        (_socket, "is not a regular file"),
        (lambda path: path.symlink_to("/dev/zero"), "is not a regular file"),
        (lambda path: path.symlink_to(path), "is a link in a circle"),
    ],
    ids=["pipe", "folder", "socket", "device", "circle"],
)
def test_what_is_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], None], reason: str
) -> None:
    monkeypatch.chdir(tmp_path)  # the name of a socket has at most a hundred letters
    make(Path("thing"))
    with pytest.raises(NotAFile, match=reason):
        read_regular(Path("thing"))


def test_what_becomes_a_pipe_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The path was a file when it was checked."""
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "pipe")
    look = os.stat
    monkeypatch.setattr(os, "stat", lambda _: look(tmp_path / "file"))
    with pytest.raises(NotAFile, match="is not a regular file"):
        read_regular(tmp_path / "pipe")


def test_far_too_large_a_file(tmp_path: Path) -> None:
    with (tmp_path / "large").open("wb") as file:
        file.truncate(MOST_BYTES + 1)  # without a byte on the disk
    with pytest.raises(NotAFile, match=r"has 268,435,457 bytes; at most 268,435,456 are allowed"):
        read_regular(tmp_path / "large")


def _place(folder: Path) -> None:
    """What may be at a path, by its name."""
    (folder / "file").touch()
    (folder / "folder").mkdir()
    os.mkfifo(folder / "pipe")
    (folder / "link").symlink_to("file")
    (folder / "broken").symlink_to("nowhere")
    (folder / "circle").symlink_to("circle")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("file", (True, False, True)),
        ("link", (True, False, True)),
        ("folder", (False, True, True)),
        ("pipe", (False, False, True)),
        *((name, (False, False, False)) for name in ("nothing", "broken", "circle", "file/below")),
        *((name, (False, False, False)) for name in ("a" * 300, "a/" * 3_000, "a\0b", "\ud800")),
    ],
)
def test_what_is_there(name: str, said: tuple[bool, bool, bool], tmp_path: Path) -> None:
    """A name that nothing can have is that of nothing."""
    _place(tmp_path)
    path = tmp_path / name
    assert (is_file(path), is_folder(path), is_there(path)) == said
    assert (is_file(str(path)), is_folder(str(path)), is_there(str(path))) == said


ASK = """
import sys
from reprobench.harness.base.disk.files import is_file, is_folder, is_there

for ask in (is_file, is_folder, is_there):
    try:
        print(ask(sys.argv[1]))
    except PermissionError as error:
        print(error.filename)
"""


@pytest.mark.parametrize("mode", [0o000, 0o444])
def test_what_may_be_in_a_closed_folder(mode: int, tmp_path: Path) -> None:
    """It is not taken for nothing."""
    closed = tmp_path / "closed"
    closed.mkdir()
    path = str(closed / "file")
    command = bound_by_permissions([sys.executable, "-c", ASK, path])
    closed.chmod(mode)
    try:
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    finally:
        closed.chmod(0o755)
    assert said.splitlines() == [path] * 3
