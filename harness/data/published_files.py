"""The files of a published data set: where they may be, and whether they are as published."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from os.path import exists, isfile
from pathlib import Path
from typing import Final

from ..base.errors import DataError
from .place import DATA_VARIABLE

MOST_BYTES: Final = 50_000_000
"""More than any compressed file of a data set holds; no more is read of one."""
PACKED: Final = ".gz"
SHA256_LETTERS: Final = 64


@dataclass(frozen=True)
class PublishedFiles:
    """The files of a data set in torchvision's layout, with the digests by which they are checked.

    A digest is a file's SHA-256, or else the MD5 that torchvision has. A file whose SHA-256 is
    known may also be compressed by gzip.
    """

    title: str
    place: tuple[str, ...]
    """Its folder under the data directory, part by part."""
    digests: Mapping[str, str]
    torchvision: str
    """The call of torchvision that downloads it, in which `folder` is the data directory."""
    minutes: int = 1
    """How many minutes the download may take."""
    archive: tuple[str, str] | None = None
    """Name and MD5 of an archive that torchvision unpacks instead of downloading, if it is in the
    data directory."""

    @property
    def where(self) -> str:
        """The folder in words: `MNIST/raw/`."""
        return "".join(f"{part}/" for part in self.place)

    @property
    def noun(self) -> str:
        """`file` or `files`, for messages."""
        return "file" if len(self.digests) == 1 else "files"

    def folder(self, directory: Path) -> Path:
        """Where the files belong, under a data directory."""
        return directory.joinpath(*self.place)

    def missing(self, directory: Path) -> list[str]:
        """The files that are neither where they belong nor sound nearby or compressed.

        Raises OSError if a folder is unreadable: that does not mean that the file is missing.
        """
        folder = self.folder(directory)
        return [
            name
            for name in self.digests
            if not _is_there(folder / name) and self._nearby(directory, name) is None
        ]

    def altered(self, directory: Path) -> list[str]:
        """One line per file that is where it belongs, but is not as published."""
        paths = {self.folder(directory) / name: digest for name, digest in self.digests.items()}
        return [
            line
            for path, digest in paths.items()
            if exists(path) and (line := self._problem(path, digest))
        ]

    def archive_in(self, directory: Path) -> Path | None:
        """The archive in the data directory, if it is there; raises DataError if it is altered."""
        if self.archive is None or not exists(path := directory / self.archive[0]):
            return None
        if problem := self._problem(path, self.archive[1]):
            raise DataError(problem)
        return path

    def sound(self, directory: Path) -> list[Path]:
        """Paths of the files, checked; raises DataError, one line per missing or altered file."""
        paths, problems = [], []
        for name, digest in self.digests.items():
            path = self.folder(directory) / name
            nearby = None if exists(path) else self._nearby(directory, name)
            if nearby is None and (problem := self._problem(path, digest)):
                problems.append(problem)
            else:
                paths.append(nearby or path)
        if problems:
            raise DataError(*problems)
        return paths

    def _nearby(self, directory: Path, name: str) -> Path | None:
        """A sound copy under another usual name, or in a folder above."""
        digest = self.digests[name]
        others = self._others(directory, name)
        return next((path for path in others if isfile(path) and _is_sound(path, digest)), None)

    def _others(self, directory: Path, name: str) -> Iterator[Path]:
        packed = ("", PACKED) if len(self.digests[name]) == SHA256_LETTERS else ("",)
        for depth in range(len(self.place), -1, -1):
            folder = directory.joinpath(*self.place[:depth])
            for spelled in (name, name.replace("-idx", ".idx")):
                yield from (folder / f"{spelled}{ending}" for ending in packed)

    def _problem(self, path: Path, digest: str) -> str | None:
        if exists(path) and not isfile(path):
            return f"{path}: is not a file; move it away, or give another --data"
        try:
            found = _digest_of(path, digest)
        except FileNotFoundError:
            return (
                f"{path}: missing; put {self.title}'s {self.noun} there, or name the directory "
                f"that holds {self.where} by --data or {DATA_VARIABLE}"
            )
        except OSError as error:
            return f"{path}: cannot be read ({error.strerror}); fix that, or give another --data"
        if found == digest:
            return None
        kind = "SHA-256" if len(digest) == SHA256_LETTERS else "MD5"
        return (
            f"{path}: is not {self.title}'s ({path.stat().st_size:,} bytes, {kind} "
            f"{found[:12]}..., expected {digest[:12]}...); delete it to download it again, "
            "or give another --data"
        )


def _is_there(path: Path) -> bool:
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def _digest_of(path: Path, like: str) -> str:
    """Digest of the file, of the same kind as `like`: SHA-256 or MD5."""
    with path.open("rb") as file:
        kind = "sha256" if len(like) == SHA256_LETTERS else "md5"
        return hashlib.file_digest(file, kind).hexdigest()


def _is_sound(path: Path, digest: str) -> bool:
    """Whether the file has that digest; of a SHA-256, a compressed file is unpacked first."""
    try:
        if path.suffix == PACKED and len(digest) == SHA256_LETTERS:
            return hashlib.sha256(unpacked(path)).hexdigest() == digest
        return _digest_of(path, digest) == digest
    except (OSError, EOFError, zlib.error):
        return False


def unpacked(path: Path) -> bytes:
    """The content of a file that is compressed by gzip; raises OSError, EOFError, zlib.error."""
    with gzip.open(path) as file:
        return file.read(MOST_BYTES)
