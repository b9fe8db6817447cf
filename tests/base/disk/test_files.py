"""Reading paths that may not be files: an immediate answer, never from a pipe or a device."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from reprobench.harness.base.disk.files import MOST_BYTES, NotAFile, read_regular


def test_a_file_and_a_link_to_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"content")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    assert read_regular(tmp_path / "file") == read_regular(tmp_path / "link") == b"content"


def test_none_at_all(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_regular(tmp_path / "file")


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
