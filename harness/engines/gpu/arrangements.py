"""How a GPU runs the kernels of a group fastest, which is measured once for its kind and kept.

An arrangement is the number of streams side by side, and how many bytes the seeds that go through
a block of the network together may take, or 0: see cuda/arrangement.hpp. No result depends on it.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from .. import _cuda
from .cache import cache_folder, keep, kept
from .device import identity


def arranged_seeds(group: _cuda.Group, kind: str, device: _cuda.Device) -> _cuda.Seeds:
    """The seeds of a group, in the fastest arrangement for groups of that kind on the device.

    Where it is not known yet, some steps are measured in each. Raises `_cuda.DeviceError`.
    """
    if isinstance(device, _cuda.EmulatedDevice):
        return _cuda.Seeds(group, device)
    place = cache_folder() / f"{_digest(kind)}.json"
    known = kept(place)
    if known is not None:
        return _cuda.Seeds(group, device, tuple(json.loads(known)))
    seeds = _cuda.Seeds(group, device)
    keep(place, json.dumps(seeds.arrangement).encode())
    return seeds


def _digest(kind: str) -> str:
    """SHA-256 of what the fastest depends on: group, GPU, driver, kernels, and what runs them."""
    decided = hashlib.sha256(f"{identity()}\n{kind}\n".encode())
    decided.update(Path(_cuda.__file__).read_bytes())
    return decided.hexdigest()
