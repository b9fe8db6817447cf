"""TensorBoard's event files: one folder per run, whose path says its recipe and seed."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np

from ...base.errors import InputError
from ...base.words import one_line
from ...study.loading.import_table import ImportTable
from ..folders import settings_in
from ..long_table import LongTable
from ..sources import content_of, extra, paths_below, source_of_many
from .tracked import RUN_NAME, Points, TrackedRun, long_table

MARK: Final = "*.tfevents.*"
LOADER: Final = "tensorboard.backend.event_processing.event_file_loader"
LENGTH: Final = 8
HEADER: Final = struct.Struct("<QI")
"""What begins a record: the length of its content, in LENGTH bytes, and a checksum of these."""
CHECKSUM: Final = 4
"""Bytes of the checksum after a record's content."""


def read_folder(path: Path, columns: ImportTable) -> list[LongTable]:
    """A log folder with one run in each of its folders; raises InputError."""
    files: dict[Path, list[Path]] = {}
    for file in sorted(paths_below(path, MARK)):
        files.setdefault(file.parent, []).append(file)
    contents = {}
    for file in (file for own in files.values() for file in own):
        contents[str(file.relative_to(path.parent))] = content = content_of(file)
        _check_whole(file, content)
    runs = [_run(folder, own, path, columns) for folder, own in files.items()]
    return [long_table(runs, columns, source_of_many(path, contents, "TensorBoard"))]


def _run(folder: Path, files: list[Path], root: Path, columns: ImportTable) -> TrackedRun:
    name = folder.relative_to(root).as_posix()
    points: Points = {}
    for file in files:
        for tag, step, value in _scalars(file):
            points.setdefault(tag, []).append((step, value))
    return TrackedRun(name, {RUN_NAME: name, **settings_in(name, columns, root)}, points)


def _check_whole(file: Path, content: bytes) -> None:
    """Raises InputError if the library would stop before the end, at a damaged record.

    A last record that was cut short when its process ended is left out.
    """
    loader = extra(LOADER, "tensorboard", file)
    checksums = extra("tensorboard.compat.tensorflow_stub.pywrap_tensorflow", "tensorboard", file)
    records = loader.RawEventFileLoader(str(file)).Load()
    read = sum(HEADER.size + len(record) + CHECKSUM for record in records)
    rest = content[read:]
    if len(rest) < HEADER.size or not any(rest):  # allocated, but never written
        return
    length, checksum = HEADER.unpack_from(rest)
    sound = checksums.masked_crc32c(rest[:LENGTH]) == checksum
    if not sound or HEADER.size + length + CHECKSUM <= len(rest):
        raise InputError(f"{file}: is damaged after {read:,} bytes; restore it, or leave it out")


def _scalars(file: Path) -> Iterator[tuple[str, int, float]]:
    """Tag, step and value of every scalar; raises InputError if it is not an event file."""
    loader = extra(LOADER, "tensorboard", file)
    tensors = extra("tensorboard.util.tensor_util", "tensorboard", file)
    try:
        for event in loader.EventFileLoader(str(file)).Load():
            for value in event.summary.value:
                array = tensors.make_ndarray(value.tensor) if value.HasField("tensor") else None
                if array is not None and array.size == 1 and array.dtype.kind in "fiu":
                    yield value.tag, event.step, _as_logged(array.reshape(-1)[0])
    except Exception as error:  # the library's errors have no common base
        raise InputError(f"{file}: is not an event file: {one_line(error)[:200]}") from error


def _as_logged(value: Any) -> float:
    """The shortest decimal that rounds to the stored 32-bit float: 0.9, not 0.89999998."""
    return float(str(np.float32(value))) if value.dtype == np.float32 else float(value)
