"""What a run is made with, as its record keeps it."""

from __future__ import annotations

from functools import cache
from typing import Any

from ..engines.choice import native_missing
from ..results.environment import NATIVE_THERE, environment


@cache
def made_with() -> dict[str, Any]:
    """Versions, platform, processor, commit, and the native engine or why it is not there."""
    return {**environment(), "native_engine": native_missing() or NATIVE_THERE}
