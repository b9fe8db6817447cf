"""Finding the architecture that a recipe names: one of the registry, or a user's own function.

A user's own is written `package.module:function`; the function takes nothing and returns a torch
module for images (n, 1, 28, 28). Modules are found as Python finds them, the current directory
first.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ...models import ARCHITECTURES
from ...models.summary import parameter_count
from .problems import allowed_names

if TYPE_CHECKING:
    pass

_OWN = re.compile(r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$")


class ArchitectureError(ValueError):
    """An architecture cannot be found or used; the message says why and what would do."""


def is_own(name: str) -> bool:
    """Whether `name` points to a function of the user's."""
    return ":" in name


def check_name(name: str) -> None:
    """Raises ArchitectureError unless `name` is registered, or well-formed and importable."""
    if is_own(name):
        source_file(name)
    elif name not in ARCHITECTURES:
        allowed = [*ARCHITECTURES, "package.module:function of your own"]
        raise ArchitectureError(allowed_names(name, allowed))


def source_file(name: str) -> Path:
    """The file that holds a user's own function; raises ArchitectureError."""
    if not _OWN.match(name):
        raise ArchitectureError("write package.module:function")
    module = name.partition(":")[0]
    current_directory_first()
    try:
        spec = importlib.util.find_spec(module)
    except (ImportError, ValueError) as error:
        raise ArchitectureError(f"{module} cannot be imported ({error})") from error
    if spec is None or spec.origin is None or not Path(spec.origin).is_file():
        raise ArchitectureError(f"there is no module {module} in {os.getcwd()} or on Python's path")
    return Path(spec.origin)


def definition_digest(name: str) -> str:
    """SHA-256 of the declared layers, or of the file with a user's own function.

    Other files that a user's own imports are not in it. Raises ArchitectureError.
    """
    own = is_own(name)
    definition = source_file(name).read_bytes() if own else repr(ARCHITECTURES[name]).encode()
    return hashlib.sha256(definition).hexdigest()


def declared_parameters(name: str) -> int:
    """Trainable parameters of a registered architecture."""
    return parameter_count(ARCHITECTURES[name])


def current_directory_first() -> None:
    """Have Python look for modules in the working directory before anywhere else."""
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
