"""Runs that W&B kept on the disk: `wandb/offline-run-*/run-*.wandb`, read without a server.

Such a file is a log in LevelDB's format, whose messages W&B's library declares.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from ...base.errors import InputError
from ...base.words import one_line
from ...study.loading.import_table import ImportTable
from ..long_table import RUN_NAME, LongTable
from ..sources import content_of, extra, parsed, paths_below, source_of_many
from .tracked import Points, TrackedRun, long_table, metric_names

MARK: Final = "*.wandb"
MAGIC: Final = b":W&B"
HEADER: Final = 7
"""Bytes before the first part of the first block, and before each part."""
BLOCK: Final = 2**15
LAST: Final = (1, 4)
"""Kinds of parts that end a message: a whole message, or the last part of one."""
OWN: Final = "_"
"""The names of settings and metrics that W&B adds by itself begin with this."""


def read_folder(path: Path, columns: ImportTable) -> list[LongTable]:
    """W&B's folder of runs, or the folder of one run; raises InputError."""
    files = sorted(paths_below(path, MARK), key=_began)
    contents = {file.relative_to(path).as_posix(): content_of(file) for file in files}
    runs: dict[str, TrackedRun] = {}
    for file, content in zip(files, contents.values(), strict=True):
        run = _run(file, content, columns)
        runs[run.name] = _joined(runs[run.name], run, file, columns) if run.name in runs else run
    return [long_table([*runs.values()], columns, source_of_many(path, contents, "W&B offline"))]


def _began(file: Path) -> tuple[str, Path]:
    """When a part of a run began, which the name of its folder says, and the file."""
    return file.parent.name.removeprefix("offline-"), file


def _joined(run: TrackedRun, later: TrackedRun, file: Path, columns: ImportTable) -> TrackedRun:
    """A run and its continuation, which W&B keeps in a folder of its own, under the run's id.

    Raises InputError if the continuation counts its steps anew and says no epochs.
    """
    points = {name: [*own] for name, own in run.points.items()}
    epochs = {value for _, value in later.points.get(columns.epoch, [])}
    for name, own in later.points.items():
        before = points.setdefault(name, [])
        last = max((step for step, _ in before), default=-1)
        if name in metric_names(columns) and any(s <= last and s not in epochs for s, _ in own):
            raise InputError(
                f"{file}: goes on with run {run.name}, but counts its steps anew; log "
                f"{columns.epoch} beside {name}, or leave the run out"
            )
        before += own
    settings = {**run.settings, **later.settings, RUN_NAME: run.settings[RUN_NAME]}
    return TrackedRun(run.name, settings, points)


def _run(file: Path, content: bytes, columns: ImportTable) -> TrackedRun:
    """What a run was started with, and what it logged."""
    messages = extra("wandb.proto.wandb_internal_pb2", "wandb", file)
    if content[: len(MAGIC)] != MAGIC:
        raise InputError(f"{file}: is not a run of W&B; leave it out")
    name = file.stem
    settings = {RUN_NAME: name}
    points: Points = {}
    for part in _messages(content, file):
        record = messages.Record()
        try:
            record.ParseFromString(part)
        except Exception as error:  # its class belongs to a library that may be missing
            raise _damaged(file, error) from error
        try:
            if record.HasField("run"):
                name = record.run.run_id
                settings[RUN_NAME] = record.run.display_name or name
                settings |= _settings(record.run.config)
            elif record.HasField("config"):
                settings |= _settings(record.config)
            elif record.HasField("history"):
                _log(record.history, columns.epoch, points)
        except (ValueError, RecursionError) as error:
            raise _damaged(file, error) from error
    return TrackedRun(name, settings, points)


def _messages(content: bytes, file: Path) -> Iterator[bytes]:
    """The messages of a log, without one that was cut short when its process ended.

    Raises InputError if a part is damaged, by its length or its checksum.
    """
    place, message = HEADER, b""
    while place + HEADER <= len(content):
        left = BLOCK - place % BLOCK
        if left < HEADER:
            place += left
            continue
        checksum, length, kind = struct.unpack_from("<IHB", content, place)
        if kind == 0 and not any(content[place:]):  # allocated, but never written
            return
        if HEADER + length > left:
            raise _damaged(file, "a part is longer than its block")
        place += HEADER + length
        if place > len(content):
            return
        if zlib.crc32(content[place - length - 1 : place]) != checksum:
            raise _damaged(file, "the checksum of a part is wrong")
        message += content[place - length : place]
        if kind in LAST:
            yield message
            message = b""


def _damaged(file: Path, why: object) -> InputError:
    return InputError(f"{file}: is damaged: {one_line(why)}; leave it out")


def _settings(config: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for item in config.update:
        name = item.key or ".".join(item.nested_key)
        if not name.startswith(OWN):
            found |= dict(_flat(name, parsed(item.value_json)))
    return found


def _flat(name: str, value: object) -> Iterator[tuple[str, str]]:
    """A setting, or all settings of a table, under names with dots."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(f"{name}.{key}", inner)
    else:
        yield name, value if isinstance(value, str) else json.dumps(value)


def _log(history: Any, epoch: str, points: Points) -> None:
    """The numbers of a step; the epoch is the one that was logged with them, if any was."""
    logged = {
        item.key or ".".join(item.nested_key): parsed(item.value_json) for item in history.item
    }
    step = logged.get(epoch, history.step.num)
    if isinstance(step, dict | list):  # no epoch: as a text, it is refused with its line
        step = json.dumps(step)
    for name, value in logged.items():
        number = _number(value)
        if number is not None and not name.startswith(OWN):
            points.setdefault(name, []).append((step, number))


def _number(value: object) -> float | None:
    """The number, or None for anything else; W&B writes NaN and infinity as text."""
    if isinstance(value, str) and value in ("NaN", "Infinity", "-Infinity"):
        return float(value)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
