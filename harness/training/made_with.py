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
    return {**_lasting(), FINISHED: _now()}


def run_with(folder: Path) -> dict[str, Any]:
    """What a program ran with: its folder's commit, the machine, and our package's version."""
    here = environment()
    machine = {name: here[name] for name in ("platform", "processor", "cores", "threads")}
    own = {DISTRIBUTION: here["packages"][DISTRIBUTION]}
    made = {TRAINED_BY: COMMANDED, "packages": own, **machine, **commit_of(folder)}
    return {**made, FINISHED: _now()}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


@cache
def _lasting() -> dict[str, Any]:
    return {**environment(), **environments()}
