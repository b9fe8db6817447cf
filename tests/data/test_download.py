"""Real downloads: torchvision's own classes, directed to a server on this machine."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from filesystems import run_on_tmpfs
from made import TEST, TRAIN
from reprobench.harness.base.errors import DataError
from reprobench.harness.data import download
from reprobench.harness.data.like_mnist import KMNIST
from reprobench.harness.data.registry import fetch, load_data_set
from reprobench.harness.data.spec import DataSpec
from scripted import subprocess_environment
from serving import SERVED, Server, serve, serve_idx


def test_what_another_process_removes_meanwhile_is_no_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder of another download that has just ended; one that was left is still removed."""
    left = tmp_path / ".download-killed"
    left.mkdir()
    os.utime(left, (0, 0))
    found = [tmp_path / ".download-gone", left]
    monkeypatch.setattr(Path, "glob", lambda *_: iter(found))
    download._remove_leftovers(tmp_path)
    assert not left.exists()


@pytest.mark.slow
@pytest.mark.parametrize("name", SERVED)
def test_a_set_is_downloaded(
    name: str, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = serve(name, server, tmp_path, monkeypatch)
    target = tmp_path / "data"
    fetch(spec, target, print)
    read = load_data_set(spec, target)
    assert (len(read.train_images), len(read.test_labels)) == (TRAIN, TEST)
    assert spec.files
    assert {path.name for path in target.iterdir()} == {".gitignore", spec.files.place[0]}
    assert {*server.asked} == {*server.files}


def failing(spec: DataSpec, folder: Path) -> str:
    """The error line of a download that fails, which leaves the directory and its files alone."""
    target = folder / "data"
    target.mkdir()
    (target / "theirs").write_text("theirs")
    with pytest.raises(DataError) as caught:
        fetch(spec, target, print)
    assert caught.value.exit_code == 2
    (line,) = caught.value.lines
    assert "\n" not in line
    assert [path.name for path in target.iterdir()] == ["theirs"]
    return line


@pytest.mark.parametrize(
    "spoil",
    [lambda whole: whole[:-1] + b"x", lambda whole: whole[: len(whole) // 2]],
    ids=["another digest", "a broken connection"],
)
@pytest.mark.slow
def test_what_arrives_otherwise_is_not_kept(
    spoil: Callable[[bytes], bytes],
    server: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spec = serve("cifar10", server, tmp_path, monkeypatch)
    server.spoil = spoil
    line = failing(spec, tmp_path)
    assert line.startswith("CIFAR-10 cannot be downloaded (RuntimeError: File not found or corrupt")
    assert "name a directory that holds cifar-10-batches-py/ with its 6 files by --data" in line


@pytest.mark.slow
def test_the_second_file_is_not_found(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is left of the first file, which had arrived."""
    spec = serve("fashion-mnist", server, tmp_path, monkeypatch)
    del server.files[[*server.files][1]]
    line = failing(spec, tmp_path)
    assert line.startswith("Fashion-MNIST cannot be downloaded (HTTP Error 404: Not Found); name")
    assert server.asked[0] == "train-images-idx3-ubyte.gz"


@pytest.mark.slow
def test_nobody_answers(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory that was made for the download is removed again."""
    spec = serve("kmnist", server, tmp_path, monkeypatch)
    server.server_close()
    with pytest.raises(DataError, match=r"KMNIST cannot be downloaded .*Connection refused"):
        fetch(spec, tmp_path / "new" / "data", print)
    assert not (tmp_path / "new" / "data").exists()


@pytest.mark.slow
def test_an_archive_that_lies_there_is_unpacked(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is put where torchvision looks for it before downloading one."""
    spec = serve("cifar10", server, tmp_path, monkeypatch)
    assert spec.files
    assert spec.files.archive
    (tmp_path / "data").mkdir()
    archive = tmp_path / "data" / spec.files.archive[0]
    archive.write_bytes(server.files.pop(archive.name))
    fetch(spec, tmp_path / "data", print)
    assert load_data_set(spec, tmp_path / "data").train_images.shape == (TRAIN, 3, 32, 32)
    assert server.asked == []


def test_an_altered_archive_is_named_and_left(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """torchvision would download over it."""
    spec = serve("cifar10", server, tmp_path, monkeypatch)
    (tmp_path / "data").mkdir()
    archive = tmp_path / "data" / "cifar-10-python.tar.gz"
    archive.write_bytes(b"half an archive")
    with pytest.raises(DataError, match=r"python\.tar\.gz: is not CIFAR-10's \(15 bytes, MD5"):
        fetch(spec, tmp_path / "data", print)
    assert [path.name for path in (tmp_path / "data").iterdir()] == [archive.name]
    assert archive.read_bytes() == b"half an archive"


KMNIST_STUDY = """
name = "mine"
data_set = "kmnist"
seeds = 1

[criterion]
target = 0.9
epochs = 1
parameters = 10_000
window = 1

[[recipes]]
name = "a"
architecture = "final"
batch_size = 128
lr = 0.1
optimiser = { name = "SGD" }
"""


@pytest.mark.slow
def test_a_bench_whose_download_fails(server: Server, tmp_path: Path) -> None:
    """The command itself with the real class, whose server stands behind a proxy: this machine's.

    What arrives has not the digest of the real files.
    """
    source = tmp_path / "source"
    serve_idx(KMNIST, server, source)
    (tmp_path / "study.toml").write_text(KMNIST_STUDY)
    before = sorted(tmp_path.iterdir())
    done = subprocess.run(
        [sys.executable, "-m", "reprobench.harness", "bench", "study.toml"],
        cwd=tmp_path,
        env=subprocess_environment(http_proxy=server.url, HARNESS_DATA=""),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("harness: KMNIST cannot be downloaded (File not found or corrupt")
    assert done.stderr.count("\n") == 1
    assert server.asked
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.slow
def test_a_data_directory_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(KMNIST_STUDY)
    command = [sys.executable, "-m", "reprobench.harness", "bench", "study.toml", "--data", "disk"]
    done = run_on_tmpfs(tmp_path / "disk", "ro", command)
    assert done.returncode == 2
    assert done.stderr == (
        "harness: disk: KMNIST cannot be stored there (Read-only file system); give another "
        "--data\n"
    )
