"""Published data sets on a server of this machine, and torchvision's classes told to look there.

It serves made-up files in the published formats. What else these classes know of the files, their
MD5, is that of the made-up ones; the URLs are this machine's, all else is theirs.
"""

from __future__ import annotations

import gzip
import hashlib
import pickle
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from made import TEST, TRAIN, made_cifar10, made_emnist, made_idx
from reprobench.harness.data import download
from reprobench.harness.data.cifar10 import load_cifar10
from reprobench.harness.data.idx import load_idx
from reprobench.harness.data.like_mnist import FASHION_MNIST, KMNIST
from reprobench.harness.data.mnist import MNIST
from reprobench.harness.data.published_files import PublishedFiles
from reprobench.harness.data.spec import DataSpec

MIRRORED = "datasets.{name}.mirrors = ['{url}']; datasets.{name}.resources = {listed}"
ARCHIVED = "datasets.{name}.url = '{url}{file}'; datasets.{name}.{md5} = '{digest}'"


class Server(ThreadingHTTPServer):
    """Serves `files` by name; `spoil` may change or cut what is sent of one."""

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
        """Sends less than was promised if `spoil` shortens the file."""
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


def serve_idx(spec: DataSpec, server: Server, folder: Path) -> tuple[DataSpec, str]:
    """Fashion-MNIST or KMNIST, and what redirects its class to the server."""
    made = made_idx(spec, folder)
    assert made.files
    place = made.files.folder(folder)
    server.files = {name: (place / name).read_bytes() for name in made.files.digests}
    return made, mirrored(made.files.place[0], server)


def mirrored(name: str, server: Server) -> str:
    listed = [(file, hashlib.md5(whole).hexdigest()) for file, whole in server.files.items()]
    return MIRRORED.format(name=name, url=server.url, listed=listed)


def serve_mnist(server: Server, folder: Path) -> tuple[DataSpec, str]:
    """MNIST, whose files are checked by the SHA-256 of their unpacked content."""
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
    """CIFAR-10, with the file of names that torchvision also wants."""
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
    """The specification of a data set that is on the server, to which torchvision is redirected."""
    source = folder / "source"
    source.mkdir()
    spec, setting = SERVED[name](server, source)
    theirs = download.script

    def told(files: PublishedFiles) -> str:
        return f"from torchvision import datasets; {setting}; {theirs(files)}"

    monkeypatch.setattr(download, "script", told)
    assert spec.files
    return replace(spec, files=replace(spec.files, minutes=10))
