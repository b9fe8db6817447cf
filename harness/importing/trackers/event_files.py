"""TensorBoard's event files: one folder per run, whose path says its recipe and seed."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any, Final

import numpy as np

from ...base.errors import InputError
from ...base.words import one_line
from ...study.loading.import_table import ImportTable
from ..long_table import LongTable
from ..sources import content_of, extra, paths_below, source_of_many
from .tracked import Points, long_table, named_runs

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
        contents[file.relative_to(path).as_posix()] = content = content_of(file)
        _check_whole(file, content)
    points = {
        folder.relative_to(path).as_posix(): _points(own, path) for folder, own in files.items()
    }
    source = source_of_many(path, contents, "TensorBoard")
    return [long_table(named_runs(points, columns, path), columns, source)]


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


def _points(files: list[Path], root: Path) -> Points:
    """The scalars of a run by tag; raises InputError if a file is no event file.

    A program that goes on from a checkpoint may say from which step on it logs anew: as in
    TensorBoard, what was logged of these steps before does not count.
    """
    loader = extra(LOADER, "tensorboard", root)
    tensors = extra("tensorboard.util.tensor_util", "tensorboard", root)
    points: Points = {}
    for file in files:
        try:
            for event in loader.EventFileLoader(str(file)).Load():
                if event.session_log.status == event.session_log.START:
                    points = _before(event.step, points)
                for value in event.summary.value:
                    array = tensors.make_ndarray(value.tensor) if value.HasField("tensor") else None
                    if array is not None and array.size == 1 and array.dtype.kind in "fiu":
                        point = (event.step, _as_logged(array.reshape(-1)[0]))
                        points.setdefault(value.tag, []).append(point)
        except Exception as error:  # the library's errors have no common base
            raise InputError(
                f"{file}: is not an event file: {one_line(error)[:200]}; leave it out"
            ) from error
    return points


def _before(first: int, points: Points) -> Points:
    """What was logged of the steps before the first that is logged anew."""
    return {tag: [point for point in own if point[0] < first] for tag, own in points.items()}


def _as_logged(value: Any) -> float:
    """The shortest decimal that rounds to the stored 32-bit float: 0.9, not 0.89999998."""
    return float(str(np.float32(value))) if value.dtype == np.float32 else float(value)
