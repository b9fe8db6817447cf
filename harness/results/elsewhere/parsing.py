"""Reading the record of an imported run from its file, and checking that it can be true."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any, Final

from ..measured import measured_digest
from ..parsing import DamagedRecord, newer_record, read_with, unsealed
from ..record import record_file
from .record import ImportedRecord

FORMATS: Final = re.compile(r"imported-(\d{1,9})")
IMPORTED_FORMAT: Final = 1
NAMES: Final = re.compile(r"[A-Za-z0-9._+=-]{1,80}")
"""Valid recipe names, which become file names."""


def read_imported(path: Path) -> ImportedRecord:
    """The run in a file, whose name must match it.

    Raises DamagedRecord, NewerRecord, and OSError if the file is missing or unreadable.
    """
    record = read_with(parse_imported, path)
    if path.name != record_file(record.recipe, record.seed):
        raise DamagedRecord("holds a different run than its name says")
    return record


def parse_imported(text: bytes) -> ImportedRecord:
    """The imported run that a file holds; raises DamagedRecord and NewerRecord."""
    record = unsealed(text, _read, "an imported run")
    if fault := _contradiction(record):
        raise DamagedRecord(fault)
    return record


def _read(content: dict[str, Any]) -> ImportedRecord:
    found = FORMATS.fullmatch(str(content.get("format")))
    if found and int(found[1]) > IMPORTED_FORMAT:
        raise newer_record(f"imported-{int(found[1])}", f"imported-{IMPORTED_FORMAT}")
    return ImportedRecord.model_validate(content)


def _contradiction(record: ImportedRecord) -> str | None:
    """The first contradiction in the record; None if it is consistent."""
    if not NAMES.fullmatch(record.recipe):
        return "recipe: is not a valid name"
    if not record.sources:
        return "sources: should name at least one"
    if not all(abs(value) <= sys.float_info.max for value in record.values):
        return "values: hold a number that is far too large"
    if record.total is not None:
        if record.direction != "higher":
            return "direction: should be higher for a count"
        if not all(isinstance(v, int) and 0 <= v <= record.total for v in record.values):
            return f"values: should be counts from 0 to {record.total:,}"
    if record.digest != measured_digest(record.status, record.measure, record.total, record.values):
        return "digest: does not match its values"
    return None
