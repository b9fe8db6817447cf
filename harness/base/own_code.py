"""The user's own functions, named `package.module:function`: found, imported, run.

Modules are looked up as Python does, in the current directory first.
"""

from __future__ import annotations

import importlib.util
import os
import re
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .fresh import import_fresh
from .words import one_line

_OWN = re.compile(r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$")


class OwnCodeError(ValueError):
    """The user's code cannot be found or used; the message says why, and what to write instead."""


@contextmanager
def own_code(complaint: str) -> Iterator[None]:
    """Run a user's code: whatever it raises, even SystemExit, becomes an OwnCodeError.

    The last line of the traceback replaces the braces in `complaint`. Ctrl-C is passed on.
    """
    try:
        yield
    except (OwnCodeError, KeyboardInterrupt):
        raise
    except BaseException as error:
        last = one_line(traceback.format_exception_only(error)[-1])
        raise OwnCodeError(complaint.format(last)) from error


def is_own_function(name: str) -> bool:
    """Whether `name` refers to a function of the user's own."""
    return ":" in name


def source_file(name: str) -> Path:
    """The file that defines a user's own function; raises OwnCodeError."""
    if not _OWN.match(name):
        raise OwnCodeError("write package.module:function")
    module = name.partition(":")[0]
    current_directory_first()
    missing = (
        f"there is no module {module} in {os.getcwd()} or on Python's path; install its package, "
        "or name its folder in PYTHONPATH"
    )
    with own_code(f"{module} cannot be imported ({{}})"):  # finding it imports its package
        found = importlib.util.find_spec(module.partition(".")[0])
        spec = found and importlib.util.find_spec(module)
    if spec is None or spec.origin is None or not Path(spec.origin).is_file():
        raise OwnCodeError(missing)
    return Path(spec.origin)


def own_function(name: str) -> Callable[[], Any]:
    """The function, imported; raises OwnCodeError."""
    module, _, attribute = name.partition(":")
    current_directory_first()
    with own_code("cannot be imported ({})"):
        function = getattr(import_fresh(module), attribute)
    if not callable(function):
        raise OwnCodeError(f"{attribute} is not a function")
    return function  # type: ignore[no-any-return]


def current_directory_first() -> None:
    """Make Python look for modules in the working directory before anywhere else."""
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
