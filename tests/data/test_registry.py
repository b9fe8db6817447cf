"""Data sets: real files, missing ones, truncated ones, altered ones, and downloads that fail."""

import gzip
import hashlib
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from reprobench.harness.base.errors import DataError, InputError
from reprobench.harness.data import download, registry
from reprobench.harness.data.digits import DIGITS
from reprobench.harness.data.mnist import MNIST
from reprobench.harness.data.place import data_directory
from reprobench.harness.data.registry import DATA_SETS, load_data_set
from reprobench.harness.data.spec import DataSet


@pytest.fixture
def copied(mnist_directory: Path, tmp_path: Path) -> Path:
    """A copy of MNIST that a test may damage."""
    shutil.copytree(mnist_directory / "MNIST" / "raw", tmp_path / "MNIST" / "raw")
    for path in (tmp_path / "MNIST" / "raw").iterdir():
        path.chmod(0o644)
    return tmp_path


def test_mnist_is_what_torchvision_reads(mnist: DataSet, mnist_directory: Path) -> None:
    from torchvision import datasets

    for train, images, labels in (
        (True, mnist.train_images, mnist.train_labels),
        (False, mnist.test_images, mnist.test_labels),
    ):
        theirs = datasets.MNIST(mnist_directory, train=train, download=False)
        assert (theirs.data.numpy() == images).all()
        assert (theirs.targets.numpy() == labels).all()
    assert images.dtype == np.uint8
    assert (mnist.spec.train, mnist.spec.test) == (len(mnist.train_images), len(images))


def test_images_are_mapped_not_copied(mnist: DataSet) -> None:
    assert isinstance(mnist.train_images, np.memmap)
    assert not mnist.train_images.flags.writeable


def test_missing_files_are_named_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        load_data_set(MNIST, tmp_path)
    assert len(caught.value.lines) == 4
    first = caught.value.lines[0]
    assert first.startswith(f"{tmp_path}/MNIST/raw/train-images-idx3-ubyte: missing")
    assert "--data" in first


def test_a_truncated_file_is_named(copied: Path) -> None:
    path = copied / "MNIST" / "raw" / "t10k-images-idx3-ubyte"
    os.truncate(path, 1000)
    with pytest.raises(DataError, match=r"t10k-images-idx3-ubyte: is not MNIST's \(1,000 bytes"):
        load_data_set(MNIST, copied)


def test_a_pipe_is_not_waited_for(copied: Path) -> None:
    path = copied / "MNIST" / "raw" / "t10k-images-idx3-ubyte"
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(DataError, match="t10k-images-idx3-ubyte: is not a file; move it away"):
        load_data_set(MNIST, copied)


def test_a_name_of_more_letters_than_any_disk_takes(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="File name too long; fix that, or name another"):
        registry.fetch(MNIST, tmp_path / ("a" * 300), print)


def test_one_altered_bit_is_found(copied: Path) -> None:
    path = copied / "MNIST" / "raw" / "train-labels-idx1-ubyte"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        load_data_set(MNIST, copied)
    assert len(caught.value.lines) == 1
    assert "train-labels-idx1-ubyte" in caught.value.lines[0]
    assert hashlib.sha256(content).hexdigest()[:12] in caught.value.lines[0]


def test_altered_files_are_never_downloaded_over(
    copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "download_files", lambda *_: pytest.fail("downloads over files"))
    raw = copied / "MNIST" / "raw"
    (raw / "t10k-labels-idx1-ubyte").unlink()
    (raw / "train-labels-idx1-ubyte").write_bytes(b"altered")
    registry.fetch(MNIST, copied, print)
    with pytest.raises(DataError, match=r"train-labels-idx1-ubyte: is not MNIST's \(7 bytes"):
        load_data_set(MNIST, copied)


def test_nothing_is_downloaded_where_it_must_not_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "download_files", lambda *_: pytest.fail("downloads"))
    with pytest.raises(
        DataError,
        match=r"MNIST/raw: lacks train-images-idx3-ubyte, .* bench downloads",
    ):
        registry.fetch(MNIST, tmp_path / "new", print, download=False)
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_looked_at_is_not_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "download_files", lambda *_: pytest.fail("was downloaded"))
    with pytest.raises(DataError, match=r"File name too long; fix that, or name another"):
        registry.fetch(MNIST, tmp_path / ("a" * 300), print)


def test_option_then_variable_then_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_DATA", "/from/variable")
    assert data_directory(Path("/from/option")) == Path("/from/option")
    assert data_directory() == Path("/from/variable")
    monkeypatch.delenv("HARNESS_DATA")
    assert data_directory() == Path("data")


def test_a_file_is_no_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(InputError, match=f"^--data: {file} is not a folder; name another"):
        data_directory(file / "data")
    monkeypatch.setenv("HARNESS_DATA", str(file))
    with pytest.raises(InputError, match=f"^HARNESS_DATA: {file} is not a folder"):
        data_directory()


def test_a_tilde_is_ones_own_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    monkeypatch.setenv("HARNESS_DATA", "~/data")
    assert data_directory() == Path("/home/somebody/data")
    assert data_directory(Path("~/other")) == Path("/home/somebody/other")
    with pytest.raises(DataError, match=r"^--data ~nobody-of-that-name/data: is in .*; write"):
        data_directory(Path("~nobody-of-that-name/data"))


def test_a_download_that_fails_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = "import pathlib, sys; pathlib.Path(sys.argv[1], 'half').touch(); sys.exit('no route')"
    monkeypatch.setattr(download, "script", lambda _: broken)
    with pytest.raises(DataError, match=r"cannot be downloaded \(no route\); name a directory"):
        registry.fetch(MNIST, tmp_path, print)
    assert list(tmp_path.iterdir()) == []


def test_a_download_gives_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "script", lambda _: "import time; time.sleep(600)")
    monkeypatch.setattr(download, "MINUTE_SECONDS", 0.5)
    with pytest.raises(DataError, match=r"no answer in 0\.5 seconds"):
        registry.fetch(MNIST, tmp_path, print)
    assert list(tmp_path.iterdir()) == []


def test_a_download_appears_as_a_whole(
    tmp_path: Path, mnist_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = mnist_directory.resolve() / "MNIST"
    copying(source, monkeypatch)
    registry.fetch(MNIST, tmp_path / "new", print)
    assert load_data_set(MNIST, tmp_path / "new").train_images.shape == (60_000, 28, 28)


def copying(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes downloads copy the folder instead."""
    copy = f"import shutil, sys; shutil.copytree({str(source)!r}, sys.argv[1] + '/MNIST')"
    monkeypatch.setattr(download, "script", lambda _: copy)


@pytest.mark.parametrize(
    "stray", ["MNIST/raw/t10k-labels-idx1-ubyte.gz", "MNIST/processed/training.pt", "MNIST/raw/"]
)
def test_a_download_is_stored_beside_what_lies_there(
    tmp_path: Path, mnist_directory: Path, monkeypatch: pytest.MonkeyPatch, stray: str
) -> None:
    lying = tmp_path / stray
    if stray.endswith("/"):
        lying.mkdir(parents=True)
    else:
        lying.parent.mkdir(parents=True)
        lying.write_bytes(b"half a file")
    leftover = tmp_path / ".download-killed"
    leftover.mkdir()
    os.utime(leftover, (0, 0))
    copying(mnist_directory.resolve() / "MNIST", monkeypatch)
    registry.fetch(MNIST, tmp_path, print)
    assert load_data_set(MNIST, tmp_path).spec.name == "mnist"
    assert lying.is_dir() or lying.read_bytes() == b"half a file"
    assert {path.name for path in tmp_path.iterdir()} == {"MNIST"}


def test_what_takes_long_is_said(tmp_path: Path) -> None:
    said: list[str] = []
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    (raw / "t10k-labels-idx1-ubyte").write_bytes(b"altered")
    registry.fetch(DIGITS, tmp_path, said.append)
    assert said == []
    registry.fetch(MNIST, tmp_path, said.append)
    assert said == [f"checking MNIST's files in {raw}"]


def test_only_what_is_missing_is_downloaded(
    copied: Path, mnist_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = copied / "MNIST" / "raw"
    (raw / "t10k-images-idx3-ubyte").unlink()
    before = (raw / "train-images-idx3-ubyte").stat().st_ino
    copying(mnist_directory.resolve() / "MNIST", monkeypatch)
    registry.fetch(MNIST, copied, print)
    assert (raw / "train-images-idx3-ubyte").stat().st_ino == before
    load_data_set(MNIST, copied)


def test_compressed_files_are_read_where_they_lie(
    copied: Path, mnist: DataSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "download_files", lambda *_: pytest.fail("downloads"))
    for path in list((copied / "MNIST" / "raw").iterdir()):
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes(), 1))
        path.unlink()
    registry.fetch(MNIST, copied, print)
    read = load_data_set(MNIST, copied)
    assert read.content_digest() == mnist.content_digest()
    assert not read.train_images.flags.writeable
    labels = copied / "MNIST" / "raw" / "t10k-labels-idx1-ubyte.gz"
    labels.write_bytes(labels.read_bytes()[:-30])
    with pytest.raises(DataError, match="t10k-labels-idx1-ubyte: missing"):
        load_data_set(MNIST, copied)


def test_digests_differ() -> None:
    assert len({spec.digest for spec in DATA_SETS.values()}) == len(DATA_SETS)


def test_training_images_held_out_are_the_test() -> None:
    whole, part = (load_data_set(DIGITS.held_out(holdout), Path()) for holdout in (0, 297))
    assert (part.spec.train, part.spec.test) == (1_000, 297)
    assert part.train_images.shape == (1_000, 28, 28)
    np.testing.assert_array_equal(part.test_images, whole.train_images[1_000:])
    np.testing.assert_array_equal(part.test_labels, whole.train_labels[1_000:])
    digests = {DIGITS.held_out(holdout).digest for holdout in (0, 297, 298)}
    assert len(digests) == 3
