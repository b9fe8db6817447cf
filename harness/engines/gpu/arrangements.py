"""How a GPU runs the kernels of a group fastest, which is measured once for its kind and kept.

An arrangement is the number of streams side by side, and how many bytes the seeds that go through
a part of the network together may take, or 0: see cuda/arrangement.hpp. No result depends on it.
Files are in the user's cache folder, by the digest of all that the fastest depends on.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from pathlib import Path
from typing import Final

from ...base.disk.files import read_regular
from ...base.disk.folders import write_whole
from .. import _cuda
from .device import identity
from .kernels import cache_folder

Arrangement = tuple[int, int]

MOST_STREAMS: Final = 64


def arranged_seeds(group: _cuda.Group, kind: str, device: _cuda.Device) -> _cuda.Seeds:
    """The seeds of a group, in the fastest arrangement for groups of that kind.

    Where it is not known yet, some steps are measured in each. A folder that cannot be used is
    ignored. Raises `_cuda.DeviceError`.
    """
    gpu = identity()
    if gpu is None:
        return _cuda.Seeds(group, device)
    digest = hashlib.sha256(f"{gpu}\n{kind}".encode()).hexdigest()
    place = cache_folder() / f"{digest}.json"
    known = kept(place)
    seeds = _cuda.Seeds(group, device, known)
    if known is None:
        streams, cache = seeds.arrangement
        with contextlib.suppress(OSError):
            write_whole(place, json.dumps({"streams": streams, "cache": cache}) + "\n")
    return seeds


def kept(place: Path) -> Arrangement | None:
    """The arrangement in a file; None if there is none that can be used."""
    try:
        found = json.loads(read_regular(place))
        streams, cache = found["streams"], found["cache"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    whole = type(streams) is int and type(cache) is int
    return (streams, cache) if whole and 1 <= streams <= MOST_STREAMS and cache >= 0 else None
