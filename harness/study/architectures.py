"""Finding the architecture that a recipe names: one of the registry, or a user's own function.

A user's own is written `package.module:function`; the function takes nothing and returns a torch
module for the data set's images (n, channels, height, width). Modules are found as Python finds
them, the current directory first.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
import re
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...models import ARCHITECTURES
from ...models.summary import parameter_count, scores_shape
from ..base.words import one_line
from ..data.spec import DataSpec
from .loading.problems import allowed_names

_OWN = re.compile(r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$")


class ArchitectureError(ValueError):
    """An architecture cannot be found or used; the message says why, and what to write instead."""


@contextmanager
def own_code(complaint: str) -> Iterator[None]:
    """Runs a user's code: whatever it raises, an exit too, becomes an ArchitectureError.

    `complaint` takes the last line of the traceback in its braces. Ctrl-C stays Ctrl-C.
    """
    try:
        yield
    except (ArchitectureError, KeyboardInterrupt):
        raise
    except BaseException as error:
        last = one_line(traceback.format_exception_only(error)[-1])
        raise ArchitectureError(complaint.format(last)) from error


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
    with own_code(f"{module} cannot be imported ({{}})"):  # its package is imported to find it
        spec = importlib.util.find_spec(module)
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


def declared_parameters(name: str, data: DataSpec) -> int:
    """Trainable parameters of a registered architecture; raises ArchitectureError if it misfits."""
    layers = ARCHITECTURES[name]
    try:
        scores = scores_shape(layers, data.shape)
    except ValueError as error:
        raise ArchitectureError(f"does not take the images of {data.name}: {error}") from error
    if scores != (data.classes, 1, 1):
        found = " x ".join(map(str, scores))
        raise ArchitectureError(f"gives {found} scores; {data.name} has {data.classes} classes")
    return parameter_count(layers, data.shape)


def current_directory_first() -> None:
    """Have Python look for modules in the working directory before anywhere else."""
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
