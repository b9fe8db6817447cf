"""Files in the user's cache folder: each begins with the digest of its content."""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path
from typing import Final

from ...base.disk.files import read_regular
from ...base.disk.folders import write_whole

DIGEST_BYTES: Final = 32


def cache_folder() -> Path:
    """`reprobench/` under $XDG_CACHE_HOME, else under ~/.cache."""
    named = os.environ.get("XDG_CACHE_HOME", "")
    if os.path.isabs(named):
        return Path(named) / "reprobench"
    return Path(os.path.expanduser("~/.cache")) / "reprobench"


def kept(place: Path) -> bytes | None:
    """The content of a file; None if it is missing, incomplete or damaged."""
    try:
        whole = read_regular(place)
    except OSError:
        return None
    own, content = whole[:DIGEST_BYTES], whole[DIGEST_BYTES:]
    return content if hashlib.sha256(content).digest() == own else None


def keep(place: Path, content: bytes) -> None:
    """Write a file, unless the folder cannot be used."""
    with contextlib.suppress(OSError):
        write_whole(place, hashlib.sha256(content).digest() + content)
