"""What made a record: an engine, and the version of its arithmetic."""

from __future__ import annotations

from typing import NamedTuple


class EngineVersion(NamedTuple):
    """An engine and the version of its arithmetic. Runs of different ones are never compared."""

    engine: str
    numerics: str
