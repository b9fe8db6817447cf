"""Real filesystems that are full, read-only or forbidden, for commands under test.

A small tmpfs is mounted in a mount namespace of the command's own, which ends with it.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from scripted import subprocess_environment
from waiting import PATIENCE

NAMESPACE = ["unshare", "--mount", "--map-root-user"]


def run_on_tmpfs(
    mount: Path, options: str, command: list[str], before: str = "true", after: str = "true"
) -> subprocess.CompletedProcess[str]:
    """Run `command` with a tmpfs at `mount`, shell commands before and after; skips if impossible.

    The exit code is the command's. What `after` prints follows its output.
    """
    if subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no mount namespaces on this machine (unshare --mount --map-root-user fails)")
    mount.mkdir(exist_ok=True)
    place = shlex.quote(str(mount))
    script = (
        f"mount -t tmpfs -o size=64m none {place} && {before} && "
        f"mount -o remount,{options} {place} || exit 99; "
        f"{shlex.join(command)}; code=$?; {after}; exit $code"
    )
    return subprocess.run(
        [*NAMESPACE, "sh", "-c", script],
        capture_output=True,
        text=True,
        env=subprocess_environment(),
        cwd=mount.parent,
        timeout=PATIENCE,
        check=False,
    )


def fail_at(monkeypatch: pytest.MonkeyPatch, call: str, number: int) -> None:
    """Let the disk be full at one call of `os.fsync` or `os.replace`."""
    real, left = getattr(os, call), iter(range(number - 1, -1, -1))

    def failing(*places: int | Path) -> None:
        if next(left, None) == 0:
            raise OSError(28, "No space left on device")
        real(*places)

    monkeypatch.setattr(os, call, failing)


def bound_by_permissions(command: list[str]) -> list[str]:
    """The command for a user who may read only what permissions allow; skips if impossible.

    Root may read everything, unless it is deprived of that.
    """
    if os.geteuid():
        return command
    deprived = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    if not shutil.which("setpriv") or subprocess.run([*deprived, "true"], check=False).returncode:
        pytest.skip("root cannot give up its rights here (setpriv fails)")
    return [*deprived, *command]
