"""What a run is made with, as its record keeps it."""

from __future__ import annotations

from functools import cache
from typing import Any

from ..engines.roster import environments
from ..results.environment import environment


@cache
def made_with() -> dict[str, Any]:
    """Versions, platform, processor, commit, and which engines are not there and why."""
    return {**environment(), **environments()}
