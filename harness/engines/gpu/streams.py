"""How many streams side by side run the kernels of a group fastest.

That is measured once for a kind of group, and kept; no result depends on it (cuda/in_streams.hpp).
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from .. import _cuda
from .cache import cache_folder, keep, kept
from .device import identity


def seeds_in_streams(group: _cuda.Group, kind: str, device: _cuda.Device) -> _cuda.Seeds:
    """The seeds of a group, in as many streams as is fastest for groups of that kind on the device.

    Where it is not known yet, some steps are measured with each number. Raises `_cuda.DeviceError`.
    """
    if isinstance(device, _cuda.EmulatedDevice):
        return _cuda.Seeds(group, device)
    place = cache_folder() / f"{_digest(kind)}.json"
    known = kept(place)
    if known is not None:
        return _cuda.Seeds(group, device, json.loads(known))
    seeds = _cuda.Seeds(group, device)
    keep(place, json.dumps(seeds.streams).encode())
    return seeds


def _digest(kind: str) -> str:
    """SHA-256 of what the fastest depends on: group, GPU, driver, kernels, and what runs them."""
    decided = hashlib.sha256(f"{identity()}\n{kind}\n".encode())
    decided.update(Path(_cuda.__file__).read_bytes())
    return decided.hexdigest()
