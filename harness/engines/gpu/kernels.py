"""The kernels as machine code for a GPU: compiled once per architecture, and kept.

They are kept in the user's cache folder, by the digest of all that they are made from. Each file
begins with the digest of its content, and an incomplete one is compiled again.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path
from typing import Final

from ...base.disk.files import read_regular
from ...base.disk.folders import write_whole
from .nvrtc import Nvrtc

ENGINES_FOLDER: Final = Path(__file__).parent.parent
SOURCES: Final = ENGINES_FOLDER / "cuda"
# Products are fused only where the code says so, and everything is rounded as in IEEE 754.
OPTIONS: Final = (
    "--std=c++17",
    "--device-as-default-execution-space",
    "--fmad=false",
    "--ftz=false",
    "--prec-div=true",
    "--prec-sqrt=true",
)
DIGEST_BYTES: Final = 32


def kernels(nvrtc: Nvrtc, architecture: int, folder: Path | None = None) -> bytes:
    """Machine code for GPUs of an architecture: 90 means compute capability 9.0.

    It is read from the cache folder if it is there; a folder that cannot be used is ignored. Raises
    CompilationFault.
    """
    place = (folder or cache_folder()) / f"{digest(nvrtc, architecture)}.cubin"
    kept = _read(place)
    if kept is not None:
        return kept
    made = compiled(nvrtc, architecture)
    with contextlib.suppress(OSError):
        write_whole(place, hashlib.sha256(made).digest() + made)
    return made


def compiled(nvrtc: Nvrtc, architecture: int) -> bytes:
    """Machine code for that architecture, newly compiled, which takes seconds."""
    includes = (f"--include-path={folder}" for folder in (SOURCES, SOURCES / "device_headers"))
    options = [f"-arch=sm_{architecture}", *OPTIONS, *includes]
    return nvrtc.compile((SOURCES / "entries.cu").read_bytes(), options)


def digest(nvrtc: Nvrtc, architecture: int) -> str:
    """SHA-256 of what decides the machine code: sources, options, architecture, compiler."""
    decided = hashlib.sha256(repr((OPTIONS, architecture, nvrtc.version)).encode())
    for place in sources():
        decided.update(place.name.encode() + b"\0" + place.read_bytes() + b"\0")
    return decided.hexdigest()


def sources() -> list[Path]:
    """The entry points, and all headers that they may include."""
    device = [*SOURCES.glob("*.cu"), *SOURCES.glob("*.cuh"), *SOURCES.glob("device_headers/*")]
    return sorted([*device, *(ENGINES_FOLDER / "native").glob("*.hpp")])


def cache_folder() -> Path:
    """Where kernels are kept: `reprobench/` under $XDG_CACHE_HOME, else under ~/.cache."""
    named = os.environ.get("XDG_CACHE_HOME", "")
    if os.path.isabs(named):
        return Path(named) / "reprobench"
    return Path(os.path.expanduser("~/.cache")) / "reprobench"


def _read(place: Path) -> bytes | None:
    try:
        content = read_regular(place)
    except OSError:
        return None
    own, made = content[:DIGEST_BYTES], content[DIGEST_BYTES:]
    return made if hashlib.sha256(made).digest() == own else None
