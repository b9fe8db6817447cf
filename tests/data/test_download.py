"""Downloads for real: torchvision's own classes, told to look at a server on this machine.

It serves made-up files in the published formats. What else these classes know of the files, their
MD5, is that of the made-up ones; the URLs are this machine's, all else is theirs.
"""

from __future__ import annotations

import gzip
import hashlib
import pickle
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from filesystems import run_on_tmpfs
from made import TEST, TRAIN, made_cifar10, made_emnist, made_idx
from reprobench.harness.base.errors import DataError
from reprobench.harness.data import download
from reprobench.harness.data.cifar10 import load_cifar10
from reprobench.harness.data.idx import load_idx
from reprobench.harness.data.like_mnist import FASHION_MNIST, KMNIST
from reprobench.harness.data.mnist import MNIST
from reprobench.harness.data.published_files import PublishedFiles
from reprobench.harness.data.registry import fetch, load_data_set
from reprobench.harness.data.spec import DataSpec
from scripted import subprocess_environment

MIRRORED = "datasets.{name}.mirrors = ['{url}']; datasets.{name}.resources = {listed}"
ARCHIVED = "datasets.{name}.url = '{url}{file}'; datasets.{name}.{md5} = '{digest}'"


class Server(ThreadingHTTPServer):
    """Serves `files` by name; `spoil` may change what is sent of one, or how much of it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes] = {}
        self.spoil: Callable[[bytes], bytes] = bytes
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_HEAD(self) -> None:
        self.do_GET(head=True)

    def do_GET(self, head: bool = False) -> None:
        """Ends with less than was promised where `spoil` shortens the file."""
        name = self.path.rpartition("/")[2]
        self.server.asked.append(name)
        if name not in self.server.files:
            self.send_error(404)
            return
        whole = self.server.files[name]
        self.send_response(200)
        self.send_header("Content-Length", str(len(whole)))
        self.end_headers()
        if not head:
            self.wfile.write(self.server.spoil(whole))


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server on this machine, which no proxy stands before."""
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "127.0.0.1")
    with Server() as serving:
        thread = threading.Thread(target=serving.serve_forever, daemon=True)
        thread.start()
        yield serving
        serving.shutdown()
        thread.join()


def serve_idx(spec: DataSpec, server: Server, folder: Path) -> tuple[DataSpec, str]:
    """Fashion-MNIST or KMNIST, and how its class is told of the server."""
    made = made_idx(spec, folder)
    assert made.files
    place = made.files.folder(folder)
    server.files = {name: (place / name).read_bytes() for name in made.files.digests}
    return made, mirrored(made.files.place[0], server)


def mirrored(name: str, server: Server) -> str:
    listed = [(file, hashlib.md5(whole).hexdigest()) for file, whole in server.files.items()]
    return MIRRORED.format(name=name, url=server.url, listed=listed)


def serve_mnist(server: Server, folder: Path) -> tuple[DataSpec, str]:
    """MNIST, whose files are checked unpacked, by their SHA-256."""
    serve_idx(KMNIST, server, folder)
    digests = {
        name.removesuffix(".gz"): hashlib.sha256(gzip.decompress(whole)).hexdigest()
        for name, whole in server.files.items()
    }
    assert MNIST.files
    files = replace(MNIST.files, digests=digests)
    spec = replace(MNIST, train=TRAIN, test=TEST, load=partial(load_idx, files), files=files)
    return spec, mirrored("MNIST", server)


def serve_emnist(server: Server, folder: Path) -> tuple[DataSpec, str]:
    made = made_emnist(folder)
    assert made.files
    whole = (made.files.folder(folder) / "gzip.zip").read_bytes()
    server.files = {"gzip.zip": whole}
    return made, archived("EMNIST", "gzip.zip", "md5", server)


def archived(name: str, file: str, md5: str, server: Server) -> str:
    digest = hashlib.md5(server.files[file]).hexdigest()
    return ARCHIVED.format(name=name, url=server.url, file=file, md5=md5, digest=digest)


def serve_cifar10(server: Server, folder: Path) -> tuple[DataSpec, str]:
    """CIFAR-10, with the file of names that torchvision wants too."""
    made = made_cifar10(folder)
    assert made.files
    assert made.files.archive
    names = pickle.dumps({"label_names": list("abcdefghij")}, protocol=2)
    (folder / "cifar-10-batches-py" / "batches.meta").write_bytes(names)
    file = made.files.archive[0]
    written = shutil.make_archive(str(folder / "packed"), "gztar", folder, "cifar-10-batches-py")
    server.files = {file: Path(written).read_bytes()}
    *train, test = made.files.digests.items()
    meta = {"filename": "batches.meta", "key": "label_names", "md5": hashlib.md5(names).hexdigest()}
    told = {"train_list": train, "test_list": [test], "meta": meta}
    lists = "; ".join(f"datasets.CIFAR10.{name} = {value!r}" for name, value in told.items())
    digest = hashlib.md5(server.files[file]).hexdigest()
    known = replace(made.files, archive=(file, digest))
    setting = f"{archived('CIFAR10', file, 'tgz_md5', server)}; {lists}"
    return replace(made, load=partial(load_cifar10, known), files=known), setting


SERVED: dict[str, Callable[[Server, Path], tuple[DataSpec, str]]] = {
    "mnist": serve_mnist,
    "fashion-mnist": partial(serve_idx, FASHION_MNIST),
    "kmnist": partial(serve_idx, KMNIST),
    "emnist-digits": serve_emnist,
    "cifar10": serve_cifar10,
}


def serve(name: str, server: Server, folder: Path, monkeypatch: pytest.MonkeyPatch) -> DataSpec:
    """The specification of a set that the server has, and from which torchvision gets it."""
    source = folder / "source"
    source.mkdir()
    spec, setting = SERVED[name](server, source)
    theirs = download.script

    def told(files: PublishedFiles) -> str:
        return f"from torchvision import datasets; {setting}; {theirs(files)}"

    monkeypatch.setattr(download, "script", told)
    assert spec.files
    return replace(spec, files=replace(spec.files, minutes=10))


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
    """The line of a download that fails, which leaves the directory and what lies there alone."""
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
    ("spoil", "why"),
    [
        (lambda whole: whole[:-1] + b"x", r"RuntimeError: File not found or corrupted\."),
        (lambda whole: whole[: len(whole) // 2], r"RuntimeError: File not found or corrupted\."),
    ],
    ids=["another digest", "a broken connection"],
)
@pytest.mark.slow
def test_what_arrives_otherwise_is_not_kept(
    spoil: Any, why: str, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = serve("cifar10", server, tmp_path, monkeypatch)
    server.spoil = spoil
    line = failing(spec, tmp_path)
    assert line.startswith("CIFAR-10 cannot be downloaded (")
    assert why.replace("\\", "") in line
    assert "name a directory that holds cifar-10-batches-py/ with its 6 files by --data" in line


@pytest.mark.slow
def test_the_second_file_is_not_found(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the first, which has arrived, nothing is left."""
    spec = serve("fashion-mnist", server, tmp_path, monkeypatch)
    del server.files[[*server.files][1]]
    line = failing(spec, tmp_path)
    assert line.startswith("Fashion-MNIST cannot be downloaded (HTTP Error 404: Not Found); name")
    assert server.asked[0] == "train-images-idx3-ubyte.gz"


@pytest.mark.slow
def test_nobody_answers(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory that was made for the download goes again."""
    spec = serve("kmnist", server, tmp_path, monkeypatch)
    server.server_close()
    with pytest.raises(DataError, match=r"KMNIST cannot be downloaded .*Connection refused"):
        fetch(spec, tmp_path / "new" / "data", print)
    assert not (tmp_path / "new" / "data").exists()


@pytest.mark.slow
def test_an_archive_that_lies_there_is_unpacked(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is put where torchvision looks for it before it downloads one."""
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
