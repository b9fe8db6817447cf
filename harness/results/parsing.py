"""The record of a run from its file, checked: nothing that cannot be true is taken for a result."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from ..base.files import NotAFile, read_regular
from ..base.fingerprint import fingerprint
from ..base.words import one_line
from ..study.measure import MOST_COUNTED
from .commanded import COMMAND_FORMAT, CommandRecord
from .measured import measured_digest
from .record import RECORD_FORMAT, RunRecord, TrainedRecord, digest_of
from .soundness import contradiction

PRODUCT: Final = "reprobench"
_COMMAND: Final = re.compile(r"command-[1-9]\d{0,8}")
MOST_REASON: Final = 300
"""Letters of what is said about a damaged file."""


class DamagedRecord(ValueError):
    """A record file that does not parse, or whose content cannot be true."""


class NewerRecord(ValueError):
    """A record file of a later format: nothing is known of it, so it is left alone."""


def read_record(path: Path) -> RunRecord:
    """The record in a file.

    Raises DamagedRecord, NewerRecord, and OSError where the file is not there or unreadable.
    """
    try:
        return parse_record(read_regular(path))
    except NotAFile as error:
        raise DamagedRecord(error.strerror) from error


def parse_record(text: bytes) -> RunRecord:
    """The record that a file holds; raises DamagedRecord and NewerRecord."""
    try:
        content = json.loads(text)
        checksum = content.pop("checksum")
        _check_format(content)
        record = _kind(content).model_validate(content)
        sound = fingerprint(content) == checksum
        digest = _digest(record, content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise _damaged(f"{place}: {first['msg']}") from error
    except NewerRecord:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _damaged(f"is not a record ({type(error).__name__}: {error})") from error
    if not sound:
        raise DamagedRecord("its content does not match its checksum")
    if record.digest != digest:
        raise DamagedRecord("its epochs do not match its digest")
    if found := contradiction(record):
        raise DamagedRecord(found)
    return record


def _kind(content: dict[str, Any]) -> type[RunRecord]:
    return CommandRecord if isinstance(content["format"], str) else TrainedRecord


def _digest(record: RunRecord, content: dict[str, Any]) -> str:
    """What the digest of the results is to be; of an engine's, by its rows as JSON has them."""
    if isinstance(record, CommandRecord):
        return measured_digest(record.status, record.measure, record.total, record.values)
    return digest_of(content["status"], content["rows"])


def _check_format(content: dict[str, Any]) -> None:
    """Raises NewerRecord; what is no format at all is for validation to say."""
    found = content.get("format")
    ours = COMMAND_FORMAT if isinstance(found, str) else RECORD_FORMAT
    of_commands = isinstance(found, str) and found != ours and _COMMAND.fullmatch(found)
    if of_commands or (type(found) is int and RECORD_FORMAT < found <= MOST_COUNTED):
        raise NewerRecord(
            f"is of format {found}, and this version of {PRODUCT} reads {ours}: install the one "
            "that wrote it; it was left as it is"
        )


def _damaged(reason: str) -> DamagedRecord:
    """What is said of a file's content may repeat any part of it."""
    return DamagedRecord(one_line(reason)[:MOST_REASON])
