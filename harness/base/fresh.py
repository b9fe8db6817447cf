"""Importing a user's module as its file is now, even in a process that imported it before."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import sys
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Final

from .disk.files import is_file

_IMPORTED: Final[dict[str, str]] = {}
"""Digests of the files imported by this module, by module name."""


class _SourceAlone(SourceFileLoader):
    """Compiles the file each time: Python takes kept byte code for that of a changed file, if its
    size and the second of its last change are the same. What the module itself imports is imported
    by Python as ever."""

    def get_code(self, fullname: str) -> CodeType:
        file = self.get_filename(fullname)
        return self.source_to_code(self.get_data(file), file)


def import_fresh(name: str) -> ModuleType:
    """The module, imported again if its file has changed since this function last imported it.

    Neither the module's own imports nor modules that were imported otherwise are checked. Raises
    whatever the module raises.
    """
    importlib.invalidate_caches()
    digest = _digest(name)
    if _IMPORTED.get(name, digest) != digest:
        sys.modules.pop(name, None)
    module = sys.modules.get(name) or _imported(name)
    _IMPORTED[name] = digest
    return module


def _imported(name: str) -> ModuleType:
    """The module, imported for the first time."""
    spec = importlib.util.find_spec(name)
    if spec is None or type(spec.loader) is not SourceFileLoader:
        return importlib.import_module(name)
    return _executed(spec, _SourceAlone(name, spec.loader.path))


def _executed(spec: ModuleSpec, loader: SourceFileLoader) -> ModuleType:
    """The module of this file, entered where Python enters what it imports."""
    spec.loader = loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        loader.exec_module(module)
    except BaseException:
        sys.modules.pop(spec.name, None)
        raise
    package, _, own_name = spec.name.rpartition(".")
    if package:
        setattr(sys.modules[package], own_name, module)
    return sys.modules[spec.name]


def _digest(name: str) -> str:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None or not is_file(spec.origin):
        return ""
    return hashlib.sha256(Path(spec.origin).read_bytes()).hexdigest()
