"""What a run was made with: versions, processor, and the commit of the harness."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

DISTRIBUTION: Final = "reprobench"
PACKAGES: Final = (
    DISTRIBUTION,
    "torch",
    "torchvision",
    "numpy",
    "pillow",
    "scikit-learn",
    "joblib",
)

FINISHED: Final = "finished"
"""The key for the time when the run ended, in UTC; not all records have it."""
TRAINED_BY: Final = "trained_by"
"""The key that names what trained the run, if it was not an engine."""
ENGINE_HERE: Final = "available"
"""The value for an engine that could have trained the run; others have the reason why not."""
DEVICE: Final = "device"
"""The key for the GPU that trained the run; absent if the CPU did."""
GIT_SETTINGS: Final = ("GIT_CONFIG_", "GIT_CEILING_DIRECTORIES", "GIT_DISCOVERY_")
"""Variables of git's that name no checkout, such as those that say which ones are safe."""
_ENGINE_SUFFIX: Final = "_engine"


@cache
def environment() -> dict[str, Any]:
    """Versions, platform, processor, threads per run, commit."""
    return {
        "python": platform.python_version(),
        "packages": {name: package_version(name) for name in PACKAGES},
        "platform": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": os.cpu_count(),
        "threads": 1,
        **_commit(),
    }


def but_the_time(environment: Mapping[str, Any]) -> dict[str, Any]:
    """The environment without the time: the same in all runs that were made alike."""
    return {name: value for name, value in environment.items() if name != FINISHED}


def engine_key(engine: str) -> str:
    """The key under which an environment says whether an engine was available."""
    return f"{engine}{_ENGINE_SUFFIX}"


def engines_missing_in(environment: Mapping[str, Any]) -> dict[str, str]:
    """The engines that were not available when a run was trained, by name, with the reasons."""
    return {
        key.removesuffix(_ENGINE_SUFFIX): str(said)
        for key, said in environment.items()
        if key.endswith(_ENGINE_SUFFIX) and said != ENGINE_HERE
    }


def package_version(name: str) -> str | None:
    """The installed version of a distribution; None if it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(errors="replace").splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _commit() -> dict[str, Any]:
    """Commit and dirty flag of the checkout that this code runs from; None if it is installed."""
    root = Path(__file__).resolve().parents[2]
    return commit_of(root) if os.path.exists(root / ".git") else {"commit": None, "dirty": None}


def commit_of(root: Path) -> dict[str, Any]:
    """Commit and dirty flag of the checkout that contains this folder; None if there is none.

    As they are now: a user may commit while a bench is running.
    """
    commit = _git(root, "rev-parse", "HEAD")
    changes = _git(root, "status", "--porcelain", "--", ":/", ":(exclude,top)reports")
    return {"commit": commit, "dirty": None if changes is None else bool(changes)}


def physical_cores() -> int:
    """This machine's physical cores; each trains one run at a time."""
    from joblib import cpu_count

    return int(cpu_count(only_physical_cores=True))


def uncommitted(folder: Path, spared: Path) -> list[str]:
    """Paths with uncommitted changes in the checkout that contains `folder`, except under `spared`.

    Empty if there is no checkout.
    """
    changes = _git(folder, "status", "--porcelain", "--", ":/", f":(exclude){spared}")
    return [line.split(maxsplit=1)[1] for line in (changes or "").splitlines()]


def _own_environment() -> dict[str, str]:
    """The caller's environment without what names another checkout, as git does for its hooks.

    Nothing is locked, so that no git command that the user gives meanwhile fails.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or name.startswith(GIT_SETTINGS)
    }
    return kept | {"GIT_OPTIONAL_LOCKS": "0"}


def _git(root: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments],
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            env=_own_environment(),
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
