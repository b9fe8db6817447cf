"""What a run's numbers depend on besides the run itself: an engine and its arithmetic."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, order=True)
class EngineVersion:
    """An engine and the version of its arithmetic; runs of different ones are never compared."""

    name: str
    numerics: str
    """Equal numerics, equal bits."""
    by: str = field(default="", compare=False)
    """The engine that trains, if another one with the same arithmetic does; affects no number."""

    @property
    def trainer(self) -> str:
        """The name of the engine that trains."""
        return self.by or self.name
