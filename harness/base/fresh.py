"""Importing a user's module as its file is now, even in a process that imported it before."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Final

from .disk.files import is_file

_IMPORTED: Final[dict[str, str]] = {}
"""Digests of the files imported by this module, by module name."""


def import_fresh(name: str) -> ModuleType:
    """The module, imported again if its file has changed since this function last imported it.

    Neither the module's own imports nor modules that were imported otherwise are checked. Raises
    whatever the module raises.
    """
    importlib.invalidate_caches()
    digest = _digest(name)
    if _IMPORTED.get(name, digest) != digest:
        sys.modules.pop(name, None)
    module = importlib.import_module(name)
    _IMPORTED[name] = digest
    return module


def _digest(name: str) -> str:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None or not is_file(spec.origin):
        return ""
    return hashlib.sha256(Path(spec.origin).read_bytes()).hexdigest()
