"""The kernels as machine code for a GPU: compiled once per architecture, and kept.

They are kept in the user's cache folder, by the digest of all that they are made from.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from .cache import cache_folder, keep, kept
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


def kernels(nvrtc: Nvrtc, architecture: int) -> bytes:
    """Machine code for GPUs of an architecture: 90 means compute capability 9.0.

    It is read from the cache folder if it is there; a folder that cannot be used is ignored. Raises
    CompilationFault.
    """
    place = cache_folder() / f"{digest(nvrtc, architecture)}.cubin"
    made = kept(place)
    if made is None:
        made = compiled(nvrtc, architecture)
        keep(place, made)
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
