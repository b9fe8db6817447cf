"""Published data sets: made-up files in their formats, read, missing, altered and in the way."""

from __future__ import annotations

import gzip
import hashlib
import pickle
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made import TRAIN, batch, made_cifar10, made_emnist, made_idx, pictures
from reprobench.harness.base.errors import DataError
from reprobench.harness.data import download, registry
from reprobench.harness.data.cifar10 import CIFAR10, load_cifar10
from reprobench.harness.data.emnist import EMNIST_DIGITS, load_emnist
from reprobench.harness.data.idx import idx_values
from reprobench.harness.data.like_mnist import FASHION_MNIST, KMNIST
from reprobench.harness.data.published_files import PublishedFiles
from reprobench.harness.data.registry import fetch, load_data_set
from reprobench.harness.data.spec import DataSpec

Make = Callable[[Path], DataSpec]
KINDS: dict[str, Make] = {
    "fashion-mnist": lambda folder: made_idx(FASHION_MNIST, folder),
    "kmnist": lambda folder: made_idx(KMNIST, folder),
    "emnist-digits": made_emnist,
    "cifar10": made_cifar10,
}
every_kind = pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)


def test_digests_and_classes_are_those_that_torchvision_has() -> None:
    from torchvision import datasets

    for spec, theirs in ((FASHION_MNIST, datasets.FashionMNIST), (KMNIST, datasets.KMNIST)):
        assert spec.files
        assert spec.files.digests == dict(theirs.resources)
    assert EMNIST_DIGITS.files
    assert EMNIST_DIGITS.files.digests == {"gzip.zip": datasets.EMNIST.md5}
    assert CIFAR10.files
    lists = [*datasets.CIFAR10.train_list, *datasets.CIFAR10.test_list]
    assert CIFAR10.files.digests == dict(map(tuple, lists))
    assert CIFAR10.files.place == (datasets.CIFAR10.base_folder,)
    assert CIFAR10.files.archive == (datasets.CIFAR10.filename, datasets.CIFAR10.tgz_md5)
    assert list(KMNIST.labels) == datasets.KMNIST.classes
    assert len(FASHION_MNIST.labels) == len(datasets.FashionMNIST.classes)


@every_kind
def test_what_is_read_is_what_was_published(make: Make, tmp_path: Path) -> None:
    spec = make(tmp_path)
    read = load_data_set(spec, tmp_path)
    shape = spec.shape if spec.shape[0] > 1 else spec.shape[1:]
    for count, images, labels in (
        (spec.train, read.train_images, read.train_labels),
        (spec.test, read.test_images, read.test_labels),
    ):
        wanted = pictures(shape, count)
        np.testing.assert_array_equal(images, wanted[0])
        np.testing.assert_array_equal(labels, wanted[1])
        assert images.dtype == labels.dtype == np.uint8


def test_idx_files_are_read_as_torchvision_reads_them(tmp_path: Path) -> None:
    from torchvision.datasets.mnist import read_image_file

    made_idx(KMNIST, tmp_path)
    path = tmp_path / "KMNIST" / "raw" / "t10k-images-idx3-ubyte"
    path.write_bytes(gzip.decompress(path.with_suffix(".gz").read_bytes()))
    ours = idx_values(np.fromfile(path, np.uint8), path)
    np.testing.assert_array_equal(ours, read_image_file(str(path)).numpy())


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "is not an IDX file of bytes"),
        (bytes((0, 0, 13, 1, 0, 0, 0, 0)), "is not an IDX file of bytes"),
        (bytes((0, 0, 8, 3, 0, 0, 0, 1)), "is not an IDX file of bytes"),
        (bytes((0, 0, 8, 1, 0, 0, 0, 9, 1)), "holds 1 byte, not 9"),
    ],
)
def test_what_is_no_idx_file(content: bytes, complaint: str) -> None:
    with pytest.raises(DataError, match=complaint):
        idx_values(np.frombuffer(content, np.uint8), Path("x"))


@every_kind
def test_an_altered_file_is_named_and_left(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "download_files", lambda *_: pytest.fail("downloads over files"))
    spec = make(tmp_path)
    assert spec.files
    *_, name = spec.files.digests
    path = spec.files.folder(tmp_path) / name
    path.write_bytes(path.read_bytes()[:-1])
    fetch(spec, tmp_path, print)
    with pytest.raises(DataError) as caught:
        load_data_set(spec, tmp_path)
    (line,) = caught.value.lines
    assert line.startswith(f"{path}: is not {spec.files.title}'s (")
    assert hashlib.md5(path.read_bytes()).hexdigest()[:12] in line


@every_kind
def test_missing_files_are_named_with_the_remedy(make: Make, tmp_path: Path) -> None:
    spec = make(tmp_path)
    assert spec.files
    shutil.rmtree(tmp_path / spec.files.place[0])
    with pytest.raises(DataError) as caught:
        load_data_set(spec, tmp_path)
    assert len(caught.value.lines) == len(spec.files.digests)
    assert f"holds {spec.files.where} by --data or HARNESS_DATA" in caught.value.lines[0]
    with pytest.raises(DataError, match="without --dry-run, bench downloads"):
        fetch(spec, tmp_path, print, download=False)
    assert list(tmp_path.iterdir()) == []


@every_kind
def test_files_are_found_in_the_folder_itself(make: Make, tmp_path: Path) -> None:
    spec = make(tmp_path)
    assert spec.files
    folder = spec.files.folder(tmp_path)
    fetch(spec, folder, print, download=False)
    assert load_data_set(spec, folder).train_images.shape[0] == TRAIN


def test_other_usual_names_are_found(tmp_path: Path) -> None:
    spec = made_idx(FASHION_MNIST, tmp_path)
    for path in list((tmp_path / "FashionMNIST" / "raw").iterdir()):
        path.rename(tmp_path / path.name.replace("-idx", ".idx"))
    fetch(spec, tmp_path, print, download=False)
    assert load_data_set(spec, tmp_path).train_images.shape == (TRAIN, 28, 28)


@every_kind
def test_a_download_is_torchvisions_and_appears_as_a_whole(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target, said = tmp_path / "source", tmp_path / "target", list[str]()
    source.mkdir()
    spec = make(source)
    assert spec.files
    assert f"datasets.{spec.files.torchvision}" in download.script(spec.files)
    copy = f"import shutil, sys; shutil.copytree({str(source)!r}, sys.argv[1], dirs_exist_ok=True)"
    monkeypatch.setattr(download, "script", lambda _: copy)
    fetch(spec, target, said.append)
    assert f"downloading it, for {spec.files.minutes} minutes at most" in said[0]
    assert load_data_set(spec, target).train_images.shape[0] == TRAIN
    assert {path.name for path in target.iterdir()} == {spec.files.place[0], ".gitignore"} - (
        set() if (target / ".gitignore").exists() else {".gitignore"}
    )


def test_batches_that_python_3_wrote_are_read(tmp_path: Path) -> None:
    spec = made_cifar10(tmp_path)
    images, labels = pictures((3, 32, 32), 7)
    new = pickle.dumps({"labels": labels.tolist(), "data": images.reshape(7, -1)}, protocol=4)
    read = load_cifar10(with_digest(spec, "test_batch", new, tmp_path), tmp_path)
    np.testing.assert_array_equal(read[2], images)


def with_digest(spec: DataSpec, name: str, content: bytes, folder: Path) -> PublishedFiles:
    """Writes a file of the set with other content; returns its files with the new digest."""
    assert spec.files
    (spec.files.folder(folder) / name).write_bytes(content)
    digest = hashlib.md5(content).hexdigest()
    return replace(spec.files, digests={**spec.files.digests, name: digest})


class Harmful:
    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return pytest.fail, ("a pickle was let run",)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (pickle.dumps(Harmful()), "is not a batch of images .it names _pytest.outcomes"),
        (b"no pickle", "is not a batch of images"),
        (pickle.dumps({"labels": [1]}), "is not a batch of images"),
        (pickle.dumps({"labels": [300], "data": np.zeros(3_072)}), "is not a batch of images"),
        (batch(*pictures((3, 32, 32), 4))[:-20], "is not a batch of images"),
        (
            batch(pictures((3, 32, 32), 4)[0], np.zeros(3, np.uint8)),
            "has 4 images and 3 labels",
        ),
    ],
)
def test_what_is_no_batch(content: bytes, complaint: str, tmp_path: Path) -> None:
    files = with_digest(made_cifar10(tmp_path), "data_batch_2", content, tmp_path)
    with pytest.raises(DataError, match=complaint):
        load_cifar10(files, tmp_path)


@pytest.mark.parametrize("content", [b"no archive", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_archive(content: bytes, tmp_path: Path) -> None:
    files = with_digest(made_emnist(tmp_path), "gzip.zip", content, tmp_path)
    with pytest.raises(DataError, match=r"gzip\.zip: cannot be unpacked \("):
        load_emnist(files, tmp_path)
