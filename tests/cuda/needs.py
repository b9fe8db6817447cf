"""What of driver, package and programs `make cuda-check` needs, and which are missing here.

    needs.py                 a line for each; code 2 if nothing can be checked

It needs nothing but Python itself, so it can be run before anything is installed.
"""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from collections.abc import Callable
from ctypes import CDLL, byref, c_int
from pathlib import Path
from shutil import which
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
ESSENTIAL: Final = ("NVIDIA driver", "package", "NVRTC")
"""Without these nothing can be checked."""


def driver() -> str | None:
    """Why the driver cannot be used; None if it can."""
    try:
        CDLL("libcuda.so.1")
    except OSError:
        return "there is no libcuda.so.1"
    return None


def package() -> str | None:
    """Why the package cannot be imported; None if it can."""
    code = "from reprobench.harness.engines import _cuda; from reprobench.harness import cli"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return None
    said = (done.stderr.strip().splitlines() or ["its import ends the process"])[-1]
    return f"{sys.executable} does not have it: {said}"


def python_header() -> str | None:
    """Why the package could not be compiled here; None once it is installed."""
    folder = Path(sysconfig.get_paths()["include"])
    there = (folder / "Python.h").exists() or package() is None
    return None if there else f"not in {folder}; the package is compiled with it"


def nvrtc() -> str | None:
    """Why there is no NVRTC for the driver; None if there is one."""
    sys.path.append(str(ROOT / "harness" / "engines" / "gpu"))
    from nvrtc import find_nvrtc

    newest = c_int(99_000)  # any version will do where there is no driver
    if driver() is None:
        CDLL("libcuda.so.1").cuDriverGetVersion(byref(newest))
    major = newest.value // 1000
    if find_nvrtc(major):
        return None
    return f"none for CUDA {major}" if major < 99 else "not installed"


def program(name: str) -> Callable[[], str | None]:
    """Why there is no such program; None if there is one."""
    return lambda: None if which(name) else "not installed"


NEEDS: Final[dict[str, Callable[[], str | None]]] = {
    "NVIDIA driver": driver,
    "package": package,
    "Python.h or the package": python_header,
    "NVRTC": nvrtc,
    "g++": program("g++"),
    "make": program("make"),
}


def missing() -> dict[str, str]:
    """Why each thing is missing, by its name."""
    reasons = {name: why() for name, why in NEEDS.items()}
    return {name: reason for name, reason in reasons.items() if reason}


def show(lacking: dict[str, str]) -> None:
    """Print what is here, and a line for each thing that is missing."""
    here = [name for name in NEEDS if name not in lacking]
    print(f"here: {', '.join(here) or 'nothing'}", flush=True)
    for name, reason in lacking.items():
        print(f"MISSING: {name}: {reason}", flush=True)


def essential(lacking: dict[str, str]) -> list[str]:
    """Which of what is missing nothing can be checked without."""
    return [name for name in ESSENTIAL if name in lacking]


if __name__ == "__main__":
    found = missing()
    show(found)
    sys.exit(2 if essential(found) else 0)
