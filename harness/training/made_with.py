"""What a run was made with, as its record keeps it."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from ..engines.roster import environments
from ..results.commanded import COMMANDED
from ..results.environment import DISTRIBUTION, FINISHED, TRAINED_BY, commit_of, environment


def made_with() -> dict[str, Any]:
    """Versions, platform, processor, commit, missing engines with the reason, and the time."""
    return _lasting() | finished_now()


def run_with(folder: Path) -> dict[str, Any]:
    """What a program runs with: its folder's commit as it is now, the machine, and our package's
    version. Without the time."""
    here = environment()
    machine = {name: here[name] for name in ("platform", "processor", "cores", "threads")}
    own = {DISTRIBUTION: here["packages"][DISTRIBUTION]}
    return {TRAINED_BY: COMMANDED, "packages": own, **machine, **commit_of(folder)}


def finished_now() -> dict[str, Any]:
    """The time, as the one at which a run ended."""
    return {FINISHED: datetime.now(UTC).isoformat(timespec="seconds")}


@cache
def _lasting() -> dict[str, Any]:
    return {**environment(), **environments()}
