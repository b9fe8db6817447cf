"""Reading the record of a run from its file, and checking that its content can be true."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from ..base.disk.files import NotAFile, read_regular
from ..base.fingerprint import fingerprint
from ..base.words import one_line
from ..study.measure import MOST_COUNTED
from .commanded import COMMAND_FORMAT, CommandRecord
from .environment import DISTRIBUTION
from .measured import measured_digest
from .record import RunRecord
from .soundness import contradiction
from .trained import TRAINED_FORMAT, TrainedRecord, digest_of

Found = TypeVar("Found")

_COMMAND: Final = re.compile(r"command-[1-9]\d{0,8}")
MOST_REASON: Final = 300
"""Characters of the reason given for a damaged file."""


class DamagedRecord(ValueError):
    """A record file that does not parse, or whose content cannot be true."""


class NewerRecord(ValueError):
    """A record file in a newer format, which this version does not know and leaves alone."""


def read_record(path: Path) -> RunRecord:
    """The record in a file.

    Raises DamagedRecord, NewerRecord, and OSError if the file is missing or unreadable.
    """
    return read_with(parse_record, path)


def read_with(parse: Callable[[bytes], Found], path: Path) -> Found:
    """What `parse` finds in a record's file; raises what `read_record` raises."""
    try:
        return parse(read_regular(path))
    except NotAFile as error:
        raise DamagedRecord(error.strerror) from error


def parse_record(text: bytes) -> RunRecord:
    """The record that a file's content holds; raises DamagedRecord and NewerRecord."""
    record, digest = unsealed(text, _read, "a record")
    if record.digest != digest:
        raise DamagedRecord("its epochs do not match its digest")
    if found := contradiction(record):
        raise DamagedRecord(found)
    return record


def unsealed(text: bytes, read: Callable[[dict[str, Any]], Found], noun: str) -> Found:
    """What `read` makes of the JSON of a record, called `noun`, whose checksum must match the rest.

    Raises DamagedRecord, and NewerRecord if `read` does.
    """
    try:
        content = json.loads(text)
        checksum = content.pop("checksum")
        found = read(content)
        sound = fingerprint(content) == checksum
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise _damaged(f"{place}: {first['msg']}") from error
    except NewerRecord:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _damaged(f"is not {noun} ({type(error).__name__}: {error})") from error
    if not sound:
        raise DamagedRecord("its content does not match its checksum")
    return found


def newer_record(found: object, ours: object) -> NewerRecord:
    """The refusal of a record in the format `found`, where this version reads `ours`."""
    return NewerRecord(
        f"has format {found}, but this version of {DISTRIBUTION} reads {ours}: install the version "
        "that wrote it; the file was left as it is"
    )


def _read(content: dict[str, Any]) -> tuple[RunRecord, str]:
    """The record, and what the digest of its results should be."""
    _check_format(content)
    record = _kind(content).model_validate(content)
    return record, _digest(record, content)


def _kind(content: dict[str, Any]) -> type[RunRecord]:
    return CommandRecord if isinstance(content["format"], str) else TrainedRecord


def _digest(record: RunRecord, content: dict[str, Any]) -> str:
    """What the digest of the results should be; for an engine's run, from the rows in the file."""
    if isinstance(record, CommandRecord):
        return measured_digest(record.status, record.measure, record.total, record.values)
    return digest_of(content["status"], content["rows"])


def _check_format(content: dict[str, Any]) -> None:
    """Raises NewerRecord; a format that is invalid altogether is left to validation."""
    found = content.get("format")
    ours = COMMAND_FORMAT if isinstance(found, str) else TRAINED_FORMAT
    of_commands = isinstance(found, str) and found != ours and _COMMAND.fullmatch(found)
    if of_commands or (type(found) is int and TRAINED_FORMAT < found <= MOST_COUNTED):
        raise newer_record(found, ours)


def _damaged(reason: str) -> DamagedRecord:
    """The reason on one short line, since it may quote any part of the file."""
    return DamagedRecord(one_line(reason)[:MOST_REASON])
