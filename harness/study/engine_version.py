"""What a run's numbers depend on beside the run itself: an engine, and its arithmetic."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class EngineVersion:
    """An engine and the version of its arithmetic. Runs of different ones are never compared."""

    name: str
    numerics: str
    """Equal numerics, equal bits."""
