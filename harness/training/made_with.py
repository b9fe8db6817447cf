"""What a run is made with, as its record keeps it."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any

from ..engines.roster import environments
from ..results.environment import FINISHED, environment


def made_with() -> dict[str, Any]:
    """Versions, platform, processor, commit, which engines are not there and why, and the time."""
    return {**_lasting(), FINISHED: datetime.now(UTC).isoformat(timespec="seconds")}


@cache
def _lasting() -> dict[str, Any]:
    return {**environment(), **environments()}
